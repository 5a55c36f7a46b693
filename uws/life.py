"""The life of a job as its owner and the HTTP faces see it: create, run, wait, abort, destroy."""

import time
from collections.abc import AsyncGenerator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import ColumnElement, extract, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from uws.allowance import (
    Allowance,
    lock_owner,
    require_queue_has_room,
    require_within_allowance,
    result_bytes_of,
)
from uws.blobs import BlobStore
from uws.calibration import Calibration
from uws.changes import ANY_CHANGE, Change, ChangeFeed
from uws.config import LifeLimits
from uws.database import Database
from uws.disposal import Disposal
from uws.errors import InvalidControlError, UnknownJobError, UwsError
from uws.forecast import WORKER_IS_ALIVE, calibrate, estimate_duration
from uws.job import Job, JobId, NewJob, Parameter
from uws.phase import ACTIVE_PHASES, FINAL_PHASES, ExecutionPhase
from uws.pins import lock_sources
from uws.store import (
    add_job,
    change_job,
    change_phase,
    end_stamp,
    explain_refusal,
    find_job,
    find_jobs,
    job_of,
    mark_deleted,
)
from uws.tables import JobRow, WorkerRow, clock, stamp
from uws.wakeup import Wakeups

__all__ = ["KEEP", "JobService", "Keep", "QueueNumbers"]

MAX_RUN_ID_LENGTH = 64
LOOK_AGAIN_SECONDS = 20.0
"""Who watches reads the job at least so often, should an announcement ever be lost."""
NO_LIMIT = Allowance()
END_OF_TIME = datetime(9000, 1, 1, tzinfo=UTC)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class QueueNumbers:
    """How the service is loaded."""

    jobs_by_phase: dict[ExecutionPhase, int]
    """Jobs of all kinds and owners; phases without jobs are left out."""
    oldest_queued_seconds: float | None
    """How long the oldest queued job waits; None if none does."""
    workers_alive: int
    lost_runs: int
    """Runs that ended with a silent worker, of all jobs that are known."""


class Keep:
    """The type of ``KEEP``: leave a value as it is, where None is a value as well."""


KEEP = Keep()


