"""Published files: named, in versions that stay, with tags that move from one version to another.

What a file holds is JSON to this module. A version never changes and its file is never swept; retired, it is only
hidden. A file that a killed publisher left before there was a version is swept (`uws.disposal`). A tag is moved for
one release at a time: of each name and release, one version carries it.
"""

import re
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Text, func, insert, literal, select, update
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from uws.blobs import BlobInfo, BlobStore
from uws.database import Database
from uws.errors import InvalidPublicationError, PublicationConflictError, UnknownJobError, UnknownPublicationError
from uws.job import Job
from uws.phase import ExecutionPhase
from uws.store import job_of
from uws.tables import JobRow, PublicationRow, PublicationTagRow, stamp

__all__ = ["LATEST", "NewPublication", "Publication", "PublicationService"]

LATEST = "latest"
"""The tag of the version that is meant by a name alone."""

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_KEPT_CHARACTERS = "letters, digits, dot, dash and underscore, at most 64"

logger = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class NewPublication:
    """What is to be published."""

    name: str
    version: str
    release: str
    """What it was made for."""
    filename: str
    media_type: str
    details: dict[str, Any] = field(default_factory=dict)
    """What users are told of it."""
    record: dict[str, Any] | None = None
    """Where it comes from, if that is known."""
    required_right: str | None = None
    """Right that a user needs to see it."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A published version."""

    name: str
    version: str
    release: str
    blob: str
    """Key in the blob store; the file there never changes."""
    filename: str
    media_type: str
    size: int
    """Bytes."""
    sha256: str
    details: dict[str, Any]
    record: dict[str, Any] | None
    required_right: str | None
    publication_time: datetime
    retirement_time: datetime | None
    """When it was hidden; None while it is shown."""
    latest_for: tuple[str, ...]
    """Releases of which it is the latest version."""

    def is_open_to(self, rights: frozenset[str]) -> bool:
        """Whether somebody with these rights may see it."""
        return self.required_right is None or self.required_right in rights


class PublicationService:
    """Publishes files of one kind, and finds them again.

    Parameters
    ----------
    kind
        Of all files that are published and found here. A name belongs to the kind that used it first.
    """

    def __init__(self, database: Database, blobs: BlobStore, *, kind: str = "compilation") -> None:
        self._database = database
        self._blobs = blobs
        self._kind = kind

    async def publish(self, new: NewPublication, chunks: AsyncIterator[bytes], *, latest: bool = False) -> Publication:
        """Store a file and publish it; of two who publish one version at once, one is refused.

        Parameters
        ----------
        chunks
            The file.
        latest
            Whether it becomes the latest version of its release at once.

        Raises
        ------
        InvalidPublicationError
            If a name cannot be part of an address.
        PublicationConflictError
            If the version exists, retired or not; nothing is kept.
        """
        _require_names(new)
        # A folder of its own for each attempt: who loses takes only their own file away again.
        prefix = f"publications/{uuid.uuid4().hex}"
        await self._require_new(new)
        stored = await self._blobs.write(f"{prefix}/data{Path(new.filename).suffix}", chunks)
        try:
            async with self._database.transaction() as session:
                await session.execute(insert(PublicationRow).values(_columns(new, stored) | {"kind": self._kind}))
                if latest:
                    await _move_tag(session, new.name, new.version, new.release)
        except IntegrityError as error:
            await self._blobs.delete_prefix(prefix)
            raise _exists(new) from error
        logger.info("published", name=new.name, version=new.version, release=new.release, size=stored.size)
        return await self.get(new.name, new.version)

    async def get(self, name: str, version: str) -> Publication:
        """One version, retired or not.

        Raises
        ------
        UnknownPublicationError
            If there is none.
        """
        async with self._database.reading() as session:
            found = await _publications(
                session,
                PublicationRow.kind == self._kind,
                PublicationRow.name == name,
                PublicationRow.version == version,
                with_retired=True,
            )
        if not found:
            raise UnknownPublicationError(f"There is no version {version!r} of {name!r}.")
        return found[0]

    async def get_latest(
        self, name: str, *, release: str | None = None, rights: frozenset[str] | None = None
    ) -> Publication:
        """The version that is tagged as the latest.

        Parameters
        ----------
        release
            Of this release; without it, of all versions that are the latest of some release the one that was
            published last.
        rights
            Of whoever asks, who is shown only what they open; None = all.

        Raises
        ------
        UnknownPublicationError
            If no version of this name is tagged.
        """
        tagged = [
            publication
            for publication in await self.list(name=name)
            if publication.latest_for and release in (None, *publication.latest_for)
            if rights is None or publication.is_open_to(rights)
        ]
        if not tagged:
            of_release = f" for release {release!r}" if release is not None else ""
            raise UnknownPublicationError(f"There is no latest version of {name!r}{of_release}.")
        return tagged[0]

    async def list(self, *, name: str | None = None, with_retired: bool = False) -> Sequence[Publication]:
        """All versions that are shown, or those of one name; the last published first."""
        conditions = () if name is None else (PublicationRow.name == name,)
        async with self._database.reading() as session:
            return await _publications(
                session, PublicationRow.kind == self._kind, *conditions, with_retired=with_retired
            )

    async def tag(self, name: str, version: str, *, release: str) -> Publication:
        """Make a version the latest of a release, in the place of the one that was.

        Raises
        ------
        UnknownPublicationError
            If there is no such version.
        PublicationConflictError
            If it is retired.
        """
        async with self._database.transaction() as session:
            row = await _locked(session, self._kind, name, version)
            if row.retirement_time is not None:
                raise PublicationConflictError(f"Version {version!r} of {name!r} is retired.")
            await _move_tag(session, name, version, release)
        logger.info("tagged", name=name, version=version, release=release, tag=LATEST)
        return await self.get(name, version)

    async def retire(self, name: str, version: str) -> Publication:
        """Hide a version from lists; whoever knows it still gets it.

        Raises
        ------
        UnknownPublicationError
            If there is no such version.
        PublicationConflictError
            If it is the latest of a release: another one must be tagged first.
        """
        async with self._database.transaction() as session:
            await _locked(session, self._kind, name, version)
            tagged = select(PublicationTagRow.release).where(
                PublicationTagRow.name == name, PublicationTagRow.version == version
            )
            if releases := sorted(await session.scalars(tagged)):
                raise PublicationConflictError(
                    f"Version {version!r} of {name!r} is the latest for {', '.join(releases)}: tag another one first."
                )
            await session.execute(
                update(PublicationRow)
                .where(
                    PublicationRow.name == name,
                    PublicationRow.version == version,
                    PublicationRow.retirement_time.is_(None),
                )
                .values(retirement_time=stamp())
            )
        logger.info("retired", name=name, version=version)
        return await self.get(name, version)

    async def completed_job(self, job_id: str) -> Job:
        """A completed job of whoever, whose result is to be published.

        Raises
        ------
        UnknownJobError
            If there is no such job, or it is not COMPLETED.
        """
        async with self._database.reading() as session:
            row = await session.get(JobRow, job_id)
        if row is None or row.deletion_time is not None:
            raise UnknownJobError(f"There is no job {job_id!r}, and no such file.")
        if row.phase != ExecutionPhase.COMPLETED:
            raise UnknownJobError(f"Job {job_id} is {row.phase}: only what is COMPLETED can be published.")
        return job_of(row)

    async def _require_new(self, new: NewPublication) -> None:
        """Ask before the file is stored, which may take long; the store decides afterwards."""
        async with self._database.reading() as session:
            others = select(PublicationRow.kind).where(PublicationRow.name == new.name).limit(1)
            other = await session.scalar(others.where(PublicationRow.kind != self._kind))
        if other is not None:
            raise PublicationConflictError(f"The name {new.name!r} is that of a published {other}: take another one.")
        try:
            await self.get(new.name, new.version)
        except UnknownPublicationError:
            return
        raise _exists(new)


