"""The job store: jobs as rows, changed by one compare-and-set statement each."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from uws.changes import Change, announcement
from uws.errors import JobPhaseError, UnknownJobError
from uws.job import INSPECT, ErrorSummary, ErrorType, Job, JobId, NewJob, Parameter, Progress, Result
from uws.phase import ExecutionPhase, phases_leading_to
from uws.tables import JobRow, stamp

__all__ = [
    "add_job",
    "change_job",
    "change_phase",
    "end_stamp",
    "explain_refusal",
    "find_job",
    "find_jobs",
    "job_of",
    "running_of_owner",
]


MOST_LISTED = 2**31 - 1
"""PostgreSQL counts no further; an owner has fewer jobs."""

# Built once: building this anew would cost more than asking it. (Claims count in the same way.)
_OTHER = aliased(JobRow)
running_of_owner: ScalarSelect[int] = (
    select(func.count())
    .select_from(_OTHER)
    .where(
        _OTHER.owner == JobRow.owner,
        _OTHER.phase == ExecutionPhase.EXECUTING,
        _OTHER.kind != INSPECT,
        _OTHER.deletion_time.is_(None),
    )
    .correlate(JobRow)
    .scalar_subquery()
)
"""Jobs that the owner of a job has executing; inspections of uploads do not count."""

_FIND = select(JobRow, running_of_owner).where(
    JobRow.id == bindparam("job_id", type_=JobRow.id.type),
    JobRow.owner == bindparam("owner"),
    JobRow.deletion_time.is_(None),
)


async def add_job(session: AsyncSession, new: NewJob, **values: Any) -> JobRow:
    """Store a new job, PENDING unless ``values`` say otherwise."""
    columns = {
        "id": new.id,
        "kind": new.kind,
        "owner": new.owner,
        "phase": ExecutionPhase.PENDING,
        "creation_time": stamp(),
        "run_id": new.run_id,
        "parameters": [asdict(parameter) for parameter in new.parameters],
        "request": new.request,
        "inputs": list(new.inputs),
        "results": [],
        "notes": [],
        "attempt": 0,
        "lost_runs": 0,
        **values,
    }
    return (await session.scalars(insert(JobRow).values(**columns).returning(JobRow))).one()


async def find_job(session: AsyncSession, job_id: str, *, owner: str, running_limit: int) -> Job:
    """A job of this owner, with a note if it waits because of the owner's limit.

    Raises
    ------
    UnknownJobError
        If there is none, it is deleted, or somebody else's: nobody learns which.
    """
    found = (await session.execute(_FIND, {"job_id": job_id, "owner": owner})).one_or_none()
    if found is None:
        raise UnknownJobError(f"You have no job {job_id}.")
    row, n_running = found
    limit = running_limit if row.running_limit is None else row.running_limit
    if row.phase == ExecutionPhase.QUEUED and row.kind != INSPECT and n_running >= limit:
        wait = f"Waits for another job of yours to end: {n_running} are executing, the limit is {limit}."
        return job_of(row, more_notes=(wait,))
    return job_of(row)


async def find_jobs(
    session: AsyncSession,
    *,
    owner: str,
    kind: str | None,
    phases: frozenset[ExecutionPhase],
    after: datetime | None,
    last: int | None,
) -> list[Job]:
    """Jobs of this owner, newest first; see ``JobService.list_jobs``."""
    query = select(JobRow).where(*_seen_by(owner))
    query = query.where(JobRow.kind == kind) if kind is not None else query.where(JobRow.kind != INSPECT)
    query = query.where(JobRow.phase.in_(phases)) if phases else query.where(JobRow.phase != ExecutionPhase.ARCHIVED)
    if after is not None:
        query = query.where(JobRow.creation_time > after)
    query = query.order_by(JobRow.creation_time.desc(), JobRow.id)
    if last is not None:
        query = query.limit(min(last, MOST_LISTED))
    return [job_of(row) for row in await session.scalars(query)]


async def change_phase(
    session: AsyncSession, job_id: str, to: ExecutionPhase, *conditions: ColumnElement[bool], **values: Any
) -> JobRow | None:
    """Let a job change its phase, and announce it.

    Returns
    -------
    JobRow | None
        None if the job is in no phase that leads there, or a condition does not hold: somebody else was first.
    """
    return await change_job(
        session, job_id, phases_leading_to(to), *conditions, announces=Change.PHASE, phase=to, **values
    )


async def change_job(
    session: AsyncSession,
    job_id: str,
    phases: frozenset[ExecutionPhase],
    *conditions: ColumnElement[bool],
    announces: Change | None = None,
    **values: Any,
) -> JobRow | None:
    """Change a job that is in one of these phases. None as for ``change_phase``."""
    change = (
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.phase.in_(phases), JobRow.deletion_time.is_(None), *conditions)
        .values(**values)
        .returning(JobRow, *([] if announces is None else [announcement(JobRow.id, announces)]))
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    found = (await session.execute(change)).one_or_none()
    return None if found is None else found[0]


async def mark_deleted(session: AsyncSession, job_id: str, *conditions: ColumnElement[bool]) -> bool:
    """Let a job be unknown to everybody from now on; False if it is already, or a condition does not hold."""
    mark = (
        update(JobRow)
        .where(JobRow.id == job_id, JobRow.deletion_time.is_(None), *conditions)
        .values(deletion_time=stamp())
        .returning(JobRow.id, announcement(JobRow.id, Change.PHASE))
        .execution_options(synchronize_session=False)
    )
    return await session.scalar(mark) is not None


async def explain_refusal(session: AsyncSession, job_id: str, *, owner: str, wish: str) -> Exception:
    """Why a change did not happen.

    Parameters
    ----------
    wish
        What was asked for, as in "to be started".
    """
    phase = await session.scalar(select(JobRow.phase).where(JobRow.id == job_id, *_seen_by(owner)))
    if phase is None:
        return UnknownJobError(f"You have no job {job_id}.")
    return JobPhaseError(f"Job {job_id} is {phase}: too late {wish}.")


def job_of(row: JobRow, *, more_notes: tuple[str, ...] = ()) -> Job:
    """The job as everyone outside the store sees it."""
    return Job(
        id=JobId(row.id),
        kind=row.kind,
        owner=row.owner,
        phase=ExecutionPhase(row.phase),
        creation_time=row.creation_time,
        start_time=row.start_time,
        end_time=row.end_time,
        destruction=row.destruction,
        execution_duration=row.execution_duration,
        quote=row.quote,
        expected_seconds=row.expected_seconds,
        run_id=row.run_id,
        parameters=tuple(Parameter(**parameter) for parameter in row.parameters),
        request=row.request,
        inputs=tuple(row.inputs),
        results=tuple(Result(**result) for result in row.results),
        error=None if row.error is None else _error_of(row.error),
        progress=None if row.progress is None else Progress(**row.progress),
        notes=(*row.notes, *more_notes),
        record=row.record,
        attempt=row.attempt,
    )


def _error_of(stored: dict[str, Any]) -> ErrorSummary:
    return ErrorSummary(
        type=ErrorType(stored["type"]), message=stored["message"], problems=tuple(stored.get("problems", ()))
    )


def _seen_by(owner: str) -> tuple[ColumnElement[bool], ...]:
    return JobRow.owner == owner, JobRow.deletion_time.is_(None)


def end_stamp() -> ColumnElement[datetime]:
    """Now, but never before the job began, should the database's clock have been set back."""
    return func.greatest(stamp(), JobRow.start_time, JobRow.creation_time, type_=JobRow.end_time.type)
