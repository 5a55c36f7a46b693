"""Rows of any survey are brought on the common scales, and what cannot be is refused with what to do."""

import pyarrow as pa
import pytest

from tests.trainingset.specz.measurements import a_recipe
from tests.trainingset.specz.sample_flags_test import SAMPLES, Sample, read_sample
from trainingset.combine_recipe import CombineInput, CombineRecipe
from trainingset.errors import TableError
from trainingset.specz.homogenize import Homogenized, homogenize
from trainingset.specz.rule_file import read_rule_file
from trainingset.specz.survey import load_surveys
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


def velocities(values: list[float], errors: list[float] | None = None, unit: str = "km/s") -> pa.Table:
    """Rows with velocities in km/s, and errors without a unit."""
    table = pa.table(ozdes(**({} if errors is None else {"z_err": errors})))
    field = pa.field("z", pa.float64(), metadata={"unit": unit})
    return table.set_column(table.schema.get_field_index("z"), field, pa.array(values))


NO_SENTINELS = a_recipe(sentinels="null")


class TestVelocities:
    @pytest.mark.parametrize("value", [-9.999, -99.0, -999.0, -9999.0, -99999.0, 9.9999, 99.99])
    @pytest.mark.parametrize("unit", ["km/s", "m/s"])
    def test_values_for_none_are_found_before_they_are_converted(self, value: float, unit: str) -> None:
        found = through(velocities([value, 30_000.0, 15_000.0], unit=unit), recipe=NO_SENTINELS, quality_flag="qop")
        assert column(found, "z")[0] is None
        assert column(found, "z")[1] is not None
        assert found.report.surveys[0].sentinels == {f"{value:.6g}": 1}

    def test_those_that_galaxies_have_stay(self) -> None:
        found = through(velocities([-300.0, 999.0, 9999.0]), recipe=NO_SENTINELS, quality_flag="qop")
        assert column(found, "z") == [pytest.approx(v / 299_792.458) for v in (-300.0, 999.0, 9999.0)]
        assert found.report.surveys[0].sentinels == {}

    def test_a_sentinel_of_the_surveys_own_is_in_the_unit_of_the_file(self) -> None:
        text = RULES.replace("  columns:", "  sentinels: [-555.5]\n  columns:")
        book = SurveyBook.of(read_rule_file(text, name="mine"))
        table = velocities([-555.5, 3000.0, 3000.0])
        table = table.append_column("q", pa.array(["A"] * 3)).append_column("GOOD", pa.array([True] * 3))
        found = through(table, "MYSURVEY", NO_SENTINELS, book)
        assert column(found, "z")[0] is None

    def test_errors_without_a_unit_are_in_that_of_the_velocities(self) -> None:
        found = through(velocities([3000.0] * 3, [29.9792458] * 3), quality_flag="qop")
        assert column(found, "z_err") == [pytest.approx(1e-4)] * 3
        assert any("'z_err' has no unit" in note for note in found.report.notes)

    def test_errors_that_cannot_be_velocities_are_refused_without_a_unit(self) -> None:
        told = refusal(velocities([3000.0] * 3, [1e-4, 2e-4, 1e-4]), quality_flag="qop")
        assert "'z_err' has no unit" in told
        assert "Give it the unit '1'" in told


class TestDates:
    @pytest.mark.parametrize(
        ("text", "year"),
        [
            ("55123.4", 2009.796),
            ("2455123.9", 2009.796),
            ("2009-10-19T09:36:00", 2009.796),
            ("2009/10/19", 2009.796),
            ("20091019", 2009.796),
            ("19 Oct 2009", 2009.796),
            ("2009.796", 2009.796),
            ("2009", 2009.0),
        ],
    )
    def test_texts_are_read_whatever_their_form(self, text: str, year: float) -> None:
        found = through(ozdes(when=[text] * 3), quality_flag="qop", date="when")
        # Half a week: what is told apart are years and months.
        assert column(found, "date") == [pytest.approx(year, abs=0.01)] * 3

    @pytest.mark.parametrize("text", ["03/04/2010", "soon", "2010-13-01", "5512", ""])
    def test_texts_that_are_none_give_the_year_of_the_release(self, text: str) -> None:
        without = through(ozdes(), quality_flag="qop")
        found = through(ozdes(when=[text] * 3), quality_flag="qop", date="when")
        assert column(found, "date") == column(without, "date")


