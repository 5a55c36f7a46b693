"""Quality and type of rows on the common scales, from whichever tells them first.

For the rules proper: homogenized columns, then survey rules, then what a flag is by itself (a probability, a type).
The reference implementation asks a flag that is a probability before any rule.
"""

from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.combine_recipe import RuleSet
from trainingset.errors import Problem
from trainingset.positions import FloatArray
from trainingset.specz.flags import instrument_types, quality_flags
from trainingset.specz.release_roles import ReleaseRoles
from trainingset.specz.rules import SurveyRules
from trainingset.specz.text_numbers import numbers_of, parse_texts

__all__ = ["CommonScale", "read_common_scale"]

_FLAGS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0)
_TYPES = ("s", "g", "p")
_BINS = (0.7, 0.9, 0.99)
"""Probabilities from which the flags 2, 3 and 4 begin."""
_SHOWN = 5
"""Values that a problem names."""
_QUALITY, _INSTRUMENT = "z_flag_homogenized", "instrument_type_homogenized"


@dataclass(frozen=True, slots=True)
class CommonScale:
    """Quality and type of rows."""

    quality: FloatArray
    """NaN for unknown, shape (n,)."""
    instrument_type: pa.Array
    """Letters, null for unknown."""
    quality_from: str = ""
    """``columns``, ``shortcut``, or nothing while no one told."""
    type_from: str = ""
    problems: tuple[Problem, ...] = ()

    @property
    def tells_quality(self) -> bool:
        """Whether rows have a quality without the rules of any survey."""
        return self.quality_from != ""

    def with_rules(self, table: pa.Table, is_its: pa.Array, rules: SurveyRules, rule_set: RuleSet) -> "CommonScale":
        """The same with the rules of one survey applied to its rows.

        Parameters
        ----------
        table
            As `trainingset.specz.flags` takes it.
        is_its
            Rows of the survey.
        """
        first = ("columns", "shortcut") if rule_set is RuleSet.REFERENCE else ("columns",)
        # Most inputs are of one survey: copying all of their rows takes as long as its rules.
        scale, rows = self, table if pc.all(is_its).as_py() else table.filter(is_its)
        if self.quality_from not in first:
            quality = self.quality.copy()
            quality[is_its.to_numpy(zero_copy_only=False)] = quality_flags(rows, rules, rule_set)
            scale = replace(scale, quality=quality)
        if self.type_from not in first:
            letters = pc.replace_with_mask(self.instrument_type, is_its, instrument_types(rows, rules, rule_set))
            scale = replace(scale, instrument_type=letters)
        return scale


def read_common_scale(table: pa.Table, roles: ReleaseRoles) -> CommonScale:
    """What columns tell by themselves, before any rule."""
    flag = roles.columns.get("z_flag")
    scale = CommonScale(np.full(table.num_rows, np.nan), pa.nulls(table.num_rows, pa.string()))
    if _QUALITY in table.column_names:
        values = _given_flags(table[_QUALITY])
        problems = _quality_problems(table[_QUALITY], values)
        scale = replace(scale, quality=values, quality_from="columns", problems=problems)
    elif flag is not None and (probability := _probability(table[flag])) is not None:
        scale = replace(scale, quality=probability, quality_from="shortcut")
    if _INSTRUMENT in table.column_names:
        letters = _letters(table[_INSTRUMENT])
        problems = (*scale.problems, *_type_problems(letters))
        return replace(scale, instrument_type=letters, type_from="columns", problems=problems)
    if "type" in table.column_names and (letters := _type_letters(table["type"])) is not None:
        return replace(scale, instrument_type=letters, type_from="shortcut")
    return scale


def _given_flags(column: pa.ChunkedArray) -> FloatArray:
    """Homogenized flags; a text that is none becomes -1, which is told as a value that does not exist."""
    if not pa.types.is_string(column.type):
        return numbers_of(column)
    numbers, is_wrong = parse_texts(column)
    return np.where(is_wrong, -1.0, numbers)


def _probability(column: pa.ChunkedArray) -> FloatArray | None:
    """Flags by probability, if the column holds any strictly between 0 and 1 and none outside."""
    if not (pa.types.is_floating(column.type) or pa.types.is_integer(column.type)):
        return None
    values = numbers_of(column)
    known = values[~np.isnan(values)]
    if not known.size or known.min() < 0 or known.max() > 1 or not ((known > 0) & (known < 1)).any():
        return None
    flags = 1.0 + np.searchsorted(_BINS, values, side="right")
    return np.where(np.isnan(values), np.nan, np.where(values == 0, 0.0, flags))


def _letters(column: pa.ChunkedArray) -> pa.Array:
    return pc.utf8_lower(pc.utf8_trim_whitespace(column.combine_chunks().cast(pa.string())))


def _type_letters(column: pa.ChunkedArray) -> pa.Array | None:
    """Types of a column whose every value is one."""
    if not pa.types.is_string(column.type):
        return None
    letters = _letters(column)
    known = letters.drop_null()
    return letters if len(known) and pc.all(pc.is_in(known, value_set=pa.array(_TYPES))).as_py() else None


def _quality_problems(column: pa.ChunkedArray, values: FloatArray) -> tuple[Problem, ...]:
    is_wrong = ~np.isnan(values) & ~np.isin(values, _FLAGS)
    given = pc.unique(column.filter(pa.array(is_wrong))).sort().to_pylist()[:_SHOWN]
    examples = [value.strip() if isinstance(value, str) else f"{value:g}" for value in given]
    return _wrong(_QUALITY, is_wrong, examples, "0 to 4 and 6")


def _type_problems(letters: pa.Array) -> tuple[Problem, ...]:
    is_wrong = pc.fill_null(pc.invert(pc.is_in(letters, value_set=pa.array(_TYPES))), False)
    is_wrong = pc.and_(is_wrong, pc.is_valid(letters)).to_numpy(zero_copy_only=False)
    examples = pc.unique(letters.filter(pa.array(is_wrong))).to_pylist()[:_SHOWN]
    return _wrong(_INSTRUMENT, is_wrong, [str(example) for example in examples], "s, g and p")


def _wrong(column: str, is_wrong: np.ndarray, examples: list[str], limit: str) -> tuple[Problem, ...]:
    rows = np.flatnonzero(is_wrong)
    if not len(rows):
        return ()
    message = (
        f"the column {column!r} holds {', '.join(examples)} in {len(rows)} rows (the first is row {rows[0] + 1}); its "
        f"values are {limit}, or null."
    )
    told = tuple(int(row) + 1 for row in rows[:5])
    return (Problem(parameter="INPUT", message=message, column=column, rows=told, value=examples[0], limit=limit),)
