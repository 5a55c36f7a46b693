"""Sending a table of redshifts and waiting until the service has looked at it."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import anyio

from tsm.api.api.uploads import create_upload, get_upload
from tsm.api.models.limits import Limits
from tsm.api.models.upload import Upload
from tsm.errors import DiskError, RequestRefusedError
from tsm.remote.connection import Connection
from tsm.remote.problems import problems_of
from tsm.remote.retries import Repeat

__all__ = ["send_table"]

_CHUNK_BYTES = 1 << 20
_WAIT_SECONDS = 30
_UNPROCESSABLE = 422


async def send_table(
    connection: Connection, path: Path, *, name: str, media_type: str | None, limits: Limits
) -> Upload:
    """Send a file and wait for its inspection.

    Raises
    ------
    RequestRefusedError
        If it is larger than the service takes, or if no redshifts can be read from it.
    DiskError
        If the file cannot be read.
    """
    size = _size(path)
    if size > limits.upload_bytes:
        raise RequestRefusedError(
            f"{name!r} has {size / 1e6:,.0f} MB; one upload may have {limits.upload_bytes / 1e6:,.0f} MB: send fewer "
            "rows or only the columns that are needed, or ask the operator to register the table as a catalog",
            status=413,
        )
    request: dict[str, Any] = create_upload._get_kwargs(name=name)
    request["headers"] = {
        "Content-Type": media_type or "application/octet-stream",
        "Content-Length": str(size),
    }
    # Waiting would hold the answer that says that all bytes are there, and they are not sent twice.
    answer = await connection.send(request, repeat=Repeat.IF_NOTHING_HAPPENED, content=_chunks_of(path))
    upload = connection.read(Upload.from_dict, answer)
    while upload.state == "inspecting":
        upload = await connection.get(get_upload._get_kwargs(upload.id, wait=_WAIT_SECONDS), Upload.from_dict)
    if upload.error is not None:
        raise RequestRefusedError(
            upload.error.message, status=_UNPROCESSABLE, problems=problems_of(upload.error.problems)
        )
    return upload


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise DiskError(f"{path} cannot be read: {error.strerror}") from error


def _chunks_of(path: Path) -> Callable[[], AsyncIterator[bytes]]:
    """Makes the content of a file, from its beginning at each attempt."""

    async def chunks() -> AsyncIterator[bytes]:
        try:
            async with await anyio.open_file(path, "rb") as file:
                while chunk := await file.read(_CHUNK_BYTES):
                    yield chunk
        except OSError as error:
            raise DiskError(f"{path} cannot be read: {error.strerror}") from error

    return chunks
