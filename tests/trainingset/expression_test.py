"""What a constraint means: compiled conditions against a plain interpreter of the same tree, row by row."""

import math
import operator
import re
import time
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from trainingset import expression_tree as ex
from trainingset.columns import ColumnType
from trainingset.errors import RecipeError
from trainingset.expression import parse_condition
from trainingset.expression_arrow import compile_condition, rows_where

COLUMNS = {
    "flux": ColumnType.FLOAT64,
    "err": ColumnType.FLOAT32,
    "n": ColumnType.INT64,
    "small": ColumnType.INT16,
    "flag": ColumnType.BOOLEAN,
    "Survey": ColumnType.STRING,
}

# --- an independent interpreter: None is unknown

Row = dict[str, object]

COMPARE: dict[str, Callable[[object, object], bool]] = {
    "=": operator.eq,
    "<>": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def is_unknown(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def is_real(node: ex.Value) -> bool:
    match node:
        case ex.Column(_, datatype):
            return datatype in (ColumnType.FLOAT32, ColumnType.FLOAT64)
        case ex.Literal(value):
            return isinstance(value, float)
        case ex.Negative(operand):
            return is_real(operand)
        case ex.Arithmetic(first, steps):
            return is_real(first) or any(sign == "/" or is_real(value) for sign, value in steps)
        case ex.Call(function, arguments):
            return function not in ("ABS", "MOD") or any(map(is_real, arguments))


def wrapped(value: int) -> int:
    """Whole numbers of 64 bits start again at the other end."""
    return (value + 2**63) % 2**64 - 2**63


def quotient(left: float, right: float) -> float:
    return float(np.float64(left) / np.float64(right))


def value_of(node: ex.Value, row: Row) -> object:
    with np.errstate(all="ignore"):
        match node:
            case ex.Column(name):
                return row[name]
            case ex.Literal(value):
                return value
            case ex.Negative(operand):
                value = value_of(operand, row)
                return None if value is None else -value if is_real(operand) else wrapped(-value)
            case ex.Arithmetic(first, steps):
                result, real = value_of(first, row), is_real(first)
                for sign, operand in steps:
                    real = real or sign == "/" or is_real(operand)
                    result = step_of(sign, result, value_of(operand, row), real)
                return result
            case ex.Call(function, arguments):
                values = [value_of(argument, row) for argument in arguments]
                if None in values:
                    return None
                return call_of(function, values, any(map(is_real, arguments)))


def step_of(sign: str, left: object, right: object, real: bool) -> object:
    if left is None or right is None:
        return None
    if sign == "/":
        return quotient(left, right)
    result = {"+": operator.add, "-": operator.sub, "*": operator.mul}[sign]
    if real:
        return float(result(np.float64(left), np.float64(right)))
    return wrapped(result(left, right))


def call_of(function: str, values: list, real: bool) -> object:
    first = values[0]
    if function == "ABS":
        return abs(first) if real else wrapped(abs(first))
    if function == "MOD":
        return remainder_of(first, values[1], real)
    numbers = [np.float64(value) for value in values]
    if function == "ROUND":
        return first if not math.isfinite(first) else math.copysign(math.floor(abs(first) + 0.5), first)
    names = {"SQRT": np.sqrt, "LOG10": np.log10, "LOG": np.log, "EXP": np.exp, "POWER": np.power}
    names |= {"FLOOR": np.floor, "CEIL": np.ceil, "CEILING": np.ceil}
    return float(names[function](*numbers))


def remainder_of(left: float, right: float, real: bool) -> object:
    if real:
        return float(np.float64(left) - np.float64(right) * np.trunc(np.float64(left) / np.float64(right)))
    if right == 0:
        return None
    sign = -1 if left < 0 else 1
    return sign * (abs(left) % abs(right))


def truth_of(node: ex.Node, row: Row) -> bool | None:
    match node:
        case ex.And(operands):
            truths = [truth_of(operand, row) for operand in operands]
            return False if False in truths else None if None in truths else True
        case ex.Or(operands):
            truths = [truth_of(operand, row) for operand in operands]
            return True if True in truths else None if None in truths else False
        case ex.Not(operand):
            truth = truth_of(operand, row)
            return None if truth is None else not truth
        case ex.Comparison(sign, left, right):
            return compared(sign, left, right, row)
        case ex.Membership(operand, values):
            return truth_of(ex.Or(tuple(ex.Comparison("=", operand, value) for value in values)), row)
        case ex.IsNull(operand):
            return is_unknown(value_of(operand, row))
        case ex.Like(operand, pattern):
            text = value_of(operand, row)
            translated = "".join({"%": ".*", "_": "."}.get(sign, re.escape(sign)) for sign in pattern)
            return None if text is None else re.fullmatch(translated, text, re.DOTALL) is not None
        case _:
            return value_of(node, row)


def compared(sign: str, left: ex.Value, right: ex.Value, row: Row) -> bool | None:
    first, second = value_of(left, row), value_of(right, row)
    if is_unknown(first) or is_unknown(second):
        return None
    if ex.kind_of(left) == ex.ValueKind.NUMBER and (is_real(left) or is_real(right)):
        first, second = float(first), float(second)
    return COMPARE[sign](first, second)


# --- random tables and conditions

reals = st.sampled_from([0.0, -0.0, 1.0, 1.5, 2.5, -3.0, 0.1, 1e300, math.inf, -math.inf, math.nan]) | st.floats(
    width=32
)
small_reals = st.sampled_from([0.0, 1.5, math.inf, math.nan, float(np.float32(0.1))]) | st.floats(width=32)
wholes = st.sampled_from([0, 1, -1, 2, 7, 2**53 + 1, 2**63 - 1, -(2**63)]) | st.integers(-(2**63), 2**63 - 1)
texts = st.sampled_from(["DESI", "VANDELS", "V", "a_b", "a%b", "x\ny", "é", "\\", "DESI\n"]) | st.text(max_size=4)

rows = st.fixed_dictionaries(
    {
        "flux": st.none() | reals,
        "err": st.none() | small_reals,
        "n": st.none() | wholes,
        "small": st.none() | st.integers(-(2**15), 2**15 - 1),
        "flag": st.none() | st.booleans(),
        "Survey": st.none() | texts,
    }
)

ARROW_TYPES = {
    "flux": pa.float64(),
    "err": pa.float32(),
    "n": pa.int64(),
    "small": pa.int16(),
    "flag": pa.bool_(),
    "Survey": pa.string(),
}


def table_of(drawn: list[Row]) -> pa.Table:
    return pa.table({name: pa.array([row[name] for row in drawn], kind) for name, kind in ARROW_TYPES.items()})


number_texts = st.sampled_from(["0", "1", "2", "1.5", "-3", "1e-3", "1e300", "9007199254740993", "0.1"])
values = st.recursive(
    st.sampled_from(["flux", "err", "n", "small"]) | number_texts,
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"({parts[0]} {parts[1]} {parts[2]})")
        | st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda parts: f"{parts[0]} {parts[1]} {parts[2]}")
        | inner.map(lambda value: f"- ({value})")
        | st.tuples(st.sampled_from(["ABS", "FLOOR", "ceil", "CEILING", "ROUND", "SQRT"]), inner).map(
            "{0[0]}({0[1]})".format
        )
        | st.tuples(inner, inner).map("MOD({0[0]}, {0[1]})".format)
    ),
    max_leaves=4,
)
signs = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])
text_literals = st.sampled_from(["'DESI'", "'V'", "'x\ny'", "''"])
patterns = st.sampled_from(["'D%'", "'%\n%'", "'a_b'", "'%'", "'V_NDELS'", "'\\'", "'_'"])
simple_conditions = (
    st.tuples(values, signs, values).map(" ".join)
    | st.tuples(values, values, values).map("{0[0]} BETWEEN {0[1]} AND {0[2]}".format)
    | st.tuples(values, values, values).map("{0[0]} NOT BETWEEN {0[1]} AND {0[2]}".format)
    | st.tuples(values, st.lists(number_texts, min_size=1, max_size=4)).map(lambda p: f"{p[0]} IN ({', '.join(p[1])})")
    | st.tuples(values, st.lists(number_texts, min_size=1, max_size=4)).map(
        lambda p: f"{p[0]} NOT IN ({', '.join(p[1])})"
    )
    | values.map("{} IS NULL".format)
    | values.map("{} IS NOT NULL".format)
    | st.tuples(st.just("Survey"), signs, text_literals).map(" ".join)
    | st.sampled_from(["Survey IN ('DESI', 'V')", "Survey NOT IN ('DESI')", "Survey IS NULL", "survey IS NOT NULL"])
    | patterns.map("Survey LIKE {}".format)
    | patterns.map("Survey NOT LIKE {}".format)
    | st.sampled_from(
        ["flag", "flag = 1", "flag <> 'true'", "flag = FALSE", "flag IS NULL", "flag IN (0)", "flag = flag"]
    )
)
conditions = st.recursive(
    simple_conditions,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["AND", "OR"]), inner).map("({0[0]}) {0[1]} ({0[2]})".format)
        | st.tuples(inner, st.sampled_from(["AND", "or"]), inner).map("{0[0]} {0[1]} {0[2]}".format)
        | inner.map("NOT ({})".format)
        | inner.map("NOT {}".format)
    ),
    max_leaves=5,
)


