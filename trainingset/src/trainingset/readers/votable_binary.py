"""BINARY and BINARY2: rows of bytes cut into columns by numpy, without a loop where all sizes are fixed."""

import binascii
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainingset.errors import TableError
from trainingset.readers.raw import check_claim, refused
from trainingset.readers.votable_field import VotableField

__all__ = ["decode_stream"]

_DTYPES = {
    "unsignedByte": ">u1",
    "short": ">i2",
    "int": ">i4",
    "long": ">i8",
    "float": ">f4",
    "double": ">f8",
}
_TRUE, _FALSE = np.frombuffer(b"Tt1", np.uint8), np.frombuffer(b"Ff0", np.uint8)

Bytes = npt.NDArray[np.uint8]
Offsets = npt.NDArray[np.int64]


def decode_stream(
    serialization: str, text: str, fields: Sequence[VotableField], *, name: str
) -> list[pa.ChunkedArray | None]:
    """Columns of a base64 stream.

    Parameters
    ----------
    serialization
        ``BINARY`` or ``BINARY2``; the latter begins each row with one bit per column that says null.

    Returns
    -------
    list
        Values by column, None for those that are left out.

    Raises
    ------
    TableError
        If the stream is no base64 or ends inside a row.
    """
    try:
        data = np.frombuffer(binascii.a2b_base64("".join(text.split()), strict_mode=True), np.uint8)
    except (binascii.Error, ValueError) as error:
        raise refused(
            name, "has a stream that is not base64; it is truncated or was changed. Send it again."
        ) from error
    if loose := next((field for field in fields if _is_unreadable(field)), None):
        message = f"has the column {loose.name!r} of arraysize {loose.arraysize!r} in a binary stream; send TABLEDATA."
        raise refused(name, message, value=loose.arraysize)
    mask_bytes = (len(fields) + 7) // 8 if serialization == "BINARY2" else 0
    if all(field.fixed_bytes is not None for field in fields):
        cells, starts = _fixed_cells(data, fields, mask_bytes, name)
    else:
        cells, starts = _varying_cells(data, fields, mask_bytes, name)
    is_null = _null_bits(data, starts, mask_bytes, len(fields))
    return [
        pa.chunked_array([_column(field, data, *cells[number], is_null[:, number] if mask_bytes else None)])
        if field.is_single
        else None
        for number, field in enumerate(fields)
    ]


def _is_unreadable(field: VotableField) -> bool:
    """Sizes such as ``3x*``: the standard leaves open what their count counts."""
    return field.fixed_count is None and "x" in (field.arraysize or "")


Cells = list[tuple[Offsets, Offsets]]
"""Where each value of each column begins in the stream, and its number of bytes."""


def _fixed_cells(data: Bytes, fields: Sequence[VotableField], mask_bytes: int, name: str) -> tuple[Cells, Offsets]:
    sizes = [field.fixed_bytes or 0 for field in fields]
    row_bytes = mask_bytes + sum(sizes)
    n_rows, rest = divmod(data.size, row_bytes) if row_bytes else (0, data.size)
    if rest:
        raise _truncated(name, n_rows + 1)
    check_claim(name, rows=n_rows, columns=len(fields))
    starts = np.arange(n_rows, dtype=np.int64) * row_bytes
    offsets = np.cumsum([mask_bytes, *sizes])
    return [(starts + offset, np.full(n_rows, size)) for offset, size in zip(offsets, sizes, strict=False)], starts


def _varying_cells(data: Bytes, fields: Sequence[VotableField], mask_bytes: int, name: str) -> tuple[Cells, Offsets]:
    """Walk over the rows, reading the count in front of each value of varying size."""
    content, end = data.tobytes(), data.size
    sizes = [field.fixed_bytes for field in fields]
    begins: list[list[int]] = [[] for _ in fields]
    lengths: list[list[int]] = [[] for _ in fields]
    starts: list[int] = []
    place = 0
    while place < end:
        starts.append(place)
        place += mask_bytes
        for number, size in enumerate(sizes):
            length = size
            if length is None:
                count = int.from_bytes(content[place : place + 4], "big", signed=True)
                place += 4
                length = fields[number].bytes_of(count)
            if length < 0 or place + length > end:
                raise _truncated(name, len(starts))
            begins[number].append(place)
            lengths[number].append(length)
            place += length
    check_claim(name, rows=len(starts), columns=len(fields))
    cells = [
        (np.array(begin, np.int64), np.array(length, np.int64)) for begin, length in zip(begins, lengths, strict=True)
    ]
    return cells, np.array(starts, np.int64)


def _truncated(name: str, row: int) -> TableError:
    return refused(name, f"ends inside row {row}: it is truncated or was changed. Send it again.", value=f"row {row}")


def _null_bits(data: Bytes, starts: Offsets, mask_bytes: int, n_fields: int) -> npt.NDArray[np.bool_]:
    masks = data[starts[:, None] + np.arange(mask_bytes)]
    return np.unpackbits(masks, axis=1)[:, :n_fields].astype(bool)


def _column(
    field: VotableField, data: Bytes, begins: Offsets, lengths: Offsets, is_null: npt.NDArray[np.bool_] | None
) -> pa.Array:
    if field.is_text:
        return _texts(field, data, begins, lengths, is_null)
    size = field.fixed_bytes or 0
    cells = data[begins[:, None] + np.arange(size)]
    if field.datatype in ("boolean", "bit"):
        return _flags(field, cells[:, 0], is_null)
    values = cells.reshape(-1).view(_DTYPES[field.datatype])
    native = values.astype(values.dtype.newbyteorder("="))
    if field.null is not None and native.dtype.kind in "iu":
        is_sentinel = native == _sentinel(field.null)
        is_null = is_sentinel if is_null is None else is_null | is_sentinel
    return pa.array(native, mask=is_null)


def _sentinel(null: str) -> int | None:
    try:
        return int(null, 16 if null.lower().startswith("0x") else 10)
    except ValueError:
        return None


def _flags(field: VotableField, cells: Bytes, is_null: npt.NDArray[np.bool_] | None) -> pa.Array:
    if field.datatype == "bit":
        return pa.array(cells != 0, mask=is_null)
    is_true = np.isin(cells, _TRUE)
    is_absent = ~is_true & ~np.isin(cells, _FALSE)
    return pa.array(is_true, mask=is_absent if is_null is None else is_absent | is_null)


def _texts(
    field: VotableField, data: Bytes, begins: Offsets, lengths: Offsets, is_null: npt.NDArray[np.bool_] | None
) -> pa.Array:
    content = data.tobytes()
    encoding = "utf-8" if field.datatype == "char" else "utf-16-be"
    ends = begins + lengths
    texts = [
        content[begin:end].split(b"\0", 1)[0].decode("utf-8", errors="replace")
        if field.datatype == "char"
        else content[begin:end].decode(encoding, errors="replace").split("\0", 1)[0]
        for begin, end in zip(begins.tolist(), ends.tolist(), strict=True)
    ]
    return pa.array(texts, pa.string(), mask=is_null)
