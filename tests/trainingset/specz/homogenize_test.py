"""Rows of any survey are brought on the common scales, and what cannot be is refused with what to do."""

import pyarrow as pa
import pytest

from tests.trainingset.specz.measurements import a_recipe
from tests.trainingset.specz.sample_flags_test import SAMPLES, Sample, read_sample
from trainingset.combine_recipe import CombineInput, CombineRecipe
from trainingset.errors import TableError
from trainingset.specz.homogenize import Homogenized, homogenize
from trainingset.specz.rule_file import read_rule_file
from trainingset.specz.survey_book import SurveyBook

RULES = """
name: MYSURVEY
title: A survey of my own
instrument_types: [s]
rules:
  version: 1
  source: me
  columns: {ra: ra, dec: dec, z: z, z_flag: q, needed: {GOOD: boolean}}
  quality:
    values: {A: 4, B: 2}
    conditions: [{when: "GOOD = FALSE", gives: 1}]
  instrument_type: {default: s}
"""


def ozdes(**changed: object) -> dict[str, object]:
    columns = {"id": ["a", "b", "c"], "ra": [10.0, 20.0, 30.0], "dec": [-1.0, 0.0, 1.0], "z": [0.1, 0.2, 0.3]}
    return columns | {"qop": [3, 4, 6]} | changed


def through(
    columns: dict[str, object] | pa.Table,
    survey: str | None = "OZDES",
    recipe: CombineRecipe | None = None,
    book: SurveyBook | None = None,
    **roles: str,
) -> Homogenized:
    table = columns if isinstance(columns, pa.Table) else pa.table(columns)
    given = CombineInput(source="upload:x", survey=survey, roles=roles)
    return homogenize(table, given, recipe or a_recipe(), book or SurveyBook.of(), name="x")


def refusal(*args: object, **options: object) -> str:
    with pytest.raises(TableError) as raised:
        through(*args, **options)  # type: ignore[arg-type]
    return " ".join(problem.message for problem in raised.value.problems)


def column(found: Homogenized, name: str) -> list[object]:
    values: list[object] = found.table[name].to_pylist()
    return values


class TestSurvey:
    def test_one_without_rules_is_refused_with_similar_names(self) -> None:
        assert "OZDES" in refusal(ozdes(), survey="OZDS", quality_flag="qop")

    def test_several_in_one_file_have_their_rules_row_by_row(self) -> None:
        rows = ozdes(z_flag=[4, 5, 4], survey=["MOSDEF", "GAMA_DR4", "2DFGRS"])
        del rows["qop"]
        assert column(through(rows, None), "z_flag_homogenized") == [2, 4, 4]

    def test_several_in_one_file_may_have_a_column_of_flags_each(self) -> None:
        rows = ozdes(ZFLAGS=[None, 4.0, 9.0], survey=["OZDES", "VVDS", "VVDS"])
        found = through(rows, None)
        assert column(found, "z_flag_homogenized") == [3, 4, 2]
        assert column(found, "z_flag") == ["3", "4", "9"]

    def test_rows_that_name_none_have_no_flag(self) -> None:
        rows = ozdes(survey=["OZDES", None, " "])
        assert column(through(rows, None, quality_flag="qop"), "z_flag_homogenized") == [3, None, None]

    def test_rules_of_ones_own_are_used_with_flags_written_in_any_way(self) -> None:
        book = SurveyBook.of(read_rule_file(RULES, name="mine"))
        for good in ([1, 0, None], ["true", "F", None]):
            rows = ozdes(q=["A", "b", "C"], GOOD=good)
            assert column(through(rows, "mysurvey", book=book), "z_flag_homogenized") == [4, 1, None]


class TestColumns:
    def test_a_needed_one_of_another_name_is_told_with_similar_names(self) -> None:
        rows = ozdes(CLASSIFY=["STAR"] * 3, SPECPRIMARY=[1] * 3, ZWARNING=[0] * 3, z_err=[0.0] * 3)
        told = refusal(rows, survey="SDSS_DR17", quality_flag="ZWARNING")
        assert "'CLASS'" in told
        assert "CLASSIFY" in told

    def test_text_for_a_number_is_told_with_its_row(self) -> None:
        told = refusal(ozdes(z=["0.1", "about 2", "0.3"]), quality_flag="qop")
        assert "'z'" in told
        assert "row 2" in told
        assert "'about 2'" in told

    def test_numbers_written_as_texts_are_numbers(self) -> None:
        found = through(ozdes(z=["0.1", " none ", "0.3"], qop=["3", "4", "6"]), quality_flag="qop")
        assert column(found, "z") == [0.1, None, 0.3]
        assert column(found, "z_flag_homogenized") == [3, 4, 6]


