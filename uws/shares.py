"""Shares: who besides its owner may read a job. Whom a reader stands for is not known here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.dialects.postgresql import insert as upsert

from uws.database import Database
from uws.errors import UnknownJobError, UnknownShareError
from uws.job import INSPECT, Job, JobId
from uws.phase import ExecutionPhase
from uws.store import MOST_LISTED, job_of
from uws.tables import JobRow, JobShareRow, stamp

__all__ = ["Share", "ShareService"]


@dataclass(frozen=True, slots=True)
class Share:
    """One reader of one job."""

    reader: str
    creation_time: datetime


class ShareService:
    """Lets owners share jobs, and readers find them; each request asks anew, so what is revoked ends at once."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, job_id: JobId, *, owner: str, reader: str) -> Share:
        """Let somebody read a job; who may already, may still.

        Raises
        ------
        UnknownJobError
            If the owner has no such job, or its results are destroyed.
        """
        owned = select(JobRow.id).where(JobRow.id == job_id, *_of(owner), JobRow.phase != ExecutionPhase.ARCHIVED)
        async with self._database.transaction() as session:
            # Locked against being deleted meanwhile.
            if await session.scalar(owned.with_for_update(read=True, key_share=True)) is None:
                raise UnknownJobError(f"You have no job {job_id} that could be shared.")
            added = upsert(JobShareRow).values(job_id=job_id, reader=reader, creation_time=stamp())
            await session.execute(added.on_conflict_do_nothing())
            row = await session.scalar(select(JobShareRow).where(*_is(job_id, reader)))
            assert row is not None, "it was added, or there already"
            return Share(row.reader, row.creation_time)

    async def list(self, job_id: JobId, *, owner: str) -> Sequence[Share]:
        """All readers of a job, the first one first; none of a job that is not the owner's."""
        query = (
            select(JobShareRow)
            .join(JobRow, JobRow.id == JobShareRow.job_id)
            .where(JobRow.id == job_id, *_of(owner))
            .order_by(JobShareRow.creation_time, JobShareRow.reader)
        )
        async with self._database.reading() as session:
            return [Share(row.reader, row.creation_time) for row in await session.scalars(query)]

    async def revoke(self, job_id: JobId, *, owner: str, reader: str) -> None:
        """End a share now.

        Raises
        ------
        UnknownShareError
            If there is none.
        """
        owned = select(JobRow.id).where(JobRow.id == job_id, *_of(owner))
        ended = delete(JobShareRow).where(*_is(job_id, reader), JobShareRow.job_id.in_(owned))
        async with self._database.transaction() as session:
            if await session.scalar(ended.returning(JobShareRow.job_id)) is None:
                raise UnknownShareError(f"Job {job_id} is not shared with {reader!r}.")

    async def find(self, job_id: JobId, *, readers: Collection[str]) -> Job:
        """A job that one of these may read.

        Raises
        ------
        UnknownJobError
            If there is none; whether there is a job at all, nobody learns.
        """
        async with self._database.reading() as session:
            row = await session.scalar(select(JobRow).where(JobRow.id == job_id, *_is_read_by(readers)))
        if row is None:
            raise UnknownJobError(f"You have no job {job_id}.")
        return job_of(row)

    async def list_shared(self, *, readers: Collection[str], without: str) -> Sequence[Job]:
        """Jobs that one of these may read, newest first, but for those of one owner."""
        query = (
            select(JobRow)
            .where(*_is_read_by(readers), JobRow.owner != without)
            .order_by(JobRow.creation_time.desc(), JobRow.id)
            .limit(MOST_LISTED)
        )
        async with self._database.reading() as session:
            return [job_of(row) for row in await session.scalars(query)]


def _of(owner: str) -> tuple[ColumnElement[bool], ...]:
    return JobRow.owner == owner, JobRow.kind != INSPECT, JobRow.deletion_time.is_(None)


def _is(job_id: JobId, reader: str) -> tuple[ColumnElement[bool], ...]:
    return JobShareRow.job_id == job_id, JobShareRow.reader == reader


def _is_read_by(readers: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    """Shares end with the results; what is not started yet is nobody's but its owner's."""
    shared = select(JobShareRow.job_id).where(JobShareRow.reader.in_(sorted(readers)))
    hidden = (ExecutionPhase.PENDING, ExecutionPhase.ARCHIVED)
    return (
        JobRow.id.in_(shared),
        JobRow.deletion_time.is_(None),
        JobRow.kind != INSPECT,
        JobRow.phase.not_in(hidden),
    )