@st.composite
def sound_conditions(draw: st.DrawFn) -> str:
    """Conditions that name at least one column."""
    text = draw(conditions)
    assume(any(re.search(rf"\b{name}\b", text, re.IGNORECASE) for name in COLUMNS))
    return text


@settings(max_examples=200, deadline=None)
@given(text=sound_conditions(), drawn=st.lists(rows, min_size=1, max_size=6))
def test_compiled_condition_is_true_where_a_plain_interpreter_says_so(text, drawn):
    table = table_of(drawn)
    exact_rows = table.to_pylist()
    condition = parse_condition(text, COLUMNS)

    found = rows_where(condition, table).tolist()

    assert found == [truth_of(condition.tree, row) is True for row in exact_rows]


@settings(max_examples=60, deadline=None)
@given(text=sound_conditions(), drawn=st.lists(rows, min_size=1, max_size=6))
def test_a_filter_keeps_the_rows_where_the_condition_is_true(text, drawn):
    table = table_of(drawn).append_column("row", pa.array(range(len(drawn))))
    condition = parse_condition(text, COLUMNS)

    kept = table.filter(compile_condition(condition))["row"].to_pylist()

    assert kept == np.flatnonzero(rows_where(condition, table)).tolist()


@settings(max_examples=60, deadline=None)
@given(text=sound_conditions(), drawn=st.lists(rows, min_size=1, max_size=6))
def test_a_condition_and_its_contrary_are_never_both_true(text, drawn):
    table = table_of(drawn)

    is_true = rows_where(parse_condition(text, COLUMNS), table)
    is_false = rows_where(parse_condition(f"NOT ({text})", COLUMNS), table)

    assert not (is_true & is_false).any()


