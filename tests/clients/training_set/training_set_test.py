"""What a scientist has in hand after a job: rows, subsets, files and the record of where they come from."""

import shutil
import subprocess
import sys
from pathlib import Path

import astropy.units as u
import h5py
import lsdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
import yaml
from astropy.table import Table

from trainingset.provenance import Provenance
from tsm.errors import (
    DiskError,
    MissingExtraError,
    NotATrainingSetError,
    TargetExistsError,
    UnknownSubsetError,
)
from tsm.sets.training_set import TrainingSet

HOSTILE = "<script>alert('x')</script>"


def a_record(**changes: object) -> Provenance:
    values: dict[str, object] = {
        "request": {},
        "recipe": {"catalog": "c", "redshifts": "mine"},
        "seed": 0,
        "inputs": (),
        "catalogs": (),
        "stages": (),
        "rows": 2,
        "row_checksum": "sha256:0",
        "software": {},
    }
    return Provenance.model_validate(values | changes)


def a_set(folder: Path, table: pa.Table, **changes: object) -> TrainingSet:
    path = folder / "rows.parquet"
    pq.write_table(table, path)
    return TrainingSet(path, a_record(**changes))


def are_equal(left: pa.Table, right: pa.Table) -> bool:
    """Whether two tables have the same columns and rows; NaN equals itself."""

    def are_same(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
        if not pa.types.is_floating(one.type):
            return bool(one.equals(other))
        return one.is_null().equals(other.is_null()) and np.array_equal(one, other, equal_nan=True)

    return left.schema.equals(right.schema, check_metadata=False) and all(
        are_same(left[name], right[name]) for name in left.column_names
    )


def ids_of(table: pa.Table) -> list[int | None]:
    ids: list[int | None] = table["objectId"].to_pylist()
    return ids


def test_rows_and_subsets_are_counted(ts: TrainingSet, rows: pa.Table) -> None:
    counts = {item["values"]: item["counts"] for item in pc.value_counts(rows["subset"].drop_null()).to_pylist()}
    assert len(ts) == rows.num_rows
    assert ts.subsets == counts
    assert set(ts.subsets) == {"train", "test"}
    assert len(ts["train"]) == counts["train"]
    assert "train" in ts
    assert ts.columns == tuple(rows.column_names)


def test_a_subset_has_its_rows_alone(ts: TrainingSet, rows: pa.Table) -> None:
    expected = rows.filter(pc.equal(rows["subset"], "test"))
    assert are_equal(ts["test"].to_arrow(), expected)
    assert ts["test"].subsets == {"test": expected.num_rows}


def test_an_unknown_subset_is_answered_with_close_ones(ts: TrainingSet) -> None:
    with pytest.raises(UnknownSubsetError, match="did you mean 'train'"):
        ts["trian"]
    with pytest.raises(UnknownSubsetError, match=r"column.*\.table\['redshift'\]"):
        ts["redshift"]


def test_a_set_without_a_split_says_so(tmp_path: Path) -> None:
    unsplit = a_set(tmp_path, pa.table({"redshift": [0.1, 0.2]}))
    assert unsplit.subsets == {}
    with pytest.raises(UnknownSubsetError, match="was not split"):
        unsplit["train"]


def test_the_table_has_units_ucds_and_descriptions(ts: TrainingSet) -> None:
    assert ts.table["ra"].unit == u.deg
    assert ts.table["i_gaap1p0Flux"].unit == u.nJy
    assert ts.table["separation_arcsec"].unit == u.arcsec
    assert ts.table["redshift"].meta["ucd"] == "src.redshift;meta.main"
    assert ts.table["separation_arcsec"].description == "Great-circle separation of redshift and object"


def test_ids_are_exact_and_masked_where_there_is_no_object(ts: TrainingSet, rows: pa.Table) -> None:
    column = ts.table["objectId"]
    assert column.dtype == np.int64
    assert column.tolist() == ids_of(rows)
    assert None in ids_of(rows)
    assert max(filter(None, ids_of(rows))) > 2**53


def test_nulls_are_masked_and_nan_stays_a_value(tmp_path: Path) -> None:
    table = pa.table(
        {
            "x": pa.array([1.0, None, np.nan]),
            "name": pa.array(["a", None, "ü"]),
            "flag": pa.array([True, None, False]),
            "n": pa.array([1, None, 3], pa.int16()),
        }
    )
    found = a_set(tmp_path, table).table
    assert found["x"].mask.tolist() == [False, True, False]
    assert np.isnan(found["x"].data[2])
    assert [found[name].tolist() for name in ("name", "flag", "n")] == [
        ["a", None, "ü"],
        [True, None, False],
        [1, None, 3],
    ]
    assert found["n"].dtype == np.int16


def test_a_unit_that_nobody_knows_is_kept(tmp_path: Path) -> None:
    schema = pa.schema([pa.field("x", pa.float64(), metadata={"unit": "furlong/fortnite"})])
    assert str(a_set(tmp_path, pa.table([[1.0]], schema=schema)).table["x"].unit) == "furlong/fortnite"


def test_data_frames_keep_ids_beside_nulls(ts: TrainingSet, rows: pa.Table) -> None:
    frame = ts.to_pandas(["objectId", "redshift"])
    assert list(frame) == ["objectId", "redshift"]
    assert frame["objectId"].dtype == pd.ArrowDtype(pa.int64())
    assert [None if value is pd.NA else int(value) for value in frame["objectId"]] == ids_of(rows)


def test_arrow_rows_keep_the_metadata_of_their_fields(ts: TrainingSet, rows: pa.Table) -> None:
    assert are_equal(ts.to_arrow(), rows)
    assert ts.to_arrow(["dec", "ra"]).schema.field("ra").metadata == rows.schema.field("ra").metadata


@pytest.mark.parametrize("suffix", [".vot", ".xml", ".fits"])
def test_astropy_reads_what_is_written(ts: TrainingSet, tmp_path: Path, suffix: str) -> None:
    path = ts["train"].write(tmp_path / f"train{suffix}")
    found = Table.read(path, format="fits" if suffix == ".fits" else "votable")
    assert found["objectId"].tolist() == ts["train"].table["objectId"].tolist()
    assert found["ra"].unit == u.deg


def test_csv_is_read_by_pandas(ts: TrainingSet, tmp_path: Path) -> None:
    found = pd.read_csv(ts.write(tmp_path / "set.csv"), dtype_backend="pyarrow")
    assert [None if value is pd.NA else int(value) for value in found["objectId"]] == ids_of(ts.to_arrow())


def test_hdf5_comes_with_the_tag_of_rail(ts: TrainingSet, tmp_path: Path) -> None:
    ts["train"].write(tmp_path / "train.hdf5")
    tag = yaml.safe_load((tmp_path / "train.yaml").read_text())["CatalogTags"][0]["CatalogTag"]
    with h5py.File(tmp_path / "train.hdf5") as file:
        group = file[tag["hdf5_groupname"]]
        np.testing.assert_array_equal(group[tag["redshift_col"]], ts["train"].table["redshift"])
        np.testing.assert_array_equal(group[tag["object_id_col"]], ts["train"].table["objectId"])


def test_the_profile_of_hdf5_can_be_chosen(ts: TrainingSet, tmp_path: Path) -> None:
    ts["test"].write(tmp_path / "flat.hdf5", profile="rubin")
    with h5py.File(tmp_path / "flat.hdf5") as file:
        assert "i_gaap1p0Mag" in file
    with pytest.raises(ValueError, match="profile is for HDF5"):
        ts.write(tmp_path / "set.fits", profile="rail")


@pytest.mark.parametrize("name", ["set.hats", "set.hats.zip"])
def test_lsdb_opens_what_is_written_as_hats(ts: TrainingSet, tmp_path: Path, name: str) -> None:
    path = ts["test"].write(tmp_path / name)
    if name.endswith(".zip"):
        shutil.unpack_archive(path, tmp_path / "unpacked")
        (path,) = (tmp_path / "unpacked").iterdir()
    found = lsdb.open_catalog(path, columns="all").compute()
    assert sorted(found["objectId"]) == sorted(ids_of(ts["test"].to_arrow()))


def test_a_saved_parquet_file_is_opened_again_with_its_record(ts: TrainingSet, tmp_path: Path) -> None:
    whole = TrainingSet.open(ts.write(tmp_path / "whole.parquet"))
    train = TrainingSet.open(ts["train"].write(tmp_path / "train.parquet"))
    assert whole.provenance == train.provenance == ts.provenance
    assert are_equal(whole.to_arrow(), ts.to_arrow())
    assert are_equal(train.to_arrow(), ts["train"].to_arrow())
    assert (whole.subset, train.subset) == (None, "train")
    train["train"].write(tmp_path / "again.hdf5")


def test_a_file_without_a_record_is_refused(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), tmp_path / "alone.parquet")
    (tmp_path / "text.parquet").write_text("no table")
    with pytest.raises(NotATrainingSetError, match="no provenance record"):
        TrainingSet.open(tmp_path / "alone.parquet")
    with pytest.raises(NotATrainingSetError, match="2 Parquet files"):
        TrainingSet.open(tmp_path)
    with pytest.raises(NotATrainingSetError, match="no Parquet file"):
        TrainingSet.open(tmp_path / "text.parquet")
    with pytest.raises(NotATrainingSetError, match="there is no file"):
        TrainingSet.open(tmp_path / "nowhere.parquet")
    for record, complaint in (('{"schema_version": 99}', "version 99.* update pz-tsm"), ("{}", "cannot be understood")):
        (tmp_path / "provenance.json").write_text(record)
        with pytest.raises(NotATrainingSetError, match=complaint):
            TrainingSet.open(tmp_path / "alone.parquet")


