"""When a job that is queued now will probably be done: an estimate from what came before it."""

from datetime import timedelta

from sqlalchemy import Float, bindparam, extract, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from uws.job import INSPECT
from uws.phase import ExecutionPhase
from uws.tables import JobRow, WorkerRow, clock

__all__ = ["WORKER_IS_ALIVE", "estimate_duration"]

REMEMBERED_JOBS = 20
"""Enough for a median that one odd job does not move, few enough to follow a changed machine."""
WORKER_SILENCE = timedelta(seconds=30)
"""A worker that is silent for so long does not count as alive; workers report every few seconds."""


WORKER_IS_ALIVE = WorkerRow.heartbeat > clock() - WORKER_SILENCE
"""Whether a worker reported itself lately."""

# Built once: building it anew would cost each RUN more than asking it.
_RECENT = (
    select(extract("epoch", JobRow.end_time - JobRow.start_time).label("seconds"))
    # The time of a job that was run twice is not the time that a job takes.
    .where(JobRow.kind == bindparam("kind"), JobRow.phase == ExecutionPhase.COMPLETED, JobRow.attempt == 1)
    .order_by(JobRow.end_time.desc())
    .limit(REMEMBERED_JOBS)
    .subquery()
)
_MEDIAN = select(func.percentile_cont(0.5, type_=Float).within_group(_RECENT.c.seconds)).scalar_subquery()
_AHEAD = (
    select(func.count())
    .select_from(JobRow)
    .where(
        or_(JobRow.phase == ExecutionPhase.QUEUED, JobRow.phase == ExecutionPhase.EXECUTING),
        JobRow.id != bindparam("job_id"),
        JobRow.kind != INSPECT,
        JobRow.deletion_time.is_(None),
    )
    .scalar_subquery()
)
_SLOTS = select(func.coalesce(func.sum(WorkerRow.slots), 0)).where(WORKER_IS_ALIVE).scalar_subquery()
_FORECAST = select(_MEDIAN, _AHEAD, _SLOTS)


async def estimate_duration(session: AsyncSession, kind: str, *, job_id: str) -> timedelta | None:
    """Time from now until a job is done: its turn, and the median duration of the last jobs of its kind.

    Returns
    -------
    timedelta | None
        None without finished jobs of this kind to learn from.
    """
    median_seconds, ahead, slots = (await session.execute(_FORECAST, {"kind": kind, "job_id": job_id})).one()
    if median_seconds is None:
        return None
    turns_before = int(ahead) // max(1, int(slots))
    return timedelta(seconds=float(median_seconds) * (turns_before + 1))
