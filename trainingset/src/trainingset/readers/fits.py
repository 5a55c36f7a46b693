"""FITS binary and text tables, column by column out of the mapped file."""

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.frames import frame_of_fits
from trainingset.readers.astropy_positions import meta_of_comments, with_frames
from trainingset.readers.fits_header import Extension, tables_of
from trainingset.readers.raw import RawColumn, RawTable, refused

__all__ = ["read_fits"]

Bytes = npt.NDArray[np.uint8]

_WIDTHS = {"L": 1, "B": 1, "I": 2, "J": 4, "K": 8, "A": 1, "E": 4, "D": 8, "C": 8, "M": 16, "P": 8, "Q": 16}
_DTYPES = {"B": ">u1", "I": ">i2", "J": ">i4", "K": ">i8", "E": ">f4", "D": ">f8"}
_UNSIGNED = {"I": (2**15, np.uint16), "J": (2**31, np.uint32), "K": (2**63, np.uint64)}
_BINARY_FORM = re.compile(r"(\d{0,12})([LXBIJKAEDCMPQ]).*")
_TEXT_FORM = re.compile(r"([AIFED])(\d{1,6})(\.\d+)?")


class _Slot(NamedTuple):
    """Where a column's bytes are within a row."""

    number: int
    code: str
    repeat: int
    start: int
    width: int


def read_fits(path: Path, *, name: str) -> RawTable:
    """Read the first table of a FITS file.

    Raises
    ------
    TableError
        If it has no table, is truncated, or claims more than it holds.
    """
    tables = tables_of(path, name=name)
    if not tables:
        raise refused(name, "is a FITS file without a table: it holds images alone. Send the table extension.")
    table = tables[0]
    slots = _binary_slots(table, name) if table.is_binary else _text_slots(table, name)
    rows = _rows(path, table)
    read: Callable[[Extension, _Slot, Bytes], pa.Array | None] = _binary_values if table.is_binary else _text_values
    columns = []
    for slot in slots:
        values = read(table, slot, rows[:, slot.start : slot.start + slot.width])
        texts = {key: table.cards.get(f"{word}{slot.number}") for key, word in _KEYWORDS.items()}
        column = table.cards.get(f"TTYPE{slot.number}", "")
        columns.append(RawColumn(column, None if values is None else pa.chunked_array([values]), **texts))
    notes = (f"Read the first of {len(tables)} tables of the file.",) if len(tables) > 1 else ()
    frame = frame_of_fits(table.cards.get("RADESYS") or table.cards.get("RADECSYS", ""), table.cards.get("EQUINOX", ""))
    return RawTable("fits", with_frames(columns, meta_of_comments(table.comments)), notes, frame)


_KEYWORDS = {"unit": "TUNIT", "ucd": "TUCD", "description": "TCOMM"}
"""TUCD and TCOMM are what STILTS, TOPCAT and others write; FITS itself knows TUNIT only."""


def _rows(path: Path, table: Extension) -> Bytes:
    """All bytes of the rows, shape (rows, bytes of a row), mapped and not read."""
    shape = (table.rows, table.row_bytes)
    if not table.rows or not table.row_bytes:
        return np.zeros(shape, np.uint8)
    return np.memmap(path, np.uint8, mode="r", offset=table.start, shape=shape)


