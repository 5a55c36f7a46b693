"""The service, for programs with an event loop; `tsm.remote.maker` runs the same code for all others."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Literal, Self, TypeAlias, Unpack, overload
from urllib.parse import unquote, urlsplit

import anyio.to_thread

from trainingset.combine_recipe import CombineRecipe
from tsm.api.api.catalogs import get_catalog, list_catalogs
from tsm.api.api.jobs import get_job, list_jobs, list_shared_jobs
from tsm.api.api.me import get_me
from tsm.api.api.redshifts import list_redshifts
from tsm.api.api.surveys import list_surveys
from tsm.api.api.uploads import list_uploads
from tsm.api.models.catalog_details import CatalogDetails
from tsm.api.models.catalog_summary import CatalogSummary
from tsm.api.models.job_state import JobState
from tsm.api.models.me import Me
from tsm.api.models.redshift_catalog import RedshiftCatalog
from tsm.api.models.survey_document import SurveyDocument
from tsm.api.models.upload import Upload
from tsm.errors import NotTheServiceError
from tsm.remote.async_job import AsyncCombineJob, AsyncJob, job_of
from tsm.remote.combine_fields import CombineFields, GivenTable, given_tables, plain_combine_fields
from tsm.remote.connection import Connection
from tsm.remote.listing import Listing
from tsm.remote.plan import Plan
from tsm.remote.recipe_fields import RecipeFields, plain_fields
from tsm.remote.refused_tables import RefusedTables, table_name
from tsm.remote.retries import Clock, Patience, Repeat
from tsm.remote.settings import find_settings
from tsm.remote.uploading import send_table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from astropy.table import Table

    from tsm.sets.citations import Citations

    TableLike: TypeAlias = pd.DataFrame | Table | pa.Table | str | PathLike[str]
    from trainingset.combine_recipe import CombineInput

    TableSource: TypeAlias = TableLike | Upload | RedshiftCatalog | AsyncJob
    Redshifts: TypeAlias = TableSource | CombineRecipe
    CombineTable: TypeAlias = TableSource | CombineInput | Mapping[str, Any] | tuple[TableSource, Mapping[str, Any]]

__all__ = ["AsyncTrainingSetMaker"]

_SOURCE = re.compile(r"(upload|job|catalog|pz|compilation):[^/\\]+")
_JOBS = "/api/v1/jobs"
_PLAN = "/api/v1/plan"
_JOB_ID = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)
_JOB_PATH = re.compile(r"/(?:[a-z]+/async|api/v1/jobs)/(?P<id>[A-Za-z0-9._-]{1,128})(?:/.*)?", re.ASCII)


class AsyncTrainingSetMaker:
    """A PZ Training Set Maker service; the asynchronous twin of `tsm.TrainingSetMaker`.

    Parameters
    ----------
    url, token, patience, clock
        As there.

    Notes
    -----
    It belongs to the event loop in which it is first used.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        patience: Patience | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._connection = Connection(find_settings(url, token), patience=patience, clock=clock)
        self._me: Me | None = None

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def url(self) -> str:
        """Address of the service."""
        return self._connection.url

    async def close(self) -> None:
        """Close the connection; jobs go on."""
        await self._connection.close()

    async def me(self) -> Me:
        """Whose token this is, data rights and limits."""
        self._me = await self._connection.get(get_me._get_kwargs(), Me.from_dict)
        return self._me

    async def catalogs(self) -> Listing[CatalogSummary]:
        """Object catalogs that may be matched with."""
        found = await self._connection.get_all(list_catalogs._get_kwargs(), CatalogSummary.from_dict)
        columns = ("id", "title", "release", "n_rows", "margin_arcsec", "default_radius_arcsec", "bands", "ready")
        return Listing(found, columns=columns, title="Object catalogs")

    async def catalog(self, catalog_id: str) -> CatalogDetails:
        """One object catalog with its columns."""
        return await self._connection.get(get_catalog._get_kwargs(catalog_id), CatalogDetails.from_dict)

    async def surveys(self) -> Listing[SurveyDocument]:
        """Redshift surveys that the service knows, with what to cite."""
        found = await self._connection.get_all(list_surveys._get_kwargs(), SurveyDocument.from_dict)
        return Listing(found, columns=("name", "title", "release", "instrument", "vizier"), title="Redshift surveys")

    async def redshifts(
        self,
        latest: bool = False,
        *,
        release: str | None = None,
        survey: str | None = None,
        name: str | None = None,
        source: str | None = None,
        type: str | None = None,
        official: bool | None = None,
    ) -> Listing[RedshiftCatalog]:
        """Registered catalogs and published compilations of redshifts; see `tsm.TrainingSetMaker.redshifts`."""
        filters = {"release": release, "survey": survey, "name": name, "source": source, "type": type}
        filters |= {"official": None if official is None else str(official).lower()}
        request = list_redshifts._get_kwargs(latest=latest)
        request["params"] |= {key: value for key, value in filters.items() if value is not None}
        found = await self._connection.get_all(request, RedshiftCatalog.from_dict)
        if source == "pz":
            columns = ["source", "title", "release", "release_date", "description"]
            return Listing(found, columns=columns, title="Products of the PZ Server")
        columns = ["source", "title", "release", "release_date", "n_rows", "surveys", "ready"]
        return Listing(found, columns=columns, title="Redshift catalogs and compilations")

    async def fetch_redshifts(
        self,
        which: str | RedshiftCatalog,
        path: str | PathLike[str],
        *,
        release: str | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Fetch a published compilation; see `tsm.TrainingSetMaker.fetch_redshifts`."""
        from tsm.remote import published

        found = await published.find(self._connection, which, release)
        return await published.fetch(self._connection, found, Path(path), overwrite=overwrite)

    async def cite_redshifts(self, which: str | RedshiftCatalog, *, release: str | None = None) -> "Citations":
        """What users of a compilation are asked to cite; see `tsm.TrainingSetMaker.cite_redshifts`."""
        from tsm.remote import published

        return published.citations_of(await published.find(self._connection, which, release))

    async def upload(self, table: "TableLike", name: str | None = None) -> Upload:
        """Send a table of redshifts and wait until it was looked at."""
        return await self._send(table, name, {})

    async def _send(self, table: "TableLike", name: str | None, roles: Mapping[str, str]) -> Upload:
        """Send a table of which a recipe will use the columns of these roles."""
        # It loads astropy and pyarrow, which a session that sends no table does without.
        from tsm.tables.redshift_input import prepare

        limits = (self._me or await self.me()).limits
        prepared = await anyio.to_thread.run_sync(
            lambda: prepare(table, name=name, roles=roles, max_rows=limits.upload_rows)
        )
        with prepared:
            return await send_table(
                self._connection, prepared.path, name=prepared.name, media_type=prepared.media_type, limits=limits
            )

    async def uploads(self) -> Listing[Upload]:
        """Tables that were sent."""
        found = await self._connection.get_all(list_uploads._get_kwargs(), Upload.from_dict)
        columns = ("id", "name", "state", "size", "creation_time", "destruction")
        return Listing(found, columns=columns, title="Uploads")

    @overload
    async def crossmatch(
        self,
        redshifts: "Redshifts",
        *,
        catalog: str,
        run_id: str | None = None,
        execution_duration: int | None = None,
        destruction: datetime | None = None,
        start: bool = True,
        dry_run: Literal[False] = False,
        **recipe: Unpack[RecipeFields],
    ) -> AsyncJob: ...
    @overload
    async def crossmatch(
        self,
        redshifts: "Redshifts",
        *,
        catalog: str,
        run_id: str | None = None,
        execution_duration: int | None = None,
        destruction: datetime | None = None,
        start: bool = True,
        dry_run: Literal[True],
        **recipe: Unpack[RecipeFields],
    ) -> Plan: ...
    async def crossmatch(
        self,
        redshifts: "Redshifts",
        *,
        catalog: str,
        run_id: str | None = None,
        execution_duration: int | None = None,
        destruction: datetime | None = None,
        start: bool = True,
        dry_run: bool = False,
        **recipe: Unpack[RecipeFields],
    ) -> AsyncJob | Plan:
        """Start a cross-match, or tell what it would do; see `tsm.TrainingSetMaker.crossmatch`."""
        source: object
        if isinstance(redshifts, CombineRecipe):
            source = {"kind": "combine", **redshifts.model_dump(mode="json", exclude_unset=True)}
        else:
            source = await self._source(redshifts, recipe.get("roles"))
        # As the user wrote it, not by the generated model: what is wrong with it is the service's to say.
        fields = {"catalog": catalog, "redshifts": source, **plain_fields(recipe)}
        if dry_run:
            return await self._connection.get(_post(_PLAN, {"recipe": fields}), Plan.from_dict)
        return AsyncJob(
            self._connection, await self._make(fields, run_id, execution_duration, destruction, start=start)
        )

    async def combine(
        self,
        inputs: "CombineTable | Sequence[CombineTable]",
        *,
        run_id: str | None = None,
        execution_duration: int | None = None,
        destruction: datetime | None = None,
        start: bool = True,
        **recipe: Unpack[CombineFields],
    ) -> AsyncCombineJob:
        """Start a compilation of redshift tables; see `tsm.TrainingSetMaker.combine`."""
        tables = given_tables(inputs)
        fields = plain_combine_fields(recipe)
        entries = await self._entries(tables)
        asked = {"kind": "combine", "inputs": entries, **fields}
        state = await self._make(asked, run_id, execution_duration, destruction, start=start)
        return AsyncCombineJob(self._connection, state)

    async def _entries(self, tables: Sequence[GivenTable]) -> list[dict[str, Any]]:
        """Inputs of a recipe; every table is sent before any refusal is told, so that all are."""
        entries = []
        refused = RefusedTables()
        for given in tables:
            with refused.looking_at(table_name(given.table)):
                entries.append(given.entry(await self._source(given.table, given.roles)))
        refused.require_none()
        return entries

    async def _make(
        self,
        recipe: Mapping[str, object],
        run_id: str | None,
        execution_duration: int | None,
        destruction: datetime | None,
        *,
        start: bool,
    ) -> JobState:
        """Make a job of this recipe."""
        body = {
            "recipe": dict(recipe),
            "run_id": run_id,
            "execution_duration": execution_duration,
            "destruction": None if destruction is None else _with_zone(destruction).isoformat(),
            "start": start,
        }
        answer = await self._connection.send(_post(_JOBS, body), repeat=Repeat.IF_NOTHING_HAPPENED)
        return self._connection.read(JobState.from_dict, answer)

    async def jobs(
        self, phase: str | Sequence[str] | None = None, after: datetime | None = None, last: int | None = None
    ) -> Listing[JobState]:
        """Jobs of this user, the latest first."""
        phases = [phase] if isinstance(phase, str) else list(phase or ())
        request = list_jobs._get_kwargs()
        request["params"] = {
            "phase": phases,
            **({} if after is None else {"after": _with_zone(after).isoformat()}),
            **({} if last is None else {"last": last}),
        }
        found = await self._connection.get_all(request, JobState.from_dict)
        columns = ("id", "phase", "run_id", "creation_time", "end_time", "destruction")
        return Listing(found, columns=columns, title="Jobs")

    async def shared_jobs(self) -> Listing[JobState]:
        """Jobs that others share with this user, the latest first."""
        found = await self._connection.get_all(list_shared_jobs._get_kwargs(), JobState.from_dict)
        columns = ("id", "owner", "phase", "run_id", "creation_time", "destruction")
        return Listing(found, columns=columns, title="Jobs of others")

    async def job(self, id_or_url: str) -> "AsyncJob":
        """A job that was started earlier or elsewhere."""
        job_id = _job_id(id_or_url, self.url)
        return job_of(self._connection, await self._connection.get(get_job._get_kwargs(job_id), JobState.from_dict))

    async def _source(self, redshifts: "TableSource", roles: object) -> str:
        """How a recipe names these redshifts; a table is sent first."""
        if isinstance(redshifts, str) and _SOURCE.fullmatch(redshifts):
            return redshifts
        if isinstance(redshifts, AsyncJob):
            return f"job:{redshifts.id}"
        source = getattr(redshifts, "source", None)
        if isinstance(source, str):
            return source
        # Roles in words are left to the service.
        return (await self._send(redshifts, None, roles if isinstance(roles, Mapping) else {})).source


def _post(path: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"method": "post", "url": path, "json": body}


def _with_zone(time: datetime) -> datetime:
    """A time without a zone is UTC, as everywhere in the VO."""
    return time if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _job_id(id_or_url: str, base: str) -> str:
    """The id of a job from what users have at hand; an address must be one of this service.

    Raises
    ------
    NotTheServiceError
        If it is the address of something else.
    """
    if _JOB_ID.fullmatch(id_or_url):
        return id_or_url
    wanted, ours = urlsplit(id_or_url.strip()), urlsplit(base)
    is_ours = (wanted.scheme, wanted.netloc) == (ours.scheme, ours.netloc) and wanted.path.startswith(f"{ours.path}/")
    found = _JOB_PATH.fullmatch(unquote(wanted.path.removeprefix(ours.path))) if is_ours else None
    if found is None:
        raise NotTheServiceError(
            f"{id_or_url!r} is neither the id of a job nor the address of one of {base}; a job of another service "
            "needs TrainingSetMaker(url=...) of its own"
        )
    return found["id"]
