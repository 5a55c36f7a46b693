"""Rules of surveys: every flag of every survey by both sets of rules, and the real samples against known counts."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest

from tests.trainingset.specz.flags import photometry, spectra, value_tables
from tests.trainingset.specz.flags.cases import SurveyCases
from trainingset.columns import ColumnType
from trainingset.combine_recipe import RuleSet
from trainingset.specz.flags import instrument_types, quality_flags
from trainingset.specz.rules import QualityCondition, SurveyRules
from trainingset.specz.survey import find_survey, load_surveys
from trainingset.specz.survey_book import SurveyBook

CASES = (*value_tables.CASES, *spectra.CASES, *photometry.CASES)
ARROW_TYPES = {ColumnType.FLOAT64: pa.float64(), ColumnType.STRING: pa.string(), ColumnType.BOOLEAN: pa.bool_()}


def rules_of(survey: str) -> SurveyRules:
    rules = SurveyBook.of().rules(survey)
    assert rules is not None
    return rules


def release_of(cases: SurveyCases) -> pa.Table:
    """The rows as a release has them, with the roles z, z_err and z_flag beside."""
    rows = [case.columns for case in cases.rows]
    is_text = any(isinstance(given["z_flag"], str) for given in rows)
    types = {"z": pa.float64(), "z_err": pa.float64(), "z_flag": pa.string() if is_text else pa.float64()}
    types |= {name: ARROW_TYPES[told] for name, told in rules_of(cases.survey).columns.needed.items()}
    assert {name for given in rows for name in given} <= set(types)
    return pa.table({name: pa.array([given.get(name) for given in rows], kind) for name, kind in types.items()})


def none_for_nan(values: np.ndarray) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in values]


@pytest.mark.parametrize("cases", CASES, ids=lambda cases: cases.survey)
@pytest.mark.parametrize("rule_set", RuleSet)
def test_each_flag_of_a_survey_means_what_its_papers_say(cases: SurveyCases, rule_set: RuleSet) -> None:
    flags = none_for_nan(quality_flags(release_of(cases), rules_of(cases.survey), rule_set))

    is_reference = rule_set is RuleSet.REFERENCE
    wrong = [
        (dict(case.columns), given)
        for case, given in zip(cases.rows, flags, strict=True)
        if given != (case.reference if is_reference else case.current)
    ]
    assert wrong == []


@pytest.mark.parametrize("cases", CASES, ids=lambda cases: cases.survey)
@pytest.mark.parametrize("rule_set", RuleSet)
def test_each_row_of_a_survey_is_of_its_kind_of_measurement(cases: SurveyCases, rule_set: RuleSet) -> None:
    types = instrument_types(release_of(cases), rules_of(cases.survey), rule_set).to_pylist()

    is_reference = rule_set is RuleSet.REFERENCE
    expected = [case.reference_type if is_reference else case.current_type for case in cases.rows]
    if cases.types is not None:
        expected = [cases.types[0 if is_reference else 1]] * len(cases.rows)
    assert types == expected


@pytest.mark.parametrize("cases", CASES, ids=lambda cases: cases.survey)
def test_flags_that_a_file_has_as_texts_mean_the_same(cases: SurveyCases) -> None:
    table = release_of(cases)
    texts = table.set_column(table.column_names.index("z_flag"), "z_flag", table["z_flag"].cast(pa.string()))

    flags = none_for_nan(quality_flags(texts, rules_of(cases.survey), RuleSet.CURRENT))

    assert flags == [case.current for case in cases.rows]


def test_conditions_read_flags_of_letters_as_texts() -> None:
    rules = rules_of("VIMOS")
    condition = QualityCondition(when="z_flag LIKE 'MR%'", gives=2)
    changed = rules.model_copy(update={"quality": rules.quality.model_copy(update={"conditions": (condition,)})})
    rows = pa.table({"z": [0.5, 0.5], "z_err": pa.nulls(2, pa.float64()), "z_flag": ["MR_A", "LRb_A"]})

    assert quality_flags(rows, changed, RuleSet.CURRENT).tolist() == [2, 4]


def test_every_survey_and_every_value_of_its_tables_has_a_case() -> None:
    by_survey: dict[str, set[object]] = {}
    for cases in CASES:
        seen = by_survey.setdefault(cases.survey, set())
        seen.update(str(case.columns["z_flag"]).casefold() for case in cases.rows)
        seen.update(float(flag) for case in cases.rows if isinstance(flag := case.columns["z_flag"], int | float))

    assert sorted(by_survey, key=str.casefold) == [survey.name for survey in load_surveys()]
    for name, seen in by_survey.items():
        values = rules_of(name).quality.values
        known = {flag.casefold() if isinstance(flag, str) else float(flag) for flag in values}
        assert known <= seen, name


@pytest.mark.parametrize("survey", load_surveys(), ids=lambda survey: survey.name)
def test_types_that_rules_give_are_those_that_the_survey_is_said_to_have(survey) -> None:
    rule = rules_of(survey.name).instrument_type

    given = {rule.default, *rule.values.values(), *(condition.gives for condition in rule.conditions)} - {None}
    said = {str(kind) for kind in survey.instrument_types}
    assert said <= given
    # A compilation may hold types that its sample lacks.
    assert given - said <= ({"g"} if survey.name in {"CANDELS", "NED"} else set())


def test_releases_of_one_survey_are_one_family() -> None:
    families = Counter(survey.family or survey.name for survey in load_surveys())

    assert {name for name, count in families.items() if count > 1} == {"DESI", "JADES_DR5_PHOTOZ", "SDSS"}


def test_surveys_differ_from_the_reference_only_where_they_say_why() -> None:
    differing = {
        cases.survey
        for cases in CASES
        if any(case.reference != case.current for case in cases.rows) or len(set(cases.types or "s")) == 2
    }

    told = {survey.name for survey in load_surveys() if rules_of(survey.name).reference is not None}
    assert differing == told


def test_each_number_says_where_it_is_from() -> None:
    for survey in load_surveys():
        rules = rules_of(survey.name)
        assert survey.year is not None
        measured = [number for number in (rules.precision, rules.position_accuracy_arcsec) if number is not None]
        assert all(len(number.source) > 10 for number in measured)
        assert find_survey(survey.name.lower()) == survey
