"""A close look at a catalog tells its partitions, the sizes of its columns, and the profile of redshifts."""

import shutil
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest

from tests.sky import entry_of
from trainingset.catalog_inspection import inspect_catalog
from trainingset.inspection import inspect_file
from trainingset.mock.place import COMPILATION_ID, MockSky
from trainingset.partitions import PartitionList
from trainingset.registry import CARD_VERSION, CatalogCard, CatalogEntry, Registry


@pytest.fixture(scope="module")
def card(mock_sky: MockSky) -> CatalogCard:
    return inspect_catalog(entry_of(mock_sky))


@pytest.fixture(scope="module")
def partitions(card: CatalogCard) -> PartitionList:
    assert card.partitions is not None
    return card.partitions


def compilation_of(sky: MockSky) -> CatalogEntry:
    entry = Registry.load(sky.registry).get(COMPILATION_ID)
    assert entry is not None
    return entry


def test_partitions_have_the_rows_of_their_files(partitions: PartitionList, mock_sky: MockSky) -> None:
    dataset = mock_sky.collection / "object" / "dataset"
    files = {path.relative_to(dataset): pq.read_metadata(path).num_rows for path in dataset.rglob("Npix=*.parquet")}
    told = zip(partitions.orders, partitions.pixels, partitions.rows, strict=True)

    assert {
        Path(f"Norder={order}", f"Dir={pixel // 10_000 * 10_000}", f"Npix={pixel}.parquet"): rows
        for order, pixel, rows in told
    } == files
    assert not partitions.rows_are_even


def test_partitions_are_in_the_order_of_the_sky(partitions: PartitionList) -> None:
    starts = [pixel << 2 * (29 - order) for order, pixel in zip(partitions.orders, partitions.pixels, strict=True)]

    assert starts == sorted(starts)


def test_sizes_of_columns_are_near_those_of_all_files(partitions: PartitionList, mock_sky: MockSky) -> None:
    files = list((mock_sky.collection / "object" / "dataset").rglob("Npix=*.parquet"))
    groups = [footer.row_group(n) for footer in map(pq.read_metadata, files) for n in range(footer.num_row_groups)]
    n_bytes = sum(group.column(n).total_compressed_size for group in groups for n in range(group.num_columns))
    n_rows = sum(group.num_rows for group in groups)

    assert sum(partitions.bytes_per_row.values()) == pytest.approx(n_bytes / n_rows, rel=0.2)
    assert {"_healpix_29", "objectId", "i_psfFlux"} <= partitions.bytes_per_row.keys()


def test_a_known_card_stands_while_the_catalog_is_the_same(card: CatalogCard, mock_sky: MockSky) -> None:
    assert card.version == CARD_VERSION
    assert inspect_catalog(entry_of(mock_sky), known=card) is card


def test_a_card_of_an_older_release_is_made_anew(card: CatalogCard, mock_sky: MockSky) -> None:
    old = {**card.model_dump(mode="json"), "version": None, "partitions": None}
    old = CatalogCard.model_validate({name: value for name, value in old.items() if value is not None})

    assert old.version < CARD_VERSION
    assert inspect_catalog(entry_of(mock_sky), known=old) == card


def test_catalogs_without_statistics_share_their_rows_evenly(mock_sky: MockSky, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(mock_sky.collection, copy)
    for name in ("per_partition_statistics.parquet", "dataset/_metadata"):
        (copy / "object" / name).unlink()

    card = inspect_catalog(entry_of(mock_sky).model_copy(update={"path": str(copy)}))

    assert card.partitions is not None
    assert card.partitions.rows_are_even
    assert set(card.partitions.rows) == {card.n_rows // card.n_partitions}


def test_catalogs_of_redshifts_have_the_profile_of_a_table(mock_sky: MockSky, tmp_path: Path) -> None:
    entry = compilation_of(mock_sky)
    rows = ds.dataset(mock_sky.compilation / "redshifts" / "dataset", exclude_invalid_files=True).to_table()
    pq.write_table(rows, tmp_path / "same.parquet")

    card = inspect_catalog(entry)
    same = inspect_file(tmp_path / "same.parquet", name="same")

    assert card.profile is not None
    assert card.profile.roles | {"id": "redshift_id"} == card.profile.roles
    assert (card.profile.coverage_pixels, card.profile.coverage_counts) == (same.coverage_pixels, same.coverage_counts)
    assert card.profile.n_rows == card.n_rows == rows.num_rows
    assert card.profile.role_problems == ()


def test_the_mock_compilation_has_all_rows_of_all_surveys(mock_sky: MockSky) -> None:
    rows = ds.dataset(mock_sky.compilation / "redshifts" / "dataset", exclude_invalid_files=True).to_table()
    truth = pq.read_table(mock_sky.redshifts)
    counts = {pair["values"]: pair["counts"] for pair in pc.value_counts(rows["survey"]).to_pylist()}

    assert counts == {pair["values"]: pair["counts"] for pair in pc.value_counts(truth["survey"]).to_pylist()}
    assert sorted(rows["ra"].to_pylist()) == sorted(truth["ra"].to_pylist())