@pytest.mark.parametrize("name", ["set.fits", "set.hdf5", "set.hats"])
def test_files_that_exist_are_replaced_only_when_told(ts: TrainingSet, tmp_path: Path, name: str) -> None:
    test = ts["test"]
    test.write(tmp_path / name)
    with pytest.raises(TargetExistsError, match="overwrite=True"):
        test.write(tmp_path / name)
    before = sorted(path.name for path in tmp_path.iterdir())
    test.write(tmp_path / name, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_a_tag_that_exists_is_not_replaced_either(ts: TrainingSet, tmp_path: Path) -> None:
    (tmp_path / "set.yaml").write_text("mine")
    with pytest.raises(TargetExistsError, match=r"set\.yaml"):
        ts.write(tmp_path / "set.hdf5")
    assert [path.name for path in tmp_path.iterdir()] == ["set.yaml"]


def test_nothing_is_left_where_nothing_can_be_written(ts: TrainingSet, tmp_path: Path) -> None:
    with pytest.raises(DiskError, match="cannot be written"):
        ts.write(tmp_path / "nowhere" / "set.fits")
    with pytest.raises(ValueError, match=r"\.parquet.*\.hdf5"):
        ts.write(tmp_path / "set.xlsx")
    assert not list(tmp_path.iterdir())


def test_writing_over_the_file_that_is_read_keeps_all_rows(ts: TrainingSet, tmp_path: Path) -> None:
    own = TrainingSet.open(ts.write(tmp_path / "set.parquet"))
    own.write(tmp_path / "set.parquet", overwrite=True)
    assert are_equal(TrainingSet.open(tmp_path / "set.parquet").to_arrow(), ts.to_arrow())


def test_the_recipe_is_the_resolved_one(ts: TrainingSet) -> None:
    assert ts.recipe.radius_arcsec == 1.5
    assert "objectId" in ts.recipe.columns


def test_lsdb_takes_the_set_at_the_positions_of_redshifts(ts: TrainingSet) -> None:
    catalog = ts["train"].to_lsdb()
    assert catalog.hc_structure.catalog_info.ra_column == "ra"
    assert sorted(catalog.compute()["objectId"]) == sorted(ids_of(ts["train"].to_arrow()))


def test_without_lsdb_its_extra_is_named(ts: TrainingSet, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "lsdb", None)
    with pytest.raises(MissingExtraError, match=r'pip install "pz-tsm\[local\]"'):
        ts.to_lsdb()


def test_notebooks_show_hostile_names_as_text(tmp_path: Path) -> None:
    schema = pa.schema(
        [
            pa.field("survey", pa.string()),
            pa.field(HOSTILE, pa.string(), metadata={"unit": HOSTILE}),
            pa.field("redshift", pa.float64()),
        ]
    )
    table = pa.table([[HOSTILE, "b"], [HOSTILE, None], [0.1, 0.2]], schema=schema)
    shown = a_set(tmp_path, table, notes=(HOSTILE,))._repr_html_()
    assert "<script" not in shown
    assert shown.count("&lt;script&gt;") >= 5


def test_opening_loads_neither_astropy_nor_matplotlib_nor_lsdb(made_folder: Path) -> None:
    script = (
        "import sys; from tsm.sets.training_set import TrainingSet; ts = TrainingSet.open(sys.argv[1]); "
        "len(ts), ts.subsets; str(ts.summary()); "
        "print(*sorted({'astropy', 'matplotlib', 'lsdb', 'dask'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script, str(made_folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""
