"""HDF5 follows its profile, and h5py reads back every column, null and unit."""

import math
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings

from tests.trainingset.formats.tables import (
    OBJECT_IDS,
    Values,
    a_layout,
    a_training_set,
    canonical,
    field,
    nan_for_null,
    same,
    saved,
    tables,
)
from trainingset.formats import Info, write_table
from trainingset.layout import TableLayout
from trainingset.recipe import Hdf5Profile
from trainingset.wire import ResponseFormat

INF, NAN = math.inf, math.nan


def write(
    folder: Path,
    table: pa.Table,
    profile: Hdf5Profile = Hdf5Profile.RAIL,
    *,
    layout: TableLayout | None = None,
    infos: tuple[Info, ...] = (),
    overflow: bool = False,
) -> Path:
    target = folder / "result.hdf5"
    source = saved(folder, table, layout or a_layout())
    write_table(source, target, ResponseFormat.HDF5, infos=infos, overflow=overflow, profile=profile)
    return target


def read_with_h5py(path: Path, group: str = "photometry") -> Values:
    """Columns by the names that they had, nulls told by the attributes."""
    with h5py.File(path) as file:
        return {str(dataset.attrs.get("column", name)): _values(dataset) for name, dataset in file[group].items()}


def _values(dataset: h5py.Dataset) -> list[object]:
    null = dataset.attrs.get("null_value")
    cells: list[Any] = dataset[:].tolist()
    match dataset.attrs["datatype"]:
        case "string":
            texts = [cell.decode() for cell in cells]
            return [None if null is not None and text == null else text for text in texts]
        case "boolean":
            return [None if null is not None and cell == null else bool(cell) for cell in cells]
        case "float32" | "float64":
            return cells
        case _:
            return [None if null is not None and cell == null else cell for cell in cells]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_every_other_column_reads_back_exactly(table: pa.Table, tmp_path: Path) -> None:
    ours = a_training_set()
    others = [name for name in table.column_names if name not in ours.column_names]
    whole = ours.take(pa.array([number % 4 for number in range(table.num_rows)], pa.int64()))
    for name in others:
        whole = whole.append_column(name, table[name])

    read = read_with_h5py(write(tmp_path, whole))

    expected: Values = {}
    for name in others:
        values = table[name].to_pylist()
        expected[name] = [nan_for_null(value) for value in values] if pa.types.is_floating(table[name].type) else values
    assert same({name: read[name] for name in expected}, expected)
    assert read["objectId"] == whole["objectId"].to_pylist()


def test_rail_has_its_default_names_in_its_default_group(tmp_path: Path) -> None:
    with h5py.File(write(tmp_path, a_training_set())) as file:
        group = file["photometry"]
        assert list(file) == ["photometry"]
        assert group["mag_g_lsst"][:].tolist() == [22.5, 99, 99, -99]
        assert group["mag_err_g_lsst"][:].tolist() == [0.05, 99, 99, -99]
        assert group["objectId"][:].tolist() == OBJECT_IDS
        assert (group["objectId"].dtype, group["redshift"].dtype) == (np.int64, np.float64)
        assert "g_gaap1p0Mag" in group
        np.testing.assert_equal(group["redshift"][:], [0.5, 1.5, NAN, 0.1])


def test_rubin_keeps_the_names_of_the_object_catalog_at_the_top(tmp_path: Path) -> None:
    with h5py.File(write(tmp_path, a_training_set(), Hdf5Profile.RUBIN)) as file:
        np.testing.assert_equal(file["g_gaap1p0Mag"][:], [22.5, NAN, NAN, INF])
        np.testing.assert_equal(file["g_gaap1p0MagErr"][:], [0.05, NAN, NAN, NAN])
        assert file["objectId"][:].tolist() == OBJECT_IDS
        assert len(file) == a_training_set().num_columns


