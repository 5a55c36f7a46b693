"""Make photo-z training sets with a PZ Training Set Maker: send redshifts, match them with an object catalog, fetch.

Everything is loaded when it is first used, so importing this package is quick.

Examples
--------
>>> import tsm
>>> tsm.login("https://data.example.org/tsm", "gt-...")                             # doctest: +SKIP
>>> tsm.catalogs()                                                                  # doctest: +SKIP
>>> job = tsm.crossmatch("zcosmos.fits", catalog="dp1.object", radius_arcsec=1.0)   # doctest: +SKIP
>>> training_set = job.wait().result()                                              # doctest: +SKIP
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from trainingset.combine_recipe import CombineInput as CombineInput
    from trainingset.combine_recipe import CombineRecipe as CombineRecipe
    from trainingset.errors import Problem as Problem
    from trainingset.recipe import CrossmatchRecipe as CrossmatchRecipe
    from tsm import errors as errors
    from tsm import local as local
    from tsm import plots as plots
    from tsm.api.models.catalog_details import CatalogDetails as CatalogDetails
    from tsm.api.models.catalog_summary import CatalogSummary as CatalogSummary
    from tsm.api.models.job_error import JobError as JobError
    from tsm.api.models.job_progress import JobProgress as JobProgress
    from tsm.api.models.job_result import JobResult as JobResult
    from tsm.api.models.job_state import JobState as JobState
    from tsm.api.models.me import Me as Me
    from tsm.api.models.redshift_catalog import RedshiftCatalog as RedshiftCatalog
    from tsm.api.models.survey_document import SurveyDocument as SurveyDocument
    from tsm.api.models.upload import Upload as Upload
    from tsm.errors import ChecksumError as ChecksumError
    from tsm.errors import DiskError as DiskError
    from tsm.errors import InputsMissingError as InputsMissingError
    from tsm.errors import JobFailedError as JobFailedError
    from tsm.errors import MissingExtraError as MissingExtraError
    from tsm.errors import NotATrainingSetError as NotATrainingSetError
    from tsm.errors import NotTheServiceError as NotTheServiceError
    from tsm.errors import RegistrationFailedError as RegistrationFailedError
    from tsm.errors import RequestRefusedError as RequestRefusedError
    from tsm.errors import ServiceFaultError as ServiceFaultError
    from tsm.errors import ServiceUnavailableError as ServiceUnavailableError
    from tsm.errors import SignInError as SignInError
    from tsm.errors import TableRefusedError as TableRefusedError
    from tsm.errors import TargetExistsError as TargetExistsError
    from tsm.errors import TsmError as TsmError
    from tsm.errors import UnknownResultError as UnknownResultError
    from tsm.errors import UnknownSubsetError as UnknownSubsetError
    from tsm.errors import WaitTimeoutError as WaitTimeoutError
    from tsm.remote.async_job import AsyncCombineJob as AsyncCombineJob
    from tsm.remote.async_job import AsyncJob as AsyncJob
    from tsm.remote.async_maker import AsyncTrainingSetMaker as AsyncTrainingSetMaker
    from tsm.remote.combine_fields import CombineFields as CombineFields
    from tsm.remote.job import CombineJob as CombineJob
    from tsm.remote.job import Job as Job
    from tsm.remote.listing import Listing as Listing
    from tsm.remote.maker import TrainingSetMaker as TrainingSetMaker
    from tsm.remote.plan import Plan as Plan
    from tsm.remote.recipe_fields import RecipeFields as RecipeFields
    from tsm.remote.session import catalog as catalog
    from tsm.remote.session import catalogs as catalogs
    from tsm.remote.session import cite_redshifts as cite_redshifts
    from tsm.remote.session import combine as combine
    from tsm.remote.session import crossmatch as crossmatch
    from tsm.remote.session import fetch_redshifts as fetch_redshifts
    from tsm.remote.session import job as job
    from tsm.remote.session import jobs as jobs
    from tsm.remote.session import me as me
    from tsm.remote.session import redshifts as redshifts
    from tsm.remote.session import surveys as surveys
    from tsm.remote.session import upload as upload
    from tsm.remote.session import uploads as uploads
    from tsm.remote.settings import login as login
    from tsm.remote.settings import logout as logout
    from tsm.sets.compilation import Compilation as Compilation
    from tsm.sets.reproduction import Reproduction as Reproduction
    from tsm.sets.reproduction import provenance as provenance
    from tsm.sets.reproduction import reproduce as reproduce
    from tsm.sets.training_set import TrainingSet as TrainingSet
    from tsm.tables.astroquery_tables import from_astroquery as from_astroquery
    from tsm.tables.magnitudes import deredden as deredden
    from tsm.tables.magnitudes import to_magnitudes as to_magnitudes
    from tsm.tables.reading import read_redshifts as read_redshifts
    from tsm.tables.selecting import select as select
    from tsm.tables.splitting import split as split

_HOMES = {
    "trainingset.combine_recipe": ("CombineInput", "CombineRecipe"),
    "trainingset.errors": ("Problem",),
    "trainingset.recipe": ("CrossmatchRecipe",),
    "tsm.api.models.catalog_details": ("CatalogDetails",),
    "tsm.api.models.catalog_summary": ("CatalogSummary",),
    "tsm.api.models.job_error": ("JobError",),
    "tsm.api.models.job_progress": ("JobProgress",),
    "tsm.api.models.job_result": ("JobResult",),
    "tsm.api.models.job_state": ("JobState",),
    "tsm.api.models.me": ("Me",),
    "tsm.api.models.redshift_catalog": ("RedshiftCatalog",),
    "tsm.api.models.survey_document": ("SurveyDocument",),
    "tsm.api.models.upload": ("Upload",),
    "tsm.tables.astroquery_tables": ("from_astroquery",),
    "tsm.remote.async_job": ("AsyncCombineJob", "AsyncJob"),
    "tsm.remote.async_maker": ("AsyncTrainingSetMaker",),
    "tsm.errors": (
        "ChecksumError",
        "DiskError",
        "InputsMissingError",
        "JobFailedError",
        "MissingExtraError",
        "NotATrainingSetError",
        "NotTheServiceError",
        "RegistrationFailedError",
        "RequestRefusedError",
        "ServiceFaultError",
        "ServiceUnavailableError",
        "SignInError",
        "TableRefusedError",
        "TargetExistsError",
        "TsmError",
        "UnknownResultError",
        "UnknownSubsetError",
        "WaitTimeoutError",
    ),
    "tsm.remote.combine_fields": ("CombineFields",),
    "tsm.remote.listing": ("Listing",),
    "tsm.tables.magnitudes": ("deredden", "to_magnitudes"),
    "tsm.remote.plan": ("Plan",),
    "tsm.tables.reading": ("read_redshifts",),
    "tsm.remote.recipe_fields": ("RecipeFields",),
    "tsm.tables.selecting": ("select",),
    "tsm.sets.reproduction": ("Reproduction", "provenance", "reproduce"),
    "tsm.remote.session": (
        "catalog",
        "catalogs",
        "cite_redshifts",
        "combine",
        "crossmatch",
        "fetch_redshifts",
        "job",
        "jobs",
        "me",
        "redshifts",
        "surveys",
        "upload",
        "uploads",
    ),
    "tsm.remote.settings": ("login", "logout"),
    "tsm.tables.splitting": ("split",),
    "tsm.remote.job": ("CombineJob", "Job"),
    "tsm.sets.compilation": ("Compilation",),
    "tsm.sets.training_set": ("TrainingSet",),
    "tsm.remote.maker": ("TrainingSetMaker",),
}
"""Where each public name lives; the imports above say the same to type checkers and editors."""

_SUBMODULES = ("errors", "local", "plots")
"""Modules that users reach by attribute."""

_HOME_OF = {name: module for module, names in _HOMES.items() for name in names}

__all__ = sorted([*_HOME_OF, *_SUBMODULES])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> object:
    """Load a public name when it is first used."""
    if name in _SUBMODULES:
        return import_module(f"tsm.{name}")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'tsm' has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """All public names, for completion."""
    return __all__
