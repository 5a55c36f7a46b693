"""HATS archives open in LSDB and give back every row, value, null and unit, by the position of the redshift."""

import sys
import zipfile
from pathlib import Path

import lsdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hats.io.validation import is_valid_collection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trainingset.formats.tables import (
    OBJECT_IDS,
    a_layout,
    a_training_set,
    canonical,
    same,
    saved,
    tables,
)
from trainingset.errors import MissingPackageError
from trainingset.formats import Info, hats, write_table
from trainingset.wire import ResponseFormat

FOLDER = "training_set_collection"


def write(folder: Path, table: pa.Table, *, infos: tuple[Info, ...] = ()) -> Path:
    """The archive."""
    target = folder / "result.hats.zip"
    write_table(saved(folder, table, a_layout()), target, ResponseFormat.HATS, infos=infos)
    return target


def unpack(archive: Path) -> Path:
    with zipfile.ZipFile(archive) as file:
        file.extractall(archive.parent)
    return archive.parent / FOLDER


def read_with_lsdb(collection: Path) -> pa.Table:
    """All rows, as LSDB reads them."""
    catalog = lsdb.open_catalog(collection, columns="all")
    return pa.Table.from_pandas(catalog.compute(progress_bar=False), preserve_index=False)


def partition_files(collection: Path) -> list[Path]:
    return sorted(collection.rglob("Npix=*.parquet"))


def by_key(table: pa.Table) -> pa.Table:
    return table.sort_by("key")


def keyed(table: pa.Table) -> pa.Table:
    return table.append_column("key", [np.arange(table.num_rows)])


def test_lsdb_opens_it_and_every_value_type_and_null_is_there(tmp_path: Path) -> None:
    table = keyed(a_training_set())

    read = by_key(read_with_lsdb(unpack(write(tmp_path, table))))

    assert same(read.to_pydict(), table.to_pydict())
    assert read.schema.types == table.schema.types
    assert read["objectId"].to_pylist() == OBJECT_IDS


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables(), seed=st.integers(0, 99))
def test_every_table_comes_back_whatever_its_columns(table: pa.Table, seed: int, tmp_path: Path) -> None:
    ours = a_training_set()
    rng = np.random.default_rng(seed)
    whole = keyed(ours.take(pa.array(np.arange(table.num_rows) % 4, pa.int64())))
    whole = whole.set_column(0, ours.schema.field(0), [rng.uniform(0, 360, table.num_rows)])
    for name in [name for name in table.column_names if name not in ours.column_names]:
        whole = whole.append_column(name, table[name])

    files = partition_files(unpack(write(tmp_path, whole)))

    rows = pa.concat_tables([pq.read_table(path, partitioning=None) for path in files]) if files else None
    if rows is None:
        assert table.num_rows == 0
    else:
        assert same(by_key(rows.drop_columns(["_healpix_29"])).to_pydict(), whole.to_pydict())
    for path in files:
        path.unlink()


def test_units_and_ucds_are_in_the_schema(tmp_path: Path) -> None:
    collection = unpack(write(tmp_path, a_training_set()))

    field = pq.read_schema(collection / "training_set" / "dataset" / "_common_metadata").field("RAJ2000")

    assert (field.metadata[b"unit"], field.metadata[b"ucd"]) == (b"deg", b"pos.eq.ra;meta.main")


def test_the_collection_is_valid_and_its_properties_tell_the_job(tmp_path: Path) -> None:
    infos = (
        Info(name="job URL", value="https://example.org/é\n=1"),
        Info(name="citation", value="first"),
        Info(name="citation", value="second"),
    )
    collection = unpack(write(tmp_path, a_training_set(), infos=infos))

    assert is_valid_collection(collection, strict=True)
    properties = lsdb.open_catalog(collection).hc_structure.catalog_info
    assert (properties.total_rows, properties.ra_column, properties.dec_column) == (4, "RAJ2000", "DEJ2000")
    assert properties.model_extra["tsm_job_url"] == "https://example.org/é =1"
    assert properties.model_extra["tsm_citation"] == "first; second"
    assert properties.model_extra["tsm_query_status"] == "OK"


