"""A job of the service, for programs with an event loop; `tsm.remote.job` runs the same code for all others."""

import atexit
import shutil
import tempfile
from functools import cache
from http import HTTPStatus
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TypeVar

import anyio.to_thread
from pydantic import BaseModel, ValidationError

from trainingset.combine_recipe import CombineRecipe
from trainingset.recipe import CrossmatchRecipe
from tsm.api.api.jobs import abort_job, delete_job, get_job, list_shares, revoke_share, run_job, share_job
from tsm.api.api.results import get_provenance
from tsm.api.models.job_error import JobError
from tsm.api.models.job_result import JobResult
from tsm.api.models.job_state import JobState
from tsm.api.models.registered_product import RegisteredProduct
from tsm.api.models.registration_document import RegistrationDocument
from tsm.api.models.registration_request import RegistrationRequest
from tsm.api.models.share_creation import ShareCreation
from tsm.api.models.share_document import ShareDocument
from tsm.errors import JobFailedError, NotTheServiceError, RequestRefusedError, UnknownResultError
from tsm.remote import registering
from tsm.remote.answers import read_json
from tsm.remote.connection import Connection
from tsm.remote.downloads import download, result_file
from tsm.remote.following import FINAL_PHASES, OnChange, follow
from tsm.remote.placing import target_in
from tsm.remote.problems import problems_of
from tsm.remote.retries import Repeat

if TYPE_CHECKING:
    from trainingset.provenance import Provenance
    from tsm.sets.compilation import Compilation
    from tsm.sets.training_set import TrainingSet

__all__ = ["AsyncCombineJob", "AsyncJob", "job_of"]

Recipe = TypeVar("Recipe", bound=BaseModel)


def reader_of(group: str | None, *, everyone: bool) -> str:
    """How the service spells those with whom a job is shared.

    Raises
    ------
    ValueError
        If both or neither are named.
    """
    if everyone == (group is not None):
        raise ValueError("name either a group or everyone=True")
    return "everyone" if group is None else f"group:{group}"


_REPORT = "report"
"""Name of the result that is the quality report."""