NUMBERS = pa.table(
    {
        "flux": pa.array([1.5, None, math.nan, -2.0, 0.0]),
        "err": pa.array([0.1, 0.2, None, 0.4, 0.0], pa.float32()),
        "n": pa.array([1, 2, None, 2**60 + 1, -7]),
        "small": pa.array([1, 2, 3, 30_000, None], pa.int16()),
        "flag": pa.array([True, False, None, True, False]),
        "Survey": pa.array(["DESI", "VANDELS", None, "x", "desi"]),
    }
)


@pytest.mark.parametrize(
    ("text", "rows_kept"),
    [
        ("flux > 1", [0]),
        ("NOT flux > 1", [3, 4]),
        ("flux <> 1.5", [3, 4]),
        ("NOT flux = 1.5", [3, 4]),
        ("flux IS NULL", [1, 2]),
        ("flux IS NOT NULL", [0, 3, 4]),
        ("n / 2 = 0.5", [0]),
        ("small * small > 100000000", [3]),
        ("n = 1152921504606846977", [3]),
        ("MOD(n, 2) = 1", [0, 3]),
        ("flux / err > 5", [0]),
        ("err < 0.15", [0, 4]),
        ("flag", [0, 3]),
        ("NOT flag", [1, 4]),
        ("flag = 0", [1, 4]),
        ("flag = 'true'", [0, 3]),
        ("survey LIKE 'D%'", [0]),
        ("Survey IN ('DESI', 'x')", [0, 3]),
        ("\"Survey\" NOT LIKE '%S%'", [3, 4]),
        ("flux BETWEEN -2 AND 0", [3, 4]),
        ("flux > 1 OR n = 2", [0, 1]),
        ("n + 1 = 2 AND NOT (flux IS NULL)", [0]),
        ("ROUND(flux) = 2", [0]),
        ("POWER(flux, 2) = 4", [3]),
        ("LOG10(n) < 1 AND n > 1", [1]),
    ],
)
def test_condition_keeps_the_rows_that_a_reader_expects(text, rows_kept):
    condition = parse_condition(text, COLUMNS)

    assert np.flatnonzero(rows_where(condition, NUMBERS)).tolist() == rows_kept


