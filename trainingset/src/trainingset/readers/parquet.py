"""Parquet: the footer's claims first, then one row group after the other."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.errors import Problem, TableError
from trainingset.readers.raw import MAX_UNPACKED_BYTES, RawColumn, RawTable, check_claim, raw_column, refused
from trainingset.readers.votable import read_votable_header

__all__ = ["FRAME_KEY", "NOTES_KEY", "read_parquet"]

FRAME_KEY = "pz-tsm.frame"
"""Key in the footer of the frame of all positions, as `trainingset.frames` writes it."""
NOTES_KEY = "pz-tsm.notes"
"""Key in the footer of what was converted before the file was written: a list of sentences as JSON."""

_VOTABLE_KEY = b"IVOA.VOTable-Parquet.content"
_BATCH_ROWS = 2**17
"""Rows that are unpacked before their size is looked at."""
_MAX_HEADER_BYTES = 2**24
_MOST_NOTES = 50
_LONGEST_NOTE = 500
_TEXTS = ("unit", "ucd", "description", "frame", "epoch")


def read_parquet(path: Path, *, name: str) -> RawTable:
    """Read a Parquet file.

    Raises
    ------
    TableError
        If it is truncated, damaged or too large.
    """
    try:
        with pq.ParquetFile(path) as file:
            metadata = file.metadata
            footer = dict(metadata.metadata or {})
            check_claim(name, rows=metadata.num_rows, columns=len(file.schema_arrow))
            _check_bytes(metadata, name)
            schema = file.schema_arrow
            counts = Counter(schema.names)
            flat = [field.name for field in schema if counts[field.name] == 1 and not pa.types.is_nested(field.type)]
            table = _read_flat(file, flat, name)
    except MemoryError:
        # Arrow's own is an ArrowException as well; it tells of the limit, not of the file.
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refused(name, "is a damaged Parquet file: it is truncated or was changed. Send it again.") from error
    _check_values(table, name)
    columns = (raw_column(field, table.column(field.name) if field.name in flat else None) for field in schema)
    described, frame = _with_header(columns, footer.get(_VOTABLE_KEY, b""))
    return RawTable("parquet", described, _notes(footer), _text(footer.get(FRAME_KEY.encode())) or frame)


def _with_header(columns: Iterable[RawColumn], document: bytes) -> tuple[tuple[RawColumn, ...], str | None]:
    """Columns with what a VOTable in the footer tells of them, and the frame that it declares for all."""
    if not document or len(document) > _MAX_HEADER_BYTES:
        return tuple(columns), None
    try:
        header = read_votable_header(document)
    except TableError:
        # The rows can be read without it, as by any reader that does not know of it.
        return tuple(columns), None
    told = {column.name: column for column in header.columns}
    return tuple(_filled(column, told.get(column.name, column)) for column in columns), header.frame


def _filled(column: RawColumn, told: RawColumn) -> RawColumn:
    """A column whose own metadata win."""
    return column._replace(**{key: getattr(column, key) or getattr(told, key) for key in _TEXTS})


def _notes(footer: Mapping[bytes, bytes]) -> tuple[str, ...]:
    """What was converted before the file was written, as its sender says."""
    try:
        notes = json.loads(footer.get(NOTES_KEY.encode(), b"[]"))
    except ValueError:
        return ()
    texts = [note for note in notes if isinstance(note, str)] if isinstance(notes, list) else []
    return tuple(note[:_LONGEST_NOTE] for note in texts[:_MOST_NOTES])


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode(errors="replace")


def _read_flat(file: pq.ParquetFile, names: list[str], name: str) -> pa.Table:
    """Read the columns that are no lists or structures, watching what they grow to."""
    batches, size = [], 0
    for batch in file.iter_batches(_BATCH_ROWS, columns=names):
        size += batch.nbytes
        _check_size(size, name)
        batches.append(batch)
    return pa.Table.from_batches(batches) if batches else file.schema_arrow.empty_table()


def _check_values(table: pa.Table, name: str) -> None:
    """Refuse texts that are none: Arrow takes what a Parquet file calls a text for UTF-8 without a look."""
    problems = []
    for column, values in zip(table.column_names, table.columns, strict=True):
        try:
            values.validate(full=True)
        except pa.ArrowInvalid:
            message = f"has values in column {column!r} that are not what it says, such as text that is not UTF-8."
            problems.append(Problem(parameter=f"UPLOAD {name}", message=message, column=column))
    if problems:
        raise TableError(problems)


def _check_bytes(metadata: pq.FileMetaData, name: str) -> None:
    sizes = (metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    _check_size(math.fsum(sizes), name)


def _check_size(size: float, name: str) -> None:
    if size > MAX_UNPACKED_BYTES:
        limit = f"{MAX_UNPACKED_BYTES / 2**30:g} GiB"
        message = f"unpacks to {size / 2**30:.1f} GiB; at most {limit} can be read. Keep the columns that you need."
        raise refused(name, message, value=f"{size / 2**30:.1f} GiB", limit=limit)
