"""How a worker gets a job, keeps it and ends it; nothing that it writes counts unless the job is still its own.

Every claim has a number, the job's ``attempt``. A worker that comes back after its lease ran out holds an old number
and can change nothing.
"""

from dataclasses import asdict, dataclass
from datetime import timedelta

import structlog
from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from uws.changes import Change
from uws.config import LifeLimits
from uws.database import Database
from uws.errors import ClaimLostError
from uws.job import ErrorSummary, ErrorType, Job, Progress, Result
from uws.phase import ExecutionPhase, phases_leading_to
from uws.store import change_job, change_phase, end_stamp, job_of
from uws.tables import JobRow, WorkerRow, clock, stamp
from uws.turns import NEXT_LOST, NEXT_QUEUED, JobsToClaim
from uws.wakeup import Wakeups

__all__ = ["Claim", "Claims", "JobsToClaim"]

CLAIM_LOCK = 7_235_902
"""Key of the advisory lock under which jobs are given out, one at a time: owner limits are counted, not guessed."""

DURATION_NOTE = "Ended because it ran longer than its execution duration of {seconds} s."
EXHAUSTED_NOTE = (
    "The job was started {runs} times and its worker stopped answering each time. It may need more memory than there "
    "is: try a smaller one, or try again later."
)

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is a worker's own, until its lease ends without a heartbeat."""

    job: Job
    """As it was when it was claimed."""
    worker_id: str

    @property
    def attempt(self) -> int:
        """Number of this run of the job."""
        return self.job.attempt

    @property
    def blob_prefix(self) -> str:
        """Where this run's files go: ``jobs/{job}/{attempt}``. No other run writes there."""
        return f"jobs/{self.job.id}/{self.attempt}"


