"""Fetching a result: taken up where it was cut, verified, and put in its place at once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import anyio.to_thread
import httpx

from tsm.api.api.redshifts import download_compilation
from tsm.api.api.results import download_result
from tsm.api.models.compilation_file import CompilationFile
from tsm.api.models.job_result import JobResult
from tsm.errors import ChecksumError, NotTheServiceError
from tsm.remote.answers import error_of_answer
from tsm.remote.connection import Connection
from tsm.remote.placing import PartialFile, require_target
from tsm.remote.retries import Repeat

__all__ = ["WantedFile", "download", "published_file", "result_file"]

_CHUNK_BYTES = 1 << 20


class WantedFile(NamedTuple):
    """A file of the service, which never changes."""

    request: Mapping[str, Any]
    title: str
    """What it is, for messages."""
    size: int
    sha256: str


def result_file(job_id: str, result: JobResult) -> WantedFile:
    """A result of a job."""
    request = download_result._get_kwargs(job_id, result.id)
    return WantedFile(request, f"result {result.id!r} of job {job_id}", result.size, result.sha256)


def published_file(file: CompilationFile) -> WantedFile:
    """The file of a published compilation."""
    request = download_compilation._get_kwargs(file.name, file.version)
    return WantedFile(request, f"compilation {file.name}@{file.version}", file.size, file.sha256)


async def download(connection: Connection, wanted: WantedFile, target: Path, *, overwrite: bool) -> Path:
    """Fetch one file.

    Raises
    ------
    TargetExistsError
        If the file exists and may not be replaced.
    DiskError
        If it cannot be written.
    ChecksumError
        If what arrived differs from what the service has.
    ServiceUnavailableError
        If the connection breaks again and again without anything arriving in between.
    """
    require_target(target, overwrite=overwrite)
    with PartialFile(target) as file:
        file.require_room(wanted.size)
        await _fetch(connection, wanted, file)
        if file.sha256 != wanted.sha256:
            raise ChecksumError(
                f"{wanted.title} arrived damaged, and nothing was kept: its SHA-256 is "
                f"{file.sha256}, the service says {wanted.sha256}. Fetch it again; if it stays so, tell the operator"
            )
        await anyio.to_thread.run_sync(lambda: file.place(overwrite=overwrite))
    return target


async def _fetch(connection: Connection, wanted: WantedFile, file: PartialFile) -> None:
    failures = 0
    while file.size < wanted.size:
        before = file.size
        failure: httpx.TransportError | httpx.Response | None
        try:
            failure = await _fetch_rest(connection, wanted, file)
        except httpx.TransportError as error:
            failure = error
        if file.size < wanted.size:
            # What came through counts as a success: a long file over a poor line may be cut many times.
            failures = 1 if file.size > before else failures + 1
            await connection.pause_or_raise(failure or _cut(connection), failures, Repeat.ALWAYS)


async def _fetch_rest(connection: Connection, wanted: WantedFile, file: PartialFile) -> httpx.Response | None:
    """Append what is missing, as far as it comes; an answer that is an error is given back."""
    # As it lies in the store: compressing on the way would cost more than it saves, and shift the ranges.
    headers = {"Accept-Encoding": "identity"}
    if file.size:
        headers |= {"Range": f"bytes={file.size}-", "If-Range": f'"{wanted.sha256}"'}
    async with connection.stream(wanted.request, **headers) as answer:
        if _is_elsewhere(answer, wanted):
            await _fetch_elsewhere(connection, answer.headers["Location"], file)
            return None
        if not answer.is_success:
            if Repeat.ALWAYS.allows(answer):
                return answer
            raise error_of_answer(answer, connection.url)
        _require_file(answer, connection.url)
        if file.size and not _continues(answer, file.size):
            file.restart()
            if answer.status_code == httpx.codes.PARTIAL_CONTENT:
                return None
        await _append(answer, file)
    return None


async def _fetch_elsewhere(connection: Connection, address: str, file: PartialFile) -> None:
    """All of the file, from the store to which the service sent us for a short time."""
    file.restart()
    async with connection.stream_elsewhere(address, **{"Accept-Encoding": "identity"}) as answer:
        if not answer.is_success:  # too late, or the store is busy: the service will say where it is then
            raise httpx.ReadError(f"the store of {connection.url} answered {answer.status_code}")
        await _append(answer, file)


def _is_elsewhere(answer: httpx.Response, wanted: WantedFile) -> bool:
    """Whether the service sent us to its store: it names the file that is there, which no login page does."""
    is_named = answer.headers.get("ETag") == f'"{wanted.sha256}"'
    return is_named and answer.status_code == httpx.codes.TEMPORARY_REDIRECT and "Location" in answer.headers


async def _append(answer: httpx.Response, file: PartialFile) -> None:
    """Write all that comes, also the last of it before a cut."""
    pending = bytearray()
    try:
        async for chunk in answer.aiter_raw():
            pending += chunk
            if len(pending) >= _CHUNK_BYTES:
                await anyio.to_thread.run_sync(file.write, bytes(pending))
                pending.clear()
    finally:
        file.write(bytes(pending))


def _continues(answer: httpx.Response, start: int) -> bool:
    """Whether the answer goes on with that byte; a file that changed, or a proxy, begins anew."""
    content_range = answer.headers.get("Content-Range", "")
    return answer.status_code == httpx.codes.PARTIAL_CONTENT and content_range.startswith(f"bytes {start}-")


def _require_file(answer: httpx.Response, base: str) -> None:
    """A login page has no tag of the file that was asked for, and comes as text."""
    if "ETag" not in answer.headers and answer.headers.get("Content-Type", "").startswith("text/html"):
        raise NotTheServiceError(
            f"instead of the file, {base} sent a page for browsers: a login page stands before it. Check the address "
            "and whether your token has expired"
        )


def _cut(connection: Connection) -> httpx.TransportError:
    return httpx.ReadError(f"{connection.url} ended the file early")