class TestFlags:
    def test_those_that_no_rule_covers_are_null_and_counted(self) -> None:
        found = through(ozdes(qop=[3, 9, None]), quality_flag="qop")
        assert column(found, "z_flag_homogenized") == [3, None, None]
        assert found.report.surveys[0].unmapped_flags == {"9": 1, "null": 1}

    def test_homogenized_ones_that_do_not_exist_are_refused(self) -> None:
        told = refusal(ozdes(z_flag_homogenized=[4, 5, 2.5]))
        assert "2.5, 5 in 2 rows" in told
        assert "row 2" in told

    def test_homogenized_ones_written_as_texts_may_be_words_for_none(self) -> None:
        found = through(ozdes(z_flag_homogenized=["4", " None ", "6"]))
        assert column(found, "z_flag_homogenized") == [4, None, 6]


class TestPositions:
    def test_right_ascensions_outside_one_turn_are_brought_back_and_counted(self) -> None:
        found = through(ozdes(ra=[-10.0, 360.0, 400.0]), recipe=a_recipe(wrap_ra=True), quality_flag="qop")
        assert column(found, "ra") == [350, 0, 40]
        assert found.report.wrapped_ra == 3

    def test_they_are_refused_where_they_shall_not_be(self) -> None:
        recipe = a_recipe(wrap_ra=False)
        assert "in 3 of 3 rows" in refusal(ozdes(ra=[-10.0, 360.0, 400.0]), recipe=recipe, quality_flag="qop")

    @pytest.mark.parametrize("dec", [91.0, float("nan"), None])
    def test_a_row_without_one_is_refused_or_left_out_and_counted(self, dec: float | None) -> None:
        rows = ozdes(dec=pa.array([0.0, dec, 1.0]))
        assert "'dec'" in refusal(rows, quality_flag="qop")
        found = through(rows, recipe=a_recipe(bad_rows="drop"), quality_flag="qop")
        assert column(found, "id") == ["a", "c"]
        assert found.report.without_position == 1


class TestRedshifts:
    def test_velocities_are_divided_by_the_speed_of_light(self) -> None:
        z = pa.field("z", pa.float64(), metadata={"unit": "km/s"})
        table = pa.table(ozdes())
        table = table.set_column(3, z, pa.array([29_979.2458, 0.0, None]))
        found = through(table, quality_flag="qop")
        assert column(found, "z") == [pytest.approx(0.1, rel=1e-15), 0, None]
        assert found.report.z_unit == "km/s"

    def test_a_unit_that_is_none_of_a_redshift_is_refused(self) -> None:
        z = pa.field("z", pa.float64(), metadata={"unit": "mag"})
        table = pa.table(ozdes())
        assert "mag" in refusal(table.set_column(3, z, table["z"]), quality_flag="qop")


def test_repeated_ids_are_counted() -> None:
    found = through(ozdes(id=["a", "a", "a"]), quality_flag="qop")
    assert found.report.surveys[0].repeated_ids == 2


RELEASES = {"DESI": "DESI_DR1"}
"""The sample is named after the early release, but is of the main survey, which that one does not have."""


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.survey)
@pytest.mark.parametrize("is_named", [True, False], ids=["named", "recognized"])
def test_samples_have_the_published_flags_and_types_with_no_roles_given(sample: Sample, is_named: bool) -> None:
    table = read_sample(sample)
    if not is_named:
        table = table.drop_columns(["source" if sample.survey == "CANDELS" else "survey_name"])
    found = through(table, survey=None)
    if is_named or sample.survey != "CANDELS":
        assert found.surveys == (sample.survey if is_named else RELEASES.get(sample.survey, sample.survey),)
    report = found.report.surveys[0]
    assert report.quality == {str(flag): count for flag, count in sample.flags.items()}
    types = {kind: count for kind, count in report.instrument_types.items() if kind != "null"}
    assert types == sample.types


def test_ids_of_desi_stay_exact() -> None:
    table = read_sample(next(sample for sample in SAMPLES if sample.survey == "DESI"))
    assert column(through(table, survey=None), "id") == [str(number) for number in table["TARGETID"].to_pylist()]


class TestReleases:
    """Files as users have them rather than as the release was."""

    def test_a_label_that_no_survey_has_is_refused_though_the_columns_are_known(self) -> None:
        rows: dict[str, object] = {"NUM": [1], "ALPHA": [10.0], "DELTA": [1.0], "Z": [0.5], "ZFLAGS": [4.0]}
        assert "no rules for the survey 'VVDSX'. Did you mean VVDS" in refusal({**rows, "survey_name": ["VVDSX"]}, None)
        assert column(through(rows, None), "survey") == ["VVDS"]

    def test_only_the_case_of_a_column_may_differ_from_the_release(self) -> None:
        rows = {"num": [1], "alpha": [10.0], "delta": [1.0], "z": [0.5], "zflags": [24.0]}
        assert column(through(rows, "VVDS"), "z_flag_homogenized") == [4.0]

    def test_a_flag_that_should_be_a_number_is_told_with_everything_else(self) -> None:
        rows = {"id": [1, 2], "ra": [10.0, 11.0], "dec": [1.0, 91.0], "z": ["0.5", "x"], "z_flag": ["3", "four"]}
        told = refusal(rows, "VVDS")
        assert "'z_flag' holds text that is no number in 1 of 2 rows (row 2); the first is 'four'" in told
        assert "the column 'z' holds text that is no number" in told
        assert "the column 'dec' is outside" in told
