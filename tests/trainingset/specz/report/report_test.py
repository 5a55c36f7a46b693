"""The quality report: its numbers against plain counting, its page against hostile texts."""

import re
from collections import Counter
from itertools import combinations
from xml.etree import ElementTree as ET

import numpy as np
import pyarrow as pa
import pytest

from trainingset.specz.input_report import InputReport, SurveyReport
from trainingset.specz.report.numbers import CompilationNumbers, agreement, compilation_numbers, numbers_of
from trainingset.specz.report.page import report_page
from trainingset.specz.report.tally import RowTally, tally_rows, total

N_ROWS = 400
SURVEYS = ("VVDS", "PRIMUS", "3D-HST")


def marked_table(seed: int = 1) -> pa.Table:
    """Rows of three surveys in groups of one to three."""
    rng = np.random.default_rng(seed)
    groups = rng.integers(0, 200, N_ROWS)
    z = 0.2 + groups / 100 + rng.normal(0, 0.01, N_ROWS)
    z[::37] = -9.999
    return pa.table(
        {
            "ra": rng.uniform(0, 360, N_ROWS),
            "dec": rng.uniform(-90, 90, N_ROWS),
            "z": pa.array(z),
            "survey": rng.choice(SURVEYS, N_ROWS),
            "z_flag_homogenized": pa.array(rng.choice([1.0, 3.0, 4.0, 6.0], N_ROWS)),
            "instrument_type_homogenized": pa.array(rng.choice(["s", "g", "p"], N_ROWS)),
            "tie_result": pa.array(rng.integers(0, 4, N_ROWS), pa.int8()),
            "group_id": pa.array(groups),
            "resolved_by": rng.choice(["only", "tie"], N_ROWS),
        }
    )


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return marked_table()


@pytest.fixture(scope="module")
def numbers(table: pa.Table) -> CompilationNumbers:
    return compilation_numbers(table, ())


def test_rows_are_counted_by_survey_flag_and_type(table: pa.Table, numbers: CompilationNumbers) -> None:
    rows = table.to_pylist()
    assert {one.survey: one.rows for one in numbers.surveys} == Counter(row["survey"] for row in rows)
    assert numbers.quality == {
        f"{key:g}": count for key, count in Counter(r["z_flag_homogenized"] for r in rows).items()
    }
    assert numbers.used == sum(row["tie_result"] == 1 for row in rows)
    assert numbers.without_redshift == len(rows[::37])
    assert sum(numbers.sky_counts) == N_ROWS
    for one in numbers.surveys:
        its = [row for row in rows if row["survey"] == one.survey]
        assert one.instrument_types == Counter(row["instrument_type_homogenized"] for row in its)


def test_the_histogram_holds_every_redshift_of_a_galaxy(table: pa.Table, numbers: CompilationNumbers) -> None:
    rows = [row for row in table.to_pylist() if row["z_flag_homogenized"] != 6 and row["z"] > -1]
    assert sum(sum(counts) for counts in numbers.n_of_z.values()) == len(rows)
    low, high = numbers.z_edges[3], numbers.z_edges[4]
    inside = [row for row in rows if low <= row["z"] < high and row["instrument_type_homogenized"] == "s"]
    assert numbers.n_of_z["s"][3] == len(inside)


def test_agreement_is_that_of_all_two_measurements_of_a_galaxy(table: pa.Table, numbers: CompilationNumbers) -> None:
    rows = [row for row in table.to_pylist() if row["z_flag_homogenized"] != 6 and row["z"] > -1]
    found: dict[tuple[str, str], list[float]] = {}
    for one, other in combinations(rows, 2):
        if one["group_id"] == other["group_id"]:
            first, second = sorted((one, other), key=lambda row: row["survey"])
            difference = (first["z"] - second["z"]) / (1 + (first["z"] + second["z"]) / 2)
            found.setdefault((first["survey"], second["survey"]), []).append(difference)
    assert {(one.survey, one.other): one.pairs for one in numbers.agreement} == {k: len(v) for k, v in found.items()}
    for one in numbers.agreement:
        values = np.array(found[one.survey, one.other])
        assert one.disagreements == (np.abs(values) > 0.005).sum()
        if one.survey == one.other:
            values = np.concatenate([values, -values])
        assert one.bias == pytest.approx(np.median(values), abs=1e-12)
        assert one.scatter == pytest.approx(1.4826 * np.median(np.abs(values - np.median(values))))
        assert one.outliers == (np.abs(np.array(found[one.survey, one.other])) > 0.15).sum()


def test_a_concatenation_has_a_report_without_repeats(table: pa.Table) -> None:
    plain = table.drop_columns(["tie_result", "group_id", "resolved_by"])
    numbers = compilation_numbers(plain, ())
    assert (numbers.used, numbers.agreement, numbers.group_sizes) == (N_ROWS, (), {})
    assert "were not looked for" in report_page(numbers, title="All")


def test_numbers_survive_json(numbers: CompilationNumbers) -> None:
    assert CompilationNumbers.model_validate_json(numbers.model_dump_json()) == numbers


def test_the_page_is_whole_and_asks_nobody(numbers: CompilationNumbers) -> None:
    page = report_page(numbers, title="Compilation")
    root = ET.fromstring(page.partition("\n")[2])
    assert root.tag == "html"
    assert not re.search(r"https?:|<script|src=|@import|url\(", page)
    bars = [box for box in root.iter("rect") if box.find("title") is not None]
    drawn = sum(int(box.findtext("title", "").split()[-2]) for box in bars)
    assert drawn == sum(sum(counts) for counts in numbers.n_of_z.values())
    assert sum(circle.get("class") == "pixel" for circle in root.iter("circle")) == len(numbers.sky_pixels)


def test_texts_of_strangers_stay_texts() -> None:
    hostile = "<script>alert(1)</script>\x00&\ud800"
    survey = SurveyReport(survey=hostile, rows=1, wanted=1, unmapped_flags={hostile: 1})
    report = InputReport(source="a", name=hostile, rows=1, kept=1, surveys=(survey,))
    table = marked_table().slice(0, 1).drop_columns(["tie_result", "group_id", "resolved_by"])
    page = report_page(compilation_numbers(table, [report]), title=hostile)
    assert "<script" not in page
    assert ET.fromstring(page.partition("\n")[2]).tag == "html"


def test_an_empty_table_has_a_page() -> None:
    assert "0 rows of 0 surveys" in report_page(compilation_numbers(marked_table().slice(0, 0), ()), title="None")


def test_tallies_of_parts_of_the_sky_add_up(table: pa.Table, numbers: CompilationNumbers) -> None:
    part = np.array(table["group_id"].to_pylist()) % 3
    parts = [tally_rows(table.filter(pa.array(part == number))) for number in range(3)]

    assert numbers_of(total([RowTally(), *parts]), agreement(table), ()) == numbers
