"""What holds for the rules of every survey, whatever the rows are."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from trainingset.columns import ColumnType
from trainingset.combine_recipe import RuleSet
from trainingset.specz.flags import instrument_types, quality_flags
from trainingset.specz.rules import SurveyRules
from trainingset.specz.survey import load_surveys

SURVEYS = [survey for survey in load_surveys() if survey.rules is not None]
SCALE = {0.0, 1.0, 2.0, 3.0, 4.0, 6.0}
NUMBERS = st.sampled_from([None, float("nan"), -99.0, -9.999, -1.0, 0.0, 0.0005, 0.5, 0.93, 1.0, 2.0, 3.5, 4.0, 31.0])
FLAGS = st.one_of(st.none(), st.sampled_from([-99.0, -10.0, -1.0, 0.93, 1.0, 2.5, 14.0, 214.4]), st.floats(-300, 3000))
TEXTS = st.sampled_from([None, "", "-", "s", "p", "STAR", "GALAXY", "STA", "VVDS"])
TRUTHS = st.sampled_from([None, True, False])
CELLS = {ColumnType.FLOAT64: NUMBERS, ColumnType.STRING: TEXTS, ColumnType.BOOLEAN: TRUTHS}
KINDS = {ColumnType.FLOAT64: pa.float64(), ColumnType.STRING: pa.string(), ColumnType.BOOLEAN: pa.bool_()}


@st.composite
def releases(draw: st.DrawFn) -> tuple[SurveyRules, pa.Table]:
    """Rules of a survey, and rows that its release could hold."""
    rules = draw(st.sampled_from(SURVEYS)).rules
    assert rules is not None
    n = draw(st.integers(1, 6))
    cells = {"z": NUMBERS, "z_err": NUMBERS, "z_flag": FLAGS}
    cells |= {name: CELLS[told] for name, told in rules.columns.needed.items()}
    kinds = {"z": pa.float64(), "z_err": pa.float64(), "z_flag": pa.float64()}
    kinds |= {name: KINDS[told] for name, told in rules.columns.needed.items()}
    columns = {name: pa.array([draw(cell) for _ in range(n)], kinds[name]) for name, cell in cells.items()}
    return rules, pa.table(columns)


@given(release=releases(), rule_set=st.sampled_from(RuleSet))
def test_flags_and_types_stay_on_their_scales(release: tuple[SurveyRules, pa.Table], rule_set: RuleSet) -> None:
    rules, table = release

    flags = quality_flags(table, rules, rule_set)
    types = instrument_types(table, rules, rule_set)

    assert set(flags[~np.isnan(flags)].tolist()) <= SCALE
    assert set(types.to_pylist()) <= {"s", "g", "p", None}


@given(release=releases(), rule_set=st.sampled_from(RuleSet))
def test_a_row_means_the_same_alone(release: tuple[SurveyRules, pa.Table], rule_set: RuleSet) -> None:
    rules, table = release

    together = quality_flags(table, rules, rule_set)
    alone = [quality_flags(table.slice(row, 1), rules, rule_set)[0] for row in range(len(table))]

    np.testing.assert_array_equal(together, alone)


@given(release=releases())
def test_rules_proper_only_lower_a_flag_or_find_a_star(release: tuple[SurveyRules, pa.Table]) -> None:
    rules, table = release

    before = quality_flags(table, rules, RuleSet.REFERENCE)
    now = quality_flags(table, rules, RuleSet.CURRENT)

    is_other = ~((before == now) | (np.isnan(before) & np.isnan(now)))
    assert set(now[is_other].tolist()) <= {0.0, 6.0}