def test_the_challenge_has_its_own_names_of_errors_and_ids(tmp_path: Path) -> None:
    with h5py.File(write(tmp_path, a_training_set(), Hdf5Profile.PZ_CHALLENGE)) as file:
        np.testing.assert_equal(file["mag_g_lsst"][:], [22.5, NAN, NAN, NAN])
        np.testing.assert_equal(file["mag_g_lsst_err"][:], [0.05, NAN, NAN, NAN])
        assert file["object_id"][:].tolist() == OBJECT_IDS
        assert "objectId" not in file


@pytest.mark.parametrize("profile", Hdf5Profile)
def test_dereddened_magnitudes_are_the_profiles_magnitudes(profile: Hdf5Profile, tmp_path: Path) -> None:
    table = a_training_set()
    for band in "gr":
        table = table.append_column(field(f"{band}_gaap1p0Mag_dered", pa.float64()), [[22.25, None, 28.25, None]])
    bands = {
        band: columns.model_copy(update={"magnitude": f"{columns.magnitude}_dered"})
        for band, columns in a_layout().bands.items()
    }
    name = "g_gaap1p0Mag_dered" if profile is Hdf5Profile.RUBIN else "mag_g_lsst"

    with h5py.File(write(tmp_path, table, profile, layout=a_layout(bands=bands, dereddening="sf11"))) as file:
        group = file["photometry"] if profile is Hdf5Profile.RAIL else file
        assert group[name][0] == 22.25
        assert group["g_gaap1p0Mag"][0] == 22.5
        assert file.attrs["dereddening"] == "sf11"


def test_a_magnitude_that_could_not_be_corrected_counts_as_not_observed(tmp_path: Path) -> None:
    table = a_training_set()
    table = table.set_column(5, table.schema.field(5), [pa.nulls(4, pa.float64())])

    with h5py.File(write(tmp_path, table)) as file:
        assert file["photometry/mag_g_lsst"][:].tolist() == [-99, 99, 99, -99]


def test_texts_are_fixed_bytes_of_utf8_and_never_dropped(tmp_path: Path) -> None:
    with h5py.File(write(tmp_path, a_training_set())) as file:
        survey = file["photometry/survey"]
        assert survey.dtype == np.dtype("S7")
        assert h5py.check_string_dtype(survey.dtype).encoding == "utf-8"
        assert survey[:].tolist() == [b"DESI", b"", "Größe".encode(), b"VVDS"]
        assert survey.attrs["null_value"] == ""


def test_a_null_text_is_told_from_an_empty_one(tmp_path: Path) -> None:
    table = a_training_set().append_column("note", [["", None, "null", "x"]])

    assert read_with_h5py(write(tmp_path, table))["note"] == ["", None, "null", "x"]


def test_a_long_text_does_not_widen_every_row(tmp_path: Path) -> None:
    n_rows = 2_000
    table = a_training_set().take([0] * n_rows).append_column("note", [["x" * 100_000, *["short"] * (n_rows - 1)]])

    path = write(tmp_path, table)

    assert path.stat().st_size < 2_000_000
    assert read_with_h5py(path)["note"] == table["note"].to_pylist()


def test_ids_with_nulls_stay_integers(tmp_path: Path) -> None:
    table = a_training_set()
    table = table.set_column(3, table.schema.field(3), [[OBJECT_IDS[0], None, 0, -1]])

    path = write(tmp_path, table)

    with h5py.File(path) as file:
        assert file["photometry/objectId"].dtype == np.int64
    assert read_with_h5py(path)["objectId"] == [OBJECT_IDS[0], None, 0, -1]


def test_unit_ucd_and_description_are_attributes(tmp_path: Path) -> None:
    with h5py.File(write(tmp_path, a_training_set())) as file:
        ra, magnitude = file["photometry/RAJ2000"].attrs, file["photometry/mag_g_lsst"].attrs
        assert (ra["unit"], ra["ucd"], ra["description"]) == ("deg", "pos.eq.ra;meta.main", "Right ascension")
        assert (magnitude["unit"], magnitude["column"]) == ("mag", "g_gaap1p0Mag")
        assert magnitude["description"].endswith("99 not detected, -99 not observed")


