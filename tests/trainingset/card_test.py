"""A catalog's card tells what is in it, and a wrong entry is refused in full."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import fsspec
import numpy as np
import pyarrow.dataset as ds
import pytest
from astropy.coordinates import SkyCoord
from cdshealpix.nested import lonlat_to_healpix

from tests.sky import entry_of
from trainingset.card import read_card
from trainingset.columns import ColumnType
from trainingset.errors import SourceUnavailableError
from trainingset.mock.place import MockSky
from trainingset.registry import CatalogCard, CatalogEntry, ColumnNote, FluxKind, RegistryError


@pytest.fixture(scope="module")
def card(mock_sky: MockSky) -> CatalogCard:
    return read_card(entry_of(mock_sky))


@pytest.fixture
def copied(mock_sky: MockSky, tmp_path: Path) -> CatalogEntry:
    """The entry of a copy of the collection's metadata that a test may change."""

    def data_files(folder: str, names: list[str]) -> set[str]:
        return {name for name in names if name.endswith(".parquet")}

    shutil.copytree(mock_sky.collection, tmp_path / "copy", ignore=data_files)
    return entry_of(mock_sky).model_copy(update={"path": str(tmp_path / "copy")})


def test_rows_and_partitions_are_those_of_the_files(card: CatalogCard, mock_sky: MockSky) -> None:
    dataset = ds.dataset(mock_sky.collection / "object" / "dataset", exclude_invalid_files=True)
    assert card.n_rows == dataset.count_rows()
    assert card.n_partitions == len(dataset.files)


def test_the_margin_is_the_threshold_of_the_collection(card: CatalogCard) -> None:
    assert card.margin_arcsec == 5.0


def test_coverage_holds_the_pixels_of_all_objects_and_no_other(card: CatalogCard, mock_sky: MockSky) -> None:
    table = ds.dataset(mock_sky.collection / "object" / "dataset", exclude_invalid_files=True).to_table(
        columns=["coord_ra", "coord_dec"]
    )
    position = SkyCoord(table["coord_ra"].to_numpy(), table["coord_dec"].to_numpy(), unit="deg")
    pixels = lonlat_to_healpix(position.ra, position.dec, depth=card.coverage_order)
    assert card.coverage_order == 8
    assert card.coverage_pixels == tuple(np.unique(pixels).tolist())


def test_columns_carry_units_and_ucds_of_the_registry(card: CatalogCard) -> None:
    flux = card.column("r_gaap1p0Flux")
    assert flux is not None
    assert (flux.datatype, flux.unit, flux.ucd) == (ColumnType.FLOAT32, "nJy", "phot.flux.density;em.opt.R")
    assert flux.description == "Flux in r in a Gaussian aperture of 1 arcsec (GAaP)"
    assert card.column("objectId").datatype is ColumnType.INT64


def test_every_column_of_the_mock_catalog_has_ucd_and_description(card: CatalogCard) -> None:
    assert len(card.columns) > 90
    assert [column.name for column in card.columns if not (column.ucd and column.description)] == []


def test_the_healpix_index_is_no_column(card: CatalogCard) -> None:
    assert card.column("_healpix_29") is None


def test_the_note_of_an_exact_name_wins_over_the_pattern(mock_sky: MockSky) -> None:
    entry = entry_of(mock_sky)
    notes = entry.notes | {"i_psfFlux": ColumnNote(description="our best band")}
    card = read_card(entry.model_copy(update={"notes": notes}))
    assert card.column("i_psfFlux").description == "our best band"
    assert card.column("i_psfFlux").unit == "nJy"
    assert "forced" in card.column("r_psfFlux").description


def test_a_card_survives_json(card: CatalogCard) -> None:
    assert CatalogCard.model_validate_json(card.model_dump_json()) == card


def test_the_same_catalog_has_the_same_fingerprint(card: CatalogCard, mock_sky: MockSky) -> None:
    assert read_card(entry_of(mock_sky)).fingerprint == card.fingerprint


@pytest.mark.parametrize(
    "changed",
    ["collection.properties", "object/hats.properties", "object/partition_info.csv", "object_5arcs/hats.properties"],
)
def test_the_fingerprint_changes_with_each_metadata_file(copied: CatalogEntry, changed: str) -> None:
    before = read_card(copied).fingerprint
    with (Path(copied.path) / changed).open("a") as file:
        file.write("\n")
    assert read_card(copied).fingerprint != before


