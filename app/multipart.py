"""A multipart body as a stream of parts, each a stream of bytes.

Starlette's own form reader keeps files on disk before anyone can say where they belong, and cannot tell which of
them was too large. This one uses the same parser (python-multipart, which knows STILTS's quoted boundary) and hands
each part on while it arrives.
"""

import re
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from enum import Enum, auto

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from app.errors import BodyTooLargeError, MalformedBodyError

__all__ = ["MEDIA_TYPE", "Part", "parts_of"]

MAX_PARTS = 1000
"""Of one body: far above any honest form."""


MAX_FILENAME_LENGTH = 255
"""As file systems have it."""

MEDIA_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}/[A-Za-z0-9!#$&^_.+-]{1,127}(\s*;[ -~]{0,255})?")


class _End(Enum):
    PART = auto()
    BODY = auto()


class Part:
    """One part of a multipart body; read its chunks before asking for the next part."""

    def __init__(self, reader: "_Reader", headers: dict[bytes, bytes]) -> None:
        _, options = parse_options_header(headers.get(b"content-disposition"))
        if b"name" not in options:
            raise MalformedBodyError("a part of the multipart form has no name in its Content-Disposition")
        self._reader = reader
        self.field = _decode(options[b"name"])
        self.filename = _printable(_decode(options[b"filename"])) if b"filename" in options else None
        """None for text; otherwise what can be stored and shown of it."""
        media_type = headers.get(b"content-type", b"").decode("latin-1").strip()
        # astroquery writes a part of type "None".
        self.media_type = media_type if MEDIA_TYPE.fullmatch(media_type) else None

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The content, as it arrives."""
        while isinstance(event := await self._reader.next_event(), bytes):
            yield event


async def parts_of(stream: AsyncIterator[bytes], boundary: bytes) -> AsyncIterator[Part]:
    """Parts of a body in their order; what a reader leaves of one is skipped.

    Raises
    ------
    MalformedBodyError
        If the body is no multipart form, or was cut off.
    BodyTooLargeError
        If it has more than `MAX_PARTS` parts.
    """
    reader = _Reader(stream, boundary)
    while (event := await reader.next_event()) is not _End.BODY:
        if isinstance(event, Part):
            yield event


def _decode(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        return text.decode("latin-1")


def _printable(text: str) -> str:
    return "".join(character if character.isprintable() else "_" for character in text)[:MAX_FILENAME_LENGTH]


class _Reader:
    """Turns the parser's callbacks into events that can be awaited."""

    def __init__(self, stream: AsyncIterator[bytes], boundary: bytes) -> None:
        self._stream = stream
        self._events: deque[Part | bytes | _End] = deque()
        self._header_name = self._header_value = b""
        self._headers: dict[bytes, bytes] = {}
        self._n_parts = 0
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._extend_header_name,
                    "on_header_value": self._extend_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": lambda: self._events.append(Part(self, self._headers)),
                    "on_part_data": lambda data, start, end: self._events.append(data[start:end]),
                    "on_part_end": lambda: self._events.append(_End.PART),
                    "on_end": lambda: self._events.append(_End.BODY),
                },
            )
        except FormParserError as error:
            raise MalformedBodyError(f"the body is no multipart form: {error}") from error

    async def next_event(self) -> Part | bytes | _End:
        while not self._events:
            chunk = await anext(self._stream, None)
            if chunk is None:
                raise MalformedBodyError("the multipart form ends before its last boundary: it was cut off")
            try:
                self._parser.write(chunk)
            except FormParserError as error:
                raise MalformedBodyError(f"the body is no multipart form: {error}") from error
        return self._events.popleft()

    def _begin_part(self) -> None:
        self._headers = {}
        self._n_parts += 1
        if self._n_parts > MAX_PARTS:
            raise BodyTooLargeError(f"the form has more than {MAX_PARTS} parts")

    def _extend_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header_name += data[start:end]

    def _extend_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._header_name.lower()] = self._header_value
        self._header_name = self._header_value = b""
