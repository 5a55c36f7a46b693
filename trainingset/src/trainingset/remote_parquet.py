"""Reads row groups of a Parquet file on S3 or HTTP: few, large byte ranges, all at once."""

import io
import time
from collections.abc import Sequence
from typing import Any, Self

import aiohttp
import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.errors import SourceUnavailableError

__all__ = ["RemoteParquet"]

_TAIL_BYTES = 128 << 10
"""Read of the end of a file in one go: nearly always the whole footer."""
_GAP_BYTES = 1 << 20
"""Two ranges with fewer bytes between them are one: a request takes as long as these bytes."""
_RANGE_BYTES = 32 << 20
"""Most bytes in one request, so that a file's columns come through several connections."""
_TRIED_AGAIN = 2
_FIRST_PAUSE_SECONDS = 0.2
_FINAL_STATUS = frozenset({400, 401, 403, 404, 410, 416})
"""Answers over HTTP that stay the same however often one asks."""
_IDENTITY = (
    "size",
    "ETag",
    "etag",
    "LastModified",
    "Last-Modified",
    "last_modified",
    "Content-MD5",
    "mtime",
    "versionId",
)
"""What file systems tell of a file that differs when another was put in its place."""

Span = tuple[int, int]


class RemoteParquet:
    """A file behind a network.

    Parameters
    ----------
    file_system
        Of fsspec.
    """

    def __init__(self, file_system: Any, path: str) -> None:
        self.name = path
        self._file_system = file_system
        self._path = path
        self._identity = self._identify()
        self._size = int(str(self._identity["size"]))
        self.metadata: pq.FileMetaData = pq.read_metadata(self._footer())
        self.schema: pa.Schema = self.metadata.schema.to_arrow_schema()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and self._identify() != self._identity:
            raise SourceUnavailableError(f"{self._path} changed while it was read")

    def read(self, groups: list[int], columns: list[str]) -> pa.Table:
        """Read columns of row groups."""
        spans = _merged(self._spans(groups, columns))
        file = _Parts(self._size, list(zip([start for start, _ in spans], self._fetch(spans), strict=True)))
        with pq.ParquetFile(file, metadata=self.metadata, pre_buffer=False) as opened:
            return opened.read_row_groups(groups, columns=columns, use_threads=False)

    def _spans(self, groups: Sequence[int], columns: Sequence[str]) -> list[Span]:
        """Where the column chunks lie; those of a nested column are all of its leaves."""
        wanted = set(columns)
        schema = self.metadata.schema
        leaves = [n for n in range(self.metadata.num_columns) if schema.column(n).path.split(".")[0] in wanted]
        leaves += [n for n in range(self.metadata.num_columns) if schema.column(n).path in wanted and n not in leaves]
        spans = []
        for group in groups:
            row_group = self.metadata.row_group(group)
            for leaf in leaves:
                chunk = row_group.column(leaf)
                start = chunk.data_page_offset
                if chunk.has_dictionary_page and chunk.dictionary_page_offset:
                    start = min(start, chunk.dictionary_page_offset)
                spans.append((start, start + chunk.total_compressed_size))
        return spans

    def _footer(self) -> "_Parts":
        start = max(0, self._size - _TAIL_BYTES)
        (tail,) = self._fetch([(start, self._size)])
        length = int.from_bytes(tail[-8:-4], "little") + 8
        if length > len(tail) and length <= self._size:
            start = self._size - length
            (tail,) = self._fetch([(start, self._size)])
        return _Parts(self._size, [(start, tail)])

    def _fetch(self, spans: Sequence[Span]) -> list[bytes]:
        starts, stops = [start for start, _ in spans], [stop for _, stop in spans]
        tries = 0
        while True:
            try:
                fetched = self._file_system.cat_ranges([self._path] * len(spans), starts, stops, on_error="raise")
                break
            # The file systems of fsspec raise what their libraries raise, which has no common base.
            except Exception as error:
                tries += 1
                if tries > _TRIED_AGAIN or not self._may_pass(error):
                    said = str(error) or type(error).__name__
                    raise SourceUnavailableError(f"{self._path} cannot be read: {said}") from error
            time.sleep(_FIRST_PAUSE_SECONDS * 4 ** (tries - 1))
        if any(len(data) != stop - start for data, start, stop in zip(fetched, starts, stops, strict=True)):
            raise SourceUnavailableError(f"{self._path} cannot be read: its bytes came short")
        return list(fetched)

    def _may_pass(self, error: Exception) -> bool:
        """Whether it is worth asking again; the file system of S3 has done so already, that of HTTP never does."""
        is_final = isinstance(error, aiohttp.ClientResponseError) and error.status in _FINAL_STATUS
        is_http = isinstance(error, aiohttp.ClientError | TimeoutError)
        return is_http and not is_final

    def _identify(self) -> dict[str, object]:
        self._file_system.invalidate_cache(self._path)
        try:
            told = self._file_system.info(self._path)
        except Exception as error:
            raise SourceUnavailableError(f"{self._path} cannot be read: {error or type(error).__name__}") from error
        return {name: told[name] for name in _IDENTITY if name in told}


def _merged(spans: Sequence[Span]) -> list[Span]:
    """Spans with small gaps as one, within the size of a request."""
    merged: list[Span] = []
    for start, stop in sorted(spans):
        if merged and start - merged[-1][1] <= _GAP_BYTES and stop - merged[-1][0] <= _RANGE_BYTES:
            merged[-1] = (merged[-1][0], max(merged[-1][1], stop))
        else:
            merged.append((start, stop))
    return merged


class _Parts(io.RawIOBase):
    """A file of which some parts are in memory; reading anything else is an error."""

    def __init__(self, size: int, parts: Sequence[tuple[int, bytes]]) -> None:
        super().__init__()
        self._size = size
        self._parts = parts
        self._place = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = base + offset
        return self._place

    def size(self) -> int:
        return self._size

    def read(self, size: int = -1) -> bytes:
        stop = self._size if size is None or size < 0 else min(self._place + size, self._size)
        for start, data in self._parts:
            if start <= self._place and stop <= start + len(data):
                piece = data[self._place - start : stop - start]
                self._place = stop
                return piece
        raise OSError(f"bytes {self._place} to {stop} were not fetched")
