"""VOTable in its BINARY2 serialization: exact values, real nulls, compact."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pybase64 import b64encode

from trainingset.formats.big_endian import logicals, numbers, padded
from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.info import Info
from trainingset.formats.read_ahead import read_ahead
from trainingset.formats.string_extent import StringExtent, measure_strings, utf16_texts
from trainingset.formats.text import content_of
from trainingset.formats.votable_header import StringType, document_end, document_start

__all__ = ["write_binary2"]

_Cells = npt.NDArray[Any]
"""Numbers of one column, shape (rows,), or bytes, shape (rows, bytes of a cell)."""

_LINE_BYTES = 48
"""Bytes in one line of base64 (64 letters): a multiple of 3, so that lines need no padding between them."""


def write_binary2(source: CanonicalTable, target: Path, *, infos: Sequence[Info], overflow: bool) -> None:
    """Write the table as a VOTable 1.4 document with the rows in base64."""
    strings = _string_types(measure_strings(source), source.n_rows)
    with target.open("wb") as file:
        start = document_start(source.schema, n_rows=source.n_rows, infos=infos, strings=strings)
        file.write(start.encode())
        file.write(b'<DATA><BINARY2><STREAM encoding="base64">\n')
        for lines in _base64_lines(read_ahead(_rows(batch, strings) for batch in source.batches())):
            file.write(lines)
        file.write(b"</STREAM></BINARY2></DATA>\n")
        file.write(document_end(overflow=overflow).encode())


def _string_types(extents: Mapping[str, StringExtent], n_rows: int) -> dict[str, StringType]:
    """Fixed width where padding is cheap (readers seek in such rows), variable length otherwise.

    No width of 1: readers disagree about what ``arraysize="1"`` means (VOTable 1.3 Erratum 3).
    """
    return {
        name: (
            "char" if extent.is_ascii else "unicodeChar",
            str(max(extent.longest, 2)) if 0 < extent.longest * n_rows <= 2 * extent.total + 16 * n_rows else "*",
        )
        for name, extent in extents.items()
    }


def _rows(batch: pa.RecordBatch, strings: Mapping[str, StringType]) -> bytes | memoryview:
    """BINARY2 rows: null flags, then the cells."""
    pieces: list[pa.Array] = []
    cells = [_null_flags(batch)]
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if name not in strings:
            cells.append(_number_cells(column))
            continue
        datatype, arraysize = strings[name]
        unit_bytes = 1 if datatype == "char" else 2
        texts = _encoded(column, datatype)
        if arraysize != "*":
            cells.append(padded(texts, int(arraysize) * unit_bytes))
        else:
            # Text of any length interrupts the cells of fixed width: the pieces of a row are joined at the end.
            pieces += [_as_texts([*cells, _length_cells(texts, unit_bytes)]), texts]
            cells = []
    if not pieces:
        return _side_by_side(cells).data
    if cells:
        pieces.append(_as_texts(cells))
    return content_of(pc.binary_join_element_wise(*pieces, b""))


def _null_flags(batch: pa.RecordBatch) -> _Cells:
    """One bit for each column, the first in the highest bit, shape (n, bytes)."""
    flags = np.zeros((batch.num_rows, batch.num_columns), bool)
    for index, column in enumerate(batch.columns):
        if column.null_count:
            flags[:, index] = column.is_null().to_numpy(zero_copy_only=False)
    return np.packbits(flags, axis=1)


def _number_cells(column: pa.Array) -> _Cells:
    if pa.types.is_boolean(column.type):
        return logicals(column, null=b"?")
    return numbers(column, null=float("nan") if pa.types.is_floating(column.type) else 0)


def _length_cells(texts: pa.Array, unit_bytes: int) -> _Cells:
    """Number of letters before each text of any length."""
    return np.asarray(pc.binary_length(texts), np.int32) // np.int32(unit_bytes)


def _encoded(texts: pa.Array, datatype: str) -> pa.Array:
    """Bytes of each text, none for null; NUL would end a text for every reader, so it becomes a question mark."""
    filled = pc.fill_null(texts, "")
    if b"\0" in content_of(filled):
        filled = pc.replace_substring(filled, "\0", "?")
    return filled.cast(pa.binary()) if datatype == "char" else utf16_texts(filled)


def _as_texts(cells: Sequence[_Cells]) -> pa.Array:
    """Neighboring cells of fixed width as one binary value a row."""
    content = _side_by_side(cells)
    n_rows, width = content.shape
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), n_rows, [None, pa.py_buffer(content)]).cast(
        pa.binary()
    )


def _side_by_side(cells: Sequence[_Cells]) -> npt.NDArray[np.uint8]:
    """Bytes of the rows, shape (rows, bytes of a row); numbers become big-endian on their way."""
    fields = [(f"c{index}", column.dtype.newbyteorder(">"), column.shape[1:]) for index, column in enumerate(cells)]
    rows = np.empty(len(cells[0]), fields)
    for index, column in enumerate(cells):
        rows[f"c{index}"] = column
    return rows.view(np.uint8).reshape(len(rows), -1)


def _base64_lines(chunks: Iterator[bytes | memoryview]) -> Iterator[bytes | memoryview]:
    """Base64 of the stream in lines of equal length."""
    rest = b""
    for chunk in chunks:
        content = b"".join((rest, chunk))
        whole = len(content) - len(content) % _LINE_BYTES
        rest = content[whole:]
        letters = np.frombuffer(b64encode(memoryview(content)[:whole]), np.uint8)
        lines = np.full((len(letters) // 64, 65), ord("\n"), np.uint8)
        lines[:, :64] = letters.reshape(-1, 64)
        yield lines.data
    yield b64encode(rest) + b"\n" if rest else b""
