"""Files that a job still needs although they belong to another job or to an upload."""

import re
from collections.abc import Collection

from sqlalchemy import Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from uws.errors import UnknownBlobError
from uws.phase import ExecutionPhase
from uws.tables import JobRow, UploadRow

__all__ = ["find_pinned", "lock_sources"]

_SOURCE = re.compile(r"(?P<kind>jobs|uploads)/(?P<id>[^/]+)/")


async def lock_sources(session: AsyncSession, keys: Collection[str], *, for_job: str) -> None:
    """Keep those whose files these are from being deleted or destroyed before this transaction ends.

    Pinning is safe only so: whoever removes files marks their job or upload first and looks for pins afterwards, so
    either this finds the mark, or the remover finds the pin.

    Raises
    ------
    UnknownBlobError
        If an upload or job is gone, with its files.
    """
    sources = {(found["kind"], found["id"]) for key in keys if (found := _SOURCE.match(key))} - {("jobs", for_job)}
    uploads = sorted(source for kind, source in sources if kind == "uploads")
    jobs = sorted(source for kind, source in sources if kind == "jobs")
    # In the order of their ids, so that two who lock the same ones never wait for each other.
    alive_uploads = (
        select(UploadRow.id)
        .where(UploadRow.id.in_(uploads), UploadRow.deletion_time.is_(None))
        .order_by(UploadRow.id)
        .with_for_update(read=True)
    )
    alive_jobs = (
        select(JobRow.id)
        .where(JobRow.id.in_(jobs), JobRow.deletion_time.is_(None), JobRow.phase != ExecutionPhase.ARCHIVED)
        .order_by(JobRow.id)
        .with_for_update(read=True)
    )
    gone = {f"upload {source}" for source in uploads} if uploads else set()
    if uploads:
        gone -= {f"upload {source}" for source in await session.scalars(alive_uploads)}
    if jobs:
        gone |= {f"job {source}" for source in jobs}
        gone -= {f"job {source}" for source in await session.scalars(alive_jobs)}
    if gone:
        raise UnknownBlobError(f"No longer there: {', '.join(sorted(gone))}. Send the table again.")


async def find_pinned(session: AsyncSession, keys: Collection[str]) -> set[str]:
    """Those of the keys that a living job uses as inputs."""
    if not keys:
        return set()
    wanted = cast(list(keys), ARRAY(Text))
    used = select(func.unnest(JobRow.inputs)).where(
        JobRow.inputs.overlap(wanted),
        JobRow.deletion_time.is_(None),
        JobRow.phase != ExecutionPhase.ARCHIVED,
    )
    return set(await session.scalars(used)) & set(keys)
