"""Files of jobs and uploads, in a folder or in S3 by one interface; a file is there completely or not at all."""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, TypeVar, TypeVarTuple

from upath import UPath

from uws.errors import BlobTooLargeError, InvalidBlobKeyError, StorageFullError, UnknownBlobError

__all__ = ["BlobInfo", "BlobStore", "StoredBlob", "require_valid_key"]

CHUNK_BYTES = 1 << 20
PARTIAL_FOLDER = ".partial"
"""Unfinished files of a folder store are here: on the same file system, and no key can name them."""

Answer = TypeVar("Answer")
Arguments = TypeVarTuple("Arguments")

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*", re.ASCII)
_KEY_LENGTH = 512


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What was written."""

    key: str
    size: int
    """Bytes."""
    sha256: str
    """Lower-case hexadecimal."""


@dataclass(frozen=True, slots=True)
class StoredBlob:
    """What is known of a file without reading it."""

    key: str
    size: int
    """Bytes."""
    modified: datetime
    """UTC."""


def require_valid_key(key: str) -> str:
    """Refuse a key that could name anything outside the store.

    Raises
    ------
    InvalidBlobKeyError
        Unless it is made of names like ``jobs/abc/1/result.vot``: letters, digits, dot, dash, underscore, no name
        beginning with a dot.
    """
    if len(key) > _KEY_LENGTH or not _KEY.fullmatch(key):
        raise InvalidBlobKeyError(f"{key[:80]!r} cannot be the key of a file.")
    return key


class BlobStore:
    """Files by key. Keys in use: ``jobs/{job}/{attempt}/name``, ``jobs/{job}/inputs/field``, ``uploads/{id}/data``,
    ``cards/{catalog}.json``, ``publications/{id}/data.suffix``.

    Parameters
    ----------
    root
        A folder or ``s3://bucket/prefix``.
    options
        Options of the file system: for S3 ``endpoint_url``, ``key``, ``secret``.
    """

    def __init__(self, root: str, options: Mapping[str, Any] | None = None) -> None:
        is_remote = "://" in root and not root.startswith(("file://", "local://"))
        # Lists are not remembered: other processes write here.
        path: Any = UPath(root, **({"use_listings_cache": False, **(options or {})} if is_remote else {}))
        self._folder = None if is_remote else Path(path.path).absolute()
        self._files = path.fs
        self._base = str(self._folder or path.path).rstrip("/")

    async def write(self, key: str, chunks: AsyncIterator[bytes], *, limit_bytes: int | None = None) -> BlobInfo:
        """Write a file from a stream; nothing is visible before it is complete, an older file stays until then.

        Raises
        ------
        BlobTooLargeError
            If more than ``limit_bytes`` come; nothing is kept.
        """
        require_valid_key(key)
        with self._partial() as partial:
            digest = hashlib.sha256()
            size = 0
            with partial.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if limit_bytes is not None and size > limit_bytes:
                        raise BlobTooLargeError(f"More than {limit_bytes} bytes came: the limit of one file.")
                    digest.update(chunk)
                    await asyncio.to_thread(file.write, chunk)
                await asyncio.to_thread(_flush_to_disk, file)
            await asyncio.to_thread(self._publish, partial, key)
        return BlobInfo(key=key, size=size, sha256=digest.hexdigest())

    async def put_file(self, key: str, path: Path) -> BlobInfo:
        """Take over a finished local file, which is gone from its place afterwards; if this fails, it is back there."""
        require_valid_key(key)
        return await asyncio.to_thread(self._put_file, key, path)

    async def read(self, key: str) -> bytes:
        """The whole file; for small ones.

        Raises
        ------
        UnknownBlobError
            If there is none.
        """
        return b"".join([chunk async for chunk in self.stream(key)])

    async def stream(self, key: str, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        """Bytes ``start`` up to but not including ``stop``, in pieces.

        Raises
        ------
        UnknownBlobError
            If there is no such file, before the first piece.
        """
        file = await self._of_file(key, self._open, key)
        try:
            await asyncio.to_thread(file.seek, start)
            position = start
            while stop is None or position < stop:
                wanted = CHUNK_BYTES if stop is None else min(CHUNK_BYTES, stop - position)
                chunk = await asyncio.to_thread(file.read, wanted)
                if not chunk:
                    return
                position += len(chunk)
                yield chunk
        finally:
            # In a thread of its own time: a client that left cancels us, and the file is closed all the same.
            await asyncio.shield(asyncio.to_thread(file.close))

    async def info(self, key: str) -> StoredBlob:
        """Size and time of a file.

        Raises
        ------
        UnknownBlobError
            If there is none.
        """
        return await self._of_file(key, self._info, key)

    async def free_bytes(self) -> int | None:
        """Space left on the file system of a folder; None for S3, which has no such number."""
        return None if self._folder is None else await asyncio.to_thread(_free_bytes, self._folder)

    async def require_space(self, least_bytes: int) -> None:
        """Refuse to take more when a folder's file system has less free than this; S3 has no such number.

        Raises
        ------
        StorageFullError
            If it has.
        """
        if self._folder is None or not least_bytes:
            return
        free = await asyncio.to_thread(_free_bytes, self._folder)
        if free < least_bytes:
            raise StorageFullError(
                f"The service has {free} bytes of storage left, less than the {least_bytes} bytes that it must keep "
                "free. Nothing was taken; its operators are told. Try again later."
            )

    async def delete(self, key: str) -> None:
        """Remove one file; none is fine."""
        require_valid_key(key)
        await asyncio.to_thread(self._delete, [key])

    async def delete_prefix(self, prefix: str) -> None:
        """Remove all files whose keys begin with ``prefix`` and a slash; none is fine."""
        require_valid_key(prefix.rstrip("/"))
        found = [blob.key for blob in await self.list_prefix(prefix)]
        await asyncio.to_thread(self._delete, found)

    async def list_prefix(self, prefix: str) -> list[StoredBlob]:
        """All files whose keys begin with ``prefix`` and a slash, in order of their keys."""
        require_valid_key(prefix.rstrip("/"))
        return await asyncio.to_thread(self._list, prefix.rstrip("/"))

    async def list_children(self, prefix: str) -> list[str]:
        """The names that follow ``prefix`` and a slash, of files and of longer prefixes, in order."""
        require_valid_key(prefix.rstrip("/"))
        return await asyncio.to_thread(self._children, prefix.rstrip("/"))

    async def sweep_unfinished(self, older_than: datetime) -> None:
        """Remove unfinished files that processes left when they were killed; S3 has none."""
        if self._folder is not None:
            await asyncio.to_thread(_remove_old, self._folder / PARTIAL_FOLDER, older_than)

    def local_path(self, key: str) -> Path | None:
        """Where the file is, if this store is a folder; it may not exist, and nobody may write there."""
        require_valid_key(key)
        return None if self._folder is None else self._folder / key

    async def fetch(self, key: str, target: Path) -> None:
        """Copy a file to a local path; nothing is at that path before the copy is complete.

        Raises
        ------
        UnknownBlobError
            If there is no such file.
        """
        await self._of_file(key, self._fetch, key, target)

    async def _of_file(self, key: str, call: Callable[[*Arguments], Answer], *arguments: *Arguments) -> Answer:
        require_valid_key(key)
        try:
            return await asyncio.to_thread(call, *arguments)
        except (FileNotFoundError, NotADirectoryError, IsADirectoryError) as error:
            raise UnknownBlobError(f"There is no file {key}.") from error

    @contextlib.contextmanager
    def _partial(self) -> Iterator[Path]:
        """A path for an unfinished file, on the file system where it will be if that is a local one."""
        folder = Path(tempfile.gettempdir()) if self._folder is None else self._folder / PARTIAL_FOLDER
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"tsm-{uuid.uuid4().hex}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _publish(self, partial: Path, key: str) -> None:
        """Let a complete file appear under its key, in one step."""
        if self._folder is None:
            self._files.put_file(str(partial), self._at(key))
            return
        target = self._folder / key
        while True:
            try:
                target.parent.mkdir(parents=True, exist_ok=True)
                partial.replace(target)
            except (FileNotFoundError, FileExistsError):
                if not partial.exists() or target.parent.is_file():
                    raise
                continue  # a folder above was empty and the sweeper removed it, between these lines or within mkdir
            break
        _flush_folder_to_disk(target.parent)

    def _put_file(self, key: str, path: Path) -> BlobInfo:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            size = os.fstat(file.fileno()).st_size
        with self._partial() as partial:
            shutil.move(path, partial)  # a rename on one file system, a copy otherwise
            try:
                with partial.open("rb+") as file:
                    _flush_to_disk(file)
                self._publish(partial, key)
            except BaseException:
                if partial.exists():
                    shutil.move(partial, path)
                raise
        return BlobInfo(key=key, size=size, sha256=digest.hexdigest())

    def _fetch(self, key: str, target: Path) -> None:
        partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
        try:
            with self._open(key) as source, partial.open("wb") as copy:
                shutil.copyfileobj(source, copy, CHUNK_BYTES)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)

    def _open(self, key: str) -> IO[bytes]:
        if self._folder is not None:
            return (self._folder / key).open("rb")
        file: Any = self._files.open(self._at(key), "rb", cache_type="readahead")
        if file.details["type"] != "file":  # S3 takes a prefix of other keys for a folder, and opens that
            raise IsADirectoryError(key)
        opened: IO[bytes] = file
        return opened

    def _info(self, key: str) -> StoredBlob:
        found = self._files.info(self._at(key))
        if found["type"] != "file":
            raise IsADirectoryError(key)
        return _stored(key, found)

    def _list(self, prefix: str) -> list[StoredBlob]:
        found = self._files.find(self._at(prefix), detail=True)
        blobs = [_stored(path.removeprefix(f"{self._base}/"), info) for path, info in found.items()]
        # A single file of this very name is found as well: it does not begin with the prefix and a slash.
        return sorted((blob for blob in blobs if blob.key != prefix), key=lambda blob: blob.key)

    def _children(self, prefix: str) -> list[str]:
        try:
            found: list[str] = self._files.ls(self._at(prefix), detail=False)
        except FileNotFoundError:
            return []
        return sorted({path.rstrip("/").rpartition("/")[2] for path in found})

    def _delete(self, keys: list[str]) -> None:
        if self._folder is None:
            if keys:
                self._files.rm([self._at(key) for key in keys])
            return
        for key in keys:
            path = self._folder / key
            path.unlink(missing_ok=True)
            for parent in path.parents:
                if parent == self._folder:
                    break
                with contextlib.suppress(OSError):  # not empty, or gone
                    parent.rmdir()

    def _at(self, key: str) -> str:
        return f"{self._base}/{key}"


def _free_bytes(folder: Path) -> int:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return shutil.disk_usage(existing).free


def _remove_old(folder: Path, older_than: datetime) -> None:
    for path in folder.glob("tsm-*"):
        with contextlib.suppress(FileNotFoundError):  # finished meanwhile
            # The time of its last change of any kind: a file that was moved here keeps the time when it was written.
            if path.stat().st_ctime < older_than.timestamp():
                path.unlink()


def _stored(key: str, info: Mapping[str, Any]) -> StoredBlob:
    modified: datetime = info["LastModified"] if "LastModified" in info else datetime.fromtimestamp(info["mtime"], UTC)
    return StoredBlob(key=key, size=info["size"], modified=modified.astimezone(UTC))


def _flush_to_disk(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())


def _flush_folder_to_disk(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
