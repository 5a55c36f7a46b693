"""Forms as they arrive: query string, urlencoded and multipart bodies."""

from collections.abc import AsyncIterator, Collection
from contextlib import aclosing
from typing import NamedTuple, Protocol
from urllib.parse import parse_qsl

from fastapi import Request
from python_multipart.multipart import parse_options_header

from app.body_size import FRAMING_BYTES, require_claim_within
from app.errors import BodyTooLargeError, FormError, MalformedBodyError, UnsupportedBodyError
from app.multipart import Part, parts_of
from trainingset.errors import Problem
from uws.blobs import BlobInfo

__all__ = ["FileKeeper", "FilePart", "Form", "KeptFile", "read_form"]

MAX_TEXT_BYTES = 1024 * 1024
"""Of all text in one form; the longest honest value is a long list of columns."""

MAX_FIELDS = 1000
"""Of one urlencoded body: far above any honest form."""


class FilePart(NamedTuple):
    """A file of a multipart body while it arrives."""

    field: str
    filename: str
    media_type: str | None
    chunks: AsyncIterator[bytes]


class KeptFile(NamedTuple):
    """A file of a multipart body that now lies in the blob store."""

    field: str
    filename: str
    media_type: str | None
    blob: BlobInfo


class FileKeeper(Protocol):
    """Whoever stores the files of a form."""

    @property
    def limit_bytes(self) -> int:
        """Most bytes of all files of one form."""
        ...

    async def keep(self, part: FilePart) -> KeptFile:
        """Read the part to its end and store it."""
        ...


class Form(NamedTuple):
    """What one request says: the query string first, then the body, each in its order."""

    values: tuple[tuple[str, str], ...]
    files: tuple[KeptFile, ...] = ()


async def read_form(request: Request, keeper: FileKeeper | None = None, *, text_files: Collection[str] = ()) -> Form:
    """Read all parameters of a request.

    Parameters
    ----------
    request
        A GET, or a POST with an urlencoded, a multipart or no body.
    keeper
        Stores files; without it a file is refused.
    text_files
        Fields, in upper case, that are read as text also where they come with a file name.

    Raises
    ------
    MalformedBodyError, UnsupportedBodyError, BodyTooLargeError
        If the body cannot be read.
    FormError
        If there is a file where none is taken.
    """
    values = list(request.query_params.multi_items())
    if request.method != "POST":
        return Form(tuple(values))
    media_type, options = parse_options_header(request.headers.get("content-type"))
    match media_type:
        case b"application/x-www-form-urlencoded":
            return Form((*values, *await _read_urlencoded(request)))
        case b"multipart/form-data":
            body = await _read_multipart(request, options.get(b"boundary"), keeper, text_files)
            return Form((*values, *body.values), body.files)
    async for chunk in request.stream():
        if chunk:
            raise UnsupportedBodyError(
                f"a body of type {media_type.decode('latin-1') or 'unknown'} is not understood: "
                "send a form, application/x-www-form-urlencoded or multipart/form-data"
            )
    return Form(tuple(values))


async def _read_urlencoded(request: Request) -> list[tuple[str, str]]:
    advice = "send tables as files of a multipart form"
    require_claim_within(request, MAX_TEXT_BYTES, advice=advice)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_TEXT_BYTES:
            raise BodyTooLargeError(f"the form has more than {MAX_TEXT_BYTES} bytes: {advice}")
    try:
        return parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError as error:
        raise MalformedBodyError(f"the body is no urlencoded form: {error}") from error


async def _read_multipart(
    request: Request, boundary: bytes | None, keeper: FileKeeper | None, text_files: Collection[str]
) -> Form:
    if not boundary:
        raise MalformedBodyError("the Content-Type of the multipart form names no boundary")
    longest = (keeper.limit_bytes if keeper is not None else 0) + MAX_TEXT_BYTES + FRAMING_BYTES
    require_claim_within(request, longest, advice="send fewer rows, or only the columns that are needed")
    values: list[tuple[str, str]] = []
    files: list[KeptFile] = []
    text_bytes_left = MAX_TEXT_BYTES
    async for part in parts_of(request.stream(), boundary):
        if part.filename is None or part.field.upper() in text_files:
            text = await _read_text(part, limit_bytes=text_bytes_left)
            text_bytes_left -= len(text)
            values.append((part.field, _decode(text)))
            continue
        if keeper is None:
            raise FormError([Problem(parameter=part.field, message="a file is not taken here; send text")])
        async with aclosing(part.chunks()) as chunks:
            first = await anext(chunks, b"")
            if not part.filename and not first:
                continue  # the file that nobody chose, as browsers send it
            content = _joined(first, chunks)
            files.append(await keeper.keep(FilePart(part.field, part.filename, part.media_type, content)))
    return Form(tuple(values), tuple(files))


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


async def _read_text(part: Part, *, limit_bytes: int) -> bytes:
    text = bytearray()
    async for chunk in part.chunks():
        text += chunk
        if len(text) > limit_bytes:
            raise BodyTooLargeError(
                f"the form has more than {MAX_TEXT_BYTES} bytes of text, the last of it in {part.field}: "
                "send tables as files, with a file name"
            )
    return bytes(text)


def _decode(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")
