"""Rules give each row what a plain reading of them, one row after the other, gives it."""

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainingset.columns import ColumnType
from trainingset.expression import parse_condition
from trainingset.expression_arrow import rows_where
from trainingset.specz.flags import quality_flags
from trainingset.specz.rules import InstrumentRule, QualityCondition, QualityRule, SurveyColumns, SurveyRules

QUALITIES = st.sampled_from([0, 1, 2, 3, 4, 6, None])
NUMBERS = st.sampled_from([-99.0, -10.0, -3.0, -1.0, 0.0, 1.0, 2.0, 2.5, 3.0, 4.0, 9.0, 13.0, 24.0, 29.0, 214.4])
TEXTS = st.sampled_from(["A", "b", "MR_A", "LRb_X", "x"])
BOUNDS = st.sampled_from([0.0, 0.5, 1.0])


@st.composite
def rules_and_rows(draw: st.DrawFn) -> tuple[SurveyRules, list[tuple[object, float | None]], list[float]]:
    """Rules, rows of flag and z, and the bound of each condition ``z >= bound``."""
    is_text = draw(st.booleans())
    flags = TEXTS if is_text else NUMBERS
    bounds = draw(st.lists(BOUNDS, max_size=3))
    quality = QualityRule(
        reads="flag" if is_text else draw(st.sampled_from(["flag", "last_digit"])),
        values=draw(st.dictionaries(flags, QUALITIES, max_size=5)),
        default=draw(QUALITIES),
        conditions=tuple(QualityCondition(when=f"z >= {bound}", gives=draw(QUALITIES)) for bound in bounds),
    )
    rules = SurveyRules(
        version=1,
        source="drawn",
        columns=SurveyColumns(ra="ra", dec="dec", z="z"),
        quality=quality,
        instrument_type=InstrumentRule(default="s"),
    )
    cased = flags.flatmap(lambda flag: st.sampled_from([flag, str(flag).upper(), f" {flag} "] if is_text else [flag]))
    row = st.tuples(st.none() | cased, st.none() | st.sampled_from([-1.0, 0.0, 0.7, 2.0]))
    return rules, draw(st.lists(row, max_size=12)), bounds


def plain_digit(flag: float) -> int:
    whole = int(flag)
    return int(math.copysign(abs(whole) % 10, whole))


def plain_flag(rules: SurveyRules, bounds: list[float], flag: object, z: float | None) -> float | None:
    rule = rules.quality
    answer = rule.default
    if flag is not None:
        read = plain_digit(flag) if rule.reads == "last_digit" else flag  # type: ignore[arg-type]
        folded = read.strip().lower() if isinstance(read, str) else read
        for key, quality in rule.values.items():
            if (key.lower() if isinstance(key, str) else key) == folded:
                answer = quality
    for bound, condition in zip(bounds, rule.conditions, strict=True):
        if z is not None and z >= bound:
            answer = condition.gives
    return answer


@given(rules_and_rows())
def test_all_rows_at_once_have_the_flags_of_one_after_the_other(
    drawn: tuple[SurveyRules, list[tuple[object, float | None]], list[float]],
) -> None:
    rules, rows, bounds = drawn
    is_text = any(isinstance(key, str) for key in rules.quality.values) or any(isinstance(row[0], str) for row in rows)
    table = pa.table(
        {
            "z": pa.array([z for _, z in rows], pa.float64()),
            "z_err": pa.nulls(len(rows), pa.float64()),
            "z_flag": pa.array([flag for flag, _ in rows], pa.string() if is_text else pa.float64()),
        }
    )
    given_flags = [None if math.isnan(flag) else flag for flag in quality_flags(table, rules)]
    assert given_flags == [plain_flag(rules, bounds, flag, z) for flag, z in rows]


@pytest.mark.parametrize(("flag", "digit"), [(214.4, 4), (29.0, 9), (-10.0, 0), (-3.0, -3), (13.0, 3)])
def test_the_last_digit_is_that_of_the_whole_part_with_its_sign(flag: float, digit: int) -> None:
    table = pa.table({"flag": pa.array([flag, None])})
    condition = parse_condition(f"LAST_DIGIT(flag) = {digit}", {"flag": ColumnType.FLOAT64})
    assert rows_where(condition, table).tolist() == [True, False]
