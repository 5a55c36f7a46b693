"""``tsm crossmatch``: from a table of redshifts to a training set in one command."""

from enum import Enum
from pathlib import Path
from xml.etree import ElementTree as ET

import h5py
import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.table import Table

from service.stack import Stack
from tests.clients.cli.shell import Shell
from tests.system.sky_files import CATALOG, nearest_objects
from trainingset.mock.place import MockSky
from trainingset.recipe import CrossmatchRecipe
from trainingset.wire import parameter_names
from tsm import TrainingSetMaker

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

SPLIT = ("--catalog", CATALOG, "--radius", 1, "--split", "train=0.7,test=0.3", "--seed", 1)


def uploads(shell: Shell) -> int:
    return len(shell("uploads", "--json").document)


def test_one_command_leaves_the_training_set_with_the_right_rows(made: Path, table: Path, mock_sky: MockSky) -> None:
    rows = pq.read_table(made).to_pydict()
    found = dict(zip(rows["id"], rows["objectId"], strict=True))
    expected = {key: pair[0] for key, pair in nearest_objects(mock_sky, table, radius_arcsec=1.0).items()}
    assert found.items() <= expected.items()
    assert set(found.values()) == set(expected.values())
    assert set(rows["subset"]) == {"train", "test"}


def test_the_record_lies_beside_the_file(made: Path) -> None:
    assert sorted(path.name for path in made.parent.iterdir()) == ["set.parquet", "set.provenance.json"]


def test_the_quality_report_that_is_asked_for_lies_beside_it_too(
    signed_in: Shell, stack: Stack, made: Path, table: Path, tmp_path: Path
) -> None:
    run = signed_in("crossmatch", table, *SPLIT, "--report", "-o", tmp_path / "set.parquet", "--json")
    assert run.code == 0, run.err
    names = ["set.parquet", "set.provenance.json", "set.report.html"]
    assert [Path(file).name for file in run.document["files"]] == names
    page = (tmp_path / "set.report.html").read_text(encoding="utf-8")
    cells = [[cell.text for cell in line] for line in ET.fromstring(page.removeprefix("<!DOCTYPE html>\n")).iter("tr")]
    rows = pq.read_table(made)
    for group in rows.group_by("subset").aggregate([([], "count_all")]).to_pylist():
        assert ["unknown", group["subset"], str(group["count_all"])] in cells
    assert set(rows.column_names) <= {line[0] for line in cells}
    with TrainingSetMaker(stack.url, token=stack.connection.token) as maker:
        assert maker.job(run.document["id"]).download("report", tmp_path / "again.html").read_text() == page


def test_each_suffix_brings_its_format_and_hdf5_a_file_for_each_subset(
    signed_in: Shell, made: Path, table: Path, tmp_path: Path
) -> None:
    outputs = [option for name in ("set.hdf5", "set.fits") for option in ("-o", tmp_path / name)]
    run = signed_in("crossmatch", table, *SPLIT, *outputs, "--profile", "rubin", "--json")
    assert run.code == 0, run.err
    names = ["set.hdf5", "set_train.hdf5", "set_test.hdf5", "set.yaml", "set.fits", "set.provenance.json"]
    assert [Path(file).name for file in run.document["files"]] == names
    ids = pq.read_table(made)["objectId"].to_numpy()
    np.testing.assert_array_equal(np.sort(Table.read(tmp_path / "set.fits")["objectId"]), np.sort(ids))
    with h5py.File(tmp_path / "set_train.hdf5") as train, h5py.File(tmp_path / "set_test.hdf5") as test:
        np.testing.assert_array_equal(np.sort(np.r_[train["objectId"][:], test["objectId"][:]]), np.sort(ids))


def test_all_mistakes_in_options_are_told_together_and_nothing_is_sent(signed_in: Shell, table: Path) -> None:
    before = uploads(signed_in)
    run = signed_in("crossmatch", table, "--radius", "wide", "--split", "train=0.5", "--match", "far", "--seed", "-1")
    assert (run.code, run.out) == (2, "")
    for option in ("--catalog", "--radius", "--split", "--match", "--seed"):
        assert f"  {option}: " in run.err
    assert uploads(signed_in) == before