def test_condition_names_the_columns_it_needs_in_order():
    condition = parse_condition("n > 1 AND FLUX / err > 3 AND n < 9", COLUMNS)

    assert condition.columns == ("n", "flux", "err")


def test_other_expressions_may_stand_for_columns():
    condition = parse_condition("snr > 5", {"snr": ColumnType.FLOAT64})
    sources = {"snr": pa.compute.divide(pa.compute.field("flux"), pa.compute.field("err").cast(pa.float64()))}

    kept = NUMBERS.filter(compile_condition(condition, sources=sources))

    assert kept["flux"].to_pylist() == [1.5]


# --- what is refused, and how


def problems_of(text: str, columns: dict[str, ColumnType] = COLUMNS) -> list[str]:
    with pytest.raises(RecipeError) as caught:
        parse_condition(text, columns)
    assert {problem.parameter for problem in caught.value.problems} == {"WHERE"}
    return [problem.message for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        ("flux >", "something is missing"),
        ("flux > 1 extra", "near 'extra' at character 10"),
        ("(flux > 1", "Expecting )"),
        ("flux BETWEEN 1 OR 2", "AND between"),
        ("flux > 1; DROP TABLE x", "';' at character 9"),
        ("flux > 1 -- all", "comments are not read"),
        ("flux /* x */ > 1", "comments are not read"),
        ("Survey = 'DESI", "a quote that is not closed"),
        ("SELECT flux FROM t", "cannot be read near"),
        ("flux > (SELECT 1)", "Expecting )"),
        ("CAST(flux AS INT) > 1", "no function CAST"),
        ("exec('x') = 1", "no function exec (at character 1)"),
        ("LOG10(flux, 2) > 1", "calls LOG10 with 2 arguments; it takes 1"),
        ("flx > 1", "the column 'flx', which the table does not have; did you mean flux? (at character 1)"),
        ('"FLUX" > 1', '"flux"'),
        ("flux = 'x'", "compares the number 'flux' with the text 'x'"),
        ("Survey > 1", "texts stand in single quotes"),
        ("flag > 0", "puts flags in order"),
        ("flag + 1 > 0", "which needs a number"),
        ("flux", "has the number 'flux' where a condition is due"),
        ("flux = NULL", "write IS NULL"),
        ("flux IS 3", "neither IS NULL nor IS NOT NULL"),
        ("flux = err = 1", "join them with AND"),
        ("n IN (SELECT)", "names the column 'SELECT'"),
        ("n IN (1, flux)", "something else than constants"),
        ("n IN 1", "an IN without a list of constants"),
        ("n = 9223372036854775808", "above the largest one"),
        ("flux > 1e999", "above the largest one"),
        ("t.flux > 1", "columns have no table here"),
        ("1 = 1", "names no column"),
        ("Survey LIKE flux", "pattern in single quotes"),
        ("flux::int > 1", "is no part of a condition"),
        ("flux > @x", "is no part of a condition"),
        ("flux > ?", "is no part of a condition"),
        ("CASE WHEN flag THEN 1 END = 1", "cannot be read near"),
    ],
)
def test_refusal_says_what_is_wrong(text, told):
    assert told in " | ".join(problems_of(text))


