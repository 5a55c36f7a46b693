"""Conditions that no row can meet are found, also behind functions, and none that a row may meet is called so."""

import pyarrow as pa
import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from trainingset.columns import ColumnType
from trainingset.errors import RecipeError
from trainingset.expression import parse_condition
from trainingset.expression_arrow import rows_where
from trainingset.specz.impossible import why_never_true

TYPES = {
    "z": ColumnType.FLOAT64,
    "z_err": ColumnType.FLOAT64,
    "z_flag": ColumnType.FLOAT64,
    "f": ColumnType.FLOAT32,
    "n": ColumnType.INT64,
    "k": ColumnType.INT16,
    "cls": ColumnType.STRING,
    "good": ColumnType.BOOLEAN,
}
ARROW = {"f": pa.float32(), "n": pa.int64(), "k": pa.int16(), "cls": pa.string(), "good": pa.bool_()}
SCHEMA = pa.schema([(name, ARROW.get(name, pa.float64())) for name in TYPES])


def why(condition: str) -> str | None:
    return why_never_true(parse_condition(condition, TYPES).tree)


@pytest.mark.parametrize(
    ("condition", "told"),
    [
        ("LAST_DIGIT(z_flag) = 12", "no value of LAST_DIGIT(z_flag)"),
        ("LAST_DIGIT(z_flag) IN (10, 3.5, -12)", "no value of LAST_DIGIT(z_flag)"),
        ("LAST_DIGIT(z_flag) > 9", "LAST_DIGIT(z_flag)"),
        ("LAST_DIGIT(z_flag) = 3 AND LAST_DIGIT(z_flag) = 4", "LAST_DIGIT(z_flag)"),
        ("ABS(z) < 0", "no value of ABS(z)"),
        ("ABS(z) <= -0.001", "ABS(z)"),
        ("ABS(z) < 1 AND z > 2", "ABS(z)"),
        ("NOT (ABS(z) >= 0)", "ABS(z)"),
        ("SQRT(z) < 0", "SQRT(z)"),
        ("SQRT(z) > 1 AND z < -5", "SQRT(z)"),
        ("EXP(z) < 0", "EXP(z)"),
        ("LOG10(z) > 3 AND z BETWEEN 1 AND 10", "LOG10(z)"),
        ("POWER(z, 2) < 0", "POWER(z, 2)"),
        ("FLOOR(z) = 0.5", "FLOOR(z)"),
        ("ROUND(z) = 7 AND z < 2", "ROUND(z)"),
        ("MOD(k, 10) = 12", "MOD(k, 10)"),
        ("MOD(z_flag, 10) = 12 AND z_flag BETWEEN 0 AND 1000", "MOD(z_flag, 10)"),
        ("z_flag IS NULL AND z_flag > 3", "z_flag cannot be null and compared with something"),
        ("z_flag IS NULL AND LAST_DIGIT(z_flag) = 3", "z_flag cannot be null"),
        ("z IS NULL AND z IS NOT NULL", "z cannot be null"),
        ("cls IS NULL AND cls LIKE 'A%'", "cls cannot be null"),
        ("z_err / 2 > 1 AND z_err BETWEEN 0 AND 1", "z_err / 2"),
        ("z + z_err < 0 AND z > 1 AND z_err >= 0", "z + z_err"),
        ("z - 1 > 5 AND z < 3", "z - 1"),
        ("2 * z + 1 = 0 AND z >= 0", "2 * z + 1"),
        ("-z > 0 AND z > 0", "-z"),
        ("z > z_err AND z < 0 AND z_err > 1", "z and z_err"),
        ("z > z_err AND z_err > z", "no z and z_err compare in all the ways"),
        ("z <> z", "z is compared with itself"),
        ("z = z_err AND z < 1 AND z_err > 1", "z and z_err"),
        ("n > 3 AND n < 4", "no value of n"),
        ("n = 3.5", "no value of n"),
        ("k > 40000", "no value of k"),
        ("z NOT IN (1, 2) AND z = 2", "no value of z"),
        ("(z < 1 OR z < 2) AND z > 3", "no value of z"),
        ("(z < 1 OR z_err < 0) AND z > 3 AND z_err >= 0", "no value of"),
        ("cls LIKE 'ST%' AND cls IN ('GALAXY', 'QSO')", "no value of cls"),
        ("cls NOT LIKE '%' AND cls = 'A'", "no value of cls"),
        ("cls = '" + "a" * 4000 + "' AND cls LIKE '" + "%a" * 100 + "b%'", "no value of cls"),
        ("cls > 'B' AND cls < 'A'", "no value of cls"),
        ("good AND NOT good", "no value of good"),
        ("good = TRUE AND good <> 1", "no value of good"),
        ("NOT (z < 1 OR z >= 1)", "no value of z"),
    ],
    ids=lambda text: text[:40],
)
def test_what_excludes_itself_is_told(condition: str, told: str) -> None:
    assert told in (why(condition) or "")