async def _move_tag(session: AsyncSession, name: str, version: str, release: str) -> None:
    """One statement, so that of two who move it at once the later one holds."""
    values = {"name": name, "release": release, "tag": LATEST, "version": version, "tag_time": stamp()}
    moved = {"version": version, "tag_time": stamp()}
    await session.execute(
        upsert(PublicationTagRow)
        .values(values)
        .on_conflict_do_update(index_elements=["name", "release", "tag"], set_=moved)
    )


async def _locked(session: AsyncSession, kind: str, name: str, version: str) -> PublicationRow:
    """The row, held until the transaction ends: nobody tags what is being retired."""
    row = await session.scalar(
        select(PublicationRow)
        .where(PublicationRow.kind == kind, PublicationRow.name == name, PublicationRow.version == version)
        .with_for_update()
    )
    if row is None:
        raise UnknownPublicationError(f"There is no version {version!r} of {name!r}.")
    return row


async def _publications(
    session: AsyncSession, *conditions: ColumnElement[bool], with_retired: bool
) -> list[Publication]:
    tags = (
        select(func.coalesce(func.array_agg(PublicationTagRow.release), literal([], type_=ARRAY(Text))))
        .where(PublicationTagRow.name == PublicationRow.name, PublicationTagRow.version == PublicationRow.version)
        .correlate(PublicationRow)
        .scalar_subquery()
    )
    query = select(PublicationRow, tags).where(*conditions)
    if not with_retired:
        query = query.where(PublicationRow.retirement_time.is_(None))
    newest_first = query.order_by(
        PublicationRow.publication_time.desc(), PublicationRow.name, PublicationRow.version.desc()
    )
    return [_publication_of(row, releases) for row, releases in (await session.execute(newest_first)).all()]


def _publication_of(row: PublicationRow, releases: Sequence[str]) -> Publication:
    return Publication(
        name=row.name,
        version=row.version,
        release=row.release,
        blob=row.blob,
        filename=row.filename,
        media_type=row.media_type,
        size=row.size,
        sha256=row.sha256,
        details=row.details,
        record=row.record,
        required_right=row.required_right,
        publication_time=row.publication_time,
        retirement_time=row.retirement_time,
        latest_for=tuple(sorted(releases)),
    )


def _columns(new: NewPublication, stored: BlobInfo) -> dict[str, Any]:
    return {
        "name": new.name,
        "version": new.version,
        "release": new.release,
        "blob": stored.key,
        "filename": new.filename,
        "media_type": new.media_type,
        "size": stored.size,
        "sha256": stored.sha256,
        "details": new.details,
        "record": new.record,
        "required_right": new.required_right,
        "publication_time": stamp(),
    }


def _require_names(new: NewPublication) -> None:
    wrong = [
        f"{what} {text!r}"
        for what, text in (("name", new.name), ("version", new.version), ("release", new.release))
        if not _NAME.fullmatch(text)
    ]
    if wrong:
        raise InvalidPublicationError(f"{' and '.join(wrong)}: {_KEPT_CHARACTERS}, and the first a letter or digit.")


def _exists(new: NewPublication) -> PublicationConflictError:
    return PublicationConflictError(
        f"Version {new.version!r} of {new.name!r} is published already, and versions never change: take another one."
    )
