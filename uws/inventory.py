"""What the job store names beside what the file store holds: nothing is changed, everything that differs is told."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from uws.blobs import BlobStore, StoredBlob
from uws.database import Database
from uws.errors import UnknownBlobError
from uws.phase import ExecutionPhase
from uws.tables import JobRow, PublicationRow, UploadRow

__all__ = ["Inventory", "MissingFile", "glance_at_files", "take_inventory"]


@dataclass(frozen=True, slots=True)
class MissingFile:
    """A file that should be there."""

    key: str
    needed_by: str
    """As in ``result parquet of job abc of mlima``."""
    size: int
    """Bytes that it should have."""
    found: int | None
    """Bytes that it has; None if it is not there."""


@dataclass(frozen=True, slots=True)
class Inventory:
    """What was compared, and what differs."""

    n_needed: int
    missing: tuple[MissingFile, ...]
    unknown: tuple[StoredBlob, ...]
    """Files of jobs, uploads and publications that do not exist. The sweep removes them when they are old."""


@dataclass(frozen=True, slots=True)
class _Needed:
    key: str
    needed_by: str
    size: int


async def take_inventory(database: Database, blobs: BlobStore) -> Inventory:
    """Compare every result, upload and publication with its file, by size; sums are not computed."""
    # Files are listed between two looks at the rows: what is stored or removed meanwhile is in one of them.
    before = await _known_ids(database)
    stored = {blob.key: blob for prefix in _PREFIXES for blob in await blobs.list_prefix(prefix)}
    needed = await _needed(database)
    known = before | await _known_ids(database) | {_owner_of(file.key) for file in needed}
    missing = [
        MissingFile(file.key, file.needed_by, file.size, found.size if found is not None else None)
        for file in needed
        if (found := stored.get(file.key)) is None or found.size != file.size
    ]
    unknown = [blob for key, blob in stored.items() if _owner_of(key) not in known]
    return Inventory(n_needed=len(needed), missing=tuple(missing), unknown=tuple(unknown))


async def glance_at_files(database: Database, blobs: BlobStore, *, most: int = 100) -> Inventory:
    """Compare the newest of them alone, and look for no unknown ones: what takes a moment however many there are.

    Parameters
    ----------
    most
        Jobs, uploads and publications whose files are looked at, of each kind.
    """
    needed = await _needed(database, newest=most)
    missing = [
        MissingFile(file.key, file.needed_by, file.size, found)
        for file in needed
        if (found := await _size(blobs, file.key)) != file.size
    ]
    if missing:
        # What was removed meanwhile is needed no longer.
        still = {file.key for file in await _needed(database, newest=most)}
        missing = [file for file in missing if file.key in still]
    return Inventory(n_needed=len(needed), missing=tuple(missing), unknown=())


async def _size(blobs: BlobStore, key: str) -> int | None:
    try:
        return (await blobs.info(key)).size
    except UnknownBlobError:
        return None


_PREFIXES = ("jobs", "uploads", "publications")


def _owner_of(key: str) -> str:
    """``jobs/ID``, ``uploads/ID`` or ``publications/ID``."""
    return "/".join(key.split("/")[:2])


async def _known_ids(database: Database) -> set[str]:
    async with database.reading() as session:
        jobs = {f"jobs/{job_id}" for job_id in await session.scalars(select(JobRow.id))}
        return jobs | {f"uploads/{upload_id}" for upload_id in await session.scalars(select(UploadRow.id))}


async def _needed(database: Database, *, newest: int | None = None) -> Sequence[_Needed]:
    completed = select(JobRow.id, JobRow.owner, JobRow.results).where(
        JobRow.phase == ExecutionPhase.COMPLETED, JobRow.deletion_time.is_(None)
    )
    uploads = select(UploadRow.id, UploadRow.owner, UploadRow.blob, UploadRow.size).where(
        UploadRow.deletion_time.is_(None)
    )
    published = select(PublicationRow.name, PublicationRow.version, PublicationRow.blob, PublicationRow.size)
    if newest is not None:
        completed = completed.order_by(JobRow.end_time.desc()).limit(newest)
        uploads = uploads.order_by(UploadRow.creation_time.desc()).limit(newest)
        published = published.order_by(PublicationRow.publication_time.desc()).limit(newest)
    async with database.reading() as session:
        results = [
            _Needed(result["blob"], f"result {result['id']} of job {job_id} of {owner}", result["size"])
            for job_id, owner, found in (await session.execute(completed)).all()
            for result in found
        ]
        sent = [
            _Needed(blob, f"upload {upload_id} of {owner}", size)
            for upload_id, owner, blob, size in (await session.execute(uploads)).all()
        ]
        compilations = [
            _Needed(blob, f"compilation {name}@{version}", size)
            for name, version, blob, size in (await session.execute(published)).all()
        ]
    return [*results, *sent, *compilations]