def test_mistakes_are_a_document_with_json(signed_in: Shell, table: Path) -> None:
    error = signed_in("crossmatch", table, "--radius", "-1", "--json").document["error"]
    assert (error["exit_code"], error["name"]) == (2, "usage")
    assert [problem["parameter"] for problem in error["problems"]] == ["--catalog", "--radius"]


def test_what_only_the_service_can_tell_is_told_with_all_problems(signed_in: Shell, table: Path) -> None:
    run = signed_in("crossmatch", table, "--catalog", CATALOG, "--radius", 99, "--columns", "i_gaap1p0Fluxx")
    assert run.code == 3
    assert "RADIUS" in run.err
    assert "i_gaap1p0Fluxx" in run.err


@pytest.mark.parametrize("name", ["set.parquet", "set.provenance.json"])
def test_a_file_that_exists_is_refused_before_anything_is_sent(
    signed_in: Shell, table: Path, tmp_path: Path, name: str
) -> None:
    before = uploads(signed_in)
    (tmp_path / name).write_text("mine")
    run = signed_in("crossmatch", table, *SPLIT, "-o", tmp_path / "set.parquet")
    assert run.code == 8
    assert "--overwrite" in run.err
    assert (tmp_path / name).read_text() == "mine"
    assert uploads(signed_in) == before


def test_a_folder_that_is_missing_is_told_before_anything_is_sent(signed_in: Shell, table: Path) -> None:
    before = uploads(signed_in)
    run = signed_in("crossmatch", table, *SPLIT, "-o", "no/such/folder/set.parquet")
    assert (run.code, uploads(signed_in)) == (8, before)


def test_a_suffix_of_no_format_is_a_wrong_option(signed_in: Shell, table: Path) -> None:
    run = signed_in("crossmatch", table, *SPLIT, "-o", "set.docx")
    assert run.code == 2
    assert ".parquet" in run.err


def test_a_table_that_is_missing_is_a_problem_of_this_machine(signed_in: Shell) -> None:
    run = signed_in("crossmatch", "no-such.fits", *SPLIT)
    assert run.code == 8
    assert "no-such.fits" in run.err


def test_a_dry_run_shows_the_plan_and_makes_no_job(signed_in: Shell, table: Path) -> None:
    jobs = signed_in("jobs", "--json").document
    run = signed_in("crossmatch", table, *SPLIT, "--dry-run", "--json")
    assert run.code == 0, run.err
    assert run.document["n_redshifts"] == 300
    assert run.document["recipe"]["radius_arcsec"] == 1.0
    assert signed_in("jobs", "--json").document == jobs


def test_a_dry_run_of_what_would_be_refused_says_so(signed_in: Shell, table: Path) -> None:
    run = signed_in("crossmatch", table, "--catalog", CATALOG, "--radius", 99, "--dry-run", "--json")
    assert run.code == 3
    assert [problem["parameter"] for problem in run.document["problems"]] == ["RADIUS"]


def test_without_waiting_the_id_of_the_job_is_all_that_is_printed(signed_in: Shell, table: Path) -> None:
    source = signed_in("upload", table).out.strip()
    run = signed_in("crossmatch", source, "--catalog", CATALOG, "--no-wait", "--run-id", "mine")
    assert run.code == 0, run.err
    job = signed_in("status", run.out.strip(), "--json").document
    assert (job["run_id"], job["recipe"]["redshifts"]) == ("mine", source)


def test_a_file_cannot_be_asked_for_without_waiting(signed_in: Shell, table: Path) -> None:
    run = signed_in("crossmatch", table, *SPLIT, "-o", "set.parquet", "--no-wait")
    assert run.code == 2


@pytest.mark.parametrize(
    ("wire_name", "name"), [(wire, field) for wire, (field, _) in parameter_names(CrossmatchRecipe).items()]
)
def test_every_field_of_the_recipe_is_an_option_with_its_words_and_choices(
    stranger: Shell, wire_name: str, name: str
) -> None:
    if name == "redshifts":
        assert "FILE_OR_SOURCE" in stranger("crossmatch", "--help").out
        return
    field = CrossmatchRecipe.model_fields[name]
    words = " ".join(stranger("crossmatch", "--help").out.split())
    assert f"--{wire_name.lower().replace('_', '-')} " in words
    assert " ".join(str(field.description).split()[:6]) in words
    if isinstance(field.default, Enum):
        assert "|".join(member.value for member in type(field.default)) in words
