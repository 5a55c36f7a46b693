"""Redshifts on their way to the service: any table that a notebook holds, made a file that says units and types."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.arrow_metadata import schema_descriptions
from trainingset.errors import Problem, TableError
from trainingset.formats import ParquetSink
from trainingset.positions import position_problems
from trainingset.readers.fits_header import tables_of
from trainingset.readers.parquet import FRAME_KEY, NOTES_KEY
from trainingset.readers.raw import MAX_ROWS
from trainingset.roles import find_roles, other_frame_advice
from trainingset.table_format import SNIFF_BYTES, TableFormat, detect_format
from trainingset.tables import table_notes, tidied
from tsm.errors import TableRefusedError
from tsm.tables.raw_columns import raw_table

__all__ = ["PreparedTable", "prepare"]

DEFAULT_NAME = "redshifts"
"""Name of a table that came without a file name."""


@dataclass(frozen=True, slots=True)
class PreparedTable:
    """A file of redshifts, ready to be sent.

    Use it as a context manager: what was written for the purpose is removed in the end, a file of the user's never.
    """

    path: Path
    name: str
    """Name by which the service and its messages will know the table, with the ending of its format."""
    media_type: str | None
    """Media type of the file, None where the service shall look at the content."""
    notes: tuple[str, ...]
    """What was converted, in sentences."""
    is_temporary: bool
    """Whether the file was written here and is removed by `close`."""

    def close(self) -> None:
        """Remove the file if it was written here."""
        if self.is_temporary:
            self.path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def prepare(
    redshifts: object,
    *,
    name: str | None = None,
    roles: Mapping[str, str] = MappingProxyType({}),
    max_rows: int | None = None,
) -> PreparedTable:
    """Make a file of a table of redshifts that loses nothing on the way to the service.

    Parameters
    ----------
    redshifts
        pandas DataFrame, astropy Table or QTable, pyarrow Table, or the path of a file, which is sent as it is.
    name
        Name for messages and for the keys of redshifts without a survey; a path has its own.
    roles
        Column by role, as the recipe will say: columns that it does not use may hold anything.
    max_rows
        Most rows that may be sent; without it, the most that any service reads.

    Raises
    ------
    TableRefusedError
        With everything wrong with the table: mixed types or units, nested columns, sexagesimal coordinates, frames
        that cannot be converted, no rows, or too many.
    """
    most = MAX_ROWS if max_rows is None else min(max_rows, MAX_ROWS)
    try:
        if isinstance(redshifts, str | os.PathLike):
            return _file(Path(redshifts), name, most)
        table = _tidy_table(redshifts, name or DEFAULT_NAME, roles, most)
    except TableError as error:
        raise TableRefusedError(error.problems) from error
    return _written(table, name or DEFAULT_NAME)


def _file(path: Path, name: str | None, max_rows: int) -> PreparedTable:
    """A file as it is; only its existence, its kind and its number of rows are looked at."""
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "does not exist"
        message = f"{str(path)!r} {what}; give the path of a file with a table."
        raise TableRefusedError([Problem(parameter="REDSHIFTS", message=message, value=str(path))])
    _check_rows(_rows_told(path), name or path.name, max_rows)
    return PreparedTable(path, name or path.name, None, (), is_temporary=False)


def _rows_told(path: Path) -> int:
    """Rows of a file whose header tells them, 0 for others."""
    with path.open("rb") as file:
        match detect_format(file.read(SNIFF_BYTES), name=path.name):
            case TableFormat.PARQUET:
                try:
                    return int(pq.read_metadata(path).num_rows)
                except pa.ArrowInvalid:
                    # Damaged: the service says so, in the same words as for any other sender.
                    return 0
            case TableFormat.FITS:
                return next((table.rows for table in tables_of(path, name=path.name)), 0)
            case _:
                return 0


def _check_rows(rows: int, name: str, max_rows: int) -> None:
    if rows <= max_rows:
        return
    message = (
        f"{name!r} has {rows:,} rows; at most {max_rows:,} can be sent. A catalog of that size is not sent but "
        "registered: ask the operator of the service to register it, then name it with redshifts='catalog:ID'. "
        "Or send the rows in the part of the sky that you need."
    )
    problem = Problem(parameter="REDSHIFTS", message=message, value=f"{rows} rows", limit=f"{max_rows} rows")
    raise TableRefusedError([problem])


def _tidy_table(redshifts: object, name: str, roles: Mapping[str, str], max_rows: int) -> pa.Table:
    try:
        rows = len(redshifts)  # type: ignore[arg-type]  # what has no length is no table, and said below
    except TypeError:
        rows = 0
    _check_rows(rows, name, max_rows)
    table = tidied(raw_table(redshifts, name=name), name)
    if problems := _position_problems(table, roles):
        raise TableError(problems)
    return table


def _position_problems(table: pa.Table, roles: Mapping[str, str]) -> tuple[Problem, ...]:
    """Coordinates of a kind that is never read; roles that are missing or unclear may still come with the job."""
    columns = schema_descriptions(table.schema)
    found = find_roles(columns, roles).roles
    if "ra" not in found and (advice := other_frame_advice(columns)):
        return (Problem(parameter="REDSHIFTS", message=f"positions are read in ICRS; {advice}", limit="ICRS"),)
    return position_problems(table, {role: name for role, name in found.items() if name in table.column_names})


def _written(table: pa.Table, name: str) -> PreparedTable:
    handle, path = tempfile.mkstemp(prefix="redshifts-", suffix=".parquet")
    os.close(handle)
    # In the footer the service finds what was converted here, and tells it with its own notes.
    footer = {NOTES_KEY: json.dumps(table_notes(table))}
    if frame := (table.schema.metadata or {}).get(b"frame"):
        footer[FRAME_KEY] = frame.decode()
    with ParquetSink(Path(path), table.schema, metadata=footer) as sink:
        sink.write(table)
    stem = name if name.endswith(".parquet") else f"{name}.parquet"
    return PreparedTable(Path(path), stem, "application/vnd.apache.parquet", table_notes(table), is_temporary=True)
