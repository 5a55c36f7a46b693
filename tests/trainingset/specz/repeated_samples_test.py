"""The 14 real samples under the preset ``reference`` have the published numbers."""

from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.trainingset.specz.measurements import a_recipe, marks_by_key
from tests.trainingset.specz.plain_marks import plain_marks
from tests.trainingset.specz.sample_rows import SAMPLES, sample_file, sample_rows
from trainingset.combine_recipe import CombineInput
from trainingset.specz.compilation_table import MARKS
from trainingset.specz.duplicates import keep_rows, mark_duplicates
from trainingset.specz.homogenize import homogenize
from trainingset.specz.row_keys import row_keys
from trainingset.specz.sky_pairs import find_sky_pairs
from trainingset.specz.survey_book import SurveyBook
from trainingset.tables import read_table


@pytest.fixture(scope="module")
def marked() -> pa.Table:
    return mark_duplicates(sample_rows(), a_recipe())


def tie_results(table: pa.Table) -> dict[int, int]:
    return dict(Counter(table["tie_result"].to_pylist()))


def test_rows_are_used_lost_tied_and_stars(marked: pa.Table) -> None:
    assert marked.num_rows == 13_478
    assert tie_results(marked) == {0: 208, 1: 12_854, 2: 142, 3: 274}


def test_without_one_sample_the_others_are_as_before() -> None:
    table = mark_duplicates(sample_rows("ELAISS1OID"), a_recipe())
    assert tie_results(table) == {0: 208, 1: 12_390, 2: 142, 3: 260}


def test_neighbors_pairs_and_groups_are_as_many(marked: pa.Table) -> None:
    assert marked.num_rows - marked["compared_to"].null_count == 541
    pairs = find_sky_pairs(marked["ra"].to_numpy(), marked["dec"].to_numpy(), 0.5)
    survey = marked["survey"].combine_chunks()
    same = pc.equal(survey.take(pa.array(pairs.first)), survey.take(pa.array(pairs.second)))
    assert (len(pairs), pc.sum(same).as_py()) == (297, 124)
    galaxies = marked.filter(pc.not_equal(marked["tie_result"], 3))
    sizes = Counter(Counter(galaxies["group_id"].to_pylist()).values())
    assert {size: n for size, n in sizes.items() if size > 1} == {2: 246, 3: 15, 4: 1}
    unresolved = marked.filter(pc.equal(marked["tie_result"], 2))
    assert len(pc.unique(unresolved["group_id"])) == 71


@pytest.mark.parametrize(("ties", "rows"), [("remove_all", 12_854), ("keep_all", 12_996), ("draw_one", 12_925)])
def test_removing_keeps_as_many(marked: pa.Table, ties: str, rows: int) -> None:
    assert keep_rows(marked, a_recipe(mode="remove", ties=ties)).num_rows == rows


@pytest.mark.parametrize("preset", ["reference", "complete"])
def test_every_row_with_company_is_resolved_as_one_group_after_the_other(marked: pa.Table, preset: str) -> None:
    table = sample_rows().filter(pc.is_valid(marked["compared_to"]))
    recipe = a_recipe(preset=preset)
    found = marks_by_key(mark_duplicates(table, recipe), "tie_result", "resolved_by", "kept_instead", "compared_to")
    expected = plain_marks(table, recipe)
    assert found == {
        key: (mark.tie_result, mark.resolved_by, mark.kept_instead, mark.compared_to) for key, mark in expected.items()
    }


@pytest.fixture(scope="module")
def homogenized_samples() -> pa.Table:
    """The samples as the library reads them, recognizes their surveys and applies its rules."""
    tables = [
        homogenize(
            read_table(sample_file(survey), name=survey),
            CombineInput(source="upload:a"),
            a_recipe(),
            SurveyBook.of(),
            name=survey,
        ).table
        for survey in SAMPLES
    ]
    rows = pa.concat_tables(tables)
    return rows.append_column("redshift_key", row_keys(rows))


@pytest.mark.parametrize("column", ["survey", "ra", "dec", "z", "z_flag_homogenized", "instrument_type_homogenized"])
def test_the_rules_of_the_library_give_the_rows_that_were_read_independently(
    homogenized_samples: pa.Table, column: str
) -> None:
    assert homogenized_samples[column].to_pylist() == sample_rows()[column].to_pylist()


def test_through_the_whole_library_the_numbers_are_those(homogenized_samples: pa.Table, marked: pa.Table) -> None:
    table = mark_duplicates(homogenized_samples, a_recipe())
    assert tie_results(table) == {0: 208, 1: 12_854, 2: 142, 3: 274}
    assert len(pc.unique(table["redshift_key"])) == 13_478
    assert table["n_measurements"].equals(marked["n_measurements"])


def test_a_compilation_that_is_combined_again_keeps_keys_groups_and_decisions(
    homogenized_samples: pa.Table, tmp_path: Path
) -> None:
    first = mark_duplicates(homogenized_samples, a_recipe())
    pq.write_table(first, tmp_path / "first.parquet")
    table = read_table(tmp_path / "first.parquet", name="first")
    given = CombineInput(source="upload:first")

    rows = homogenize(table, given, a_recipe(), SurveyBook.of(), name="first").table
    again = mark_duplicates(
        rows.set_column(rows.schema.get_field_index("redshift_key"), "redshift_key", row_keys(rows)), a_recipe()
    )

    names = ["redshift_key", *MARKS.names]
    assert again.select(names).to_pydict() == first.select(names).to_pydict()
