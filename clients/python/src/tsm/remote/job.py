"""A job of the service, as its owner handles it."""

import queue
from collections.abc import Callable
from contextlib import ExitStack
from os import PathLike
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

from trainingset.combine_recipe import CombineRecipe
from trainingset.recipe import CrossmatchRecipe
from tsm.api.models.job_error import JobError
from tsm.api.models.job_result import JobResult
from tsm.api.models.job_state import JobState
from tsm.api.models.registered_product import RegisteredProduct
from tsm.api.models.registration_document import RegistrationDocument
from tsm.remote import portal
from tsm.remote.async_job import AsyncCombineJob, AsyncJob
from tsm.remote.following import how_to_come_back
from tsm.remote.progress import ProgressBar, someone_looks_on

if TYPE_CHECKING:
    from trainingset.provenance import Provenance
    from tsm.sets.compilation import Compilation
    from tsm.sets.training_set import TrainingSet

__all__ = ["CombineJob", "Job", "job_of"]


class Job:
    """One cross-match; made by `tsm.crossmatch` or found again by `tsm.job`.

    As a context manager it deletes the job with its results at the end, also after an error: for work whose results
    are fetched inside. An interruption (Ctrl-C) leaves the job, as it does in `wait`.

    Parameters
    ----------
    job
        The asynchronous job that does the work.

    Examples
    --------
    >>> with tsm.crossmatch("zcosmos.fits", catalog="dp1.object") as job:   # doctest: +SKIP
    ...     job.wait()
    ...     job.download("parquet", "training_set.parquet")
    """

    def __init__(self, job: AsyncJob) -> None:
        self._job = job

    def __repr__(self) -> str:
        return f"Job({self.id!r}, phase={self.phase!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if kind is None or not issubclass(kind, KeyboardInterrupt):
            self.delete()

    @property
    def state(self) -> JobState:
        """The job as last seen; `refresh` and `wait` bring it up to date."""
        return self._job.state

    @property
    def id(self) -> str:
        """Id of the job."""
        return self._job.id

    @property
    def url(self) -> str:
        """Address of the job's UWS document."""
        return self._job.url

    @property
    def phase(self) -> str:
        """Where the job is: PENDING, QUEUED, EXECUTING, COMPLETED, ERROR, ABORTED or ARCHIVED."""
        return self._job.phase

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen any more."""
        return self._job.is_final

    @property
    def run_id(self) -> str | None:
        """Your own name for it."""
        return self._job.run_id

    @property
    def recipe(self) -> CrossmatchRecipe:
        """What was asked for, with all defaults once they are known."""
        return self._job.recipe

    @property
    def results(self) -> dict[str, JobResult]:
        """Files of the finished job by name: ``result``, ``parquet``, ``provenance`` and what else was asked for."""
        return self._job.results

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for you: why it waits, what to know about its result."""
        return self._job.notes

    @property
    def error(self) -> JobError | None:
        """Why it failed, None if it did not."""
        return self._job.error

    def refresh(self) -> JobState:
        """Ask for the job's present state."""
        return portal.run(self._job.refresh)

    def run(self) -> JobState:
        """Run a job that was made with ``start=False``."""
        return portal.run(self._job.run)

    def abort(self) -> JobState:
        """End the job, if it has not ended."""
        return portal.run(self._job.abort)

    def share(self, group: str | None = None, *, everyone: bool = False) -> None:
        """Let others read the job, its results and its provenance, until they are destroyed.

        They neither change nor end it, nor read what you sent. Who lacks a data right of what it was made from does not
        see it.

        Parameters
        ----------
        group
            One of your groups.
        everyone
            All users of the service who hold the data rights, instead of a group.

        Raises
        ------
        ValueError
            If both or neither are named.
        RequestRefusedError
            If you are not in that group, or the job is not yours.
        """
        portal.run(lambda: self._job.share(group, everyone=everyone))

    def unshare(self, group: str | None = None, *, everyone: bool = False) -> None:
        """End a share now; one that is none is no error."""
        portal.run(lambda: self._job.unshare(group, everyone=everyone))

    def shares(self) -> list[str]:
        """Who may read the job besides its owner: ``group:NAME``, ``everyone``."""
        return portal.run(self._job.shares)

    def register(
        self,
        display_name: str = "TSM",
        *,
        description: str = "",
        release: str | None = None,
        share_private: bool = False,
        timeout: float | None = None,
    ) -> RegisteredProduct:
        """Make a published product of the PZ Server from the result, with provenance, citations and description.

        To register it again is safe: a product of this job that is there is found, and one that was deleted there is
        made anew.

        Parameters
        ----------
        display_name
            Name of the product; the id of the job is added.
        description
            Text for its readers; how it was made is added.
        release
            Release of the PZ Server that the product belongs to: whoever sees that sees the product.
        share_private
            Agree that redshifts which only you can see become visible to all who see the product.
        timeout
            Longest wait in seconds, None = any. The registration goes on afterwards.

        Returns
        -------
        tsm.api.models.registered_product.RegisteredProduct
            Its ``id``, ``internal_name``, ``display_name`` and ``url``, and in ``access`` a ``web_page`` and lines of
            ``python`` and ``curl`` that fetch it.

        Raises
        ------
        JobFailedError
            If the job ended without a result.
        RequestRefusedError
            If the service knows no PZ Server, you did not agree, or the name or the release will not do.
        RegistrationFailedError
            If the PZ Server did not take it; the result is untouched.
        WaitTimeoutError
            If it takes longer.
        """
        return portal.run(
            lambda: self._job.register(
                display_name,
                description=description,
                release=release,
                share_private=share_private,
                timeout=timeout,
            )
        )

    def registration(self) -> RegistrationDocument | None:
        """How far the registration on the PZ Server is, and what came of it; None if nobody asked for one."""
        return portal.run(self._job.registration)

    def delete(self) -> None:
        """Remove the job and its results; one that is gone already is no error."""
        portal.run(self._job.delete)

    def wait(self, timeout: float | None = None, progress: bool | Callable[[JobState], None] | None = None) -> "Job":
        """Follow the job to its end.

        A restart of the service is waited through. Interrupting (Ctrl-C, or the notebook's stop button) leaves the job
        running and says how to come back to it.

        Parameters
        ----------
        timeout
            Seconds; None waits as long as it takes.
        progress
            Whether to show a bar; None shows one in terminals and notebooks. A function is called instead with the
            state now and at each change of phase or progress, in the thread that waits.

        Returns
        -------
        Job
            This job, which is COMPLETED.

        Raises
        ------
        JobFailedError
            If it ends without a result; the message says why.
        WaitTimeoutError
            If it has not ended in time; it goes on.
        ServiceUnavailableError
            If the service stays away.
        """
        with ExitStack() as showing:
            try:
                self._follow(timeout, self._listener(progress, showing))
            except KeyboardInterrupt:
                showing.close()
                raise KeyboardInterrupt(f"job {self.id} goes on; {how_to_come_back(self.id)}") from None
        return self

    def _listener(
        self, progress: bool | Callable[[JobState], None] | None, showing: ExitStack
    ) -> Callable[[JobState], None]:
        if callable(progress):
            return progress
        if progress or (progress is None and someone_looks_on()):
            return showing.enter_context(ProgressBar(self.id)).show
        return lambda state: None

    def _follow(self, timeout: float | None, on_change: Callable[[JobState], None]) -> None:
        """Wait in the loop's thread, but show in this one: notebooks draw where the cell runs."""
        states: queue.SimpleQueue[JobState | None] = queue.SimpleQueue()
        future = portal.start(lambda: self._job.wait(timeout, states.put))
        future.add_done_callback(lambda _: states.put(None))
        try:
            while (state := states.get()) is not None:
                on_change(state)
        except BaseException:
            future.cancel()
            raise
        future.result()

    def download(self, result_id: str, path: str | PathLike[str], overwrite: bool = False) -> Path:
        """Fetch one result and check it.

        A connection that is cut is taken up where it broke.

        Parameters
        ----------
        result_id
            Name of the result, see `results`.
        path
            File to write, or a folder for a file of the service's name. Nothing is there before all is complete.
        overwrite
            Whether a file that is there may be replaced.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        UnknownResultError
            If the job has no such result.
        TargetExistsError
            If the file exists and may not be replaced.
        DiskError
            If it cannot be written: no room, no folder, no permission.
        ChecksumError
            If what arrived differs from what the service has.
        """
        return portal.run(lambda: self._job.download(result_id, path, overwrite))

    def provenance(self) -> "Provenance":
        """How the result was made: recipe, inputs, software, counts; it outlives the result."""
        return portal.run(self._job.provenance)

    def result(self, path: str | PathLike[str] | None = None) -> "TrainingSet":
        """The training set of the finished job; one that runs is waited for.

        Parameters
        ----------
        path
            File that keeps its Parquet table; without it, a temporary one that goes with this session.

        Raises
        ------
        JobFailedError
            If the job ended without a result.
        """
        if not self.is_final:
            self.wait()
        return portal.run(lambda: self._job.result(path))

    def report(self, path: str | PathLike[str] | None = None, *, overwrite: bool = False) -> Path:
        """The quality report of the finished job as an HTML page; a job that runs is waited for.

        Parameters
        ----------
        path
            File to write, or a folder; without it, a temporary file that goes with this session.
        overwrite
            Whether a file that is there may be replaced.

        Raises
        ------
        UnknownResultError
            If the job made none: a cross-match does where ``report=True`` asks for it, a compilation always.
        JobFailedError
            If the job ended without a result.
        """
        if not self.is_final:
            self.wait()
        return portal.run(lambda: self._job.report(path, overwrite=overwrite))


