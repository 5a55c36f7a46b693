"""Contains all the data models used in inputs/outputs"""

from .bad_rows import BadRows
from .catalog_details import CatalogDetails
from .catalog_details_fluxes import CatalogDetailsFluxes
from .catalog_details_groups import CatalogDetailsGroups
from .catalog_summary import CatalogSummary
from .column_description import ColumnDescription
from .column_type import ColumnType
from .create_upload_files_body import CreateUploadFilesBody
from .crossmatch_recipe import CrossmatchRecipe
from .crossmatch_recipe_column_roles import CrossmatchRecipeColumnRoles
from .crossmatch_recipe_split import CrossmatchRecipeSplit
from .dereddening import Dereddening
from .engine import Engine
from .error_type import ErrorType
from .execution_phase import ExecutionPhase
from .flux_kind import FluxKind
from .get_provenance_response_get_provenance import GetProvenanceResponseGetProvenance
from .hdf_5_profile import Hdf5Profile
from .how import How
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
from .problem import Problem
from .problem_document import ProblemDocument
from .response_format import ResponseFormat
from .split_by import SplitBy
from .subsets import Subsets
from .unique import Unique
from .upload import Upload
from .upload_profile import UploadProfile
from .upload_profile_role_evidence import UploadProfileRoleEvidence
from .upload_profile_roles import UploadProfileRoles
from .upload_state import UploadState
from .where_order import WhereOrder
from .zero_points import ZeroPoints

__all__ = (
    "BadRows",
    "CatalogDetails",
    "CatalogDetailsFluxes",
    "CatalogDetailsGroups",
    "CatalogSummary",
    "ColumnDescription",
    "ColumnType",
    "CreateUploadFilesBody",
    "CrossmatchRecipe",
    "CrossmatchRecipeColumnRoles",
    "CrossmatchRecipeSplit",
    "Dereddening",
    "Engine",
    "ErrorType",
    "ExecutionPhase",
    "FluxKind",
    "GetProvenanceResponseGetProvenance",
    "Hdf5Profile",
    "How",
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
    "Problem",
    "ProblemDocument",
    "ResponseFormat",
    "SplitBy",
    "Subsets",
    "Unique",
    "Upload",
    "UploadProfile",
    "UploadProfileRoleEvidence",
    "UploadProfileRoles",
    "UploadState",
    "WhereOrder",
    "ZeroPoints",
)
