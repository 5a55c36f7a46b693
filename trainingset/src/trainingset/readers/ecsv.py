"""ECSV: CSV under a YAML header of comments that tells type, unit and description of each column."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.frames import frame_of_fits
from trainingset.readers.astropy_positions import pairs_of, with_frames
from trainingset.readers.delimited import read_delimited, typed
from trainingset.readers.raw import RawColumn, RawTable, refused
from trainingset.readers.yaml_header import MAX_HEADER_BYTES, HeaderError, read_yaml_header

__all__ = ["read_ecsv"]

_DELIMITERS = (" ", ",")
"""Those that ECSV has."""

_TYPES: dict[str, pa.DataType] = {
    "bool": pa.bool_(),
    "int8": pa.int16(),
    "int16": pa.int16(),
    "int32": pa.int32(),
    "int64": pa.int64(),
    "uint8": pa.int16(),
    "uint16": pa.int32(),
    "uint32": pa.int64(),
    "uint64": pa.uint64(),
    "float16": pa.float32(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "float128": pa.float64(),
    "string": pa.string(),
}


def read_ecsv(path: Path, *, name: str) -> RawTable:
    """Read an ECSV file (Astropy APE 6).

    Raises
    ------
    TableError
        If its header cannot be read, or disagrees with the rows.
    """
    header, skipped = _header(path, name)
    described = header.get("datatype")
    if not described or not isinstance(described, list) or not all(isinstance(item, dict) for item in described):
        raise refused(name, "is ECSV without a list of columns in its header (datatype).")
    names = [str(item.get("name", "")) for item in described]
    delimiter = str(header.get("delimiter") or " ")
    if delimiter not in _DELIMITERS:
        raise refused(
            name, f"has the ECSV delimiter {delimiter[:20]!r}; blank and comma are read.", value=delimiter[:20]
        )
    values = read_delimited(path, names, delimiter=delimiter, skip_rows=skipped + 1, name=name)
    meta = pairs_of(header.get("meta"))
    columns = (_column(item, texts, name) for item, texts in zip(described, values, strict=True))
    cards = {str(key).upper(): str(value) for key, value in meta.items()}
    frame = frame_of_fits(cards.get("RADESYS") or cards.get("RADECSYS", ""), cards.get("EQUINOX", ""))
    return RawTable("ecsv", with_frames(columns, meta), frame=frame)


def _header(path: Path, name: str) -> tuple[dict[str, Any], int]:
    """Header as a mapping, and how many lines it takes."""
    lines: list[str] = []
    with path.open(encoding="utf-8", errors="replace") as file:
        left = MAX_HEADER_BYTES
        # No line is read beyond the limit, so a file of one endless line is none that fills the memory.
        while (line := file.readline(left + 1)).startswith("#"):
            left -= len(line)
            if left < 0:
                message = f"has an ECSV header of more than {MAX_HEADER_BYTES} characters; shorten it."
                raise refused(name, message, limit=f"{MAX_HEADER_BYTES} characters")
            lines.append(line[1:].removeprefix(" "))
    try:
        # The first line says %ECSV, which YAML would take for a directive.
        header = read_yaml_header("".join(lines[1:]))
    except HeaderError as error:
        raise refused(name, "has an ECSV header that is no YAML, or too large; it is damaged.") from error
    if not isinstance(header, dict):
        raise refused(name, "has an ECSV header that is no mapping of datatype and the like.")
    return header, len(lines)


def _column(described: dict[str, Any], texts: pa.ChunkedArray, name: str) -> RawColumn:
    column = str(described.get("name", ""))
    ucd = _text(pairs_of(described.get("meta")), "ucd")
    values = None if described.get("subtype") else _typed(str(described.get("datatype")), column, texts, name)
    return RawColumn(
        column, values, unit=_text(described, "unit"), ucd=ucd, description=_text(described, "description")
    )


def _text(described: dict[str, Any], key: str) -> str | None:
    value = described.get(key)
    return None if value is None else str(value)


def _typed(datatype: str, column: str, texts: pa.ChunkedArray, name: str) -> pa.ChunkedArray | None:
    target = _TYPES.get(datatype)
    if target is None:
        return None
    if pa.types.is_string(target):
        return texts
    values = pc.if_else(pc.equal(texts, ""), pa.scalar(None, pa.string()), texts)
    try:
        return values.cast(target)
    except pa.ArrowInvalid as error:
        odd = typed(texts).type
        message = f"has the column {column!r} of datatype {datatype}, but its values are {odd}: mend header or values."
        raise refused(name, message, value=str(odd), limit=datatype) from error