class CombineJob(Job):
    """One compilation of redshifts; made by `tsm.combine` or found again by `tsm.job`.

    Parameters
    ----------
    job
        The asynchronous job that does the work.

    Examples
    --------
    >>> job = tsm.combine(["vvds.fits", "deep2.csv"], preset="training")               # doctest: +SKIP
    >>> compilation = job.wait().result()                                               # doctest: +SKIP
    """

    _job: AsyncCombineJob

    def __init__(self, job: AsyncCombineJob) -> None:
        super().__init__(job)

    # Jobs of both kinds are handled alike; only what was asked for differs.
    @property
    def recipe(self) -> CombineRecipe:  # type: ignore[override]
        """What was asked for, with all defaults once they are known."""
        return self._job.recipe

    def wait(
        self, timeout: float | None = None, progress: bool | Callable[[JobState], None] | None = None
    ) -> "CombineJob":
        """Follow the job to its end; see `Job.wait`."""
        super().wait(timeout, progress)
        return self

    def result(self, path: str | PathLike[str] | None = None) -> "Compilation":
        """The compilation of the finished job; one that runs is waited for.

        Parameters
        ----------
        path
            File that keeps its Parquet table, with the report beside it as ``NAME.report.html`` and its numbers as
            ``NAME.report.json``; without it, temporary ones that go with this session.

        Raises
        ------
        JobFailedError
            If the job ended without a result.
        """
        if not self.is_final:
            self.wait()
        return portal.run(lambda: self._job.result(path))


def job_of(job: AsyncJob) -> Job:
    """The same job without an event loop, as its kind has it."""
    return CombineJob(job) if isinstance(job, AsyncCombineJob) else Job(job)
