"""HDF5 and HATS through the whole service: asked for, downloaded, and read by the readers that they are for."""

import zipfile
from pathlib import Path
from typing import Any

import h5py
import lsdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml

import tsm
from tests.system.sky_files import CATALOG
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

SPLIT = {"train": 0.7, "test": 0.3}


@pytest.fixture(scope="module")
def job(maker: tsm.TrainingSetMaker, small_table: Path, mock_sky: MockSky) -> tsm.Job:
    recipe: dict[str, Any] = {"responseformat": "hdf5", "formats": ["hats", "hdf5"], "split": SPLIT, "seed": 2}
    return maker.crossmatch(small_table, catalog=CATALOG, radius_arcsec=1.0, **recipe).wait()


@pytest.fixture(scope="module")
def rows(job: tsm.Job, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """The result as Parquet, by pyarrow."""
    return pq.read_table(job.download("parquet", tmp_path_factory.mktemp("parquet")))


def ids_in(path: Path) -> list[int]:
    with h5py.File(path) as file:
        ids: list[int] = file["photometry/objectId"][:].tolist()
        return ids


def test_hdf5_files_hold_the_ids_of_the_parquet_file_and_of_its_subsets(
    job: tsm.Job, rows: pa.Table, tmp_path: Path
) -> None:
    result = job.download("result", tmp_path / "result.hdf5")
    subsets = {name: job.download(f"hdf5_{name}", tmp_path / f"{name}.hdf5") for name in SPLIT}

    assert ids_in(result) == rows["objectId"].to_pylist()
    assert max(ids_in(result)) > 2**53
    for name, path in subsets.items():
        of_subset = rows.filter(pc.equal(rows["subset"], name))
        assert ids_in(path) == of_subset["objectId"].to_pylist()
        with h5py.File(path) as file:
            assert file["photometry/redshift"][:].tolist() == of_subset["redshift"].to_pylist()
            assert {"mag_i_lsst", "mag_err_i_lsst"} <= set(file["photometry"])
    assert job.download("hdf5", tmp_path / "again.hdf5").read_bytes() == result.read_bytes()


def test_the_catalog_tag_names_what_is_in_the_files(job: tsm.Job, tmp_path: Path) -> None:
    content = yaml.safe_load(job.download("catalog_tag", tmp_path / "tag.yaml").read_text())
    (tag,) = (each["CatalogTag"] for each in content["CatalogTags"])

    with h5py.File(job.download("result", tmp_path / "result.hdf5")) as file:
        group = file[tag["hdf5_groupname"]]
        for template in ("mag_column_template", "mag_err_column_template"):
            assert all(tag[template].format(band=band) in group for band in tag["band_list"])
        assert {tag["redshift_col"], tag["object_id_col"]} <= set(group)


def test_lsdb_opens_the_archive_with_the_rows_of_the_parquet_file(job: tsm.Job, rows: pa.Table, tmp_path: Path) -> None:
    with zipfile.ZipFile(job.download("hats", tmp_path / "result.hats.zip")) as archive:
        assert all(name.startswith("training_set_collection/") for name in archive.namelist())
        archive.extractall(tmp_path)

    read = lsdb.open_catalog(tmp_path / "training_set_collection", columns="all").compute(progress_bar=False)

    names = ["row_key", "objectId", "redshift", "subset"]
    table = pa.Table.from_pandas(read[names], preserve_index=False).sort_by("row_key")
    assert table.to_pydict() == rows.select(names).sort_by("row_key").to_pydict()