class Claims:
    """What a worker may do with jobs."""

    def __init__(self, database: Database, wakeups: Wakeups, limits: LifeLimits) -> None:
        self._database = database
        self._wakeups = wakeups
        self._limits = limits
        self._lease = timedelta(seconds=limits.lease_seconds)

    async def claim(self, worker_id: str, *, among: JobsToClaim = JobsToClaim.ALL) -> Claim | None:
        """Take the next job; None if there is none that may run now.

        Jobs whose worker fell silent come first, then inspections of uploads, then the owner with the fewest
        executing jobs, of these the one who had no turn for longest, and of that owner's jobs the oldest.

        Parameters
        ----------
        among
            A worker whose places are all taken may still have one for inspections, for which their owners wait, and
            one for small jobs, which must not wait behind large ones.
        """
        async with self._database.transaction() as session:
            await session.execute(select(func.pg_advisory_xact_lock(CLAIM_LOCK)))
            row = await self._take_lost(session, worker_id, among) or await self._take_queued(session, worker_id, among)
        if row is None:
            return None
        claim = Claim(job=job_of(row), worker_id=worker_id)
        logger.info("job claimed", job_id=row.id, owner=row.owner, run_id=row.run_id, attempt=row.attempt)
        return claim

    async def heartbeat(self, claim: Claim, *, progress: Progress | None = None) -> int:
        """Keep the job for another lease, and store how far it has come.

        Returns
        -------
        int
            Its execution duration in seconds, which its owner may have changed; 0 = no limit.

        Raises
        ------
        ClaimLostError
            If it was aborted, deleted or given to another worker.
        """
        values: dict[str, object] = {"lease_end": clock() + self._lease}
        if progress is not None:
            values["progress"] = asdict(progress)
        async with self._database.transaction() as session:
            announces = None if progress is None else Change.PROGRESS
            row = await change_job(session, claim.job.id, _EXECUTING, *_is_ours(claim), announces=announces, **values)
            if row is None:
                raise _lost(claim)
            return row.execution_duration

    async def publish(
        self,
        claim: Claim,
        *,
        results: tuple[Result, ...],
        record: dict[str, object] | None,
        notes: tuple[str, ...] = (),
        request: dict[str, object] | None = None,
    ) -> None:
        """Complete the job: it and all its results become visible in one step.

        Parameters
        ----------
        results
            Files that are stored already, under ``claim.blob_prefix``.
        record
            What remains when they are destroyed.
        request
            Replaces the job's request by what it turned out to mean.

        Raises
        ------
        ClaimLostError
            If the job is no longer this claim's; nothing of it becomes visible.
        """
        values: dict[str, object] = {
            "results": [asdict(result) for result in results],
            "result_bytes": sum({result.blob: result.size for result in results}.values()),
            "record": record,
            "notes": list(notes),
        }
        if request is not None:
            values["request"] = request
        await self._end(claim, ExecutionPhase.COMPLETED, values)

    async def fail(self, claim: Claim, error: ErrorSummary) -> None:
        """End the job in ERROR. Raises ClaimLostError as ``publish`` does."""
        await self._end(claim, ExecutionPhase.ERROR, {"error": asdict(error)})

    async def exceed_duration(self, claim: Claim) -> None:
        """End the job as ABORTED, with a note, since its time is over. Raises ClaimLostError as ``publish`` does."""
        seconds = await self.heartbeat(claim)  # its owner may have changed it since the job was claimed
        note = DURATION_NOTE.format(seconds=seconds)
        await self._end(claim, ExecutionPhase.ABORTED, {"notes": [note]})

    async def hand_back(self, claim: Claim) -> None:
        """Let another worker claim the job at once, as when this one is stopped. It is no failure of the job.

        Raises
        ------
        ClaimLostError
            If the job is no longer this claim's.
        """
        async with self._database.transaction() as session:
            row = await change_job(session, claim.job.id, _EXECUTING, *_is_ours(claim), lease_end=clock(), worker=None)
            if row is None:
                raise _lost(claim)
        await self._wakeups.try_send()

    async def report_alive(self, worker_id: str, *, slots: int) -> None:
        """Count this worker as alive for the next half minute.

        Parameters
        ----------
        slots
            Jobs that it runs at once.
        """
        values = {"slots": slots, "heartbeat": clock()}
        report = insert(WorkerRow).values(id=worker_id, **values)
        async with self._database.transaction() as session:
            await session.execute(report.on_conflict_do_update(index_elements=["id"], set_=values))

    async def report_stopped(self, worker_id: str) -> None:
        """Count this worker as gone."""
        async with self._database.transaction() as session:
            await session.execute(delete(WorkerRow).where(WorkerRow.id == worker_id))

    def _small(self, among: JobsToClaim) -> dict[str, float]:
        """What the query of this choice wants to know besides."""
        return {"small_seconds": self._limits.small_job_seconds} if among is JobsToClaim.SMALL else {}

    async def _take_lost(self, session: AsyncSession, worker_id: str, among: JobsToClaim) -> JobRow | None:
        limit = self._small(among)
        while (lost := (await session.execute(NEXT_LOST[among], limit)).one_or_none()) is not None:
            was_silent = lost.worker is not None  # else it was handed back, which is no failure
            if was_silent and lost.lost_runs + 1 >= self._limits.max_attempts:
                await self._give_up(session, lost.id)
            else:
                return await self._take(session, lost.id, worker_id, lost_runs=lost.lost_runs + was_silent)
        return None

    async def _take_queued(self, session: AsyncSession, worker_id: str, among: JobsToClaim) -> JobRow | None:
        limit = {"running_limit": self._limits.max_running_per_owner, **self._small(among)}
        job_id = await session.scalar(NEXT_QUEUED[among], limit)
        return None if job_id is None else await self._take(session, job_id, worker_id)

    async def _take(self, session: AsyncSession, job_id: str, worker_id: str, **values: object) -> JobRow | None:
        return await change_job(
            session,
            job_id,
            phases_leading_to(ExecutionPhase.EXECUTING) | _EXECUTING,
            announces=Change.PHASE,
            phase=ExecutionPhase.EXECUTING,
            attempt=JobRow.attempt + 1,
            start_time=func.coalesce(JobRow.start_time, func.greatest(stamp(), JobRow.creation_time)),
            worker=worker_id,
            lease_end=clock() + self._lease,
            progress=None,
            **values,
        )

    async def _give_up(self, session: AsyncSession, job_id: str) -> None:
        """End a job whose workers fell silent too often: something in it kills them."""
        runs = self._limits.max_attempts
        error = ErrorSummary(type=ErrorType.TRANSIENT, message=EXHAUSTED_NOTE.format(runs=runs))
        logger.error("job given up", job_id=job_id, runs=runs)
        await change_phase(session, job_id, ExecutionPhase.ERROR, error=asdict(error), end_time=end_stamp())

    async def _end(self, claim: Claim, phase: ExecutionPhase, values: dict[str, object]) -> None:
        """End the job; harmless when repeated."""
        async with self._database.transaction() as session:
            row = await change_phase(
                session, claim.job.id, phase, *_is_ours(claim), end_time=end_stamp(), lease_end=None, **values
            )
            if row is None and not await _has_ended(session, claim, phase):
                raise _lost(claim)
        job = claim.job
        logger.info("job ended", job_id=job.id, owner=job.owner, run_id=job.run_id, phase=phase.value)
        await self._wakeups.try_send()  # its owner may have another job that waited for this one


_EXECUTING = frozenset({ExecutionPhase.EXECUTING})


def _is_ours(claim: Claim) -> tuple[ColumnElement[bool], ...]:
    # Within an expired lease that nobody claimed, the job is still ours. Handing it back takes the worker away.
    return (
        JobRow.attempt == claim.attempt,
        JobRow.worker == claim.worker_id,
    )


async def _has_ended(session: AsyncSession, claim: Claim, phase: ExecutionPhase) -> bool:
    """Whether this very claim ended the job before, and only the answer to that was lost on its way."""
    ended = select(JobRow.id).where(JobRow.id == claim.job.id, JobRow.phase == phase, *_is_ours(claim))
    return await session.scalar(ended) is not None


def _lost(claim: Claim) -> ClaimLostError:
    return ClaimLostError(
        f"Run {claim.attempt} of job {claim.job.id} is over: the job was aborted, deleted or given to another worker."
    )