class JobService:
    """What may be asked of jobs. Everything is done for an owner, who sees nobody else's jobs."""

    def __init__(
        self,
        database: Database,
        changes: ChangeFeed,
        wakeups: Wakeups,
        blobs: BlobStore,
        disposal: Disposal,
        limits: LifeLimits,
    ) -> None:
        self._database = database
        self._changes = changes
        self._wakeups = wakeups
        self._blobs = blobs
        self._disposal = disposal
        self._limits = limits

    async def create(self, new: NewJob) -> Job:
        """Create a job; it is PENDING.

        Raises
        ------
        InvalidControlError
            If its run id, duration or destruction is impossible.
        UnknownBlobError
            If a file that it uses belongs to something deleted.
        """
        require_valid_run_id(new.run_id)
        lifetime = stamp() + timedelta(seconds=self._limits.default_lifetime)
        async with self._database.transaction() as session:
            await lock_sources(session, new.inputs, for_job=new.id)
            row = await add_job(
                session,
                new,
                execution_duration=self._clamp_duration(new.execution_duration),
                destruction=lifetime if new.destruction is None else self._clamp_destruction(new.destruction),
            )
            return job_of(row)

    async def get(self, job_id: JobId, *, owner: str) -> Job:
        """The job as it is now, ARCHIVED ones included.

        Raises
        ------
        UnknownJobError
            If this owner has no such job.
        """
        async with self._database.reading() as session:
            return await self._find(session, job_id, owner)

    async def list_jobs(
        self,
        *,
        owner: str,
        kind: str | None,
        phases: frozenset[ExecutionPhase] = frozenset(),
        after: datetime | None = None,
        last: int | None = None,
    ) -> list[Job]:
        """The owner's jobs, newest first.

        Parameters
        ----------
        kind
            Jobs of this kind; None = all but internal ones.
        phases
            Jobs in one of these; none = all but ARCHIVED.
        after
            Only jobs created strictly later.
        last
            Only the newest so many of what is left.
        """
        async with self._database.reading() as session:
            return await find_jobs(session, owner=owner, kind=kind, phases=phases, after=after, last=last)

    async def replace_parameters(
        self, job_id: JobId, *, owner: str, parameters: tuple[Parameter, ...], run_id: str | Keep | None = KEEP
    ) -> Job:
        """Replace all parameters of a PENDING job, and its run id if one is given.

        Raises
        ------
        JobPhaseError
            If it is no longer PENDING; nothing changed.
        """
        values: dict[str, object] = {"parameters": [asdict(parameter) for parameter in parameters]}
        if not isinstance(run_id, Keep):
            require_valid_run_id(run_id)
            values["run_id"] = run_id
        return await self._change(
            job_id, owner, frozenset({ExecutionPhase.PENDING}), "to change its parameters", values
        )

    async def run(
        self,
        job_id: JobId,
        *,
        owner: str,
        request: dict[str, object] | None = None,
        inputs: tuple[str, ...] | None = None,
        allowance: Allowance = NO_LIMIT,
        expected_seconds: float | None = None,
    ) -> Job:
        """Put a PENDING job into the queue and wake a worker.

        Parameters
        ----------
        request
            What the computation gets; None = what the job was created with.
        inputs
            Files that must not go before this job does; None = those that it was created with.
        allowance
            What its owner may have at once.
        expected_seconds
            How long it is to run by what it asks for; None = nobody can tell.

        Raises
        ------
        JobPhaseError
            If it is not PENDING: it runs once, whoever asks twice.
        TooManyQueuedError, ResultsFullError, QueueFullError, StorageFullError
            If a limit allows no further job now; it stays PENDING.
        UnknownBlobError
            If an input is gone.
        """
        values: dict[str, object] = {"queue_time": stamp(), "running_limit": allowance.running or None}
        values["expected_seconds"] = expected_seconds
        if request is not None:
            values["request"] = request
        if inputs is not None:
            values["inputs"] = list(inputs)
        await self._blobs.require_space(self._limits.min_free_bytes)
        async with self._database.transaction() as session:
            await lock_owner(session, owner)
            if inputs:
                await lock_sources(session, inputs, for_job=job_id)
            row = await change_phase(session, job_id, ExecutionPhase.QUEUED, JobRow.owner == owner, **values)
            if row is None:
                raise await explain_refusal(session, job_id, owner=owner, wish="to be started")
            await require_queue_has_room(session, self._limits.max_queued)
            await require_within_allowance(session, owner, allowance)
            estimate = await estimate_duration(session, row.kind, job_id=job_id, expected_seconds=expected_seconds)
            if estimate is not None:
                row.quote = stamp() + estimate
                await session.flush()
            job = await self._find(session, job_id, owner)
        logger.info("job queued", job_id=job.id, owner=job.owner, run_id=job.run_id, kind=job.kind)
        await self._wakeups.try_send()
        return job

    async def calibration(self, kind: str) -> Calibration | None:
        """How long the last jobs of a kind took beside what was expected; None without any."""
        async with self._database.transaction() as session:
            return await calibrate(session, kind)

    async def set_execution_duration(self, job_id: JobId, *, owner: str, seconds: int) -> Job:
        """Limit how long the job may execute; 0 = as long as the service allows. The job shows what holds.

        Raises
        ------
        InvalidControlError
            If it is negative.
        JobPhaseError
            If the job has finished.
        """
        duration = self._clamp_duration(seconds)
        return await self._change(
            job_id, owner, ACTIVE_PHASES, "to limit its duration", {"execution_duration": duration}
        )

    async def set_destruction(self, job_id: JobId, *, owner: str, when: datetime) -> Job:
        """Set when the job and its results are destroyed; a past time destroys them soon. The job shows what holds.

        Raises
        ------
        JobPhaseError
            If it is destroyed already.
        """
        alive = ACTIVE_PHASES | FINAL_PHASES
        return await self._change(
            job_id, owner, alive, "to change its destruction", {"destruction": self._clamp_destruction(when)}
        )

    async def set_run_id(self, job_id: JobId, *, owner: str, run_id: str | None) -> Job:
        """Set the owner's own name of a PENDING job; None takes it away.

        Raises
        ------
        InvalidControlError
            If it is too long or not printable.
        JobPhaseError
            If the job is no longer PENDING.
        """
        require_valid_run_id(run_id)
        return await self._change(
            job_id, owner, frozenset({ExecutionPhase.PENDING}), "to change its run id", {"run_id": run_id}
        )

    async def abort(self, job_id: JobId, *, owner: str) -> Job:
        """End a job that has not finished; one that has stays as it is. Its worker is told at once."""
        async with self._database.transaction() as session:
            row = await change_phase(
                session, job_id, ExecutionPhase.ABORTED, JobRow.owner == owner, end_time=end_stamp()
            )
            job = await self._find(session, job_id, owner)
        if row is not None:
            logger.info("job aborted", job_id=job.id, owner=job.owner, run_id=job.run_id)
            await self._wakeups.try_send()  # its place is free for another
        return job

    async def delete(self, job_id: JobId, *, owner: str) -> None:
        """Remove a job in whatever phase, with its results; from now on it is unknown to everybody.

        Files that cannot be removed at once, or that another job still uses, go later.
        """
        async with self._database.transaction() as session:
            if not await mark_deleted(session, job_id, JobRow.owner == owner):
                raise UnknownJobError(f"You have no job {job_id}.")
        logger.info("job deleted", job_id=job_id, owner=owner)
        try:
            await self._disposal.finish_deletion(job_id)
        except (OSError, UwsError) as error:
            logger.warning("files of a deleted job are removed later", job_id=job_id, error=str(error))
        await self._wakeups.try_send()

    async def wait(self, job_id: JobId, *, owner: str, seconds: float, phase: ExecutionPhase | None = None) -> Job:
        """The job at its next change of phase, or as it is when the time is over.

        Parameters
        ----------
        seconds
            Wall-clock time; negative = as long as the service allows, which also caps every other number.
        phase
            Return at once unless the job is in this phase.

        Raises
        ------
        UnknownJobError
            If it is deleted meanwhile, too.
        """
        limit = float(self._limits.max_wait_seconds)
        deadline = time.monotonic() + (limit if seconds < 0 else min(seconds, limit))
        with self._changes.subscribe(job_id, frozenset({Change.PHASE})) as subscription:
            job = first = await self.get(job_id, owner=owner)
            if job.phase not in ACTIVE_PHASES or (phase is not None and job.phase != phase):
                return job
            while job.phase == first.phase and (left := deadline - time.monotonic()) > 0:
                # At the end of the time the job is read once more, should an announcement have been lost.
                await subscription.wait(left)
                job = await self.get(job_id, owner=owner)
            return job

    async def watch(self, job_id: JobId, *, owner: str) -> AsyncGenerator[Job, None]:
        """The job now, and again whenever its phase or progress changed, until it is final.

        Changes that follow each other faster than they are taken are seen as one.

        Raises
        ------
        UnknownJobError
            If it is not there, or is deleted meanwhile.
        """
        with self._changes.subscribe(job_id, ANY_CHANGE) as subscription:
            job = await self.get(job_id, owner=owner)
            yield job
            while job.phase in ACTIVE_PHASES:
                await subscription.wait(LOOK_AGAIN_SECONDS)
                seen, job = job, await self.get(job_id, owner=owner)
                if job != seen:
                    yield job

    async def queue_numbers(self) -> QueueNumbers:
        """How the service is loaded."""
        counts = (func.count(), func.sum(JobRow.lost_runs))
        phases = select(JobRow.phase, *counts).where(JobRow.deletion_time.is_(None)).group_by(JobRow.phase)
        oldest = select(extract("epoch", clock() - func.min(JobRow.queue_time))).where(
            JobRow.phase == ExecutionPhase.QUEUED, JobRow.deletion_time.is_(None)
        )
        alive = select(func.count()).select_from(WorkerRow).where(WORKER_IS_ALIVE)
        async with self._database.reading() as session:
            by_phase = (await session.execute(phases)).all()
            age = await session.scalar(oldest)
            workers = await session.scalar(alive)
        return QueueNumbers(
            jobs_by_phase={ExecutionPhase(phase): count for phase, count, _ in by_phase},
            oldest_queued_seconds=None if age is None else float(age),
            workers_alive=workers or 0,
            lost_runs=sum(lost for _, _, lost in by_phase),
        )

    async def stored_result_bytes(self, *, owner: str) -> int:
        """Bytes of all results that the owner's jobs keep."""
        async with self._database.reading() as session:
            return await result_bytes_of(session, owner)

    async def _find(self, session: AsyncSession, job_id: JobId, owner: str) -> Job:
        return await find_job(session, job_id, owner=owner, running_limit=self._limits.max_running_per_owner)

    async def _change(
        self,
        job_id: JobId,
        owner: str,
        phases: frozenset[ExecutionPhase],
        wish: str,
        values: dict[str, Any],
    ) -> Job:
        async with self._database.transaction() as session:
            row = await change_job(session, job_id, phases, JobRow.owner == owner, **values)
            if row is None:
                raise await explain_refusal(session, job_id, owner=owner, wish=wish)
            return await self._find(session, job_id, owner)

    def _clamp_duration(self, seconds: int | None) -> int:
        if seconds is None:
            seconds = self._limits.default_execution_duration
        if seconds < 0:
            raise InvalidControlError(f"An execution duration of {seconds} s is negative; 0 means no limit.")
        longest = self._limits.max_execution_duration
        if longest == 0:
            return min(seconds, 2**31 - 1)
        return longest if seconds == 0 else min(seconds, longest)

    def _clamp_destruction(self, when: datetime) -> ColumnElement[datetime]:
        if when.tzinfo is None:
            raise InvalidControlError(f"The destruction time {when.isoformat()} has no time zone.")
        latest = stamp() + timedelta(seconds=self._limits.max_lifetime)
        wanted = func.date_trunc("milliseconds", min(when.astimezone(UTC), END_OF_TIME))
        return func.least(wanted, latest, type_=JobRow.destruction.type)


def require_valid_run_id(run_id: str | None) -> None:
    """Refuse a run id that UWS or the store cannot take.

    Raises
    ------
    InvalidControlError
        If it is longer than 64 characters or has control characters.
    """
    if run_id is None:
        return
    if len(run_id) > MAX_RUN_ID_LENGTH:
        raise InvalidControlError(f"RUNID has {len(run_id)} characters; the limit is {MAX_RUN_ID_LENGTH}.")
    if not run_id.isprintable():
        raise InvalidControlError(f"RUNID {run_id!r} has characters that cannot be printed.")