def test_the_fingerprint_changes_with_the_entry(card: CatalogCard) -> None:
    changed = card.entry.model_copy(update={"default_radius_arcsec": 0.5})
    assert read_card(changed).fingerprint != card.fingerprint


def test_a_catalog_without_margin_says_so(mock_sky: MockSky) -> None:
    entry = entry_of(mock_sky)
    card = read_card(entry.model_copy(update={"path": str(mock_sky.collection / "object")}))
    assert card.margin_arcsec is None


def test_a_catalog_without_point_map_is_covered_by_its_partitions(copied: CatalogEntry, card: CatalogCard) -> None:
    (Path(copied.path) / "object" / "point_map.fits").unlink()
    coarse = read_card(copied)
    pixels = np.array(card.coverage_pixels) >> 2 * (card.coverage_order - coarse.coverage_order)
    assert set(pixels.tolist()) <= set(coarse.coverage_pixels)


@pytest.fixture
def in_memory(mock_sky: MockSky) -> Iterator[str]:
    store = fsspec.filesystem("memory")
    store.put(str(mock_sky.collection), "/card_test", recursive=True)
    yield "memory://card_test"
    store.rm("/card_test", recursive=True)


def test_a_catalog_in_an_object_store_gives_the_same_card(in_memory: str, card: CatalogCard) -> None:
    remote = read_card(card.entry.model_copy(update={"path": in_memory}))
    same = card.model_dump(exclude={"entry", "fingerprint"})
    assert remote.model_dump(exclude={"entry", "fingerprint"}) == same


def test_a_column_of_dust_that_does_not_exist_is_named_with_a_close_one(mock_sky: MockSky) -> None:
    with pytest.raises(RegistryError, match=r"ebv_column names ebvv \(is it ebv\?\)"):
        read_card(entry_of(mock_sky).model_copy(update={"ebv_column": "ebvv"}))


def test_all_missing_columns_are_named_together_with_close_names(mock_sky: MockSky) -> None:
    wrong = entry_of(mock_sky).model_copy(
        update={"object_id_column": "objectID", "default_columns": ("tract", "{band}_extendednes")}
    )
    with pytest.raises(RegistryError) as refusal:
        read_card(wrong)
    message = str(refusal.value)
    assert "object_id_column names objectID (is it objectId?)" in message
    for band in "ugrizy":
        assert f"default_columns names {band}_extendednes (is it {band}_extendedness?)" in message


def test_a_flux_kind_may_be_absent_from_whole_bands_but_not_from_all(mock_sky: MockSky) -> None:
    entry = entry_of(mock_sky)
    with_j = entry.model_copy(update={"bands": ("g", "r", "J"), "groups": {}})
    assert read_card(with_j).column("J_psfFlux") is None
    kinds = {"kron": FluxKind(flux="{band}_kronFlux", error="{band}_kronFluxErr")}
    with pytest.raises(RegistryError, match=r"fluxes: kron names r_kronFlux"):
        read_card(entry.model_copy(update={"fluxes": kinds}))


def test_nothing_at_the_path_may_be_there_later(mock_sky: MockSky, tmp_path: Path) -> None:
    absent = entry_of(mock_sky).model_copy(update={"path": str(tmp_path / "absent")})
    with pytest.raises(SourceUnavailableError, match=r"nothing at .*absent"):
        read_card(absent)


def test_a_folder_that_is_no_catalog_is_refused(mock_sky: MockSky, tmp_path: Path) -> None:
    with pytest.raises(RegistryError, match="no HATS catalog; import it"):
        read_card(entry_of(mock_sky).model_copy(update={"path": str(tmp_path)}))


def test_a_hipscat_catalog_is_told_to_be_converted(mock_sky: MockSky, tmp_path: Path) -> None:
    (tmp_path / "catalog_info.json").write_text("{}")
    with pytest.raises(RegistryError, match="HiPSCat"):
        read_card(entry_of(mock_sky).model_copy(update={"path": str(tmp_path)}))


def test_a_collection_that_lost_its_catalog_is_incomplete(copied: CatalogEntry) -> None:
    shutil.rmtree(Path(copied.path) / "object")
    with pytest.raises(RegistryError, match="incomplete"):
        read_card(copied)


def test_a_margin_is_no_catalog_of_objects(mock_sky: MockSky) -> None:
    entry = entry_of(mock_sky).model_copy(update={"path": str(mock_sky.collection / "object_5arcs")})
    with pytest.raises(RegistryError, match="MarginCatalog"):
        read_card(entry)