def _binary_slots(table: Extension, name: str) -> list[_Slot]:
    slots, start = [], 0
    for number in range(1, table.columns + 1):
        form = _BINARY_FORM.fullmatch(table.cards.get(f"TFORM{number}", "").strip())
        if form is None:
            raise _bad_form(table, number, name)
        repeat, code = int(form.group(1) or 1), form.group(2)
        width = -(-repeat // 8) if code == "X" else repeat * _WIDTHS[code]
        slots.append(_Slot(number, code, repeat, start, width))
        start += width
    if start != table.row_bytes:
        message = (
            f"describes columns of {start} bytes in FITS rows of {table.row_bytes}: it was changed. Send it again."
        )
        raise refused(name, message, value=f"{start} bytes", limit=f"{table.row_bytes} bytes")
    return slots


def _text_slots(table: Extension, name: str) -> list[_Slot]:
    slots = []
    for number in range(1, table.columns + 1):
        form = _TEXT_FORM.fullmatch(table.cards.get(f"TFORM{number}", "").strip())
        begin = table.cards.get(f"TBCOL{number}", "")
        if form is None or not begin.isdecimal() or not 0 < int(begin) <= table.row_bytes:
            raise _bad_form(table, number, name)
        slots.append(_Slot(number, form.group(1), 1, int(begin) - 1, int(form.group(2))))
    return slots


def _bad_form(table: Extension, number: int, name: str) -> Exception:
    form = table.cards.get(f"TFORM{number}", "")
    message = f"gives column {number} the FITS format {form[:30]!r}, which is none: it was changed. Send it again."
    return refused(name, message, value=form[:30])


def _binary_values(table: Extension, slot: _Slot, cells: Bytes) -> pa.Array | None:
    """Values with null where the file says so, None for arrays, bits and complex numbers."""
    if slot.code == "A":
        return _texts(cells)
    if slot.repeat != 1 or slot.code in "XCMPQ":
        return None
    if slot.code == "L":
        stored = cells[:, 0]
        return pa.array(stored == ord("T"), mask=(stored != ord("T")) & (stored != ord("F")))
    stored = np.ascontiguousarray(cells).reshape(-1).view(_DTYPES[slot.code])
    stored = stored.astype(stored.dtype.newbyteorder("="))
    is_null = None
    if slot.code in "BIJK" and (null := _number(table, "TNULL", slot.number)) is not None:
        is_null = stored == null
    return pa.array(_scaled(table, slot, stored), mask=is_null)


def _scaled(table: Extension, slot: _Slot, stored: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Physical values: unsigned numbers are stored with an offset, and any may have a scale."""
    scale, zero = _real(table, "TSCAL", slot.number, 1.0), _real(table, "TZERO", slot.number, 0.0)
    if scale == 1.0 and zero == 0.0:
        return stored
    if scale == 1.0 and slot.code in _UNSIGNED and zero == _UNSIGNED[slot.code][0]:
        offset, datatype = _UNSIGNED[slot.code]
        unsigned: npt.NDArray[Any] = stored.view(datatype) ^ datatype(offset)
        return unsigned
    if scale == 1.0 and slot.code == "B" and zero == -128.0:
        return stored.astype(np.int16) - np.int16(128)
    return stored.astype(np.float64) * scale + zero


def _number(table: Extension, keyword: str, number: int) -> int | None:
    try:
        return int(table.cards[f"{keyword}{number}"])
    except (KeyError, ValueError):
        return None


def _real(table: Extension, keyword: str, number: int, default: float) -> float:
    try:
        value = float(table.cards[f"{keyword}{number}"].replace("D", "E"))
    except (KeyError, ValueError):
        return default
    return value if math.isfinite(value) else default


def _texts(cells: Bytes) -> pa.Array:
    width = cells.shape[1]
    if width == 0:
        return pa.nulls(len(cells), pa.string())
    texts = np.ascontiguousarray(cells).view(f"S{width}").reshape(-1).tolist()
    return pa.array([text.split(b"\0", 1)[0].decode("utf-8", errors="replace") for text in texts], pa.string())


def _text_values(table: Extension, slot: _Slot, cells: Bytes) -> pa.Array | None:
    """Values of a text table, whose numbers are written as Fortran does."""
    texts = pc.utf8_trim_whitespace(_texts(cells))
    null = table.cards.get(f"TNULL{slot.number}", "").strip()
    texts = pc.if_else(pc.is_in(texts, value_set=pa.array(["", null])), pa.scalar(None, pa.string()), texts)
    if slot.code == "A":
        return texts
    try:
        if slot.code == "I":
            return texts.cast(pa.int64())
        return pc.replace_substring_regex(texts, "[dD]", "E").cast(pa.float64())
    except pa.ArrowInvalid:
        # What is no number stays text: the check of roles tells about it, if the column matters.
        return texts
