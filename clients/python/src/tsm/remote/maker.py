"""The service as a user handles it."""

from collections.abc import Sequence
from datetime import datetime
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Self, Unpack, overload

from tsm.api.models.catalog_details import CatalogDetails
from tsm.api.models.catalog_summary import CatalogSummary
from tsm.api.models.job_state import JobState
from tsm.api.models.me import Me
from tsm.api.models.redshift_catalog import RedshiftCatalog
from tsm.api.models.survey_document import SurveyDocument
from tsm.api.models.upload import Upload
from tsm.remote import portal
from tsm.remote.async_maker import AsyncTrainingSetMaker
from tsm.remote.combine_fields import CombineFields, given_tables
from tsm.remote.job import CombineJob, Job, job_of
from tsm.remote.listing import Listing
from tsm.remote.plan import Plan
from tsm.remote.recipe_fields import RecipeFields
from tsm.remote.retries import Clock, Patience

if TYPE_CHECKING:
    from tsm.remote.async_maker import CombineTable, Redshifts, TableLike
    from tsm.sets.citations import Citations

__all__ = ["TrainingSetMaker"]


class TrainingSetMaker:
    """A PZ Training Set Maker service.

    Parameters
    ----------
    url
        Its address, with the prefix: ``https://data.example.org/tsm``. Without it ``TSM_URL``, then the service that
        `tsm.login` stored last.
    token
        A token of the service's identity provider. Without it ``TSM_TOKEN``, then ``ACCESS_TOKEN`` (what a notebook of
        the Rubin Science Platform holds), then the one that `tsm.login` stored for this service. It is sent to this
        service alone, and shown by nothing.
    patience
        How often a request is repeated where repeating is safe.
    clock
        Time and chance, for tests.

    Notes
    -----
    Use it as a context manager, or call `close`. It may be used by several threads, and after a fork.
    """

    def __init__(
        self,
        url: str | None = None,
        token: str | None = None,
        *,
        patience: Patience | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._maker = AsyncTrainingSetMaker(url, token, patience=patience, clock=clock)

    def __repr__(self) -> str:
        return f"TrainingSetMaker({self.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def url(self) -> str:
        """Address of the service."""
        return self._maker.url

    def close(self) -> None:
        """Close the connection; jobs go on."""
        portal.run(self._maker.close)

    def me(self) -> Me:
        """Whose token this is, which data rights it gives, and the limits of the service."""
        return portal.run(self._maker.me)

    def catalogs(self) -> Listing[CatalogSummary]:
        """Object catalogs that you may match with."""
        return portal.run(self._maker.catalogs)

    def catalog(self, catalog_id: str) -> CatalogDetails:
        """One object catalog with its columns, flux kinds and named groups."""
        return portal.run(lambda: self._maker.catalog(catalog_id))

    def surveys(self) -> Listing[SurveyDocument]:
        """Redshift surveys that the service knows, with what to cite."""
        return portal.run(self._maker.surveys)

    def redshifts(
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
        """Registered catalogs and published compilations of redshifts; `crossmatch` and `combine` take each of them.

        Parameters
        ----------
        latest
            Only the latest release of each series, and compilations that are the latest of a release.
        release
            Only of this data release: ``dp2``; with ``latest``, compilations that are its latest.
        survey
            Only with redshifts of this survey.
        name
            Only the compilation, catalog or series of this name.
        source
            ``pz`` lists products of the PZ Server in place of what the service keeps.
        type
            With ``source="pz"``, only products of this type; redshift catalogs without it.
        official
            With ``source="pz"``, only products that it marks as official, or only the others.
        """
        return portal.run(
            lambda: self._maker.redshifts(
                latest, release=release, survey=survey, name=name, source=source, type=type, official=official
            )
        )

    def fetch_redshifts(
        self,
        which: str | RedshiftCatalog,
        path: str | PathLike[str],
        *,
        release: str | None = None,
        overwrite: bool = False,
    ) -> Path:
        """Fetch the file of a published compilation and check it.

        Parameters
        ----------
        which
            A row of `redshifts`, ``NAME@VERSION``, or ``NAME`` for the latest version.
        path
            File to write, or a folder for a file of the service's name.
        release
            The latest for this data release: ``dp2``.
        overwrite
            Whether a file that is there may be replaced.

        Raises
        ------
        RequestRefusedError
            If there is no such compilation.
        UnknownResultError
            If it is a registered catalog, which has no file.
        """
        return portal.run(lambda: self._maker.fetch_redshifts(which, path, release=release, overwrite=overwrite))

    def cite_redshifts(self, which: str | RedshiftCatalog, *, release: str | None = None) -> "Citations":
        """What users of a published compilation or a registered catalog are asked to cite.

        Parameters
        ----------
        which, release
            As in `fetch_redshifts`.
        """
        return portal.run(lambda: self._maker.cite_redshifts(which, release=release))

    def upload(self, table: "TableLike", name: str | None = None) -> Upload:
        """Send a table of redshifts and wait until the service has looked at it.

        Parameters
        ----------
        table
            pandas DataFrame, astropy Table, pyarrow Table, or the path of a file (VOTable, Parquet, FITS, CSV, ECSV).
        name
            Name for messages and listings; a file has its own.

        Returns
        -------
        Upload
            What `crossmatch` takes as redshifts, as often as you like.

        Raises
        ------
        TableRefusedError
            If the table cannot be sent: units, frames or types that are unclear, or too many rows.
        RequestRefusedError
            If no redshifts can be read from it; the problems say why.
        """
        return portal.run(lambda: self._maker.upload(table, name))

    def uploads(self) -> Listing[Upload]:
        """Tables that you sent, the latest first."""
        return portal.run(self._maker.uploads)

    @overload
    def crossmatch(
        self,
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
        self,
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
        self,
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
        """Start a cross-match, or tell what it would do.

        Parameters
        ----------
        redshifts
            A DataFrame, astropy Table, pyarrow Table or path, which are sent first; an `Upload`; a row of `redshifts`;
            another job, whose result is taken; a source in words: ``job:ID``, ``catalog:ID``, ``compilation:NAME``; or
            a `~trainingset.combine_recipe.CombineRecipe`, whose compilation is made on the way.
        catalog
            Id of a registered object catalog, see `catalogs`.
        run_id
            A name of your own for the job.
        execution_duration
            Seconds that it may run.
        destruction
            When its results are removed; a time without a zone is UTC.
        start
            False leaves the job PENDING, see `Job.run`.
        dry_run
            True makes no job: the answer is a `Plan` with what would be read and given, and all problems.
        **recipe
            Further fields of the recipe, see `tsm.RecipeFields`: ``radius_arcsec=1.0``,
            ``split={"train": 0.8, "test": 0.2}``.

        Raises
        ------
        RequestRefusedError
            With everything that is wrong with the request.
        TableRefusedError
            If the table cannot be sent.
        """
        source = redshifts._job if isinstance(redshifts, Job) else redshifts
        if dry_run:
            return portal.run(lambda: self._maker.crossmatch(source, catalog=catalog, dry_run=True, **recipe))
        job = portal.run(
            lambda: self._maker.crossmatch(
                source,
                catalog=catalog,
                run_id=run_id,
                execution_duration=execution_duration,
                destruction=destruction,
                start=start,
                **recipe,
            )
        )
        return Job(job)

    def combine(
        self,
        inputs: "CombineTable | Job | Sequence[CombineTable | Job]",
        *,
        run_id: str | None = None,
        execution_duration: int | None = None,
        destruction: datetime | None = None,
        start: bool = True,
        **recipe: Unpack[CombineFields],
    ) -> CombineJob:
        """Start a compilation: tables of many surveys become one, with one scale of quality and one best redshift.

        Parameters
        ----------
        inputs
            One table or several. Each is what `crossmatch` takes: a DataFrame, astropy Table, pyarrow Table or path,
            which are sent first; an `Upload`; a row of `redshifts`; another job; or a source in words (``upload:ID``,
            ``job:ID``, ``catalog:ID``, ``compilation:NAME``). Where its columns do not tell enough, say it with the
            table: ``("deep2.csv", {"survey": "DEEP2", "roles": {"z": "ZBEST"}})``.
        run_id
            A name of your own for the job.
        execution_duration
            Seconds that it may run.
        destruction
            When its results are removed; a time without a zone is UTC.
        start
            False leaves the job PENDING, see `Job.run`.
        **recipe
            Further fields of the recipe, see `tsm.CombineFields`: ``preset="training"``, ``radius_arcsec=0.75``.

        Raises
        ------
        RequestRefusedError
            With everything that is wrong with the request.
        TableRefusedError
            If a table cannot be sent, or what was given is none.
        """
        tables = [
            given._replace(table=given.table._job) if isinstance(given.table, Job) else given
            for given in given_tables(inputs)
        ]
        job = portal.run(
            lambda: self._maker.combine(
                [(given.table, {"survey": given.survey, "roles": given.roles}) for given in tables],
                run_id=run_id,
                execution_duration=execution_duration,
                destruction=destruction,
                start=start,
                **recipe,
            )
        )
        return CombineJob(job)

    def jobs(
        self, phase: str | Sequence[str] | None = None, after: datetime | None = None, last: int | None = None
    ) -> Listing[JobState]:
        """Your jobs, the latest first.

        Parameters
        ----------
        phase
            Only jobs in this phase, or in one of these; without it all but ARCHIVED.
        after
            Only jobs created later than this; a time without a zone is UTC.
        last
            Only so many, the latest.
        """
        return portal.run(lambda: self._maker.jobs(phase, after, last))

    def shared_jobs(self) -> Listing[JobState]:
        """Jobs that others share with you, the latest first."""
        return portal.run(self._maker.shared_jobs)

    def job(self, id_or_url: str) -> Job:
        """A job that was started earlier, in another session or on another machine.

        Parameters
        ----------
        id_or_url
            Its id, or its address at this service.
        """
        return job_of(portal.run(lambda: self._maker.job(id_or_url)))
