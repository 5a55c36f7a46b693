"""Values of the roles of an input: numbers out of numbers or numeric texts, redshifts, dates, positions."""

import re
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.combine_recipe import CombineRecipe, Preset
from trainingset.errors import Problem, TableError
from trainingset.positions import BoolArray, FloatArray, Positions, full_turn, position_problems, read_positions
from trainingset.redshift_keys import key_texts
from trainingset.redshifts import redshift_problems, redshift_values
from trainingset.specz.text_numbers import parse_texts
from trainingset.wire import BadRows

__all__ = ["decimal_years", "joined_ids", "read_redshifts", "sky_positions", "with_numbers"]

_ROWS_TOLD = 5
_MJD = (15_000.0, 100_000.0)
"""Numbers within are modified Julian dates (1899 to 2132), those below decimal years."""
_MJD_OF_J2000, _DAYS_A_YEAR = 51_544.5, 365.25


def with_numbers(table: pa.Table, columns: Sequence[str]) -> tuple[pa.Table, list[Problem]]:
    """Make numbers of columns that hold numeric texts; what is no number is told with its rows."""
    problems: list[Problem] = []
    for name in dict.fromkeys(columns):
        place = table.schema.get_field_index(name)
        if place < 0 or not pa.types.is_string(table.schema.field(name).type):
            continue
        texts = table[name].combine_chunks()
        numbers, is_wrong = parse_texts(texts)
        if is_wrong.any():
            problems.append(_text_problem(name, texts, is_wrong))
            continue
        field = table.schema.field(name).with_type(pa.float64())
        table = table.set_column(place, field, pa.array(numbers, from_pandas=True))
    return table, problems


def _text_problem(name: str, texts: pa.StringArray, is_wrong: BoolArray) -> Problem:
    rows = np.flatnonzero(is_wrong)
    value = str(texts[int(rows[0])].as_py())[:80]
    told = ", ".join(str(row + 1) for row in rows[:_ROWS_TOLD])
    message = (
        f"the column {name!r} holds text that is no number in {len(rows)} of {len(texts)} rows (row {told}"
        f"{', ...' if len(rows) > _ROWS_TOLD else ''}); the first is {value!r}. Mend them, or name another column."
    )
    shown = tuple(int(row) + 1 for row in rows[:_ROWS_TOLD])
    return Problem(parameter="INPUT", message=message, column=name, rows=shown, value=value, limit="numbers")


def read_redshifts(table: pa.Table, columns: dict[str, str], recipe: CombineRecipe) -> tuple[FloatArray, FloatArray]:
    """Redshifts and their errors, NaN for none, shape (n,) each; velocities are divided by the speed of light.

    Raises
    ------
    TableError
        If the column cannot hold redshifts. The reference implementation never looks, and its preset does not either.
    """
    name = columns["z"]
    problems = redshift_problems(table, columns)
    if recipe.preset is Preset.REFERENCE:
        problems = tuple(problem for problem in problems if problem.limit not in ("finite values",))
    if problems:
        raise TableError(problems)
    z = _floats(redshift_values(table, name))
    if "z_err" not in columns:
        return z, np.full(len(z), np.nan)
    errors = table[columns["z_err"]].cast(pa.float64(), safe=False)
    try:
        return z, _floats(redshift_values(table, columns["z_err"]))
    except KeyError:
        # A unit that is none of a redshift's: the numbers stand as they are.
        return z, _floats(errors)


def _floats(values: pa.ChunkedArray) -> FloatArray:
    floats: FloatArray = pc.fill_null(values, np.nan).to_numpy().astype(np.float64)
    return floats


def sky_positions(table: pa.Table, columns: dict[str, str], recipe: CombineRecipe) -> tuple[Positions, BoolArray]:
    """Positions of all rows, and which right ascensions were brought back by full turns.

    Raises
    ------
    TableError
        If columns hold no positions, or rows have none and are not to be dropped.
    """
    roles = {role: columns[role] for role in ("ra", "dec")}
    if problems := position_problems(table, roles):
        raise TableError(problems)
    given = _floats(table[roles["ra"]].cast(pa.float64(), safe=False))
    turn = full_turn(table.schema.field(roles["ra"]))
    is_outside = np.isfinite(given) & ((given < 0) | (given >= turn))
    if recipe.wrap_ra:
        place = table.schema.get_field_index(roles["ra"])
        wrapped = pa.array(np.where(is_outside, np.mod(given, turn), given), from_pandas=True)
        table = table.set_column(place, table.schema.field(place).with_type(pa.float64()), wrapped)
    positions = read_positions(table, roles)
    problems = positions.row_problems
    if not recipe.wrap_ra and is_outside.any():
        positions = positions._replace(is_valid=positions.is_valid & ~is_outside)
        problems = (*problems, _beyond(roles["ra"], given, is_outside, turn))
    if problems and recipe.bad_rows is BadRows.ERROR:
        raise TableError(problems)
    return positions, is_outside & bool(recipe.wrap_ra)


def _beyond(name: str, given: FloatArray, is_outside: BoolArray, turn: float) -> Problem:
    rows = np.flatnonzero(is_outside)
    told = ", ".join(str(row + 1) for row in rows[:_ROWS_TOLD])
    message = (
        f"the column {name!r} is below 0 or not below {turn:g} in {len(rows)} of {len(given)} rows (row {told}); the "
        f"first value is {given[rows[0]]:.10g}. Bring them back with WRAP_RA=true, or leave them out: BAD_ROWS=drop."
    )
    shown = tuple(int(row) + 1 for row in rows[:_ROWS_TOLD])
    value, limit = f"{given[rows[0]]:.10g}", f"0 to {turn:g}"
    return Problem(parameter="WRAP_RA", message=message, column=name, rows=shown, value=value, limit=limit)


def joined_ids(table: pa.Table, columns: Sequence[str]) -> pa.Array:
    """Identifiers as texts, exactly; of several columns joined by ``-``, null where any is."""
    texts = [key_texts(table, name) for name in columns]
    if not texts:
        return pa.nulls(table.num_rows, pa.string())
    return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "-")


def decimal_years(column: pa.ChunkedArray) -> FloatArray:
    """Dates as decimal years, NaN for none: years, modified Julian dates, or ISO 8601 texts, shape (n,)."""
    if pa.types.is_string(column.type):
        return np.array([_year_of_text(text) for text in column.to_pylist()], np.float64)
    numbers = _floats(column.cast(pa.float64(), safe=False))
    is_mjd = (numbers >= _MJD[0]) & (numbers <= _MJD[1])
    years = np.where(is_mjd, 2000.0 + (numbers - _MJD_OF_J2000) / _DAYS_A_YEAR, numbers)
    return np.where((years > 1800) & (years < 2200), years, np.nan)


_ISO = re.compile(r"\s*(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def _year_of_text(text: str | None) -> float:
    """Year of an ISO text, to a few days; of a number written as text as that number."""
    found = _ISO.match(text or "")
    if found is None:
        return np.nan
    year, month, day = (int(part or 1) for part in found.groups())
    return year + (month - 1) / 12 + (day - 1) / _DAYS_A_YEAR if 1 <= month <= 12 else np.nan
