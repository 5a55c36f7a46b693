"""FITS binary table, written block by block."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from astropy.io import fits

from trainingset.arrow_metadata import description_of
from trainingset.columns import ColumnDescription
from trainingset.formats.absent import absent_integers, type_that_holds
from trainingset.formats.big_endian import NUMBER_TYPES, logicals, numbers, padded
from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.info import Info
from trainingset.formats.string_extent import StringExtent, escaped_texts, measure_strings
from trainingset.record_names import RECORD_INFO, RECORD_KEYWORD

__all__ = ["MOST_FITS_COLUMNS", "write_fits"]

MOST_FITS_COLUMNS = 999
"""The FITS standard numbers columns with three digits."""

_BLOCK_BYTES = 2880
_FORMATS: dict[pa.DataType, str] = {
    pa.bool_(): "L",
    pa.int16(): "I",
    pa.int32(): "J",
    pa.int64(): "K",
    pa.float32(): "E",
    pa.float64(): "D",
}


@dataclass(frozen=True)
class _Column:
    """One column as FITS holds it."""

    description: ColumnDescription
    name: str
    """Name in the file; differs from the column's own where FITS forbids that."""
    datatype: pa.DataType
    width: int = 0
    """Bytes of a text."""
    is_escaped: bool = False
    null: int | None = None
    """Integer that stands for null; occurs nowhere in the column."""

    @property
    def storage(self) -> tuple[Any, ...]:
        if pa.types.is_string(self.datatype):
            return "u1", (self.width,)
        return (NUMBER_TYPES.get(self.datatype, "u1"),)

    @property
    def comment(self) -> str:
        notes = [self.description.description or ""]
        if self.name != self.description.name:
            notes.append(f"(column {self.description.name} elsewhere)")
        if self.is_escaped:
            notes.append("(characters beyond ASCII are escaped as by Python's unicode_escape)")
        return " ".join(filter(None, notes))


def write_fits(source: CanonicalTable, target: Path, *, infos: Sequence[Info], overflow: bool) -> None:
    r"""Write a FITS file with the table in its first extension.

    Text is ASCII, as FITS demands: in a column that has anything else, such characters are escaped as in Python
    (``\xe9``), and the column's comment says so. A null text is empty, a null float is NaN.

    Raises
    ------
    ValueError
        If there are more than 999 columns.
    """
    if len(source.schema) > MOST_FITS_COLUMNS:
        raise ValueError(f"a FITS table holds at most {MOST_FITS_COLUMNS} columns; this one has {len(source.schema)}")
    columns = _columns(source)
    dtype = np.dtype([(f"c{index}", *column.storage) for index, column in enumerate(columns)])
    with target.open("wb") as file:
        file.write(fits.PrimaryHDU().header.tostring().encode("ascii"))
        file.write(_header(columns, source.n_rows, infos, overflow).tostring().encode("ascii"))
        for batch in source.batches():
            file.write(_records(batch, columns, dtype).tobytes())
        file.write(bytes(-source.n_rows * dtype.itemsize % _BLOCK_BYTES))


def _columns(source: CanonicalTable) -> list[_Column]:
    strings = measure_strings(source)
    nulls = absent_integers(source)
    names = _fits_names(source.schema.names)
    return [_column(field, name, strings, nulls) for field, name in zip(source.schema, names, strict=True)]


def _column(field: pa.Field, name: str, strings: Mapping[str, StringExtent], nulls: Mapping[str, int]) -> _Column:
    description = description_of(field)
    if field.name in strings:
        extent = strings[field.name]
        width = extent.longest if extent.is_printable else extent.longest_escaped
        return _Column(description, name, field.type, width=max(width, 1), is_escaped=not extent.is_printable)
    null = nulls.get(field.name)
    return _Column(description, name, type_that_holds(null, field.type), null=null)


def _fits_names(names: Sequence[str]) -> list[str]:
    """Letters, digits and underscores, and no two alike when case is ignored."""
    taken: set[str] = set()
    plain: list[str] = []
    for name in names:
        base = re.sub(r"[^A-Za-z0-9_]", "_", name)[:60] or "_"
        unique, number = base, 2
        while unique.lower() in taken:
            unique, number = f"{base}_{number}", number + 1
        taken.add(unique.lower())
        plain.append(unique)
    return plain


def _header(columns: Sequence[_Column], n_rows: int, infos: Sequence[Info], overflow: bool) -> fits.Header:
    definitions = [
        fits.Column(
            name=column.name,
            format=f"{column.width}A" if column.width else _FORMATS[column.datatype],
            unit=_ascii(column.description.unit) if column.description.unit else None,
            null=column.null,
        )
        for column in columns
    ]
    header = fits.BinTableHDU.from_columns(definitions, nrows=0, name="TRAINING_SET").header
    header["NAXIS2"] = n_rows
    for number, column in enumerate(columns, start=1):
        if column.comment:
            header[f"TCOMM{number}"] = _ascii(column.comment)
        if column.description.ucd:
            header[f"TUCD{number}"] = _ascii(column.description.ucd)
    header["HISTORY"] = "QUERY_STATUS: " + ("OVERFLOW" if overflow else "OK")
    for info in infos:
        if info.name == RECORD_INFO:
            header[RECORD_KEYWORD] = info.value
        else:
            header["HISTORY"] = _ascii(f"{info.name}: {info.value}")
    return header


def _ascii(text: str) -> str:
    """Text as a header holds it; what is not printable ASCII is escaped."""
    return text if text.isascii() and text.isprintable() else text.encode("unicode_escape").decode("ascii")


def _records(batch: pa.RecordBatch, columns: Sequence[_Column], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
    records = np.zeros(batch.num_rows, dtype)
    for index, (column, values) in enumerate(zip(columns, batch.columns, strict=True)):
        records[f"c{index}"] = _cells(column, values)
    return records


def _cells(column: _Column, values: pa.Array) -> npt.NDArray[Any]:
    if pa.types.is_string(column.datatype):
        return padded(escaped_texts(values) if column.is_escaped else values, column.width)
    if pa.types.is_boolean(column.datatype):
        return logicals(values, null=b"\0")
    if pa.types.is_floating(column.datatype):
        return numbers(values, null=float("nan"))
    return numbers(values.cast(column.datatype), null=column.null or 0)
