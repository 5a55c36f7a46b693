"""When a job that is queued now will probably be done: an estimate from what came before it."""

from datetime import timedelta

from sqlalchemy import ColumnElement, Float, extract, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from uws.job import INSPECT
from uws.phase import ExecutionPhase
from uws.tables import JobRow, WorkerRow, clock

__all__ = ["WORKER_SILENCE", "estimate_duration", "worker_is_alive"]

REMEMBERED_JOBS = 20
"""Enough for a median that one odd job does not move, few enough to follow a changed machine."""
WORKER_SILENCE = timedelta(seconds=30)
"""A worker that is silent for so long does not count as alive; workers report every few seconds."""


def worker_is_alive() -> ColumnElement[bool]:
    """Whether a worker reported itself lately."""
    return WorkerRow.heartbeat > clock() - WORKER_SILENCE


async def estimate_duration(session: AsyncSession, kind: str, *, job_id: str) -> timedelta | None:
    """Time from now until a job is done: its turn, and the median duration of the last jobs of its kind.

    Returns
    -------
    timedelta | None
        None without finished jobs of this kind to learn from.
    """
    recent = (
        select(extract("epoch", JobRow.end_time - JobRow.start_time).label("seconds"))
        # The time of a job that was run twice is not the time that a job takes.
        .where(JobRow.kind == kind, JobRow.phase == ExecutionPhase.COMPLETED, JobRow.attempt == 1)
        .order_by(JobRow.end_time.desc())
        .limit(REMEMBERED_JOBS)
        .subquery()
    )
    median = select(func.percentile_cont(0.5, type_=Float).within_group(recent.c.seconds)).scalar_subquery()
    is_ahead = or_(JobRow.phase == ExecutionPhase.QUEUED, JobRow.phase == ExecutionPhase.EXECUTING)
    ahead = (
        select(func.count())
        .select_from(JobRow)
        .where(is_ahead, JobRow.id != job_id, JobRow.kind != INSPECT, JobRow.deletion_time.is_(None))
        .scalar_subquery()
    )
    slots = select(func.coalesce(func.sum(WorkerRow.slots), 0)).where(worker_is_alive()).scalar_subquery()
    seconds, jobs_ahead, places = (await session.execute(select(median, ahead, slots))).one()
    if seconds is None:
        return None
    turns_before = int(jobs_ahead) // max(1, int(places))
    return timedelta(seconds=float(seconds) * (turns_before + 1))
