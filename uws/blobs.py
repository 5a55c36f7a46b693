"""Files of jobs and uploads, in a folder or in S3 by one interface; a file is there completely or not at all."""

import asyncio
import contextlib
import hashlib
import os
import re
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple

from uws.errors import (
    BlobTooLargeError,
    FilesUnavailableError,
    InvalidBlobKeyError,
    StorageFullError,
    UnknownBlobError,
)
from uws.file_folder import FileFolder, flush_to_disk
from uws.stored_blob import StoredBlob

if TYPE_CHECKING:
    from uws.file_bucket import FileBucket

__all__ = ["BlobInfo", "BlobStore", "StoredBlob", "require_valid_key"]

Answer = TypeVar("Answer")
Arguments = TypeVarTuple("Arguments")

_KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*", re.ASCII)
_KEY_LENGTH = 512
_PATIENCE_SECONDS = 30.0
"""How long a store may take to say whether a file is there, below the read timeouts of proxies and clients."""
_THREADS = 32
"""Calls to S3 at a time: one that hangs keeps a thread until it is given up, which others must not wait for."""


@dataclass(frozen=True, slots=True)
class BlobInfo:
    """What was written."""

    key: str
    size: int
    """Bytes."""
    sha256: str
    """Lower-case hexadecimal."""


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

    Everything raises `FilesUnavailableError` when the store does not answer or refuses.

    Parameters
    ----------
    root
        A folder or ``s3://bucket/prefix``.
    options
        Options of the file system: for S3 ``endpoint_url``, ``key``, ``secret``.
    """

    def __init__(self, root: str, options: Mapping[str, Any] | None = None) -> None:
        self._files = _files_at(root, options or {})
        is_folder = isinstance(self._files, FileFolder)
        self._threads = None if is_folder else ThreadPoolExecutor(_THREADS, thread_name_prefix="s3")

    async def write(self, key: str, chunks: AsyncIterator[bytes], *, limit_bytes: int | None = None) -> BlobInfo:
        """Write a file from a stream; nothing is visible before it is complete, an older file stays until then.

        Raises
        ------
        BlobTooLargeError
            If more than ``limit_bytes`` come; nothing is kept.
        """
        require_valid_key(key)
        with self._partial() as unfinished:
            digest = hashlib.sha256()
            size = 0
            with unfinished.open("wb") as file:
                async for chunk in chunks:
                    size += len(chunk)
                    if limit_bytes is not None and size > limit_bytes:
                        raise BlobTooLargeError(f"More than {limit_bytes} bytes came: the limit of one file.")
                    digest.update(chunk)
                    await self._ask(file.write, chunk)
                await self._ask(flush_to_disk, file)
            await self._ask(self._files.publish, unfinished, key)
        return BlobInfo(key=key, size=size, sha256=digest.hexdigest())

    async def put_file(self, key: str, path: Path) -> BlobInfo:
        """Take over a finished local file, which is gone from its place afterwards; if this fails, it is back there."""
        require_valid_key(key)
        return await self._ask(self._put_file, key, path)

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
        file = await self._of_file(key, self._files.open, key)
        try:
            await self._ask(file.seek, start)
            position = start
            most = self._files.chunk_bytes
            while stop is None or position < stop:
                chunk = await self._ask(file.read, most if stop is None else min(most, stop - position))
                if not chunk:
                    return
                position += len(chunk)
                yield chunk
        finally:
            # In a thread of its own time: a client that left cancels us, and the file is closed all the same.
            await asyncio.shield(self._ask(file.close))

    async def info(self, key: str) -> StoredBlob:
        """Size and time of a file.

        Raises
        ------
        UnknownBlobError
            If there is none.
        """
        return await self._of_file(key, self._files.info, key)

    async def sign(
        self, key: str, *, seconds: int, media_type: str, disposition: str, endpoint_url: str | None = None
    ) -> str | None:
        """An address at which anybody who has it reads this file for a while; None where the store is a folder.

        Parameters
        ----------
        seconds
            How long it holds.
        media_type, disposition
            What the store says of the file (``Content-Type``, ``Content-Disposition``).
        endpoint_url
            Address of the store for users, if that is another one than for us.
        """
        require_valid_key(key)
        if isinstance(self._files, FileFolder):
            return None
        ask = partial(
            self._files.sign, seconds=seconds, media_type=media_type, disposition=disposition, endpoint_url=endpoint_url
        )
        return await self._ask(ask, key)

    async def require_answer(self) -> None:
        """Ask the store for a sign of life.

        Raises
        ------
        FilesUnavailableError
            If it gives none.
        """
        await self._soon(self._files.require_answer)

    async def free_bytes(self) -> int | None:
        """Space left on the file system of a folder; None for S3, which has no such number."""
        return await self._ask(self._files.free_bytes)

    async def require_space(self, least_bytes: int) -> None:
        """Refuse to take more when a folder's file system has less free than this; S3 has no such number.

        Raises
        ------
        StorageFullError
            If it has.
        """
        if not least_bytes:
            return
        free = await self.free_bytes()
        if free is not None and free < least_bytes:
            raise StorageFullError(
                f"The service has {free} bytes of storage left, less than the {least_bytes} bytes that it must keep "
                "free. Nothing was taken; its operators are told. Try again later."
            )

    async def delete(self, key: str) -> None:
        """Remove one file; none is fine."""
        require_valid_key(key)
        await self._ask(self._files.delete, [key])

    async def delete_prefix(self, prefix: str) -> None:
        """Remove all files whose keys begin with ``prefix`` and a slash; none is fine."""
        found = [blob.key for blob in await self.list_prefix(prefix)]
        await self._ask(self._files.delete, found)

    async def list_prefix(self, prefix: str) -> list[StoredBlob]:
        """All files whose keys begin with ``prefix`` and a slash, in order of their keys."""
        require_valid_key(prefix.rstrip("/"))
        found = await self._ask(self._files.list_files, prefix.rstrip("/"))
        return sorted(found, key=lambda blob: blob.key)

    async def list_children(self, prefix: str) -> list[str]:
        """The names that follow ``prefix`` and a slash, of files and of longer prefixes, in order."""
        require_valid_key(prefix.rstrip("/"))
        return sorted(set(await self._ask(self._files.list_names, prefix.rstrip("/"))))

    async def sweep_unfinished(self, older_than: datetime) -> None:
        """Remove unfinished files, and end unfinished uploads to S3, that processes left when they were killed."""
        await self._ask(self._files.sweep_unfinished, older_than)

    def local_path(self, key: str) -> Path | None:
        """Where the file is, if this store is a folder; it may not exist, and nobody may write there."""
        require_valid_key(key)
        return self._files.root / key if isinstance(self._files, FileFolder) else None

    async def fetch(self, key: str, target: Path) -> None:
        """Copy a file to a local path; nothing is at that path before the copy is complete.

        Raises
        ------
        UnknownBlobError
            If there is no such file.
        """
        require_valid_key(key)
        try:
            await self._ask(self._fetch, key, target)
        except _NotThere as error:
            raise UnknownBlobError(f"There is no file {key}.") from error

    async def _of_file(self, key: str, call: Callable[[*Arguments], Answer], *arguments: *Arguments) -> Answer:
        require_valid_key(key)
        try:
            return await self._soon(call, *arguments)
        except _NotThere as error:
            raise UnknownBlobError(f"There is no file {key}.") from error

    async def _soon(self, call: Callable[[*Arguments], Answer], *arguments: *Arguments) -> Answer:
        """Ask something that a store in order answers at once."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                return await self._ask(call, *arguments)
        except TimeoutError as error:
            raise _unavailable(f"no answer within {_PATIENCE_SECONDS:g} s") from error

    async def _ask(self, call: Callable[[*Arguments], Answer], *arguments: *Arguments) -> Answer:
        """Wait for a call that blocks, and say its faults in our words."""
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, call, *arguments)
        except _NotThere:
            raise
        except self._files.faults as error:
            raise _unavailable(self._files.reason(error)) from error

    @contextlib.contextmanager
    def _partial(self) -> Iterator[Path]:
        """A path for an unfinished file, on the file system where it will be if that is a local one."""
        try:
            self._files.unfinished.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _unavailable(self._files.reason(error)) from error
        path = self._files.unfinished / f"tsm-{uuid.uuid4().hex}"
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def _put_file(self, key: str, path: Path) -> BlobInfo:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256")
            size = os.fstat(file.fileno()).st_size
        self._files.take(path, key)
        return BlobInfo(key=key, size=size, sha256=digest.hexdigest())

    def _fetch(self, key: str, target: Path) -> None:
        unfinished = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
        try:
            with self._files.open(key) as source, unfinished.open("wb") as copy:
                shutil.copyfileobj(source, copy, self._files.chunk_bytes)
            unfinished.replace(target)
        finally:
            unfinished.unlink(missing_ok=True)


_NotThere = (FileNotFoundError, NotADirectoryError, IsADirectoryError)


def _files_at(root: str, options: Mapping[str, Any]) -> "FileFolder | FileBucket":
    if "://" not in root or root.startswith(("file://", "local://")):
        return FileFolder(Path(root.removeprefix("file://").removeprefix("local://")))
    # Here, since it takes half a second to load, which a folder does without.
    from uws.file_bucket import FileBucket

    return FileBucket(root, options)


def _unavailable(reason: str) -> FilesUnavailableError:
    return FilesUnavailableError(f"The store of files cannot be used at the moment ({reason}). Try again later.")
