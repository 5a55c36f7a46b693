"""Whose turn it is: the queries by which jobs are given to workers."""

from enum import Enum, auto

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.orm import aliased

from uws.job import INSPECT
from uws.phase import ExecutionPhase
from uws.store import running_of_owner
from uws.tables import JobRow, clock

__all__ = ["NEXT_LOST", "NEXT_QUEUED", "JobsToClaim"]


class JobsToClaim(Enum):
    """Which jobs a worker has a place for."""

    ALL = auto()
    INSPECTIONS = auto()
    SMALL = auto()
    """Jobs that are expected to take no longer than ``small_seconds``."""


_OTHER = aliased(JobRow)
_LAST_TURN = select(func.max(_OTHER.start_time)).where(_OTHER.owner == JobRow.owner).correlate(JobRow).scalar_subquery()
_IS_INSPECTION = JobRow.kind == INSPECT
_IS_SMALL = and_(JobRow.kind != INSPECT, JobRow.expected_seconds <= bindparam("small_seconds"))
_IS_LOST = and_(JobRow.phase == ExecutionPhase.EXECUTING, JobRow.deletion_time.is_(None), JobRow.lease_end <= clock())
_MAY_START = and_(
    JobRow.phase == ExecutionPhase.QUEUED,
    JobRow.deletion_time.is_(None),
    or_(JobRow.destruction.is_(None), JobRow.destruction > clock()),
    or_(_IS_INSPECTION, running_of_owner < func.coalesce(JobRow.running_limit, bindparam("running_limit"))),
)

_LOST = (
    select(JobRow.id, JobRow.worker, JobRow.lost_runs)
    .where(_IS_LOST)
    .order_by(JobRow.lease_end)
    .limit(1)
    .with_for_update(skip_locked=True)
)
_QUEUED = (
    select(JobRow.id)
    .where(_MAY_START)
    .order_by(_IS_INSPECTION.desc(), running_of_owner, _LAST_TURN.asc().nulls_first(), JobRow.queue_time, JobRow.id)
    .limit(1)
    .with_for_update(of=JobRow, skip_locked=True)
)

NEXT_LOST: dict[JobsToClaim, Select[str, str | None, int]] = {
    JobsToClaim.ALL: _LOST,
    JobsToClaim.INSPECTIONS: _LOST.where(_IS_INSPECTION),
    JobsToClaim.SMALL: _LOST.where(_IS_SMALL),
}
"""The job whose lease ended first: its id, its silent worker (None if it was handed back), its lost runs."""

NEXT_QUEUED: dict[JobsToClaim, Select[str]] = {
    JobsToClaim.ALL: _QUEUED,
    JobsToClaim.INSPECTIONS: _QUEUED.where(_IS_INSPECTION),
    JobsToClaim.SMALL: _QUEUED.where(_IS_SMALL),
}
"""The queued job that comes next under the owners' ``running_limit``: inspections, then the owner with the fewest
executing jobs, of these the one who had no turn for longest, of that owner's jobs the oldest."""
