"""Stored files over HTTP: whole or in part, checked by ETag, from a folder or S3 alike."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse, StreamingResponse
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from app.config import SignedDownloads
from app.head_requests import IS_HEAD
from app.parameters import result_media_type
from uws.blobs import BlobStore
from uws.job import Job, Result

__all__ = ["serve_blob", "serve_result"]

_HARMLESS = frozenset(
    {
        "application/fits",
        "application/gzip",
        "application/json",
        "application/octet-stream",
        "application/vnd.apache.parquet",
        "application/x-hats+zip",
        "application/x-hdf5",
        "application/x-parquet",
        "application/x-votable+xml",
        "image/fits",
        "image/png",
        "text/csv",
        "text/plain",
        "text/tab-separated-values",
    }
)
"""Types that are sent as they are; ``text/xml`` and ``image/svg+xml`` are not among them: both may hold scripts."""
_PRINTABLE = re.compile(r"[ -~]+")
_RANGE = re.compile(r"bytes=(?P<first>\d{0,18})-(?P<last>\d{0,18})", re.ASCII | re.IGNORECASE)


async def serve_blob(
    request: Request, blobs: BlobStore, key: str, *, sha256: str, media_type: str, filename: str
) -> Response:
    """Answer a stored file, or the one range of it that was asked for.

    Several ranges in one request are answered with the whole file, as RFC 9110 §14.2 allows.

    Parameters
    ----------
    request
        Its conditions and its ``Range`` are honored.
    key
        The file in the blob store.
    sha256
        Of the file: its ``ETag``.
    media_type
        For ``Content-Type``, unless it is none of a table or record: files are what users sent.
    filename
        Name under which a browser saves it.

    Raises
    ------
    uws.errors.UnknownBlobError
        If there is no such file.
    HTTPException
        With 416 if the range lies beyond the end.
    """
    return await _serve(request, blobs, key, sha256=sha256, media_type=_harmless(media_type), filename=filename)


async def serve_result(
    request: Request, blobs: BlobStore, job: Job, result: Result, *, signed: SignedDownloads | None = None
) -> Response:
    """Answer a result of a job, with the media type that was asked for: what is in it we wrote ourselves.

    Parameters
    ----------
    signed
        Whether S3 may answer in our place. The caller has checked that the user may have the file.
    """
    return await _serve(
        request,
        blobs,
        result.blob,
        sha256=result.sha256,
        media_type=result_media_type(job, result),
        filename=result.filename,
        signed=signed,
    )


async def _serve(
    request: Request,
    blobs: BlobStore,
    key: str,
    *,
    sha256: str,
    media_type: str,
    filename: str,
    signed: SignedDownloads | None = None,
) -> Response:
    info = await blobs.info(key)
    etag, modified = f'"{sha256}"', info.modified.astimezone(UTC).replace(microsecond=0)
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": etag,
        "Last-Modified": format_datetime(modified, usegmt=True),
        "Cache-Control": "private, no-cache",
        "Content-Disposition": _attachment(filename),
        "X-Content-Type-Options": "nosniff",
    }
    if _is_known(request.headers, etag, modified):
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    if signed is not None and signed.seconds and not _needs_us(request):
        address = await blobs.sign(
            key,
            seconds=signed.seconds,
            media_type=media_type,
            disposition=_attachment(filename),
            endpoint_url=signed.endpoint_url,
        )
        if address is not None:
            return _elsewhere(address, etag)
    span = _wanted_span(request, info.size, etag, modified)
    start, stop = span if span is not None else (0, info.size)
    headers["Content-Length"] = str(stop - start)
    if span is not None:
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{info.size}"
    status = HTTPStatus.OK if span is None else HTTPStatus.PARTIAL_CONTENT
    content = _nothing() if start == stop else blobs.stream(key, start, stop)
    response = StreamingResponse(content, status_code=status, headers=headers)
    # Set as it is: the framework would add a charset to text types, and DALI wants back exactly what was asked for.
    response.headers["Content-Type"] = media_type
    return response


def _needs_us(request: Request) -> bool:
    """Whether the store could not answer: it knows none of our tags, and an address is signed for GET alone."""
    return IS_HEAD in request.scope or "if-range" in request.headers or "if-match" in request.headers


def _elsewhere(address: str, etag: str) -> Response:
    # Neither kept nor told further: who has the address needs nothing else to read the file.
    headers = {"Cache-Control": "private, no-store", "Referrer-Policy": "no-referrer", "ETag": etag}
    response = RedirectResponse(address, status_code=HTTPStatus.TEMPORARY_REDIRECT, headers=headers)
    response.headers["Location"] = address  # as it was signed: the framework would quote it once more
    return response


def _harmless(media_type: str) -> str:
    """The media type if no browser runs anything of that type, otherwise one that says nothing."""
    is_harmless = media_type.partition(";")[0].strip().lower() in _HARMLESS and _PRINTABLE.fullmatch(media_type)
    return media_type if is_harmless else "application/octet-stream"


def _is_known(headers: Headers, etag: str, modified: datetime) -> bool:
    """Whether the client's copy is still good; dates count only without tags (RFC 9110 §13.2.2)."""
    tags = headers.get("if-none-match")
    if tags is not None:
        return tags.strip() == "*" or etag in (tag.strip().removeprefix("W/") for tag in tags.split(","))
    since = _read_date(headers.get("if-modified-since"))
    return since is not None and modified <= since


def _wanted_span(request: Request, size: int, etag: str, modified: datetime) -> tuple[int, int] | None:
    """First byte and byte after the last, None for the whole file."""
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    if match is None or not (match["first"] or match["last"]):
        return None
    condition = request.headers.get("if-range")
    if condition is not None and condition != etag and _read_date(condition) != modified:
        return None
    if match["first"]:
        start = int(match["first"])
        stop = min(int(match["last"]) + 1, size) if match["last"] else size
        if match["last"] and int(match["last"]) < start:
            return None
    else:
        start, stop = max(size - int(match["last"]), 0), size
    if start >= stop:
        raise HTTPException(
            HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
            f"the range begins behind the end: the file has {size} bytes",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, stop


def _read_date(text: str | None) -> datetime | None:
    try:
        date = parsedate_to_datetime(text or "")
    except ValueError:
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _attachment(filename: str) -> str:
    """RFC 6266: a plain name for old clients, the true one in UTF-8."""
    plain = re.sub(r"[^ !#-\[\]-~]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"


async def _nothing() -> AsyncIterator[bytes]:
    """The content of an empty file."""
    return
    yield b""