@pytest.mark.parametrize(
    "condition",
    [
        "LAST_DIGIT(z_flag) = -3",
        "LAST_DIGIT(z_flag) IN (12, 9)",
        "ABS(z) <= 0",
        "z > 3 AND z + 1e30 <= 1e30",
        "n + 1 < 0 AND n > 5",
        "ABS(n) < 0",
        "n + 1 < 0 AND n + 1.0 > 5",
        "n > 9007199254740992 AND n <= 9007199254740992.0",
        "9007199254740993 = 9007199254740992.0 AND z > 1",
        "z IS NULL AND POWER(z, 0) = 1",
        "SQRT(z) IS NULL AND z < -1",
        "z - z_err IS NULL AND z > 1 AND z_err > 1",
        "POWER(z, -1) < 0 AND z >= 0",
        "MOD(z, 0.1) < 0 AND z > 0",
        "FLOOR(z) > 1e300",
        "cls < 'A' AND cls <> ''",
        "z_flag IS NULL OR z_flag > 3",
        " AND ".join(["(z < 1 OR z < 2)"] * 200),
        " OR ".join(["z <> z"] * 500),
    ],
    ids=lambda condition: condition[:40],
)
def test_what_a_row_may_meet_or_nobody_can_tell_quickly_is_left_alone(condition: str) -> None:
    assert why(condition) is None


NUMBERS = ["z", "z_err", "z_flag", "f", "n", "k"]
CONSTANTS = ["0", "1", "-1", "2", "3.5", "0.1", "9", "12", "-0.0", "1e300", "9007199254740993", "9007199254740992.0"]
FLOATS = st.sampled_from([None, float("nan"), float("inf"), -float("inf"), 0.0, -0.0, 0.1, 1.0, 3.5, 12.0, -9.0, 1e300])
WHOLE = st.sampled_from([None, 0, 1, -1, 2, 9, 12, 2**53 + 1, -(2**63), 2**63 - 1])


def numbers() -> st.SearchStrategy[str]:
    leaf = st.one_of(st.sampled_from(NUMBERS), st.sampled_from(CONSTANTS))
    return st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join),
            st.tuples(
                st.sampled_from(["ABS", "SQRT", "LOG10", "LOG", "EXP", "FLOOR", "CEIL", "ROUND", "LAST_DIGIT"]), inner
            ).map(lambda parts: f"{parts[0]}({parts[1]})"),
            st.tuples(st.sampled_from(["POWER", "MOD"]), inner, inner).map(
                lambda parts: f"{parts[0]}({parts[1]}, {parts[2]})"
            ),
            inner.map(lambda operand: f"-({operand})"),
        ),
        max_leaves=3,
    )


def comparisons() -> st.SearchStrategy[str]:
    signs = st.sampled_from(["=", "<>", "<", "<=", ">", ">="])
    texts = st.sampled_from(["'A'", "'AB'", "''", "'b'"])
    return st.one_of(
        st.tuples(numbers(), signs, st.one_of(st.sampled_from(CONSTANTS), numbers())).map(" ".join),
        st.tuples(numbers(), st.lists(st.sampled_from(CONSTANTS), min_size=1, max_size=3)).map(
            lambda parts: f"{parts[0]} IN ({', '.join(parts[1])})"
        ),
        numbers().map(lambda operand: f"{operand} IS NULL"),
        st.tuples(st.just("cls"), signs, texts).map(" ".join),
        st.sampled_from(["cls LIKE 'A%'", "cls LIKE '_'", "cls IS NULL", "good", "good = FALSE", "good IS NULL"]),
    )


def conditions() -> st.SearchStrategy[str]:
    return st.recursive(
        comparisons(),
        lambda inner: st.one_of(
            st.tuples(inner, inner).map(lambda parts: f"({parts[0]}) AND ({parts[1]})"),
            st.tuples(inner, inner).map(lambda parts: f"({parts[0]}) OR ({parts[1]})"),
            inner.map(lambda operand: f"NOT ({operand})"),
        ),
        max_leaves=4,
    )


ROWS = st.fixed_dictionaries(
    {
        **dict.fromkeys(["z", "z_err", "z_flag"], FLOATS),
        "f": st.sampled_from([None, float("nan"), 0.0, 0.10000000149011612, float("inf"), 2.0]),
        "n": WHOLE,
        "k": st.sampled_from([None, 0, 3, -(2**15), 2**15 - 1]),
        "cls": st.sampled_from([None, "", "A", "AB", "b"]),
        "good": st.sampled_from([None, True, False]),
    }
)


CONJUNCTIONS = st.lists(conditions(), min_size=2, max_size=4).map(lambda parts: " AND ".join(f"({p})" for p in parts))


@given(condition=CONJUNCTIONS, rows=st.lists(ROWS, min_size=1, max_size=20))
@example("MOD(n, -1) < -5", [{"n": -(2**63)}])
@example("POWER(LOG(-1), z_flag) < 2", [{"z_flag": 0.0}])
@example("FLOOR(EXP(z)) > 1e300 AND z > 2", [{"z": float("inf")}])
def test_a_condition_that_some_row_meets_is_never_called_impossible(
    condition: str, rows: list[dict[str, object]]
) -> None:
    try:
        parsed = parse_condition(condition, TYPES)
    except RecipeError:
        return
    reason = why_never_true(parsed.tree)
    event("called impossible" if reason else "left alone")
    if reason is not None:
        assert not rows_where(parsed, pa.Table.from_pylist(rows, schema=SCHEMA)).any(), reason
