"""A product of a PZ Server goes through the whole service: found, matched, split, combined."""

import io
import zipfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import tsm
from tests.pz.fake_server import FakePzServer
from tests.system.sky_files import CATALOG, write_redshifts
from trainingset.mock.place import MockSky

pytestmark = [pytest.mark.long, pytest.mark.system, pytest.mark.xdist_group("system")]

N_ROWS = 300
COLUMNS = {"number": "ID", "RAJ2000": "RA", "DEJ2000": "Dec", "zspec": "z"}


@pytest.fixture
def table(mock_sky: MockSky, tmp_path: Path) -> pa.Table:
    """Redshifts whose columns are called as their owner liked, with other coordinates beside them."""
    rows = pq.read_table(write_redshifts(mock_sky, tmp_path / "redshifts.parquet", n_rows=N_ROWS))
    renamed = rows.rename_columns(list(COLUMNS))
    zeros = pa.array([0.0] * N_ROWS)
    return renamed.append_column("ra", zeros).append_column("dec", zeros)


def as_parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink)
    return sink.getvalue()


def as_hats(table: pa.Table) -> bytes:
    """The zip of a catalog of one leaf, as the PZ Server sends it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("hats.properties", "hats_version=v1.0\n")
        archive.writestr("partition_info.csv", "Norder,Npix\n0,3\n")
        archive.writestr("dataset/Norder=0/Dir=0/Npix=3.parquet", as_parquet(table))
    return buffer.getvalue()


def test_a_product_gives_the_same_rows_as_the_same_table_uploaded_whether_it_is_a_file_or_hats(
    pz: FakePzServer, maker: tsm.TrainingSetMaker, table: pa.Table, tmp_path: Path
) -> None:
    file = pz.add_product(as_parquet(table), columns=COLUMNS)
    hats = pz.add_product(as_hats(table), filename="ecdfs_hats", is_directory=True, columns=COLUMNS)
    (tmp_path / "mine.parquet").write_bytes(as_parquet(table.drop_columns(["ra", "dec"])))
    asked: tsm.RecipeFields = {"radius_arcsec": 1.0, "split": {"train": 0.7, "test": 0.3}}
    roles = {"ra": "RAJ2000", "dec": "DEJ2000", "z": "zspec", "id": "number"}
    expected = rows_of(maker.crossmatch(tmp_path / "mine.parquet", catalog=CATALOG, roles=roles, **asked))
    assert len(expected) > 100
    assert {row[2] for row in expected} == {"train", "test"}
    found = maker.redshifts(source="pz", type="redshift_catalog", official=False)
    assert [product.source for product in found] == [f"pz:{hats.internal_name}", f"pz:{file.internal_name}"]
    for source in (f"pz:{file.id}", f"pz:{file.internal_name}", f"pz:{hats.id}", found[0]):
        assert rows_of(maker.crossmatch(source, catalog=CATALOG, **asked)) == expected
    assert pz.calls[f"GET /api/products/{file.id}/download/main-file/file/"] == 1


def rows_of(job: tsm.Job) -> list[tuple[object, ...]]:
    frame = job.wait().result().to_pandas()
    return sorted(zip(frame["number"], frame["objectId"], frame["subset"], frame["redshift"], strict=True))


@pytest.mark.parametrize(
    ("content", "aliases", "said"),
    [
        (b"<html>Sign in</html>", {}, "ecdfs_specz_v2"),
        (None, {"a": "RA", "b": "Dec", "c": "z", "n": "z"}, "redshift"),
    ],
    ids=["html", "z-twice"],
)
def test_what_is_wrong_with_a_table_is_one_clear_error(
    pz: FakePzServer,
    maker: tsm.TrainingSetMaker,
    table: pa.Table,
    content: bytes | None,
    aliases: dict[str, str | None],
    said: str,
) -> None:
    unnamed = table.select(["number", "RAJ2000", "DEJ2000", "zspec"]).rename_columns(["n", "a", "b", "c"])
    product = pz.add_product(content or as_parquet(unnamed), columns=aliases)
    with pytest.raises(tsm.JobFailedError, match=said) as failed:
        maker.crossmatch(f"pz:{product.id}", catalog=CATALOG).wait().result()
    assert product.internal_name in str(failed.value) or "redshift" in str(failed.value)


def test_well_known_names_need_no_association(pz: FakePzServer, maker: tsm.TrainingSetMaker, table: pa.Table) -> None:
    product = pz.add_product(as_parquet(table.drop_columns(["ra", "dec"])))
    assert len(maker.crossmatch(f"pz:{product.id}", catalog=CATALOG).wait().result()) > 50
