"""Contains all the data models used in inputs/outputs"""

from .bad_rows import BadRows
from .band_numbers import BandNumbers
from .band_numbers_values import BandNumbersValues
from .catalog_details import CatalogDetails
from .catalog_details_extinctions import CatalogDetailsExtinctions
from .catalog_details_fields import CatalogDetailsFields
from .catalog_details_fluxes import CatalogDetailsFluxes
from .catalog_details_groups import CatalogDetailsGroups
from .catalog_summary import CatalogSummary
from .catalog_used import CatalogUsed
from .citation import Citation
from .column_description import ColumnDescription
from .column_type import ColumnType
from .corrections import Corrections
from .crossmatch_recipe import CrossmatchRecipe
from .crossmatch_recipe_column_roles import CrossmatchRecipeColumnRoles
from .crossmatch_recipe_split import CrossmatchRecipeSplit
from .dereddening import Dereddening
from .engine import Engine
from .error_type import ErrorType
from .execution_phase import ExecutionPhase
from .extinction import Extinction
from .extinction_coefficients import ExtinctionCoefficients
from .flux_kind import FluxKind
from .hdf_5_profile import Hdf5Profile
from .how import How
from .input_used import InputUsed
from .input_used_roles import InputUsedRoles
from .instrument_type import InstrumentType
from .job_change import JobChange
from .job_creation import JobCreation
from .job_error import JobError
from .job_progress import JobProgress
from .job_result import JobResult
from .job_state import JobState
from .job_state_recipe import JobStateRecipe
from .limits import Limits
from .match import Match
from .me import Me
from .me_quota import MeQuota
from .output_made import OutputMade
from .plan import Plan
from .plan_request import PlanRequest
from .problem import Problem
from .problem_document import ProblemDocument
from .provenance import Provenance
from .provenance_facts import ProvenanceFacts
from .provenance_recipe import ProvenanceRecipe
from .provenance_request import ProvenanceRequest
from .provenance_rows_by_subset import ProvenanceRowsBySubset
from .provenance_rows_by_survey import ProvenanceRowsBySurvey
from .provenance_software import ProvenanceSoftware
from .redshift_catalog import RedshiftCatalog
from .response_format import ResponseFormat
from .sky_field import SkyField
from .split_by import SplitBy
from .stage_count import StageCount
from .stage_count_details import StageCountDetails
from .subsets import Subsets
from .survey_document import SurveyDocument
from .unique import Unique
from .upload import Upload
from .upload_form import UploadForm
from .upload_profile import UploadProfile
from .upload_profile_role_evidence import UploadProfileRoleEvidence
from .upload_profile_roles import UploadProfileRoles
from .upload_state import UploadState
from .where_order import WhereOrder
from .zero_points import ZeroPoints

__all__ = (
    "BadRows",
    "BandNumbers",
    "BandNumbersValues",
    "CatalogDetails",
    "CatalogDetailsExtinctions",
    "CatalogDetailsFields",
    "CatalogDetailsFluxes",
    "CatalogDetailsGroups",
    "CatalogSummary",
    "CatalogUsed",
    "Citation",
    "ColumnDescription",
    "ColumnType",
    "Corrections",
    "CrossmatchRecipe",
    "CrossmatchRecipeColumnRoles",
    "CrossmatchRecipeSplit",
    "Dereddening",
    "Engine",
    "ErrorType",
    "ExecutionPhase",
    "Extinction",
    "ExtinctionCoefficients",
    "FluxKind",
    "Hdf5Profile",
    "How",
    "InputUsed",
    "InputUsedRoles",
    "InstrumentType",
    "JobChange",
    "JobCreation",
    "JobError",
    "JobProgress",
    "JobResult",
    "JobState",
    "JobStateRecipe",
    "Limits",
    "Match",
    "Me",
    "MeQuota",
    "OutputMade",
    "Plan",
    "PlanRequest",
    "Problem",
    "ProblemDocument",
    "Provenance",
    "ProvenanceFacts",
    "ProvenanceRecipe",
    "ProvenanceRequest",
    "ProvenanceRowsBySubset",
    "ProvenanceRowsBySurvey",
    "ProvenanceSoftware",
    "RedshiftCatalog",
    "ResponseFormat",
    "SkyField",
    "SplitBy",
    "StageCount",
    "StageCountDetails",
    "Subsets",
    "SurveyDocument",
    "Unique",
    "Upload",
    "UploadForm",
    "UploadProfile",
    "UploadProfileRoleEvidence",
    "UploadProfileRoles",
    "UploadState",
    "WhereOrder",
    "ZeroPoints",
)
