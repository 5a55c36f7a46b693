"""Functions of the module, which use one service: the one that the environment or `tsm.login` names."""

import threading
from collections.abc import Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack, overload

from tsm.api.models.catalog_details import CatalogDetails
from tsm.api.models.catalog_summary import CatalogSummary
from tsm.api.models.job_state import JobState
from tsm.api.models.me import Me
from tsm.api.models.redshift_catalog import RedshiftCatalog
from tsm.api.models.survey_document import SurveyDocument
from tsm.api.models.upload import Upload
from tsm.remote.combine_fields import CombineFields
from tsm.remote.job import CombineJob, Job
from tsm.remote.listing import Listing
from tsm.remote.maker import TrainingSetMaker
from tsm.remote.plan import Plan
from tsm.remote.recipe_fields import RecipeFields
from tsm.remote.settings import Settings, find_settings

if TYPE_CHECKING:
    from tsm.remote.async_maker import CombineTable, Redshifts, TableLike
    from tsm.sets.citations import Citations

__all__ = [
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
]

_lock = threading.Lock()
_makers: dict[Settings, TrainingSetMaker] = {}
"""By address and token, so that a changed environment or a new login is heeded."""


def me() -> Me:
    """Whose token this is; see `TrainingSetMaker.me`."""
    return _maker().me()


def catalogs() -> Listing[CatalogSummary]:
    """Object catalogs that you may match with; see `TrainingSetMaker.catalogs`."""
    return _maker().catalogs()


def catalog(catalog_id: str) -> CatalogDetails:
    """One object catalog with its columns; see `TrainingSetMaker.catalog`."""
    return _maker().catalog(catalog_id)


def surveys() -> Listing[SurveyDocument]:
    """Redshift surveys that the service knows; see `TrainingSetMaker.surveys`."""
    return _maker().surveys()


def redshifts(
    latest: bool = False,
    *,
    release: str | None = None,
    survey: str | None = None,
    name: str | None = None,
    source: str | None = None,
    type: str | None = None,
    official: bool | None = None,
) -> Listing[RedshiftCatalog]:
    """Registered catalogs and published compilations of redshifts; see `TrainingSetMaker.redshifts`."""
    return _maker().redshifts(
        latest, release=release, survey=survey, name=name, source=source, type=type, official=official
    )


def fetch_redshifts(
    which: str | RedshiftCatalog, path: str | PathLike[str], *, release: str | None = None, overwrite: bool = False
) -> Path:
    """Fetch the file of a published compilation; see `TrainingSetMaker.fetch_redshifts`."""
    return _maker().fetch_redshifts(which, path, release=release, overwrite=overwrite)


def cite_redshifts(which: str | RedshiftCatalog, *, release: str | None = None) -> "Citations":
    """What users of a compilation are asked to cite; see `TrainingSetMaker.cite_redshifts`."""
    return _maker().cite_redshifts(which, release=release)


def upload(table: "TableLike", name: str | None = None) -> Upload:
    """Send a table of redshifts; see `TrainingSetMaker.upload`."""
    return _maker().upload(table, name)


def uploads() -> Listing[Upload]:
    """Tables that you sent; see `TrainingSetMaker.uploads`."""
    return _maker().uploads()


@overload
def crossmatch(
    redshifts: "Redshifts | Job",
    *,
    catalog: str,
    run_id: str | None = None,
    execution_duration: int | None = None,
    destruction: datetime | None = None,
    start: bool = True,
    dry_run: Literal[False] = False,
    **recipe: Unpack[RecipeFields],
) -> Job: ...
@overload
def crossmatch(
    redshifts: "Redshifts | Job",
    *,
    catalog: str,
    run_id: str | None = None,
    execution_duration: int | None = None,
    destruction: datetime | None = None,
    start: bool = True,
    dry_run: Literal[True],
    **recipe: Unpack[RecipeFields],
) -> Plan: ...
def crossmatch(
    redshifts: "Redshifts | Job",
    *,
    catalog: str,
    run_id: str | None = None,
    execution_duration: int | None = None,
    destruction: datetime | None = None,
    start: bool = True,
    dry_run: bool = False,
    **recipe: Unpack[RecipeFields],
) -> Job | Plan:
    """Start a cross-match, or tell what it would do; see `TrainingSetMaker.crossmatch`."""
    if dry_run:
        return _maker().crossmatch(redshifts, catalog=catalog, dry_run=True, **recipe)
    return _maker().crossmatch(
        redshifts,
        catalog=catalog,
        run_id=run_id,
        execution_duration=execution_duration,
        destruction=destruction,
        start=start,
        **recipe,
    )


def combine(
    inputs: "CombineTable | Job | Sequence[CombineTable | Job]",
    *,
    run_id: str | None = None,
    execution_duration: int | None = None,
    destruction: datetime | None = None,
    start: bool = True,
    **recipe: Unpack[CombineFields],
) -> CombineJob:
    """Start a compilation of redshift tables; see `TrainingSetMaker.combine`."""
    return _maker().combine(
        inputs,
        run_id=run_id,
        execution_duration=execution_duration,
        destruction=destruction,
        start=start,
        **recipe,
    )


def jobs(
    phase: str | Sequence[str] | None = None, after: datetime | None = None, last: int | None = None
) -> Listing[JobState]:
    """Your jobs, the latest first; see `TrainingSetMaker.jobs`."""
    return _maker().jobs(phase, after, last)


def job(id_or_url: str) -> Job:
    """A job that was started earlier or elsewhere; see `TrainingSetMaker.job`."""
    return _maker().job(id_or_url)


def _maker() -> TrainingSetMaker:
    settings = find_settings()
    with _lock:
        if settings not in _makers:
            token = settings.token.reveal() if settings.token is not None else None
            _makers[settings] = TrainingSetMaker(settings.url, token)
        return _makers[settings]
