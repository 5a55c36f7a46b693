"""Registrations of results elsewhere: asked for by owners, done by whichever worker takes them, repeated at will."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from uws.database import Database
from uws.errors import ClaimLostError, RegistrationConflictError
from uws.job import JobId
from uws.tables import JobRow, RegistrationRow, clock, stamp

__all__ = ["Registration", "RegistrationService", "RegistrationState", "TakenRegistration"]


class RegistrationState(StrEnum):
    """How far a registration is."""

    WAITING = "WAITING"
    RUNNING = "RUNNING"
    REGISTERED = "REGISTERED"
    FAILED = "FAILED"


@dataclass(frozen=True, slots=True)
class Registration:
    """One registration as its owner may see it."""

    job_id: JobId
    owner: str
    state: RegistrationState
    name: str
    wanted: Mapping[str, Any]
    """What was asked for: JSON that means nothing here."""
    outcome: Mapping[str, Any] | None
    """What came of it, the last time that it succeeded."""
    error: str | None
    change_time: datetime


@dataclass(frozen=True, slots=True)
class TakenRegistration:
    """A registration that a worker does now."""

    registration: Registration
    attempt: int
    sealed_token: str | None


class RegistrationService:
    """What may be asked of registrations.

    Parameters
    ----------
    lease_seconds
        Time without a sign of life after which another worker takes a registration.
    """

    def __init__(self, database: Database, *, lease_seconds: float) -> None:
        self._database = database
        self.lease_seconds = lease_seconds
        self._lease = timedelta(seconds=lease_seconds)

    async def ask(
        self, job_id: JobId, owner: str, *, name: str, wanted: Mapping[str, Any], sealed_token: str | None
    ) -> Registration:
        """Ask for a registration, again where it ended; one that is under way goes on as it is.

        Raises
        ------
        RegistrationConflictError
            If the job was to be registered under another name before: what that left could not be found again.
        """
        values = {
            "state": RegistrationState.WAITING,
            "wanted": dict(wanted),
            "sealed_token": sealed_token,
            "error": None,
            "request_time": stamp(),
            "change_time": stamp(),
        }
        new = insert(RegistrationRow).values(job_id=job_id, owner=owner, name=name, attempt=0, **values)
        has_ended = RegistrationRow.state.in_([RegistrationState.REGISTERED, RegistrationState.FAILED])
        asked = new.on_conflict_do_update(
            index_elements=["job_id"], set_=values, where=and_(has_ended, RegistrationRow.name == name)
        )
        async with self._database.transaction() as session:
            await session.execute(asked)
            row = await session.get_one(RegistrationRow, job_id)
            found = _registration_of(row)
        if found.name != name:
            raise RegistrationConflictError(
                f"job {job_id} was to be registered as {found.name!r} before, and keeps this name: ask with it again"
            )
        return found

    async def find(self, job_id: JobId, owner: str) -> Registration | None:
        """The registration of a job of this owner, if one was asked for."""
        query = select(RegistrationRow).where(RegistrationRow.job_id == job_id, RegistrationRow.owner == owner)
        async with self._database.reading() as session:
            row = await session.scalar(query)
            return None if row is None else _registration_of(row)

    async def take(self) -> TakenRegistration | None:
        """Take the registration that waits longest, or one whose worker fell silent; None if there is none."""
        due = or_(
            RegistrationRow.state == RegistrationState.WAITING,
            and_(RegistrationRow.state == RegistrationState.RUNNING, RegistrationRow.lease_end < clock()),
        )
        query = select(RegistrationRow).where(due).order_by(RegistrationRow.request_time).limit(1)
        async with self._database.transaction() as session:
            row = await session.scalar(query.with_for_update(skip_locked=True))
            if row is None:
                return None
            job_id, attempt = row.job_id, row.attempt + 1
            taken = TakenRegistration(_registration_of(row), attempt, row.sealed_token)
            await session.execute(
                update(RegistrationRow)
                .where(RegistrationRow.job_id == job_id)
                .values(
                    state=RegistrationState.RUNNING,
                    attempt=attempt,
                    lease_end=clock() + self._lease,
                    change_time=stamp(),
                )
                .execution_options(synchronize_session=False)
            )
        return taken

    async def renew(self, taken: TakenRegistration) -> None:
        """Keep a registration for another lease.

        Raises
        ------
        ClaimLostError
            If another worker has it by now, or its job is gone.
        """
        await self._change(taken, {"lease_end": clock() + self._lease})

    async def succeed(self, taken: TakenRegistration, outcome: Mapping[str, Any], *, note: str) -> None:
        """End it well, and tell so among the notes of the job. Raises ClaimLostError as `renew` does."""
        await self._change(
            taken,
            {
                "state": RegistrationState.REGISTERED,
                "outcome": dict(outcome),
                "sealed_token": None,
                "lease_end": None,
                "change_time": stamp(),
            },
            note=note,
        )

    async def fail(self, taken: TakenRegistration, error: str) -> None:
        """End it until it is asked for again. Raises ClaimLostError as `renew` does."""
        await self._change(
            taken,
            {
                "state": RegistrationState.FAILED,
                "error": error,
                "sealed_token": None,
                "lease_end": None,
                "change_time": stamp(),
            },
        )

    async def _change(self, taken: TakenRegistration, values: Mapping[str, Any], *, note: str | None = None) -> None:
        job_id = taken.registration.job_id
        change = update(RegistrationRow).where(*_is_ours(taken)).values(**values).returning(RegistrationRow.job_id)
        async with self._database.transaction() as session:
            if await session.scalar(change.execution_options(synchronize_session=False)) is None:
                raise ClaimLostError(f"the registration of job {job_id} is no longer this worker's")
            if note is None:
                return
            job = await session.get(JobRow, job_id, with_for_update=True)
            if job is not None and note not in job.notes:
                job.notes = [*job.notes, note]


def _is_ours(taken: TakenRegistration) -> tuple[ColumnElement[bool], ...]:
    return (
        RegistrationRow.job_id == taken.registration.job_id,
        RegistrationRow.attempt == taken.attempt,
        RegistrationRow.state == RegistrationState.RUNNING,
    )


def _registration_of(row: RegistrationRow) -> Registration:
    return Registration(
        job_id=JobId(row.job_id),
        owner=row.owner,
        state=RegistrationState(row.state),
        name=row.name,
        wanted=row.wanted,
        outcome=row.outcome,
        error=row.error,
        change_time=row.change_time,
    )
