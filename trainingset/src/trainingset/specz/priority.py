"""What decides between measurements of one galaxy: columns turned into numbers of which the largest is the best."""

from difflib import get_close_matches

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.crossmatch.separation import FloatArray
from trainingset.errors import Problem, RecipeError
from trainingset.specz.compilation_table import HOMOGENIZED

__all__ = ["Criterion", "column_numbers", "priority_criteria"]

_COLUMNS = {"quality_flag": "z_flag_homogenized", "instrument_type": "instrument_type_homogenized"}
"""Names of criteria that are not those of their columns."""
_INSTRUMENTS = pa.array(["p", "g", "s"], pa.string())
"""From the least to the most precise."""
_WITHOUT = -np.inf
"""Below every value."""

Criterion = tuple[str, FloatArray]
"""Name of a column of the priority, and the score of each row: the larger the better, -inf for null."""


def priority_criteria(table: pa.Table, priority: tuple[str, ...]) -> list[Criterion]:
    """Scores of all rows by each criterion, in the order of the priority.

    Raises
    ------
    RecipeError
        If columns are not there or hold no numbers, with all of them.
    """
    problems = [problem for entry in priority if (problem := _problem_of(table, entry)) is not None]
    if problems:
        raise RecipeError(problems)
    return [(entry.removeprefix("-"), _score(table, entry)) for entry in priority]


def column_numbers(table: pa.Table, name: str) -> FloatArray:
    """A column as real numbers, NaN for null and for what is not finite, shape (n,)."""
    values = pc.cast(table[name].combine_chunks(), pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    numbers: FloatArray = np.where(np.isfinite(values), values, np.nan)
    return numbers


def _score(table: pa.Table, entry: str) -> FloatArray:
    name = entry.removeprefix("-")
    column = _COLUMNS.get(name, name)
    if column == _COLUMNS["instrument_type"]:
        types = pc.utf8_lower(table[column].combine_chunks().cast(pa.string()))
        place: FloatArray = pc.index_in(types, value_set=_INSTRUMENTS).fill_null(-1).to_numpy(zero_copy_only=False)
        # Null is below every type, and a word that is none as well.
        return place.astype(np.float64) + 1
    numbers = column_numbers(table, column)
    if column == "z_err":
        # An error of 0 or below stands for none.
        numbers = -np.where(numbers > 0, numbers, np.nan)
    elif entry.startswith("-"):
        numbers = -numbers
    return np.where(np.isnan(numbers), _WITHOUT, numbers)


def _problem_of(table: pa.Table, entry: str) -> Problem | None:
    name = entry.removeprefix("-")
    column = _COLUMNS.get(name, name)
    if column not in table.column_names:
        known = [*_COLUMNS, "z_err", "date", *(name for name in table.column_names if name not in HOMOGENIZED.names)]
        close = get_close_matches(name, known, n=1)
        hint = f"; is it {close[0]}?" if close else "; a further column is kept with EXTRA_COLUMNS"
        return Problem(parameter="PRIORITY", column=name, message=f"there is no column {name}{hint}", value=entry)
    datatype = table.schema.field(column).type
    if column == _COLUMNS["instrument_type"] or _holds_numbers(datatype):
        return None
    message = f"column {name} holds {datatype}; only numbers can be compared, name a column of numbers"
    return Problem(parameter="PRIORITY", column=name, message=message, value=entry)


def _holds_numbers(datatype: pa.DataType) -> bool:
    types = pa.types
    kinds = (types.is_integer, types.is_floating, types.is_boolean, types.is_decimal, types.is_null)
    return any(is_kind(datatype) for is_kind in kinds)
