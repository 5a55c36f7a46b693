"""Columns of any table that a notebook holds, as the readers of files hand theirs on."""

from collections import Counter
from collections.abc import Iterator

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.errors import Problem
from trainingset.frames import FRAME_KEY
from trainingset.readers.raw import RawColumn, RawTable, check_claim, raw_column
from tsm.errors import TableRefusedError
from tsm.tables.mixed_values import array_of_objects

__all__ = ["columns_of", "raw_table"]

_FORMAT = "parquet"
"""Format in which such a table is sent."""

_LARGEST_EXACT = 2**53
"""From here on float64 does not hold every whole number."""


def raw_table(table: object, *, name: str) -> RawTable:
    """Columns with their metadata, and what was converted.

    Parameters
    ----------
    table
        pandas DataFrame, astropy Table or QTable, or pyarrow Table.

    Raises
    ------
    TableRefusedError
        With every column that has no single numbers, texts or flags, or several kinds of them.
    """
    columns, problems, notes = _parts(table, name)
    problems += _repeated(columns)
    if not problems and columns:
        rows = len(columns[0].values) if columns[0].values is not None else 0
        check_claim(name, rows=rows, columns=len(columns))
        if not rows:
            problems.append(_no_rows(name))
    if not columns and not problems:
        message = f"{name!r} has no columns; give a table with positions and redshifts."
        problems.append(Problem(parameter="REDSHIFTS", message=message, value="0 columns"))
    if problems:
        raise TableRefusedError(problems)
    return RawTable(_FORMAT, tuple(columns), (*notes, *_notes(columns)), _frame_of_all(table))


def columns_of(table: object) -> tuple[list[RawColumn], list[Problem]]:
    """Columns with their metadata, and what is wrong with others."""
    columns, problems, _ = _parts(table, "the table")
    return columns, problems


def _parts(table: object, name: str) -> tuple[list[RawColumn], list[Problem], list[str]]:
    """Columns, problems and notes."""
    columns: list[RawColumn] = []
    problems: list[Problem] = []
    notes: list[str] = []
    for item in _items(table, name):
        match item:
            case RawColumn():
                columns.append(item)
            case Problem():
                problems.append(item)
            case str():
                notes.append(item)
    return columns, problems, notes


def _items(table: object, name: str) -> Iterator[RawColumn | Problem | str]:
    if isinstance(table, pa.Table):
        return _of_arrow(table)
    if isinstance(table, pd.DataFrame):
        return _of_pandas(table)
    # A late import: astropy takes most of a second to load, which tables of other kinds should not cost.
    from astropy.table import Table

    from tsm.tables.astropy_columns import of_astropy

    if isinstance(table, Table):
        return of_astropy(table)
    kind = type(table).__name__
    message = (
        f"{name!r} is of type {kind} and no table; give a pandas DataFrame, an astropy Table, a pyarrow Table or the "
        "path of a file."
    )
    raise TableRefusedError([Problem(parameter="REDSHIFTS", message=message, value=kind)])


def _frame_of_all(table: object) -> str | None:
    """Frame that a table declares for all of its positions."""
    match table:
        case pa.Table():
            frame = (table.schema.metadata or {}).get(FRAME_KEY)
            return None if frame is None else frame.decode()
        case pd.DataFrame():
            return None
        case _:
            from tsm.tables.astropy_columns import frame_of_header

            return frame_of_header(table.meta)  # type: ignore[attr-defined]  # what else there is was refused


def _of_arrow(table: pa.Table) -> Iterator[RawColumn | Problem]:
    for field, values in zip(table.schema, table.columns, strict=True):
        if pa.types.is_nested(field.type):
            yield _nested(field.name, str(field.type))
        else:
            yield raw_column(field, values)


def _of_pandas(frame: pd.DataFrame) -> Iterator[RawColumn | Problem | str]:
    if isinstance(frame.columns, pd.MultiIndex):
        message = (
            "the columns have names of several levels; join them first: df.columns = ['_'.join(n) for n in df.columns]."
        )
        yield Problem(parameter="REDSHIFTS", message=message, value="MultiIndex")
        return
    named = [level for level in frame.index.names if level is not None]
    if named:
        # Ids often lie in the index; a nameless index only counts rows.
        free = [level for level in named if level not in frame.columns]
        yield f"Took the index {', '.join(map(repr, free))} as a column." if free else "Left out the index."
        frame = frame.reset_index(level=free) if free else frame
    for number, label in enumerate(frame.columns):
        if not isinstance(label, str):
            message = (
                f"the name of column {number + 1} is {label!r} and no text; rename it: "
                "df.columns = df.columns.astype(str)."
            )
            yield Problem(parameter="REDSHIFTS", message=message, column=str(label), value=repr(label))
            continue
        yield _of_series(label, frame.iloc[:, number])


def _of_series(label: str, values: pd.Series) -> RawColumn | Problem:
    if values.dtype == object:
        array = array_of_objects(label, values.to_list())
        return array if isinstance(array, Problem) else RawColumn(label, array)
    try:
        array = pa.array(values, from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        return _nested(label, str(values.dtype))
    chunked = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    return _nested(label, str(values.dtype)) if pa.types.is_nested(chunked.type) else RawColumn(label, chunked)


def _nested(column: str, kind: str) -> Problem:
    message = (
        f"the column {column!r} holds values of type {kind}, which are no single numbers, texts or flags; "
        "leave it out or spread it over several columns."
    )
    return Problem(parameter="REDSHIFTS", message=message, column=column, value=kind)


def _repeated(columns: list[RawColumn]) -> list[Problem]:
    counts = Counter(column.name for column in columns)
    return [
        Problem(
            parameter="REDSHIFTS",
            message=f"{count} columns are named {name!r}; rename all but one.",
            column=name,
            value=str(count),
        )
        for name, count in counts.items()
        if count > 1
    ]


def _no_rows(name: str) -> Problem:
    message = f"{name!r} has columns but no rows; give a table with at least one redshift."
    return Problem(parameter="REDSHIFTS", message=message, value="0 rows")


def _notes(columns: list[RawColumn]) -> Iterator[str]:
    for column in columns:
        if column.values is not None and _may_have_lost_digits(column.values):
            yield (
                f"{column.name!r} holds whole numbers above 2**53 as float64, which keeps about 16 digits: if they are "
                "identifiers, read them as int64 (in pandas: dtype='Int64')."
            )


def _may_have_lost_digits(values: pa.ChunkedArray) -> bool:
    if not pa.types.is_float64(values.type) or not len(values):
        return False
    sizes = pc.abs(values.filter(pc.is_finite(values)))
    smallest = pc.min(sizes).as_py()
    return smallest is not None and _LARGEST_EXACT < smallest < 2**63
