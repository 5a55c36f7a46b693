"""Values of the roles of an input: numbers out of numbers or numeric texts, redshifts, positions."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.combine_recipe import CombineRecipe, Preset
from trainingset.errors import Problem, TableError
from trainingset.positions import (
    BoolArray,
    FloatArray,
    Positions,
    full_turn,
    position_problems,
    read_positions,
    unit_of,
)
from trainingset.redshift_keys import key_texts
from trainingset.redshifts import redshift_problems, redshift_values
from trainingset.specz.text_numbers import parse_texts
from trainingset.wire import BadRows

__all__ = ["MeasuredRedshifts", "joined_ids", "read_redshifts", "sky_positions", "with_numbers"]

_ROWS_TOLD = 5


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


class MeasuredRedshifts(NamedTuple):
    """Redshifts of all rows, NaN for none, shape (n,) each."""

    z: FloatArray
    z_err: FloatArray
    velocities: FloatArray | None
    """What they were converted from, in its unit; None where the file has redshifts."""
    notes: tuple[str, ...]


def read_redshifts(table: pa.Table, columns: dict[str, str], recipe: CombineRecipe) -> MeasuredRedshifts:
    """Redshifts and their errors; velocities are divided by the speed of light.

    Errors without a unit beside velocities with one are in the unit of the velocities.

    Raises
    ------
    TableError
        If the column cannot hold redshifts, or errors of velocities are none. The reference implementation never looks
        whether there is a redshift at all, and its preset does not either.
    """
    name = columns["z"]
    problems = redshift_problems(table, columns)
    if recipe.preset is Preset.REFERENCE:
        problems = tuple(problem for problem in problems if problem.limit not in ("finite values",))
    if problems:
        raise TableError(problems)
    z, given = _floats(redshift_values(table, name)), _floats(table[name].cast(pa.float64(), safe=False))
    # As many units mean a redshift itself, the values tell whether this one is a velocity's.
    velocities = None if np.array_equal(z, np.where(np.isfinite(given), given, np.nan), equal_nan=True) else given
    if "z_err" not in columns:
        return MeasuredRedshifts(z, np.full(len(z), np.nan), velocities, ())
    errors = columns["z_err"]
    if velocities is None or unit_of(table.schema.field(errors)):
        return MeasuredRedshifts(z, _errors(table, errors), velocities, ())
    unit = unit_of(table.schema.field(name))
    table = _with_unit(table, errors, unit)
    z_err = _errors(table, errors)
    if (problem := _too_exact(errors, name, unit, z_err)) is not None:
        raise TableError([problem])
    note = f"The column {errors!r} has no unit: its errors are taken in {unit}, the unit of {name!r}."
    return MeasuredRedshifts(z, z_err, velocities, (note,))


_LEAST_ERROR = 3e-7
"""Typical error of a redshift, 0.1 km/s, below which no galaxy's is known: such numbers were no velocities."""


def _too_exact(errors: str, velocities: str, unit: str, z_err: FloatArray) -> Problem | None:
    known = z_err[z_err > 0]
    if not known.size or np.median(known) >= _LEAST_ERROR:
        return None
    message = (
        f"the column {errors!r} has no unit beside velocities in {velocities!r} in {unit}, and its values are too "
        f"small for errors in {unit}. Give it the unit '1' if they are errors of redshifts, or its own unit."
    )
    return Problem(parameter="INPUT", message=message, column=errors, value="no unit", limit=f"errors in {unit}")


def _with_unit(table: pa.Table, name: str, unit: str) -> pa.Table:
    place = table.schema.get_field_index(name)
    field = table.schema.field(place)
    return table.set_column(place, field.with_metadata({**(field.metadata or {}), b"unit": unit}), table[name])


def _errors(table: pa.Table, name: str) -> FloatArray:
    try:
        return _floats(redshift_values(table, name))
    except KeyError:
        # A unit that is none of a redshift's: the numbers stand as they are.
        return _floats(table[name].cast(pa.float64(), safe=False))


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
        turned = np.mod(given, turn, out=given.copy(), where=is_outside)
        wrapped = pa.array(turned, from_pandas=True)
        table = table.set_column(place, table.schema.field(place).with_type(pa.float64()), wrapped)
    positions = read_positions(table, roles)
    problems = positions.row_problems
    if not recipe.wrap_ra and is_outside.any():
        positions = positions._replace(is_valid=positions.is_valid & ~is_outside)
        # A value far outside is told once, with what WRAP_RA would do.
        problems = tuple(one for one in problems if one.column != roles["ra"] or one.limit == "finite values")
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