class AsyncJob:
    """One cross-match; the asynchronous twin of `tsm.Job`, made by `tsm.AsyncTrainingSetMaker`.

    Parameters
    ----------
    connection
        To the service that runs it.
    state
        The job as last seen.
    """

    def __init__(self, connection: Connection, state: JobState) -> None:
        self._connection = connection
        self.state = state
        """The job as last seen; `refresh` and `wait` bring it up to date."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r}, phase={self.phase!r})"

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.delete()

    @property
    def id(self) -> str:
        """Id of the job."""
        return self.state.id

    @property
    def url(self) -> str:
        """Address of the job's UWS document."""
        return self.state.url

    @property
    def phase(self) -> str:
        """Word of UWS for where the job is: PENDING, QUEUED, EXECUTING, COMPLETED, ERROR, ABORTED or ARCHIVED."""
        return self.state.phase

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen any more."""
        return self.phase in FINAL_PHASES

    @property
    def run_id(self) -> str | None:
        """The user's own name for it."""
        return self.state.run_id

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for its owner: why it waits, what to know about its result."""
        return tuple(self.state.notes)

    @property
    def error(self) -> JobError | None:
        """Why it failed, None if it did not."""
        return self.state.error

    @property
    def recipe(self) -> CrossmatchRecipe:
        """What was asked for, with all defaults once they are known.

        Raises
        ------
        NotTheServiceError
            If the service knows recipes that this client does not.
        """
        return self._read_recipe(CrossmatchRecipe)

    def _read_recipe(self, kind: type[Recipe]) -> Recipe:
        try:
            return kind.model_validate(self.state.recipe.to_dict())
        except ValidationError as error:
            raise NotTheServiceError(
                f"the recipe of job {self.id} has fields that this client does not know, so the service is newer: "
                f'pip install --upgrade "pz-tsm"; job.state.recipe has it as it came ({error.error_count()} findings)'
            ) from error

    @property
    def results(self) -> dict[str, JobResult]:
        """Files of the finished job by name: ``result``, ``parquet``, ``provenance`` and what else was asked for."""
        return {result.id: result for result in self.state.results}

    async def refresh(self) -> JobState:
        """Ask for the job's present state."""
        self.state = await self._connection.get(get_job._get_kwargs(self.id), JobState.from_dict)
        return self.state

    async def run(self) -> JobState:
        """Run a job that was made with ``start=False``."""
        # A second RUN of a job that runs is refused, and would say that the first one went wrong.
        answer = await self._connection.send(run_job._get_kwargs(self.id), repeat=Repeat.IF_NOTHING_HAPPENED)
        self.state = self._connection.read(JobState.from_dict, answer)
        return self.state

    async def abort(self) -> JobState:
        """End the job, if it has not ended."""
        self.state = await self._connection.get(abort_job._get_kwargs(self.id), JobState.from_dict)
        return self.state

    async def share(self, group: str | None = None, *, everyone: bool = False) -> None:
        """Let others read the job, its results and its provenance; see `tsm.Job.share`."""
        creation = ShareCreation(reader_of(group, everyone=everyone))
        await self._connection.send(share_job._get_kwargs(self.id, body=creation))

    async def unshare(self, group: str | None = None, *, everyone: bool = False) -> None:
        """End a share now; one that is none is no error."""
        try:
            await self._connection.send(revoke_share._get_kwargs(self.id, reader_of(group, everyone=everyone)))
        except RequestRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def shares(self) -> list[str]:
        """Who may read the job besides its owner: ``group:NAME``, ``everyone``."""
        found = await self._connection.get_all(list_shares._get_kwargs(self.id), ShareDocument.from_dict)
        return [share.reader for share in found]

    async def register(
        self,
        display_name: str = "TSM",
        *,
        description: str = "",
        release: str | None = None,
        share_private: bool = False,
        timeout: float | None = None,  # noqa: ASYNC109  (as `wait` has it)
    ) -> RegisteredProduct:
        """Register the result on the PZ Server; see `tsm.Job.register`."""
        await self._succeed()
        wish = RegistrationRequest(display_name, description, release, share_private)
        told = await registering.ask(self._connection, self.id, wish)
        return await registering.follow_registration(self._connection, told, timeout)

    async def registration(self) -> RegistrationDocument | None:
        """How far the registration on the PZ Server is, and what came of it; None if nobody asked for one."""
        return await registering.registration_of(self._connection, self.id)

    async def delete(self) -> None:
        """Remove the job and its results; one that is gone already is no error."""
        try:
            await self._connection.send(delete_job._get_kwargs(self.id))
        except RequestRefusedError as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    async def wait(self, timeout: float | None = None, on_change: OnChange = lambda state: None) -> Self:  # noqa: ASYNC109
        """Follow the job to its end.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        on_change
            Called with the state now and at each change of phase or progress.

        Raises
        ------
        JobFailedError
            If it ends without a result; the message says why.
        WaitTimeoutError
            If it has not ended in time; it goes on.
        ServiceUnavailableError
            If the service stays away.
        """

        def see(state: JobState) -> None:
            self.state = state
            on_change(state)

        await follow(self._connection, self.state, see, timeout)
        if self.phase != "COMPLETED":
            raise _failure(self.state)
        return self

    async def download(self, result_id: str, path: str | PathLike[str], overwrite: bool = False) -> Path:
        """Fetch one result and check it; see `tsm.Job.download`."""
        if result_id not in self.results:
            known = ", ".join(self.results) or f"none, for it is {self.phase}"
            raise UnknownResultError(f"job {self.id} has no result {result_id!r}; it has: {known}")
        result = self.results[result_id]
        target = target_in(Path(path), result.filename)
        return await download(self._connection, result_file(self.id, result), target, overwrite=overwrite)

    async def provenance(self) -> "Provenance":
        """How the result was made; it outlives the result."""
        from trainingset.provenance import Provenance  # few sessions need it

        answer = await self._connection.send(get_provenance._get_kwargs(self.id))
        try:
            return Provenance.model_validate(read_json(answer, self._connection.url))
        except ValidationError as error:
            raise NotTheServiceError(
                f"the provenance of job {self.id} has fields that this client does not know, so the service is newer: "
                f'pip install --upgrade "pz-tsm" ({error.error_count()} findings)'
            ) from error

    async def result(self, path: str | PathLike[str] | None = None) -> "TrainingSet":
        """The training set; see `tsm.Job.result`."""
        from tsm.sets.training_set import TrainingSet  # it loads astropy

        await self._succeed()
        table = await self.download("parquet", path) if path is not None else await self._cached("parquet")
        provenance = await self.provenance()
        return await anyio.to_thread.run_sync(lambda: TrainingSet(table, provenance))

    async def report(self, path: str | PathLike[str] | None = None, *, overwrite: bool = False) -> Path:
        """The quality report as a page; see `tsm.Job.report`."""
        await self._succeed()
        if _REPORT not in self.results:
            raise UnknownResultError(f"job {self.id} made no quality report; ask for one with report=True")
        return await self._cached(_REPORT) if path is None else await self.download(_REPORT, path, overwrite)

    async def _succeed(self) -> None:
        """Wait for the result.

        Raises
        ------
        JobFailedError
            If the job ends without one.
        """
        if not self.is_final:
            await self.wait()
        if self.phase != "COMPLETED":
            raise _failure(self.state)

    async def _cached(self, result_id: str) -> Path:
        """A result in a folder that goes with this process; fetched once."""
        if result_id not in self.results:
            raise UnknownResultError(f"job {self.id} has no result {result_id!r}")
        result = self.results[result_id]
        target = _scratch_folder() / f"{result.sha256}{Path(result.filename).suffix}"
        return target if target.exists() else await self.download(result_id, target, overwrite=True)


