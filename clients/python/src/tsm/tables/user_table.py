"""Tables of a notebook as the local functions use them: a column is read, a row chosen, a column added, kind kept.

A pandas DataFrame stays one, and so do an astropy Table and a pyarrow Table; a `tsm.TrainingSet` gives the astropy
table of its rows, since its record tells of the rows as they were made and not of what is done with them.
"""

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, Protocol, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from trainingset.arrow_metadata import arrow_type, column_type
from trainingset.errors import Problem
from trainingset.frames import FRAME_KEY
from tsm.errors import TableRefusedError
from tsm.sets.astropy_table import astropy_table
from tsm.sets.training_set import TrainingSet
from tsm.tables.raw_columns import columns_of

__all__ = ["UserTable", "arrow_of", "like", "user_table"]

BoolArray = npt.NDArray[np.bool_]


class UserTable(Protocol):
    """A table of one of the kinds that users have."""

    @property
    def names(self) -> list[str]:
        """Columns in order."""

    @property
    def meta(self) -> dict[str, Any]:
        """What the table says of itself as a whole."""

    @property
    def plain(self) -> Any:
        """The table as its owner knows it."""

    def select(self, names: Sequence[str]) -> Self:
        """Some of the columns."""

    def where(self, mask: BoolArray) -> Self:
        """Some of the rows."""

    def with_columns(self, columns: pa.Table) -> Self:
        """Add columns, or put them in place of those of the same name."""


class _ArrowTable:
    def __init__(self, table: pa.Table) -> None:
        self.plain = table

    @property
    def names(self) -> list[str]:
        return list(self.plain.column_names)

    @property
    def meta(self) -> dict[str, Any]:
        return {key.decode(): text.decode() for key, text in (self.plain.schema.metadata or {}).items()}

    def select(self, names: Sequence[str]) -> "_ArrowTable":
        return _ArrowTable(self.plain.select(list(names)))

    def where(self, mask: BoolArray) -> "_ArrowTable":
        return _ArrowTable(self.plain.filter(pa.array(mask)))

    def with_columns(self, columns: pa.Table) -> "_ArrowTable":
        table = self.plain
        for field, values in zip(columns.schema, columns.columns, strict=True):
            if field.name in table.column_names:
                table = table.set_column(table.column_names.index(field.name), field, values)
            else:
                table = table.append_column(field, values)
        return _ArrowTable(table)


class _PandasTable:
    def __init__(self, frame: pd.DataFrame) -> None:
        self.plain = frame

    @property
    def names(self) -> list[str]:
        return [str(name) for name in self.plain.columns]

    @property
    def meta(self) -> dict[str, Any]:
        return dict(self.plain.attrs)

    def select(self, names: Sequence[str]) -> "_PandasTable":
        return _PandasTable(self.plain[list(names)])

    def where(self, mask: BoolArray) -> "_PandasTable":
        return _PandasTable(self.plain[mask])

    def with_columns(self, columns: pa.Table) -> "_PandasTable":
        is_arrow = any(isinstance(dtype, pd.ArrowDtype) for dtype in self.plain.dtypes)
        added = columns.to_pandas(types_mapper=pd.ArrowDtype if is_arrow else None)
        added.index = self.plain.index
        return _PandasTable(self.plain.assign(**{name: added[name] for name in added}))


class _AstropyTable:
    def __init__(self, table: Any) -> None:
        self.plain = table

    @property
    def names(self) -> list[str]:
        return list(self.plain.colnames)

    @property
    def meta(self) -> dict[str, Any]:
        return dict(self.plain.meta)

    def select(self, names: Sequence[str]) -> "_AstropyTable":
        return _AstropyTable(self.plain[list(names)])

    def where(self, mask: BoolArray) -> "_AstropyTable":
        return _AstropyTable(self.plain[mask])

    def with_columns(self, columns: pa.Table) -> "_AstropyTable":
        table = self.plain.copy()
        added = astropy_table(columns, meta={})
        for name in added.colnames:
            table[name] = added[name]
        return _AstropyTable(table)


def user_table(table: object) -> UserTable:
    """Take a table of any kind.

    Raises
    ------
    TableRefusedError
        If it is no table.
    """
    match table:
        case TrainingSet():
            return _AstropyTable(table.table)
        case pa.Table():
            return _ArrowTable(table)
        case pd.DataFrame():
            return _PandasTable(table)
    from astropy.table import Table

    if isinstance(table, Table):
        return _AstropyTable(table)
    kind = type(table).__name__
    message = f"{kind} is no table; give a TrainingSet, a pandas DataFrame, an astropy Table or a pyarrow Table."
    raise TableRefusedError([Problem(parameter="TABLE", message=message, value=kind)])


def arrow_of(table: UserTable, names: Sequence[str] | None = None) -> pa.Table:
    """Columns as Arrow knows them, with unit and UCD; those that hold no single values are left out, or refused.

    Parameters
    ----------
    names
        Columns that are needed; None for all that can be had.

    Raises
    ------
    TableRefusedError
        If a column that is needed is not there, or holds no single numbers, texts or flags.
    """
    if names is not None:
        _require(table, names)
        table = table.select(names)
    columns, problems = columns_of(table.plain)
    if names is not None and problems:
        raise TableRefusedError(problems)
    arrays, fields = [], []
    for column in columns:
        datatype = None if column.values is None else column_type(column.values.type)
        if column.values is None or datatype is None:
            continue
        texts = {"unit": column.unit, "ucd": column.ucd, FRAME_KEY.decode(): column.frame}
        metadata = {key: text for key, text in texts.items() if text}
        arrays.append(column.values.cast(arrow_type(datatype)))
        fields.append(pa.field(column.name, arrow_type(datatype), metadata=metadata or None))
    return pa.table(arrays, schema=pa.schema(fields))


def like(given: object, made: pa.Table, *, meta: dict[str, Any]) -> Any:
    """A table of ours as the kind that was given: of a path and of a training set, an astropy table."""
    match given:
        case pa.Table():
            texts = {str(key): str(value) for key, value in meta.items()}
            return made.replace_schema_metadata(texts or None)
        case pd.DataFrame():
            frame = made.to_pandas(types_mapper=pd.ArrowDtype)
            frame.attrs.update(meta)
            return frame
        case _:
            table = astropy_table(made, meta={})
            table.meta.update(meta)
            return table


def _require(table: UserTable, names: Sequence[str]) -> None:
    problems = []
    for name in dict.fromkeys(names):
        if name in table.names:
            continue
        close = get_close_matches(name, table.names, n=3)
        hint = f"did you mean {' or '.join(map(repr, close))}?" if close else f"it has {', '.join(table.names[:20])}."
        message = f"the table has no column {name!r}; {hint}"
        problems.append(Problem(parameter="TABLE", message=message, column=name))
    if problems:
        raise TableRefusedError(problems)