def test_a_cone_search_finds_what_lies_there(tmp_path: Path) -> None:
    catalog = lsdb.open_catalog(unpack(write(tmp_path, a_training_set())))

    found = catalog.cone_search(53.1, -28.1, 3600).compute(progress_bar=False)

    assert sorted(found["objectId"].tolist()) == sorted(OBJECT_IDS[:2])


def test_many_rows_are_cut_into_partitions_that_fit_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hats, "_MOST_PARTITION_ROWS", 4_000)
    n_rows = 50_000
    rng = np.random.default_rng(3)
    table = keyed(a_training_set().take(np.arange(n_rows) % 4))
    dense = rng.random(n_rows) < 0.5
    ra, dec = rng.uniform(0, 360, n_rows), np.degrees(np.arcsin(rng.uniform(-1, 1, n_rows)))
    ra[dense], dec[dense] = rng.uniform(53, 53.2, dense.sum()), rng.uniform(-28, -27.8, dense.sum())
    for place, values in enumerate((ra, dec)):
        table = table.set_column(place, table.schema.field(place), [values])

    collection = unpack(write(tmp_path, table))

    sizes = [pq.read_metadata(path).num_rows for path in partition_files(collection)]
    assert max(sizes) <= 4_000
    assert is_valid_collection(collection, strict=True)
    read = by_key(read_with_lsdb(collection))
    assert read["key"].to_pylist() == list(range(n_rows))
    assert same(read.select(["RAJ2000", "DEJ2000"]).to_pydict(), table.select(["RAJ2000", "DEJ2000"]).to_pydict())


def test_rows_of_a_partition_are_in_the_order_of_the_sky(tmp_path: Path) -> None:
    ra = np.random.default_rng(5).uniform(53, 54, 1_000)
    table = a_training_set().take(np.zeros(1_000, int)).set_column(0, "RAJ2000", [ra])

    (path,) = partition_files(unpack(write(tmp_path, table)))

    index = pq.read_table(path, partitioning=None)["_healpix_29"].to_numpy()
    assert (np.diff(index) >= 0).all()


def test_equal_tables_make_equal_archives(tmp_path: Path) -> None:
    first = write(tmp_path, a_training_set()).read_bytes()

    assert write(tmp_path, a_training_set()).read_bytes() == first


def test_a_result_without_rows_opens_without_rows(tmp_path: Path) -> None:
    catalog = lsdb.open_catalog(unpack(write(tmp_path, a_training_set().slice(0, 0))))

    assert len(catalog.compute(progress_bar=False)) == 0
    assert "objectId" in catalog.columns


def test_a_column_that_bears_the_indexs_name_is_kept_under_another(tmp_path: Path) -> None:
    table = a_training_set().append_column("_healpix_29", [[1, 2, 3, 4]])

    read = read_with_lsdb(unpack(write(tmp_path, table)))

    assert sorted(read["_healpix_29_2"].to_pylist()) == [1, 2, 3, 4]


def test_nothing_but_the_archive_stays(tmp_path: Path) -> None:
    write(tmp_path, a_training_set())

    assert sorted(path.name for path in tmp_path.iterdir()) == ["result.hats.zip", "training_set.parquet"]


def test_a_table_that_does_not_tell_its_positions_is_refused(tmp_path: Path) -> None:
    source = canonical(tmp_path, a_training_set())

    with pytest.raises(ValueError, match="only a training set can become HATS"):
        write_table(source, tmp_path / "result.hats.zip", ResponseFormat.HATS)

    assert [path.name for path in tmp_path.iterdir()] == ["canonical.parquet"]


def test_without_lsdb_the_message_says_how_to_install_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hats.catalog", None)

    with pytest.raises(MissingPackageError, match=r'pip install "pz-tsm\[local\]"'):
        write(tmp_path, a_training_set())