class AsyncCombineJob(AsyncJob):
    """One compilation of redshifts; the asynchronous twin of `tsm.CombineJob`."""

    # Jobs of both kinds are handled alike; only what was asked for differs.
    @property
    def recipe(self) -> CombineRecipe:  # type: ignore[override]
        """What was asked for, with all defaults once they are known."""
        return self._read_recipe(CombineRecipe)

    async def result(self, path: str | PathLike[str] | None = None) -> "Compilation":
        """The compilation; see `tsm.CombineJob.result`."""
        from tsm.sets.compilation import Compilation  # it loads astropy

        await self._succeed()
        table = await self.download("parquet", path) if path is not None else await self._cached("parquet")
        report = await self._beside(table, "report", "report.html", is_kept=path is not None)
        numbers = await self._beside(table, "numbers", "report.json", is_kept=path is not None)
        provenance = await self.provenance()
        return await anyio.to_thread.run_sync(
            lambda: Compilation(table, provenance, report_path=report, numbers_path=numbers)
        )

    async def _beside(self, table: Path, result_id: str, suffix: str, *, is_kept: bool) -> Path | None:
        """A result that goes with the rows; None where the service makes none."""
        if result_id not in self.results:
            return None
        if not is_kept:
            return await self._cached(result_id)
        return await self.download(result_id, table.with_name(f"{table.stem}.{suffix}"), overwrite=True)


def job_of(connection: Connection, state: JobState) -> AsyncJob:
    """The job, as its kind has it."""
    return AsyncCombineJob(connection, state) if state.kind == "combine" else AsyncJob(connection, state)


@cache
def _scratch_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="tsm-"))
    atexit.register(lambda: shutil.rmtree(folder, ignore_errors=True))
    return folder


def _failure(state: JobState) -> JobFailedError:
    if state.error is None:
        notes = f": {' '.join(state.notes)}" if state.notes else ""
        return JobFailedError(f"job {state.id} ended as {state.phase}{notes}")
    advice = "; the same job may succeed later" if state.error.type_ == "transient" else ""
    return JobFailedError(
        f"job {state.id} failed ({state.error.type_}): {state.error.message}{advice}",
        problems=problems_of(state.error.problems),
    )
