"""How files go: marked first, removed next, forgotten last; killed at any point, it is done again.

A file that a living job pinned stays until that job is gone; the sweep finds it then.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import structlog
from sqlalchemy import delete, select

from uws.blobs import BlobStore, StoredBlob
from uws.database import Database
from uws.phase import ExecutionPhase
from uws.pins import find_pinned
from uws.tables import JobRow, PublicationRow, UploadRow

__all__ = ["Disposal"]

UNKNOWN_KEPT_FOR = timedelta(hours=6)
"""Files of jobs, uploads and publications that do not exist may belong to ones that are just being made."""

logger = structlog.get_logger(__name__)


class Disposal:
    """Removes the files of deleted, destroyed and lost runs."""

    def __init__(self, database: Database, blobs: BlobStore) -> None:
        self._database = database
        self._blobs = blobs

    async def finish_deletion(self, job_id: str) -> None:
        """Remove a job that is marked as deleted: its files, then its row."""
        await self.clean_job(job_id)
        # The row goes last: if a file cannot be removed, the next run tries again.
        async with self._database.transaction() as session:
            await session.execute(delete(JobRow).where(JobRow.id == job_id, JobRow.deletion_time.is_not(None)))

    async def finish_upload_deletion(self, upload_id: str) -> None:
        """Remove an upload that is marked as deleted: its file, then its row."""
        await self.clean_upload(upload_id)
        async with self._database.transaction() as session:
            await session.execute(
                delete(UploadRow).where(UploadRow.id == upload_id, UploadRow.deletion_time.is_not(None))
            )

    async def clean_job(self, job_id: str) -> None:
        """Remove the files that nobody needs of a job in whatever phase, or of none."""
        async with self._database.reading() as session:
            job = await session.get(JobRow, job_id)
        # Listed after the row was read: a run that began since then has a greater attempt, and is left alone.
        found = await self._blobs.list_prefix(f"jobs/{job_id}")
        if job is None:
            await self._remove(_old(found))
        else:
            await self._remove(blob for blob in found if not _is_needed(blob.key, job))

    async def clean_upload(self, upload_id: str) -> None:
        """Remove the file of an upload that is deleted or does not exist."""
        async with self._database.reading() as session:
            upload = await session.get(UploadRow, upload_id)
        if upload is not None and upload.deletion_time is None:
            return
        found = await self._blobs.list_prefix(f"uploads/{upload_id}")
        await self._remove(_old(found) if upload is None else found)

    async def clean_publication(self, folder: str) -> None:
        """Remove what was stored by a publisher who ended before it was published."""
        found = _old(await self._blobs.list_prefix(f"publications/{folder}"))
        # Listed before the rows are read: what was published since then has its row.
        published = select(PublicationRow.blob).where(PublicationRow.blob.in_([blob.key for blob in found]))
        async with self._database.reading() as session:
            known = set(await session.scalars(published))
        await self._remove(blob for blob in found if blob.key not in known)

    async def sweep(self) -> None:
        """Look at everything that is stored, and remove what nobody needs."""
        for job_id in await self._blobs.list_children("jobs"):
            await self.clean_job(job_id)
        for upload_id in await self._blobs.list_children("uploads"):
            await self.clean_upload(upload_id)
        for folder in await self._blobs.list_children("publications"):
            await self.clean_publication(folder)
        await self._blobs.sweep_unfinished(datetime.now(UTC) - UNKNOWN_KEPT_FOR)

    async def _remove(self, blobs: Iterable[StoredBlob]) -> None:
        keys = [blob.key for blob in blobs]
        if not keys:
            return
        async with self._database.reading() as session:
            pinned = await find_pinned(session, keys)
        for key in keys:
            if key not in pinned:
                await self._blobs.delete(key)


def _old(blobs: Iterable[StoredBlob]) -> list[StoredBlob]:
    oldest_kept = datetime.now(UTC) - UNKNOWN_KEPT_FOR
    return [blob for blob in blobs if blob.modified < oldest_kept]


def _is_needed(key: str, job: JobRow) -> bool:
    """Whether a job's own file is an input of it, of its current run, or of the run that was published."""
    if job.deletion_time is not None or job.phase == ExecutionPhase.ARCHIVED:
        return False
    part = key.split("/")[2]
    if not part.isdigit():
        return True
    attempt = int(part)
    if job.phase in {ExecutionPhase.EXECUTING, ExecutionPhase.COMPLETED}:
        return attempt >= job.attempt
    # A run that begins after the row was read has a greater attempt.
    return attempt > job.attempt
