"""What one owner may have at once, and what the whole queue may hold: counted when a job was put into it."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from uws.errors import QueueFullError, ResultsFullError, TooManyQueuedError
from uws.job import INSPECT
from uws.phase import ExecutionPhase
from uws.tables import JobRow

__all__ = ["Allowance", "lock_owner", "require_queue_has_room", "require_within_allowance", "result_bytes_of"]

_OWNER_LOCK = 7_235_903
"""First key of the advisory locks under which the jobs of one owner are counted; the second is the owner's hash."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """Limits of one owner; 0 = none."""

    running: int = 0
    """Jobs that execute at once; others wait in QUEUED. 0 = what the worker's settings say."""
    queued: int = 0
    """Jobs that wait."""
    result_bytes: int = 0
    """Bytes of all results that are stored."""


async def require_within_allowance(session: AsyncSession, owner: str, allowance: Allowance) -> None:
    """Refuse the last queued job of an owner who has more than allowed.

    Raises
    ------
    TooManyQueuedError
        If as many wait as may.
    ResultsFullError
        If the results of earlier jobs take all of the space.
    """
    if allowance.queued:
        queued = await session.scalar(_QUEUED.where(JobRow.owner == owner)) or 0
        if queued > allowance.queued:
            raise TooManyQueuedError(
                f"You have {queued - 1} jobs waiting; the limit is {allowance.queued}. Start this one when others ran."
            )
    if allowance.result_bytes:
        stored = await result_bytes_of(session, owner)
        if stored >= allowance.result_bytes:
            raise ResultsFullError(
                f"The results of your jobs take {stored} bytes; the limit is {allowance.result_bytes} bytes. Delete "
                "jobs that you no longer need, or let them be destroyed earlier."
            )


async def lock_owner(session: AsyncSession, owner: str) -> None:
    """Let nobody else put a job of this owner into the queue until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(_OWNER_LOCK, func.hashtext(owner))))


async def require_queue_has_room(session: AsyncSession, longest: int) -> None:
    """Refuse the last queued job when the service as a whole has more than it takes; 0 = any number.

    Raises
    ------
    QueueFullError
        If it has.
    """
    if longest and (await session.scalar(_QUEUED) or 0) > longest:
        raise QueueFullError(f"{longest} jobs wait already, the most that this service takes. Try again in a while.")


async def result_bytes_of(session: AsyncSession, owner: str) -> int:
    """Bytes of all stored results of an owner."""
    total = select(func.sum(JobRow.result_bytes)).where(JobRow.owner == owner, JobRow.deletion_time.is_(None))
    return int(await session.scalar(total) or 0)


_QUEUED = (
    select(func.count())
    .select_from(JobRow)
    .where(JobRow.phase == ExecutionPhase.QUEUED, JobRow.kind != INSPECT, JobRow.deletion_time.is_(None))
)
