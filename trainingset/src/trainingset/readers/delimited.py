"""CSV and its relatives: delimiter found in the header line, every column read as text and then given its type."""

import csv
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from trainingset.errors import Problem, TableError
from trainingset.readers.raw import RawColumn, RawTable, check_claim, refused

__all__ = ["read_csv", "read_delimited", "typed"]

_DELIMITERS = (",", "\t", ";", "|")
_MAX_HEADER_BYTES = 2**20
_MOST_RAGGED_ROWS = 1000
"""After so many rows with a wrong number of fields nobody counts any more."""
_MAX_ROW_BYTES = 2**20
"""Of one row: it must fit into a block of the reader."""
_NULLS = ("", "nan", "NaN", "NAN", "null", "NULL", "None", "N/A", "NA", "--")


def read_csv(path: Path, *, name: str) -> RawTable:
    """Read comma, tab, semicolon or bar separated text with one line of column names.

    Leading lines that begin with ``#`` are comments.

    Raises
    ------
    TableError
        If it is not UTF-8, has no names, or has rows with more or fewer fields than names.
    """
    with path.open("rb") as file:
        start = file.read(_MAX_HEADER_BYTES)
    lines = _decoded(start, name).splitlines()
    skipped = next((number for number, line in enumerate(lines) if line.strip() and line[0] != "#"), None)
    if skipped is None:
        raise refused(name, "has no line with column names; send a table with one.")
    header = lines[skipped]
    delimiter = max(_DELIMITERS, key=header.count)
    try:
        names = next(csv.reader([header], delimiter=delimiter))
    except csv.Error as error:
        raise refused(name, f"has a line of column names that cannot be read: {error}.", value=header[:60]) from error
    if all(_is_number(text) for text in names):
        message = f"begins with numbers ({header[:60]!r}) where column names are due; add a line of names."
        raise refused(name, message, value=header[:60])
    values = read_delimited(path, names, delimiter=delimiter, skip_rows=skipped + 1, name=name)
    return RawTable("csv", tuple(RawColumn(text, typed(column)) for text, column in zip(names, values, strict=True)))


def read_delimited(path: Path, names: list[str], *, delimiter: str, skip_rows: int, name: str) -> list[pa.ChunkedArray]:
    """Texts of each column, in order of `names`, which may repeat.

    Raises
    ------
    TableError
        If rows have another number of fields, or the text is not UTF-8.
    """
    keys = [str(number) for number in range(len(names))]
    check_claim(name, rows=0, columns=len(names))
    ragged: list[tuple[int, int]] = []

    def note_ragged(row: arrow_csv.InvalidRow) -> str:
        ragged.append((row.number, row.actual_columns))
        return "skip" if len(ragged) < _MOST_RAGGED_ROWS else "error"

    try:
        table = arrow_csv.read_csv(
            path,
            read_options=arrow_csv.ReadOptions(
                column_names=keys, skip_rows=skip_rows, use_threads=False, block_size=_MAX_ROW_BYTES
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=note_ragged
            ),
            convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(keys, pa.string())),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError) as error:
        if len(ragged) < _MOST_RAGGED_ROWS:
            raise _unreadable(path, name, error) from error
    if ragged:
        raise _ragged_error(ragged, len(names), name, skip_rows)
    check_claim(name, rows=table.num_rows, columns=table.num_columns)
    return list(table.columns)


def typed(texts: pa.ChunkedArray) -> pa.ChunkedArray:
    """The narrowest of whole number, real number, truth value and text that holds every value exactly."""
    trimmed = pc.utf8_trim_whitespace(texts)
    is_absent = pc.is_in(trimmed, value_set=pa.array(_NULLS))
    values = pc.if_else(is_absent, None, trimmed)
    # Texts such as 00017 are identifiers: as numbers they would lose their zeros.
    has_leading_zeros = pc.any(pc.match_substring_regex(values, r"^[+-]?0[0-9]+$")).as_py()
    for datatype in () if has_leading_zeros else (pa.int64(), pa.float64(), pa.bool_()):
        try:
            return values.cast(datatype)
        except pa.ArrowInvalid:
            continue
    return pc.if_else(pc.equal(trimmed, ""), None, trimmed)


def _decoded(start: bytes, name: str) -> str:
    try:
        return start.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if error.end >= len(start) - 4 and len(start) == _MAX_HEADER_BYTES:
            return start[: error.start].decode("utf-8-sig")
        raise _not_utf8(start, error.start, name) from error


def _not_utf8(content: bytes, position: int, name: str) -> TableError:
    row = content.count(b"\n", 0, position) + 1
    message = f"is not UTF-8 text: byte 0x{content[position]:02x} in line {row}. Save it as UTF-8."
    return refused(name, message, value=f"0x{content[position]:02x}")


def _unreadable(path: Path, name: str, cause: Exception) -> TableError:
    content = path.read_bytes()
    try:
        content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return _not_utf8(content, error.start, name)
    lengths = [len(line) for line in content.splitlines()]
    if (longest := max(lengths, default=0)) > _MAX_ROW_BYTES:
        line = lengths.index(longest) + 1
        message = f"has {longest} bytes in line {line}; one row may have {_MAX_ROW_BYTES}. Check where its rows end."
        return refused(name, message, value=f"{longest} bytes", limit=f"{_MAX_ROW_BYTES} bytes")
    message = f"cannot be read as a delimited table ({str(cause)[:120]}). Look for a quote that is never closed."
    return refused(name, message)


def _ragged_error(ragged: list[tuple[int, int]], expected: int, name: str, skipped: int) -> TableError:
    rows = tuple(line - skipped for line, _ in ragged[:5])
    told = ", ".join(f"line {line} has {fields}" for line, fields in ragged[:5])
    at_least = "at least " if len(ragged) == _MOST_RAGGED_ROWS else ""
    message = (
        f"has {at_least}{len(ragged)} rows with another number of fields than the {expected} names: {told}. "
        "Quote fields that hold the delimiter, and complete truncated rows."
    )
    return TableError([Problem(parameter=f"UPLOAD {name}", message=message, rows=rows, limit=f"{expected} fields")])


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
