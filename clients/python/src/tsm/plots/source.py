"""What a plot is made of: columns of a training set, or of any table that has them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from tsm.errors import TsmError
from tsm.tables.column_meanings import Meanings, read_meanings, redshift_roles

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa
    from astropy.table import Table

    from tsm.sets.training_set import TrainingSet

    Plottable: TypeAlias = "TrainingSet | pa.Table | pd.DataFrame | Table | Mapping[str, Any]"

__all__ = [
    "MOST_GROUPS",
    "BoolArray",
    "FloatArray",
    "Groups",
    "NotPlottableError",
    "PlotSource",
    "Plottable",
    "source_of",
    "table_reader",
]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]

MOST_GROUPS = 6
"""Surveys or subsets that are told apart; more would not be readable. The smallest ones are drawn together."""
_OTHERS = "others"


class NotPlottableError(TsmError, ValueError):
    """The table lacks the columns or the values that the plot is about."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows by the value of a column."""

    names: tuple[str, ...]
    """Largest group first; what is beyond the most that are told apart is the last one, ``others``."""
    codes: IntArray
    """For each row, place of its group in `names`; -1 for rows of none."""

    def __iter__(self) -> Any:
        """Name of each group, and whether each row belongs to it."""
        return ((name, self.codes == code) for code, name in enumerate(self.names))


class PlotSource:
    """A table whose columns are read when they are asked for.

    Parameters
    ----------
    columns
        Names, in order.
    read
        Gives one column with its field.
    meanings
        Which column is what.
    facts
        What the provenance record tells: ``radius_arcsec``, ``unmatched_per_match``.
    """

    def __init__(
        self,
        columns: Sequence[str],
        read: "Callable[[str], tuple[pa.Field, pa.ChunkedArray]]",
        meanings: Meanings,
        facts: Mapping[str, float],
    ) -> None:
        self.columns = tuple(columns)
        self.meanings = meanings
        self.facts = facts
        self._read = read

    def require(self, *names: str) -> None:
        """Refuse a table that lacks columns.

        Raises
        ------
        NotPlottableError
            With the names of what it lacks.
        """
        if missing := [name for name in names if name not in self.columns]:
            named = ", ".join(map(repr, missing))
            raise NotPlottableError(f"the table has no column {named}, which this plot is made of")

    def floats(self, name: str) -> FloatArray:
        """Values as doubles; NaN where null."""
        values = self._read(name)[1].cast("float64")
        numbers: FloatArray = values.to_numpy()
        return numbers

    def unit(self, name: str) -> str:
        """Unit of a column; empty if it has none."""
        unit: bytes = (self._read(name)[0].metadata or {}).get(b"unit", b"")
        return unit.decode()

    def groups(self, name: str | None) -> Groups | None:
        """Rows by the value of a text column; None without one, or without any value."""
        import pyarrow.compute as pc

        if name is None or name not in self.columns:
            return None
        encoded = pc.dictionary_encode(self._read(name)[1].cast("string")).combine_chunks()
        codes = pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int64)
        values = encoded.dictionary.to_pylist()
        counts = np.bincount(codes[codes >= 0], minlength=len(values))
        order = sorted(range(len(values)), key=lambda code: (-counts[code], values[code]))
        return _grouped(order, values, codes) if order else None


def source_of(table: "Plottable") -> PlotSource:
    """The columns of a table, whatever kind of table it is.

    Raises
    ------
    NotPlottableError
        If it is no table.
    """
    # A late import: a training set offers plots, and plots take training sets.
    from tsm.sets.training_set import TrainingSet

    if isinstance(table, TrainingSet):
        return _of_training_set(table)
    columns, read = table_reader(table)
    return PlotSource(columns, read, read_meanings(columns), {})


def _of_training_set(training_set: "TrainingSet") -> PlotSource:
    record = training_set.provenance

    def read(name: str) -> "tuple[pa.Field, pa.ChunkedArray]":
        rows = training_set.to_arrow([name])
        return rows.schema.field(name), rows[name]

    facts: dict[str, float] = {}
    if training_set.recipe.radius_arcsec is not None:
        facts["radius_arcsec"] = training_set.recipe.radius_arcsec
    for stage in record.stages:
        if stage.stage == "match" and stage.details.get("redshifts_matched"):
            facts["unmatched_per_match"] = stage.rows_in / stage.details["redshifts_matched"] - 1
    meanings = read_meanings(training_set.columns, redshift_roles(record))
    return PlotSource(training_set.columns, read, meanings, facts)


def table_reader(table: Any) -> "tuple[list[str], Callable[[str], tuple[pa.Field, pa.ChunkedArray]]]":
    """Names of a table's columns, and what gives one of them with its field; whatever kind of table it is.

    Raises
    ------
    NotPlottableError
        If it is no table.
    """
    import pyarrow as pa

    def told(name: str, values: Any, unit: object = None) -> tuple[pa.Field, pa.ChunkedArray]:
        array = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([_array(values)])
        return pa.field(name, array.type, metadata={"unit": str(unit)} if unit else None), array

    if isinstance(table, pa.Table):
        return table.column_names, lambda name: (table.schema.field(name), table[name])
    if hasattr(table, "colnames"):
        return list(table.colnames), lambda name: told(name, table[name], table[name].unit)
    if not hasattr(table, "keys"):
        kind = type(table).__name__
        message = f"a {kind} is no table; give a TrainingSet, a DataFrame, an Arrow or astropy table, or a mapping"
        raise NotPlottableError(message)
    return [str(name) for name in table], lambda name: told(name, table[name])


def _array(values: Any) -> "pa.Array":
    """Values of pandas, astropy or numpy as an Arrow array; masked ones as nulls."""
    import pyarrow as pa

    mask = np.ma.getmaskarray(values) if isinstance(values, np.ma.MaskedArray) else None
    if mask is not None:
        return pa.array(np.asarray(np.ma.getdata(values)), mask=mask)
    if hasattr(values, "array"):
        array = pa.array(values, from_pandas=True)
        return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    numpy_values = np.asarray(values)
    # FITS holds the other byte order, which Arrow does not take.
    return pa.array(numpy_values.astype(numpy_values.dtype.newbyteorder("=")))


def _grouped(order: list[int], values: list[str], codes: IntArray) -> Groups:
    n_shown = len(order) if len(order) <= MOST_GROUPS else MOST_GROUPS - 1
    names = [values[code] for code in order[:n_shown]]
    places = np.full(len(values) + 1, n_shown, np.int64)
    places[order[:n_shown]] = np.arange(n_shown)
    places[-1] = -1
    return Groups(tuple(names if n_shown == len(order) else [*names, _OTHERS]), places[codes])