class TestFrames:
    @pytest.mark.parametrize(
        ("metadata", "frame"),
        [
            ({"ucd": "spect.dopplerVeloc;pos.heliocentric"}, "heliocentric"),
            ({"description": "Redshift in the CMB frame"}, "cmb"),
            ({"description": "Heliocentric redshift"}, "heliocentric"),
            ({"description": "Heliocentric redshift corrected to CMB"}, "unknown"),
            ({"description": "Chelsea's combined list"}, "unknown"),
        ],
    )
    def test_what_the_column_says_is_recorded(self, metadata: dict[str, str], frame: str) -> None:
        table = pa.table(ozdes())
        table = table.set_column(3, pa.field("z", pa.float64(), metadata=metadata), table["z"])
        assert through(table, quality_flag="qop").report.z_frame == frame

    def test_the_name_of_the_column_tells_it_over_the_rules(self) -> None:
        rows = {**ozdes(nQ=[4, 4, 4]), "zcmb": [0.1, 0.2, 0.3]}
        assert through(rows, "GAMA_DR4", z="zcmb", quality_flag="nQ").report.z_frame == "cmb"

    def test_surveys_of_different_frames_in_one_input_tell_their_own(self) -> None:
        report = through(ozdes(z_flag=[3, 4, 4], survey=["OZDES", "GAMA_DR4", "OZDES"], qop=[3] * 3), None).report
        assert report.z_frame == "mixed"
        assert {one.survey: one.z_frame for one in report.surveys} == {"GAMA_DR4": "heliocentric", "OZDES": "unknown"}


def test_a_right_ascension_far_outside_is_told_once() -> None:
    with pytest.raises(TableError) as raised:
        through(ozdes(ra=[400.0, 20.0, 30.0]), recipe=a_recipe(wrap_ra=False), quality_flag="qop")
    assert [problem.parameter for problem in raised.value.problems] == ["WRAP_RA"]


@pytest.mark.filterwarnings("error")
def test_an_infinite_right_ascension_is_refused_without_a_warning() -> None:
    assert "no finite value in 1 of 3 rows" in refusal(ozdes(ra=[float("inf"), 400.0, 30.0]), quality_flag="qop")


def test_a_table_without_rows_is_one_problem_with_its_name() -> None:
    told = refusal(pa.table(ozdes()).slice(0, 0), None)
    assert told == "x has columns but no rows; send a table with at least one redshift."


@pytest.mark.parametrize(
    ("preset", "wanted"),
    [
        ("training", [True, True, False, False, False, False]),
        ("reference", [True] * 6),
        ("complete", [True] * 6),
    ],
)
def test_each_preset_wants_its_own_rows(preset: str, wanted: list[bool]) -> None:
    rows = {
        "id": [*"abcdef"],
        "ra": [10.0 + place for place in range(6)],
        "dec": [0.0] * 6,
        "z": [0.5, 0.5, 0.5, 0.5, 0.5, 0.0005],
        "z_flag_homogenized": [4.0, 3.0, 2.0, None, 6.0, 4.0],
        "instrument_type_homogenized": ["s", "g", "s", "s", "s", "s"],
    }
    recipe = CombineRecipe.model_validate({"inputs": "upload:x", "preset": preset}).resolved()
    assert column(through(rows, None, recipe), "wanted") == wanted


def test_the_training_preset_wants_no_photometric_redshift_and_no_sentinel() -> None:
    rows = ozdes(z=[0.5, -9.0, 0.5], z_flag_homogenized=[4.0] * 3, instrument_type_homogenized=["p", "s", "s"])
    recipe = CombineRecipe.model_validate({"inputs": "upload:x", "preset": "training"}).resolved()
    assert column(through(rows, None, recipe), "wanted") == [False, False, True]


WITH_SENTINELS = [(s.name, v) for s in load_surveys() if s.rules is not None for v in s.rules.sentinels]


@pytest.mark.parametrize(("survey", "value"), WITH_SENTINELS)
def test_values_that_a_survey_writes_for_none_become_null_and_are_counted(survey: str, value: float) -> None:
    rows = ozdes(z=[value, 0.2, 0.3], z_flag_homogenized=[4.0] * 3, instrument_type_homogenized=["s"] * 3)
    found = through(rows, survey, NO_SENTINELS)
    assert column(found, "z") == [None, 0.2, 0.3]
    assert found.report.surveys[0].sentinels == {f"{value:.6g}": 1}


WITH_ACCURACY = [
    (s.name, s.rules.position_accuracy_arcsec.value)
    for s in load_surveys()
    if s.rules is not None and s.rules.position_accuracy_arcsec is not None
]


@pytest.mark.parametrize(("survey", "accuracy"), WITH_ACCURACY)
def test_surveys_have_radii_of_three_times_their_accuracy_or_as_given(survey: str, accuracy: float) -> None:
    rows = ozdes(z_flag_homogenized=[4.0] * 3, instrument_type_homogenized=["s"] * 3)
    own = through(rows, survey, a_recipe(radius_from="survey", radius_arcsec=0.5))
    assert column(own, "match_radius_arcsec") == [pytest.approx(max(0.5, 3 * accuracy))] * 3
    fixed = through(rows, survey, a_recipe(radius_from="fixed", radius_arcsec=0.5))
    assert column(fixed, "match_radius_arcsec") == [0.5] * 3


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
