"""When a job that is queued now will probably be done: an estimate from what came before it."""

from datetime import timedelta

from sqlalchemy import Float, bindparam, extract, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from uws.calibration import Calibration, fit
from uws.job import INSPECT
from uws.phase import ExecutionPhase
from uws.tables import JobRow, WorkerRow, clock

__all__ = ["WORKER_IS_ALIVE", "calibrate", "estimate_duration"]

REMEMBERED_JOBS = 20
"""Enough for figures that one odd job does not move, few enough to follow a changed machine."""
WORKER_SILENCE = timedelta(seconds=30)
"""A worker that is silent for so long does not count as alive; workers report every few seconds."""


WORKER_IS_ALIVE = WorkerRow.heartbeat > clock() - WORKER_SILENCE
"""Whether a worker reported itself lately."""

# Built once: building it anew would cost each RUN more than asking it.
_SECONDS = extract("epoch", JobRow.end_time - JobRow.start_time)
_LATEST = (
    select(JobRow.expected_seconds, _SECONDS.label("seconds"))
    # The time of a job that was run twice is not the time that a job takes.
    .where(JobRow.kind == bindparam("kind"), JobRow.phase == ExecutionPhase.COMPLETED, JobRow.attempt == 1)
    .order_by(JobRow.end_time.desc())
    .limit(REMEMBERED_JOBS)
)
_RECENT = _LATEST.subquery()
_MEDIAN = select(func.percentile_cont(0.5, type_=Float).within_group(_RECENT.c.seconds)).scalar_subquery()
_FORESEEN = _LATEST.where(JobRow.expected_seconds > 0, JobRow.end_time > JobRow.start_time)
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


async def calibrate(session: AsyncSession, kind: str) -> Calibration | None:
    """Compare the last finished jobs of a kind with what was expected of them; None without any."""
    jobs = await session.execute(_FORESEEN, {"kind": kind})
    return fit([(float(expected), float(took)) for expected, took in jobs if expected])


async def estimate_duration(
    session: AsyncSession, kind: str, *, job_id: str, expected_seconds: float | None = None
) -> timedelta | None:
    """Time from now until a job is done: its turn, for which the median duration of the last jobs counts, and itself.

    Parameters
    ----------
    expected_seconds
        How long it is to run by what it asks for, which the last jobs calibrate; None = as long as the others.

    Returns
    -------
    timedelta | None
        None without finished jobs of this kind to learn from, and nothing expected.
    """
    median_seconds, ahead, slots = (await session.execute(_FORECAST, {"kind": kind, "job_id": job_id})).one()
    own_seconds = median_seconds
    if expected_seconds is not None:
        known = await calibrate(session, kind)
        own_seconds = expected_seconds if known is None else known.seconds(expected_seconds)
    if own_seconds is None:
        return None
    turns_before = int(ahead) // max(1, int(slots))
    before = turns_before * float(own_seconds if median_seconds is None else median_seconds)
    return timedelta(seconds=before + float(own_seconds))
