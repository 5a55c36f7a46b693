"""Turns flags of surveys into the common scales, by their rules and for all rows at once."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import arrow_type, schema_descriptions
from trainingset.columns import ColumnType
from trainingset.combine_recipe import RuleSet
from trainingset.expression import parse_condition
from trainingset.expression_arrow import rows_where
from trainingset.positions import BoolArray, FloatArray
from trainingset.specz.rule_file import condition_columns
from trainingset.specz.rules import QualityRule, SurveyRules
from trainingset.specz.text_numbers import numbers_of

__all__ = ["instrument_types", "known_flags", "last_digit", "quality_flags", "typed_column"]

_FLAG = ("z_flag",)

STAR = 6.0
"""Homogenized flag of stars."""


def quality_flags(table: pa.Table, rules: SurveyRules, rule_set: RuleSet = RuleSet.CURRENT) -> FloatArray:
    """Homogenized quality flag of each row.

    Parameters
    ----------
    table
        Rows of one survey: ``z``, ``z_err``, ``z_flag`` (numbers or texts) and the release's ``needed`` columns under
        their own names. Rules that name an absent column see it as null.

    Returns
    -------
    FloatArray
        0 to 4 and 6, NaN where no rule says anything, shape (n,).
    """
    replaced = rules.reference.quality if rules.reference is not None and rule_set is RuleSet.REFERENCE else None
    rule = replaced or rules.quality
    typed = _typed(table, rules)
    answers = np.full(table.num_rows, np.nan if rule.default is None else float(rule.default))
    if "z_flag" in table.column_names:
        _apply_table(answers, _read(table["z_flag"], rule), rule)
    for condition in rule.conditions:
        answers[_is_true(condition.when, typed)] = np.nan if condition.gives is None else float(condition.gives)
    if rules.star is not None and replaced is None:
        answers[_is_true(rules.star, typed)] = STAR
    return answers


def instrument_types(table: pa.Table, rules: SurveyRules, rule_set: RuleSet = RuleSet.CURRENT) -> pa.StringArray:
    """Homogenized instrument type (``s``, ``g``, ``p`` or null) of each row, in the order of the rows.

    Parameters
    ----------
    table
        As for `quality_flags`.
    """
    replaced = rules.reference.instrument_type if rules.reference is not None else None
    rule = (replaced if rule_set is RuleSet.REFERENCE else None) or rules.instrument_type
    typed = _typed(table, rules)
    letters = np.full(table.num_rows, rule.default, dtype=object)
    if rule.column is not None and rule.column in typed.column_names:
        column = typed[rule.column]
        for key, letter in rule.values.items():
            letters[_equals(column, key)] = letter
    for condition in rule.conditions:
        letters[_is_true(condition.when, typed)] = condition.gives
    return pa.array(letters, pa.string())


def known_flags(flags: pa.ChunkedArray, rules: SurveyRules) -> BoolArray | None:
    """Which flags the rules name: in their table, or in a condition on the flag alone.

    None where rules do not list flags, as those that go by other columns, read bits or have a default for all others.
    """
    rule, types = rules.quality, condition_columns(rules)
    read_by = [(condition.when, parse_condition(condition.when, types).columns) for condition in rule.conditions]
    own = [when for when, columns in read_by if columns == _FLAG]
    if not rule.values and (rule.default is not None or not own):
        return None
    typed = pa.table({"z_flag": typed_column(flags, types["z_flag"])})
    known = np.zeros(len(flags), np.bool_)
    read = _read(flags, rule)
    for key in rule.values:
        known |= _equals(read, key)
    for condition in own:
        known |= _is_true(condition, typed)
    return known


def last_digit(flags: FloatArray) -> FloatArray:
    """Last digit of the whole part, with its sign: 214.4 gives 4, -10 gives 0 and -3 gives -3.

    NaN from 2**53 on, where doubles are whole numbers apart.
    """
    whole = np.where(np.abs(flags) < 2.0**53, np.trunc(flags), np.nan)
    digits: FloatArray = whole - 10 * np.trunc(whole / 10)
    return digits


def _typed(table: pa.Table, rules: SurveyRules) -> pa.Table:
    """The columns that conditions may name, in the types with which they were checked; absent ones are null.

    A number that a file has as a text is a number here, else conditions would fail at files without types.
    """
    wanted = condition_columns(rules)
    return pa.table({name: _cast(table, name, datatype) for name, datatype in wanted.items()})


def _cast(table: pa.Table, name: str, datatype: ColumnType) -> pa.ChunkedArray | pa.Array:
    if name not in table.column_names:
        return pa.nulls(table.num_rows, arrow_type(datatype))
    return typed_column(table[name], datatype)


def typed_column(column: pa.ChunkedArray, datatype: ColumnType) -> pa.ChunkedArray | pa.Array:
    """The values as conditions see them: numbers also of texts, texts also of numbers; null for what is neither."""
    target = arrow_type(datatype)
    if column.type == target:
        return column
    if pa.types.is_string(target):
        return _as_text(column)
    if pa.types.is_boolean(target):
        return _as_boolean(column)
    numbers = pa.array(numbers_of(column), from_pandas=True)
    return numbers.cast(target, safe=False)


def _as_boolean(column: pa.ChunkedArray) -> pa.Array:
    """Flags written as numbers (0 is false) or as the words true and false."""
    if not pa.types.is_string(column.type):
        numbers = numbers_of(column)
        return pa.array(numbers != 0, mask=np.isnan(numbers))
    words = pc.utf8_lower(column)
    is_true = pc.is_in(words, value_set=pa.array(["true", "t", "1", "yes"]))
    is_known = pc.or_(is_true, pc.is_in(words, value_set=pa.array(["false", "f", "0", "no"])))
    return pc.if_else(is_known, is_true, pa.scalar(None, pa.bool_())).combine_chunks()


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    """Texts of any values; whole numbers without a point."""
    if pa.types.is_floating(column.type):
        values = column.combine_chunks().cast(pa.float64())
        whole = pc.equal(pc.trunc(values), values)
        small = pc.less(pc.abs(values), 2.0**53)
        as_whole = pc.if_else(pc.and_(whole, small), values, 0.0).cast(pa.int64()).cast(pa.string())
        return pc.if_else(pc.and_(whole, small), as_whole, values.cast(pa.string()))
    return column.cast(pa.string()).combine_chunks()


def _read(column: pa.ChunkedArray, rule: QualityRule) -> pa.ChunkedArray | pa.Array:
    """The flags as the table reads them."""
    if rule.reads == "flag":
        return column
    return pa.array(last_digit(numbers_of(column)), from_pandas=True)


def _apply_table(answers: FloatArray, flags: pa.ChunkedArray | pa.Array, rule: QualityRule) -> None:
    for key, flag in rule.values.items():
        answers[_equals(flags, key)] = np.nan if flag is None else float(flag)


def _equals(column: pa.ChunkedArray | pa.Array, key: float | str) -> BoolArray:
    """Where a value is the key: numbers by value, also when written as texts; texts in any case of letters."""
    if isinstance(key, str):
        if not pa.types.is_string(column.type):
            return np.zeros(len(column), np.bool_)
        same = pc.equal(pc.utf8_lower(pc.utf8_trim_whitespace(column)), key.strip().lower())
        is_same: BoolArray = pc.fill_null(same, False).to_numpy(zero_copy_only=False)
        return is_same
    chunked = column if isinstance(column, pa.ChunkedArray) else pa.chunked_array([column])
    is_equal: BoolArray = numbers_of(chunked) == key
    return is_equal


def _is_true(condition: str, table: pa.Table) -> BoolArray:
    types = {column.name: column.datatype for column in schema_descriptions(table.schema)}
    return rows_where(parse_condition(condition, types), table)