def test_infos_are_attributes_whatever_their_length_and_number(tmp_path: Path) -> None:
    infos = (
        Info(name="citation", value="Núñez 2026"),
        Info(name="citation", value="another"),
        Info(name="WHERE", value="x\0" * 50_000),
    )

    with h5py.File(write(tmp_path, a_training_set(), infos=infos, overflow=True)) as file:
        assert file.attrs["QUERY_STATUS"] == "OVERFLOW"
        assert list(file.attrs["citation"]) == ["Núñez 2026", "another"]
        assert len(file.attrs["WHERE"]) == 100_000
        assert file.attrs["profile"] == "rail"


def test_a_column_that_bears_a_profiles_name_gets_a_number(tmp_path: Path) -> None:
    table = a_training_set().append_column("mag_g_lsst", [[1, 2, 3, 4]]).append_column("a/b", [["p"] * 4])
    table = table.append_column(".", [[5, 6, 7, 8]])

    with h5py.File(write(tmp_path, table)) as file:
        group = file["photometry"]
        assert group["mag_g_lsst"][0] == 22.5
        assert group["mag_g_lsst_2"][:].tolist() == [1, 2, 3, 4]
        assert group["a_b"].attrs["column"] == "a/b"
        assert group["_"][:].tolist() == [5, 6, 7, 8]


def test_a_table_without_rows_has_its_columns(tmp_path: Path) -> None:
    read = read_with_h5py(write(tmp_path, a_training_set().slice(0, 0)))

    assert read["objectId"] == []
    assert read["survey"] == []


@pytest.mark.parametrize("profile", Hdf5Profile)
def test_a_table_of_many_batches_is_one_table(profile: Hdf5Profile, tmp_path: Path) -> None:
    n_rows = 150_000
    table = a_training_set().take(np.arange(n_rows) % 4).set_column(3, "objectId", [np.arange(n_rows) + 2**60])

    with h5py.File(write(tmp_path, table, profile)) as file:
        group = file["photometry"] if profile is Hdf5Profile.RAIL else file
        ids = group["object_id" if profile is Hdf5Profile.PZ_CHALLENGE else "objectId"]
        assert (ids[:] == table["objectId"].to_numpy()).all()
        assert {len(dataset) for dataset in group.values()} == {n_rows}


def test_a_table_that_does_not_tell_its_columns_is_refused(tmp_path: Path) -> None:
    source = canonical(tmp_path, a_training_set())

    with pytest.raises(ValueError, match="only a training set can become HDF5"):
        write_table(source, tmp_path / "result.hdf5", ResponseFormat.HDF5)

    assert [path.name for path in tmp_path.iterdir()] == ["canonical.parquet"]


def test_a_training_set_without_magnitudes_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no magnitudes"):
        write(tmp_path, a_training_set(), layout=a_layout(bands={}))


@pytest.mark.parametrize(("fmt", "lost"), [(ResponseFormat.HDF5, "g_state"), (ResponseFormat.HATS, "RAJ2000")])
def test_a_saved_set_that_lost_columns_is_refused_by_their_names(
    fmt: ResponseFormat, lost: str, tmp_path: Path
) -> None:
    source = saved(tmp_path, a_training_set().drop_columns([lost]), a_layout())

    with pytest.raises(ValueError, match=f"lost the columns '{lost}'"):
        write_table(source, tmp_path / "result", fmt)


def test_a_copy_as_parquet_can_become_hdf5(tmp_path: Path) -> None:
    copied = tmp_path / "copied.parquet"
    write_table(saved(tmp_path, a_training_set(), a_layout()), copied, ResponseFormat.PARQUET)

    write_table(copied, tmp_path / "result.hdf5", ResponseFormat.HDF5)

    assert read_with_h5py(tmp_path / "result.hdf5")["objectId"] == OBJECT_IDS
