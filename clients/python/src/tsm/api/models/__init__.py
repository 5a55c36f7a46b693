"""Contains all the data models used in inputs/outputs"""

from .bad_rows import BadRows
from .band_numbers import BandNumbers
from .band_numbers_values import BandNumbersValues
from .capped_cell import CappedCell
from .catalog_details import CatalogDetails
from .catalog_details_extinctions import CatalogDetailsExtinctions
from .catalog_details_fields import CatalogDetailsFields
from .catalog_details_fluxes import CatalogDetailsFluxes
from .catalog_details_groups import CatalogDetailsGroups
from .catalog_summary import CatalogSummary
from .catalog_used import CatalogUsed
from .citation import Citation
from .column_description import ColumnDescription
from .column_difference import ColumnDifference
from .column_type import ColumnType
from .combine_input import CombineInput
from .combine_input_roles import CombineInputRoles
from .combine_recipe import CombineRecipe
from .combine_recipe_instrument_types_type_0_item import CombineRecipeInstrumentTypesType0Item
from .combine_recipe_radius_of_single_surveys import CombineRecipeRadiusOfSingleSurveys
from .combined_redshift import CombinedRedshift
from .compilation_file import CompilationFile
from .corrections import Corrections
from .crossmatch_recipe import CrossmatchRecipe
from .crossmatch_recipe_column_roles import CrossmatchRecipeColumnRoles
from .crossmatch_recipe_split import CrossmatchRecipeSplit
from .dereddening import Dereddening
from .difference import Difference
from .dz_scale import DzScale
from .engine import Engine
from .error_type import ErrorType
from .example import Example
from .execution_phase import ExecutionPhase
from .extinction import Extinction
from .extinction_coefficients import ExtinctionCoefficients
from .flux_kind import FluxKind
from .hdf_5_profile import Hdf5Profile
from .how import How
from .input_report import InputReport
from .input_report_roles import InputReportRoles
from .input_used import InputUsed
from .input_used_roles import InputUsedRoles
from .instrument_type import InstrumentType
from .job_change import JobChange
from .job_creation import JobCreation
from .job_error import JobError
from .job_kind import JobKind
from .job_progress import JobProgress
from .job_result import JobResult
from .job_state import JobState
from .job_state_recipe import JobStateRecipe
from .limits import Limits
from .match import Match
from .me import Me
from .me_quota import MeQuota
from .mode import Mode
from .output_made import OutputMade
from .plan import Plan
from .plan_request import PlanRequest
from .preset import Preset
from .preset_used import PresetUsed
from .problem import Problem
from .problem_document import ProblemDocument
from .product_access import ProductAccess
from .provenance import Provenance
from .provenance_facts import ProvenanceFacts
from .provenance_kind import ProvenanceKind
from .provenance_recipe import ProvenanceRecipe
from .provenance_request import ProvenanceRequest
from .provenance_rows_by_subset import ProvenanceRowsBySubset
from .provenance_rows_by_survey import ProvenanceRowsBySurvey
from .provenance_software import ProvenanceSoftware
from .provenance_view import ProvenanceView
from .pz_product import PzProduct
from .radius_from import RadiusFrom
from .redshift_catalog import RedshiftCatalog
from .redshift_source import RedshiftSource
from .registered_product import RegisteredProduct
from .registration_document import RegistrationDocument
from .registration_request import RegistrationRequest
from .registration_state import RegistrationState
from .repeats import Repeats
from .reproduce_record import ReproduceRecord
from .reproduction_document import ReproductionDocument
from .response_format import ResponseFormat
from .row_differences import RowDifferences
from .rule_set import RuleSet
from .scope import Scope
from .sentinels import Sentinels
from .set_order import SetOrder
from .share_creation import ShareCreation
from .share_document import ShareDocument
from .sky_field import SkyField
from .split_by import SplitBy
from .stage_count import StageCount
from .stage_count_details import StageCountDetails
from .standard_preset import StandardPreset
from .standard_preset_parameters import StandardPresetParameters
from .stars import Stars
from .stored import Stored
from .subsets import Subsets
from .survey_document import SurveyDocument
from .survey_report import SurveyReport
from .survey_report_instrument_types import SurveyReportInstrumentTypes
from .survey_report_quality import SurveyReportQuality
from .survey_report_sentinels import SurveyReportSentinels
from .survey_report_unmapped_flags import SurveyReportUnmappedFlags
from .survey_rules_document import SurveyRulesDocument
from .survey_rules_document_columns import SurveyRulesDocumentColumns
from .survey_rules_document_flags import SurveyRulesDocumentFlags
from .survey_rules_used import SurveyRulesUsed
from .ties import Ties
from .token_document import TokenDocument
from .training_set_document import TrainingSetDocument
from .training_set_document_rows_by_subset import TrainingSetDocumentRowsBySubset
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
    "CappedCell",
    "CatalogDetails",
    "CatalogDetailsExtinctions",
    "CatalogDetailsFields",
    "CatalogDetailsFluxes",
    "CatalogDetailsGroups",
    "CatalogSummary",
    "CatalogUsed",
    "Citation",
    "ColumnDescription",
    "ColumnDifference",
    "ColumnType",
    "CombinedRedshift",
    "CombineInput",
    "CombineInputRoles",
    "CombineRecipe",
    "CombineRecipeInstrumentTypesType0Item",
    "CombineRecipeRadiusOfSingleSurveys",
    "CompilationFile",
    "Corrections",
    "CrossmatchRecipe",
    "CrossmatchRecipeColumnRoles",
    "CrossmatchRecipeSplit",
    "Dereddening",
    "Difference",
    "DzScale",
    "Engine",
    "ErrorType",
    "Example",
    "ExecutionPhase",
    "Extinction",
    "ExtinctionCoefficients",
    "FluxKind",
    "Hdf5Profile",
    "How",
    "InputReport",
    "InputReportRoles",
    "InputUsed",
    "InputUsedRoles",
    "InstrumentType",
    "JobChange",
    "JobCreation",
    "JobError",
    "JobKind",
    "JobProgress",
    "JobResult",
    "JobState",
    "JobStateRecipe",
    "Limits",
    "Match",
    "Me",
    "MeQuota",
    "Mode",
    "OutputMade",
    "Plan",
    "PlanRequest",
    "Preset",
    "PresetUsed",
    "Problem",
    "ProblemDocument",
    "ProductAccess",
    "Provenance",
    "ProvenanceFacts",
    "ProvenanceKind",
    "ProvenanceRecipe",
    "ProvenanceRequest",
    "ProvenanceRowsBySubset",
    "ProvenanceRowsBySurvey",
    "ProvenanceSoftware",
    "ProvenanceView",
    "PzProduct",
    "RadiusFrom",
    "RedshiftCatalog",
    "RedshiftSource",
    "RegisteredProduct",
    "RegistrationDocument",
    "RegistrationRequest",
    "RegistrationState",
    "Repeats",
    "ReproduceRecord",
    "ReproductionDocument",
    "ResponseFormat",
    "RowDifferences",
    "RuleSet",
    "Scope",
    "Sentinels",
    "SetOrder",
    "ShareCreation",
    "ShareDocument",
    "SkyField",
    "SplitBy",
    "StageCount",
    "StageCountDetails",
    "StandardPreset",
    "StandardPresetParameters",
    "Stars",
    "Stored",
    "Subsets",
    "SurveyDocument",
    "SurveyReport",
    "SurveyReportInstrumentTypes",
    "SurveyReportQuality",
    "SurveyReportSentinels",
    "SurveyReportUnmappedFlags",
    "SurveyRulesDocument",
    "SurveyRulesDocumentColumns",
    "SurveyRulesDocumentFlags",
    "SurveyRulesUsed",
    "Ties",
    "TokenDocument",
    "TrainingSetDocument",
    "TrainingSetDocumentRowsBySubset",
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
