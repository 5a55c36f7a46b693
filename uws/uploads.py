"""Uploaded tables: a file, a row, and a job that looks into it. What that job finds is the upload's profile."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, func, select, update

from uws.blobs import BlobStore
from uws.changes import Change, ChangeFeed
from uws.config import LifeLimits
from uws.database import Database
from uws.disposal import Disposal
from uws.errors import InvalidControlError, UnknownUploadError, UwsError
from uws.job import INSPECT, ErrorSummary, Job, JobId, NewJob, new_job_id
from uws.phase import ACTIVE_PHASES, ExecutionPhase
from uws.store import add_job, job_of, mark_deleted
from uws.tables import JobRow, UploadRow, stamp
from uws.wakeup import Wakeups

__all__ = ["Upload", "UploadService", "UploadState"]

UNKNOWN_MEDIA_TYPE = "application/octet-stream"

logger = structlog.get_logger(__name__)


class UploadState(StrEnum):
    """How far the inspection of an upload has come."""

    INSPECTING = "inspecting"
    READY = "ready"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Upload:
    """An uploaded table."""

    id: str
    owner: str
    name: str
    """As its owner called it; never a path."""
    media_type: str
    """As it was declared; what it really is, the profile says."""
    size: int
    """Bytes."""
    sha256: str
    creation_time: datetime
    destruction: datetime | None
    """When it goes, unless a job still uses it then."""
    blob: str
    state: UploadState
    profile: dict[str, Any] | None
    """What the inspection found; None unless READY."""
    error: ErrorSummary | None
    """Why it cannot be used; None unless REJECTED."""


class UploadService:
    """What may be asked of uploads. Everything is done for an owner, who sees nobody else's."""

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

    async def create(
        self,
        owner: str,
        *,
        name: str,
        media_type: str | None,
        chunks: AsyncIterator[bytes],
        limit_bytes: int | None = None,
    ) -> Upload:
        """Store a table and have it inspected.

        Raises
        ------
        BlobTooLargeError
            If more than ``limit_bytes`` come; nothing is kept.
        StorageFullError
            If the store has no space for it.
        InvalidControlError
            If its name cannot be printed.
        """
        if not name.isprintable():
            raise InvalidControlError(f"The name {name!r} of the upload has characters that cannot be printed.")
        await self._blobs.require_space(self._limits.min_free_bytes)
        upload_id = new_job_id()
        # The file comes first: if this process dies here, the sweep finds a file that nobody knows.
        blob = await self._blobs.write(f"uploads/{upload_id}/data", chunks, limit_bytes=limit_bytes)
        declared = media_type if media_type and media_type.isprintable() else UNKNOWN_MEDIA_TYPE
        source = {"blob": blob.key, "name": name, "media_type": declared, "sha256": blob.sha256, "size": blob.size}
        inspection = NewJob(kind=INSPECT, owner=owner, request={"kind": INSPECT, "input": source})
        async with self._database.transaction() as session:
            job = await add_job(
                session,
                inspection,
                phase=ExecutionPhase.QUEUED,
                queue_time=stamp(),
                execution_duration=self._limits.default_execution_duration,
                destruction=stamp() + timedelta(seconds=self._limits.default_lifetime),
            )
            upload = UploadRow(
                id=upload_id,
                owner=owner,
                name=name,
                media_type=declared,
                size=blob.size,
                sha256=blob.sha256,
                creation_time=job.creation_time,
                blob=blob.key,
                job_id=job.id,
            )
            session.add(upload)
            await session.flush()
            stored = _upload_of(upload, job)
        logger.info("upload stored", upload_id=upload_id, owner=owner, size=blob.size)
        await self._wakeups.try_send()
        return stored

    async def get(self, upload_id: str, owner: str) -> Upload:
        """The upload as it is now.

        Raises
        ------
        UnknownUploadError
            If this owner has no such upload.
        """
        async with self._database.reading() as session:
            found = (await session.execute(_uploads(owner).where(UploadRow.id == upload_id))).one_or_none()
        if found is None:
            raise UnknownUploadError(f"You have no upload {upload_id}.")
        return _upload_of(*found)

    async def list(self, owner: str) -> list[Upload]:
        """All uploads of this owner, newest first."""
        newest_first = _uploads(owner).order_by(UploadRow.creation_time.desc(), UploadRow.id)
        async with self._database.reading() as session:
            return [_upload_of(upload, job) for upload, job in (await session.execute(newest_first)).all()]

    async def wait(self, upload_id: str, owner: str, *, seconds: float) -> Upload:
        """The upload when its inspection has ended, or as it is when the time is over.

        Raises
        ------
        UnknownUploadError
            If it is not there, or is deleted meanwhile.
        """
        deadline = time.monotonic() + min(seconds, self._limits.max_wait_seconds)
        async with self._database.reading() as session:
            job_id = await session.scalar(
                select(UploadRow.job_id).where(UploadRow.id == upload_id, UploadRow.owner == owner)
            )
        if job_id is None:
            raise UnknownUploadError(f"You have no upload {upload_id}.")
        with self._changes.subscribe(JobId(job_id), frozenset({Change.PHASE})) as subscription:
            upload = await self.get(upload_id, owner)
            while upload.state == UploadState.INSPECTING and (left := deadline - time.monotonic()) > 0:
                await subscription.wait(left)
                upload = await self.get(upload_id, owner)
            return upload

    async def delete(self, upload_id: str, owner: str) -> None:
        """Remove an upload, and its file as soon as no job uses it.

        Raises
        ------
        UnknownUploadError
            If this owner has no such upload.
        """
        async with self._database.transaction() as session:
            job_id = await session.scalar(
                update(UploadRow)
                .where(UploadRow.id == upload_id, UploadRow.owner == owner, UploadRow.deletion_time.is_(None))
                .values(deletion_time=stamp())
                .returning(UploadRow.job_id)
            )
            if job_id is None:
                raise UnknownUploadError(f"You have no upload {upload_id}.")
            await mark_deleted(session, job_id)
        logger.info("upload deleted", upload_id=upload_id, owner=owner)
        try:
            await self._disposal.finish_upload_deletion(upload_id)
            await self._disposal.finish_deletion(job_id)
        except (OSError, UwsError) as error:
            logger.warning("file of a deleted upload is removed later", upload_id=upload_id, error=str(error))

    async def stored_bytes(self, owner: str) -> int:
        """Bytes of all uploads of this owner."""
        total = select(func.coalesce(func.sum(UploadRow.size), 0)).where(*_owned_by(owner))
        async with self._database.reading() as session:
            return int(await session.scalar(total) or 0)


def _uploads(owner: str) -> Select[UploadRow, JobRow]:
    return select(UploadRow, JobRow).join(JobRow, JobRow.id == UploadRow.job_id).where(*_owned_by(owner))


def _owned_by(owner: str) -> tuple[ColumnElement[bool], ...]:
    return UploadRow.owner == owner, UploadRow.deletion_time.is_(None)


def _upload_of(row: UploadRow, inspection: JobRow) -> Upload:
    job = job_of(inspection)
    state = _state_of(job)
    return Upload(
        id=row.id,
        owner=row.owner,
        name=row.name,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        creation_time=row.creation_time,
        destruction=job.destruction,
        blob=row.blob,
        state=state,
        profile=job.record if state == UploadState.READY else None,
        error=job.error if state == UploadState.REJECTED else None,
    )


def _state_of(inspection: Job) -> UploadState:
    if inspection.phase in ACTIVE_PHASES:
        return UploadState.INSPECTING
    return UploadState.READY if inspection.phase == ExecutionPhase.COMPLETED else UploadState.REJECTED