def test_all_problems_of_a_condition_are_told_together():
    told = problems_of("flx > 1 AND Survey = 3 AND flag > 0")

    assert len(told) == 3


def test_name_that_differs_from_two_columns_in_case_must_be_quoted():
    columns = {"ra": ColumnType.FLOAT64, "RA": ColumnType.FLOAT64}

    assert '"ra", "RA"' in problems_of("Ra > 1", columns)[0]
    assert parse_condition("RA > 1", columns).columns == ("RA",)


@pytest.mark.parametrize(
    "name", ["interval", "case", "date", "select", "order", "row", "timestamp", "array", "end", "key"]
)
def test_words_of_other_dialects_are_plain_column_names(name):
    assert parse_condition(f"{name} > 1", {name: ColumnType.FLOAT64}).columns == (name,)


@pytest.mark.parametrize("name", ["z-phot", "FX0.5-10", "Rs/g", "RA (deg)", 'a"b', "é", "SELECT"])
def test_any_column_name_can_be_quoted(name):
    quoted = '"' + name.replace('"', '""') + '"'

    assert parse_condition(f"{quoted} > 1", {name: ColumnType.FLOAT64}).columns == (name,)


@pytest.mark.parametrize(
    "text",
    [
        "(" * 3000 + "flux" + ")" * 3000 + " > 1",
        "NOT " * 2000 + "flag",
        "- " * 4000 + "flux > 1",
        "ABS(" * 1500 + "flux" + ")" * 1500 + " > 1",
        "NOT (" * 24 + "- " * 24 + "flux > 1" + ")" * 24,
        "flux + " * 1200 + "1 > 1",
        "(" * 9000,
        ")" * 9000,
        "flux > 1 " + "x" * 10_000,
        "Survey LIKE '" + "%_" * 2000 + "'",
    ],
)
def test_deep_long_and_endless_conditions_are_refused_quickly(text):
    started = time.process_time()

    assert problems_of(text)
    assert time.process_time() - started < 2


def test_long_flat_conditions_are_read_and_run():
    many = " OR ".join(f"n = {number}" for number in range(800))

    assert rows_where(parse_condition(many, COLUMNS), NUMBERS).tolist() == [True, True, False, False, False]


WORDS = ["flux", "n", "flag", "Survey", "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "BETWEEN", "ABS", "MOD", "CASE"]
SIGNS = ["(", ")", ",", "=", "<", ">", "<>", "+", "-", "*", "/", ".", "'", ";", "--", "::"]
CONSTANTS = ["1", "2.5", "1e5", "TRUE", "'x'", '"n"']
pieces = st.sampled_from(WORDS + SIGNS + CONSTANTS)


@settings(max_examples=250, deadline=None)
@given(
    text=st.text(max_size=60) | st.lists(pieces, max_size=40).map(" ".join) | st.lists(pieces, max_size=40).map("".join)
)
def test_arbitrary_text_is_read_or_refused_and_never_anything_else(text):
    started = time.process_time()
    try:
        condition = parse_condition(text, COLUMNS)
    except RecipeError as error:
        told = [problem.message for problem in error.problems]
    else:
        told = rows_where(condition, NUMBERS).tolist()

    assert told
    assert time.process_time() - started < 2
