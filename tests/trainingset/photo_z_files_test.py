"""Files for photo-z codes and LSDB, from an order to what is in them."""

import zipfile
from pathlib import Path

import h5py
import lsdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from tests.sky import entry_of
from trainingset.formats import write_table
from trainingset.make import make_training_set
from trainingset.mock.place import MockSky
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.recipe import Hdf5Profile
from trainingset.wire import ResponseFormat


def make(sky: MockSky, folder: Path, **request: object) -> TrainingSetFiles:
    folder.mkdir()
    entry = entry_of(sky)
    return make_training_set(
        Order(
            request={"catalog": entry.id, "redshifts": "mine", **request},
            catalogs=(entry,),
            inputs={"mine": InputFile(name="mine", path=str(sky.redshifts))},
            folder=str(folder),
        )
    )


@pytest.fixture(scope="module")
def files(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> TrainingSetFiles:
    return make(
        mock_sky,
        tmp_path_factory.mktemp("photo_z") / "job",
        split={"train": 0.7, "test": 0.3},
        responseformat="hdf5",
        formats=["hats"],
        dereddening="sf11",
        how="left",
    )


def path_of(files: TrainingSetFiles, file_id: str) -> Path:
    (found,) = [file for file in files.files if file.id == file_id]
    return Path(found.path)


def rows_of(files: TrainingSetFiles) -> pa.Table:
    return pq.read_table(path_of(files, "parquet"))


def test_each_subset_has_an_hdf5_file_and_all_share_one_tag(files: TrainingSetFiles) -> None:
    told = [(file.id, file.filename, file.mime_type) for file in files.files]
    assert told == [
        ("result", "training_set.hdf5", "application/x-hdf5"),
        ("parquet", "training_set.parquet", "application/vnd.apache.parquet"),
        ("hats", "training_set.hats.zip", "application/x-hats+zip"),
        ("hdf5_train", "training_set_train.hdf5", "application/x-hdf5"),
        ("hdf5_test", "training_set_test.hdf5", "application/x-hdf5"),
        ("catalog_tag", "training_set.yaml", "application/yaml"),
        ("provenance", "provenance.json", "application/json"),
    ]
    left = {path.name for path in path_of(files, "parquet").parent.iterdir()}
    assert left == {name for _, name, _ in told}


def test_subsets_hold_the_rows_of_the_subset_in_their_order(files: TrainingSetFiles) -> None:
    rows = rows_of(files)
    for name in ("train", "test"):
        expected = rows.filter(pa.compute.equal(rows["subset"], name))["row_key"].to_pylist()
        with h5py.File(path_of(files, f"hdf5_{name}")) as file:
            assert file["photometry/row_key"].asstr()[:].tolist() == expected
            assert file.attrs["SUBSET"] == name


def test_magnitudes_are_the_dereddened_ones_and_the_tag_says_so(files: TrainingSetFiles) -> None:
    rows = rows_of(files)
    corrected, states = rows["i_gaap1p0Mag_dered"].to_pylist(), rows["i_state"].to_pylist()
    marks = {"detected": None, "not_detected": 99.0, "not_observed": -99.0, None: -99.0}
    expected = [value if marks[state] is None else marks[state] for value, state in zip(corrected, states, strict=True)]
    assert set(states) == set(marks)
    with h5py.File(path_of(files, "result")) as file:
        assert file["photometry/mag_i_lsst"][:].tolist() == expected
    content = yaml.safe_load(path_of(files, "catalog_tag").read_text(encoding="utf-8"))
    assert {band["Band"]["a_env"] for band in content["Bands"]} == {0}


def test_every_column_of_the_training_set_is_in_the_file(files: TrainingSetFiles) -> None:
    with h5py.File(path_of(files, "result")) as file:
        names = {dataset.attrs.get("column", name) for name, dataset in file["photometry"].items()}
        units = {name: dataset.attrs.get("unit") for name, dataset in file["photometry"].items()}
    rows = rows_of(files)
    assert names == set(rows.column_names)
    assert units["separation_arcsec"] == "arcsec"
    assert units["mag_i_lsst"] == "mag"


def test_ids_of_unmatched_redshifts_are_null_and_the_others_exact(files: TrainingSetFiles) -> None:
    with h5py.File(path_of(files, "result")) as file:
        ids = file["photometry/objectId"]
        assert ids.dtype == np.int64
        read = [None if value == ids.attrs["null_value"] else value for value in ids[:].tolist()]
    assert read == rows_of(files)["objectId"].to_pylist()
    assert None in read


def test_lsdb_opens_all_rows_at_the_positions_of_the_redshifts(files: TrainingSetFiles, tmp_path: Path) -> None:
    with zipfile.ZipFile(path_of(files, "hats")) as archive:
        archive.extractall(tmp_path)
    catalog = lsdb.open_catalog(tmp_path / "training_set_collection")
    read = pa.Table.from_pandas(catalog.compute(progress_bar=False), preserve_index=False).sort_by("row_key")
    expected = rows_of(files).sort_by("row_key")
    assert read.to_pydict().keys() == expected.to_pydict().keys()
    assert read["objectId"].to_pylist() == expected["objectId"].to_pylist()
    assert read["redshift"].to_pylist() == expected["redshift"].to_pylist()
    info = catalog.hc_structure.catalog_info
    assert info.model_extra["tsm_seed"] == "0"
    assert expected[info.ra_column].null_count == 0


@pytest.mark.parametrize("profile", Hdf5Profile)
def test_a_saved_file_can_become_hdf5_later(profile: Hdf5Profile, files: TrainingSetFiles, tmp_path: Path) -> None:
    target = tmp_path / "later.hdf5"
    write_table(path_of(files, "parquet"), target, ResponseFormat.HDF5, profile=profile)
    with h5py.File(target) as file:
        group = file["photometry"] if profile is Hdf5Profile.RAIL else file
        assert len(group["redshift"]) == files.rows


def test_subsets_as_files_and_for_photo_z_are_made_once(mock_sky: MockSky, tmp_path: Path) -> None:
    made = make(
        mock_sky, tmp_path / "job", split={"a": 0.5, "b": 0.5}, responseformat="hdf5", subsets="files", maxrec=50
    )
    assert [file.id for file in made.files][2:-2] == ["subset_a", "hdf5_a", "subset_b", "hdf5_b"]
    assert path_of(made, "subset_a") == path_of(made, "hdf5_a")


def test_a_result_without_rows_is_made_in_both_formats(mock_sky: MockSky, tmp_path: Path) -> None:
    made = make(mock_sky, tmp_path / "job", formats=["hdf5", "hats"], maxrec=0)
    with h5py.File(path_of(made, "hdf5")) as file:
        assert len(file["photometry/objectId"]) == 0
    with zipfile.ZipFile(path_of(made, "hats")) as archive:
        archive.extractall(tmp_path)
    assert len(lsdb.open_catalog(tmp_path / "training_set_collection").compute(progress_bar=False)) == 0
