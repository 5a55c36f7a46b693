"""A survey is proposed by columns and values together; what is not clear is asked, with what speaks for and against."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainingset.specz.homogenize_test import RULES, refusal, through
from tests.trainingset.specz.sample_flags_test import SAMPLES, read_sample
from trainingset.specz.recognition import Recognition, recognize
from trainingset.specz.rule_file import read_rule_file
from trainingset.specz.survey_book import SurveyBook

SIGNS = {
    "OURS": 'signs: [{holds: "dec < 0", source: "southern run"}]',
    "THEIRS": 'signs: [{holds: "dec > 0", source: "northern run"}, {holds: "id LIKE \'T%\'", source: "the log"}]',
}
SAME_COLUMNS = """
name: {name}
title: {name}
instrument_types: [s]
{signs}
rules:
  version: 1
  source: me
  columns: {{id: slit, ra: RA, dec: DEC, z: zspec, z_flag: zq, known: [mask, night, seeing]}}
  quality: {{values: {values}}}
  instrument_type: {{default: s}}
"""


def book_of(**values: str) -> SurveyBook:
    """Surveys with the same columns: their tables of flags by name."""
    files = [SAME_COLUMNS.format(name=name, signs=SIGNS.get(name, ""), values=table) for name, table in values.items()]
    return SurveyBook.of(read_rule_file("---".join(files), name="ours"))


def run_of(**changed: Any) -> pa.Table:
    columns = {"slit": ["T1", "T2", "T3", "T4"], "RA": [1.0, 2.0, 3.0, 4.0], "DEC": [5.0, 6.0, 7.0, 8.0]}
    columns |= {"zspec": [0.1, 0.2, 0.3, 0.4], "zq": [1, 2, 3, 4], "mask": ["a"] * 4, "seeing": [1.0] * 4}
    return pa.table({name: column for name, column in (columns | changed).items() if column is not None})


def vvds(**changed: Any) -> pa.Table:
    columns = {"NUM": [1, 2, 3, 4], "ALPHA": [36.1, 36.2, 36.3, 36.4], "DELTA": [-4.1, -4.2, -4.3, -4.4]}
    columns |= {"Z": [0.7, 9.9999, 1.2, 0.4], "ZFLAGS": [4.0, 0.0, 19.0, 23.0], "MAGI": [22.0] * 4}
    return pa.table({name: column for name, column in (columns | changed).items() if column is not None})


def sdss(**changed: Any) -> pa.Table:
    columns = {"SPECOBJID": [1, 2], "PLUG_RA": [10.0, 11.0], "PLUG_DEC": [1.0, 2.0], "Z": [0.1, 0.2]}
    columns |= {"Z_ERR": [1e-4] * 2, "ZWARNING": [0, 4], "CLASS": ["GALAXY", "QSO"], "SPECPRIMARY": [1, 1]}
    return pa.table({name: column for name, column in (columns | changed).items() if column is not None})


def told(found: Recognition) -> str:
    return " ".join((*found.evidence, found.question))


@pytest.mark.parametrize("survey", ["2DFGRS", "6DFGS", "DESI", "ELAISS1OID", "VANDELS", "VIMOS"])
def test_a_release_is_known_in_any_case_of_letters_and_has_the_same_flags(survey: str) -> None:
    table = read_sample(next(sample for sample in SAMPLES if sample.survey == survey)).drop_columns(["survey_name"])
    renamed = table.rename_columns([name.swapcase() for name in table.column_names])
    assert recognize(renamed, SurveyBook.of()).survey == recognize(table, SurveyBook.of()).survey
    assert through(renamed, None).report.surveys[0].quality == through(table, None).report.surveys[0].quality


class TestValues:
    def test_evidence_names_columns_and_values(self) -> None:
        found = recognize(vvds(), SurveyBook.of())
        assert found.survey == "VVDS"
        assert "It has 5 columns of VVDS: ALPHA, DELTA, ZFLAGS, NUM, MAGI." in told(found)
        assert "its flags 0, 4, 19, 23 in 'ZFLAGS' are flags of the survey" in told(found)
        assert "its redshifts in 'Z' go from 0.4 to 1.2" in told(found)

    def test_flags_decide_between_surveys_with_the_same_columns(self) -> None:
        book = book_of(A="{1: 1, 2: 2, 3: 3, 4: 4}", B="{10: 1, 20: 2, 30: 3, 40: 4}")
        found = recognize(run_of(), book)
        assert found.survey == "A"
        assert "B has such columns too, but 4 of 4 flags in 'zq' are none of the survey (1, 2, 3, 4)" in told(found)
        assert recognize(run_of(zq=[10, 20, 40, None]), book).survey == "B"

    def test_a_few_odd_flags_are_told_and_no_obstacle(self) -> None:
        found = recognize(run_of(zq=[1, 2, 3, 9]), book_of(A="{1: 1, 2: 2, 3: 3, 4: 4}"))
        assert found.survey == "A"
        assert "Not all values fit: 1 of 4 flags in 'zq' are none of the survey (9)." in told(found)

    def test_signs_decide_between_surveys_whose_flags_are_the_same(self) -> None:
        book = book_of(OURS="{1: 1, 2: 2, 3: 3, 4: 4}", THEIRS="{1: 1, 2: 2, 3: 3, 4: 4}")
        found = recognize(run_of(), book)
        assert found.survey == "THEIRS"
        assert "id LIKE 'T%' (the log)" in told(found)
        assert "in 4 of 4 rows it is not so that dec < 0 (southern run)" in told(found)
        assert recognize(run_of(DEC=[-5.0, -6.0, -7.0, -8.0]), book).survey == "OURS"

    def test_surveys_whose_columns_and_values_both_fit_are_asked(self) -> None:
        found = recognize(run_of(), book_of(A="{1: 1, 2: 2, 3: 3, 4: 4}", B="{1: 0, 2: 1, 3: 3, 4: 4}"))
        assert found.survey is None
        assert found.candidates == ("A", "B")
        problem = found.problem()
        assert problem is not None
        assert "its columns are those of A or B; say which it is: survey_name=A behind the input" in problem.message

    @pytest.mark.parametrize(
        ("changed", "why"),
        [
            ({"ZFLAGS": [57.0, 66.0, 75.0, 88.0]}, "4 of 4 flags in 'ZFLAGS' are none of the survey (57, 66, 75, 88)"),
            ({"ZFLAGS": ["A", "B", "C", "A"]}, "4 of 4 flags in 'ZFLAGS' are none of the survey (A, B, C)"),
            ({"Z": [20123.4, 30000.0, 1e4, 9.9999]}, "3 of 3 values in 'Z' are no redshifts (the first is 20123.4)"),
        ],
    )
    def test_a_survey_whose_values_are_others_is_asked_with_both(self, changed: dict[str, Any], why: str) -> None:
        found = recognize(vvds(**changed), SurveyBook.of())
        assert found.survey is None
        assert "It has 5 columns of VVDS" in told(found)
        assert why in found.question
        assert "say survey_name=VVDS behind the input" in refusal(vvds(**changed), None)

    def test_velocities_with_their_unit_are_redshifts(self) -> None:
        z = pa.field("Z", pa.float64(), metadata={"unit": "km/s"})
        table = vvds()
        table = table.set_column(table.schema.get_field_index("Z"), z, pa.array([2e4, 3e4, 1e4, 5e3]))
        assert recognize(table, SurveyBook.of()).survey == "VVDS"

    def test_the_main_survey_of_desi_is_not_its_early_release(self) -> None:
        columns = {"TARGETID": [1], "TARGET_RA": [10.0], "TARGET_DEC": [0.0], "Z": [0.5], "ZERR": [1e-4], "ZWARN": [0]}
        columns |= {"SPECTYPE": ["GALAXY"], "ZCAT_PRIMARY": [True]}
        assert recognize(pa.table({**columns, "SURVEY": ["main"]}), SurveyBook.of()).survey == "DESI_DR1"
        for survey in ({"SURVEY": ["sv3"]}, {}):
            assert recognize(pa.table({**columns, **survey}), SurveyBook.of()).candidates == ("DESI", "DESI_DR1")

    @settings(max_examples=25)
    @given(
        rows=st.permutations(range(4)), flags=st.lists(st.sampled_from([1, 2, 4, 10, 40, None]), min_size=4, max_size=4)
    )
    def test_the_order_of_rows_says_nothing(self, rows: list[int], flags: list[int | None]) -> None:
        table = run_of(zq=pa.array(flags, pa.int64()))
        assert recognize(table.take(rows), BOOK) == recognize(table, BOOK)


BOOK = book_of(OURS="{1: 1, 2: 2, 3: 3, 4: 4}", THEIRS="{10: 1, 20: 2, 30: 3, 40: 4}")


class TestRenamedColumns:
    @pytest.mark.parametrize(
        ("changed", "question"),
        [
            ({"ZFLAGS": None, "ZFLAG": [4.0, 0.0, 19.0, 23.0]}, "there is no 'ZFLAGS'; did you mean 'ZFLAG'?"),
            ({"ZFLAGS": None, "conf": [4, 0, 9, 3]}, "there is no 'ZFLAGS'; did you mean 'conf'?"),
            ({"ALPHA": None, "ALPHA_": [1.0] * 4, "PROGRAM": ["F"] * 4}, "there is no 'ALPHA'; did you mean 'ALPHA_'?"),
        ],
    )
    def test_one_is_asked_for_by_its_name_or_by_its_values(self, changed: dict[str, Any], question: str) -> None:
        table = vvds(PROGRAM=["F02"] * 4) if "conf" in changed else vvds()
        for name, column in changed.items():
            table = table.drop_columns([name]) if column is None else table.append_column(name, pa.array(column))
        asked = refusal(table, None)
        assert "its columns are those of VVDS" in asked
        assert question in asked
        assert "survey_name=VVDS and " in asked

    def test_what_is_asked_for_can_be_said(self) -> None:
        table = vvds(ZFLAGS=None, ZFLAG=[4.0, 0.0, 19.0, 23.0])
        assert through(table, "VVDS", quality_flag="ZFLAG").table["z_flag_homogenized"].to_pylist() == [4, 0, 2, 3]

    def test_a_table_that_names_its_surveys_is_not_asked(self) -> None:
        table = vvds(ZFLAGS=None, ZFLAG=[4.0] * 4, survey=["VVDS", None, "VUDS", "VVDS"])
        assert through(table, None, quality_flag="ZFLAG").surveys == ("VUDS", "VVDS")

    def test_a_flag_that_is_a_probability_needs_no_survey(self) -> None:
        table = vvds(ZFLAGS=None, zflag=[0.93, 0.5, 1.0, 0.98])
        assert through(table, None).table["z_flag_homogenized"].to_pylist() == [3, 1, 4, 3]

    def test_any_other_catalog_is_of_no_survey(self) -> None:
        columns = {"ID": [1], "RAJ2000": [10.0], "DEJ2000": [0.0], "zspec": [0.5], "e_zspec": [0.1]}
        assert recognize(pa.table(columns), SurveyBook.of()) == Recognition(None)


class TestQuestion:
    @pytest.mark.parametrize("roles", [{}, {"z": "ZZ"}], ids=["no roles", "a wrong role"])
    def test_it_stands_alone_beside_what_is_wrong_whichever_survey_it_is(self, roles: dict[str, str]) -> None:
        asked = refusal(sdss(PLATE=[1, 2]), None, **roles)
        assert "its columns are those of SDSS_DR17 or SDSS_DR19" in asked
        assert "right ascension" not in asked
        assert ("no column 'ZZ'" in asked) == bool(roles)

    def test_what_was_asked_is_taken_with_the_columns_of_the_release(self) -> None:
        found = through(sdss().rename_columns([name.lower() for name in sdss().column_names]), "SDSS_DR17")
        assert found.table["z_flag_homogenized"].to_pylist() == [4, 1]
        assert found.report.roles["ra"] == "plug_ra"

    def test_columns_of_two_surveys_in_one_table_are_asked(self) -> None:
        both = vvds(alpha_j2000=None)
        for name, column in {"cls": "x", "OzDES_ID": "o", "Alpha_J2000": 1.0, "Delta_J2000": 2.0, "qop": 3}.items():
            both = both.append_column(name, pa.array([column] * 4))
        both = both.append_column("Transient_name", pa.array(["t"] * 4)).append_column("z", pa.array([0.1] * 4))
        assert set(recognize(both, SurveyBook.of()).candidates) == {"OZDES", "VVDS"}


def test_signs_of_ones_own_are_read_with_the_columns_of_the_release() -> None:
    with_sign = RULES.replace("rules:", "signs: [{holds: \"dec < 0 AND id LIKE 'x%'\", source: me}]\nrules:")
    (survey,) = read_rule_file(with_sign, name="mine")
    assert survey.signs[0].source == "me"
