"""Search conditions from their grammar, and texts that only look like some."""

import math

import pyarrow as pa
from hypothesis import strategies as st

from trainingset.adql import FUNCTIONS
from trainingset.columns import ColumnType

__all__ = ["COLUMNS", "ROWS", "conditions", "nearly_conditions"]

COLUMNS = {
    "ra": ColumnType.FLOAT64,
    "z": ColumnType.FLOAT32,
    "quality": ColumnType.INT16,
    "id": ColumnType.INT64,
    "survey": ColumnType.STRING,
    "is_star": ColumnType.BOOLEAN,
    "Größe": ColumnType.INT32,
    "case": ColumnType.FLOAT64,
}
ROWS = pa.table(
    {
        "ra": [53.1, math.nan, None, math.inf, -0.0],
        "z": pa.array([0.5, None, math.nan, 1e38, -1.0], pa.float32()),
        "quality": pa.array([4, -(2**15), None, 0, 2**15 - 1], pa.int16()),
        "id": pa.array([2**63 - 1, -(2**63), None, 0, 1]),
        "survey": ["DESI", "", None, "3D-HST", "a%b_c\\"],
        "is_star": [True, False, None, True, False],
        "Größe": pa.array([2**31 - 1, -(2**31), None, 0, 7], pa.int32()),
        "case": [0.0, 1.0, 2.0, None, math.nan],
    }
)

_NAMES = st.sampled_from([*COLUMNS, "RA", '"case"', '"Größe"', "Survey"])
_NUMBERS = st.sampled_from(
    ["0", "1", "-1", "0.5", "1e308", "1e-320", "9223372036854775807", "9223372036854775808", "1e999", "007", ".5", "5."]
)
_TEXTS = st.sampled_from(["'DESI'", "''", "'%'", "'_%_%_%'", "'it''s'", "'true'", "'0'", f"'{'%a' * 150}'"])
_OPERATORS = st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="])

_values = st.recursive(
    _NAMES | _NUMBERS | _TEXTS,
    lambda inner: (
        st.tuples(inner, st.sampled_from("+-*/"), inner).map(" ".join)
        | inner.map("({})".format)
        | inner.map("-{}".format)
        | st.tuples(st.sampled_from([*FUNCTIONS, "abs", "SIN"]), st.lists(inner, max_size=2)).map(
            lambda call: f"{call[0]}({', '.join(call[1])})"
        )
    ),
    max_leaves=8,
)
_predicates = (
    st.tuples(_values, _OPERATORS, _values).map(" ".join)
    | st.builds("{} BETWEEN {} AND {}".format, _values, _values, _values)
    | st.builds("{} IN ({})".format, _values, st.lists(_NUMBERS | _TEXTS, max_size=5).map(", ".join))
    | st.builds("{} LIKE {}".format, _values, _TEXTS)
    | st.builds("{} IS {}".format, _values, st.sampled_from(["NULL", "NOT NULL", "TRUE", "1"]))
    | _NAMES
)
conditions = st.recursive(
    _predicates,
    lambda inner: (
        st.tuples(inner, st.sampled_from(["AND", "OR", "and", "Or"]), inner).map(" ".join)
        | inner.map("({})".format)
        | inner.map("NOT {}".format)
    ),
    max_leaves=10,
)
"""Conditions by the grammar; their kinds of values need not go together."""

_WORDS = st.sampled_from(
    [*COLUMNS, "AND", "OR", "NOT", "IN", "IS", "NULL", "LIKE", "BETWEEN", "(", ")", ",", ".", "=", "<", "'", '"', "--",
     "/*", "*/", ";", "SELECT", "FROM", "CASE", "WHEN", "CAST", "1", "1e", "0x1F", "''", "$1", ":a", "@", "?", "{",
     "\\", "\n", "\0", "é", "CONTAINS(POINT(1,2),CIRCLE(1,2,3))=1",
     "EXISTS", "ANY", "[0]", "||", "::int", "INTERVAL", "%"]
)  # fmt: skip
nearly_conditions = (
    st.lists(_WORDS, max_size=25).map(" ".join)
    | st.lists(_WORDS, max_size=25).map("".join)
    | st.text(max_size=60)
    | st.builds(
        lambda piece, times: piece * times,
        st.sampled_from(
            ["(", "NOT ", "-", "- ", "ABS(", "ra+", "ra*-", "'", '"', "ra AND ", "a.", "IN (", "NOT(", "\n"]
        ),
        st.sampled_from([1, 30, 500, 3000]),
    )
    | st.builds(
        lambda start, step, times: (start + step * times)[:10_000],
        st.sampled_from(["ra > 0", "id IN (1", "ra = 0"]),
        st.sampled_from([" AND ra > 1", " OR NOT z < 2", "+1", ", 1", "*ra", " LIKE 'a'", " IN (1)", " IS NULL"]),
        st.sampled_from([1, 400, 2000]),
    )
)
"""Words of conditions and of SQL in any order, and many of the same."""
