"""What docs/adding-a-catalog.md shows works: its program imports a catalog, its entries are entries."""

import re
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainingset.card import read_card
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.extinction import LSST_EXTINCTIONS, extinction_of
from trainingset.recipe import Dereddening
from trainingset.registry import CatalogEntry, Registry
from trainingset.split_unit import names_of_fields

PAGE = (Path(__file__).parents[2] / "docs" / "adding-a-catalog.md").read_text(encoding="utf-8")
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)
REGISTRY = re.compile(r"```yaml\n(.*?)```", re.DOTALL)


def entries(folder: Path) -> dict[str, CatalogEntry]:
    """All entries of the page by id, read from files in a folder."""
    found = {}
    for number, text in enumerate(REGISTRY.findall(PAGE)):
        path = folder / f"registry{number}.yaml"
        path.write_text(text, encoding="utf-8")
        found |= {entry.id: entry for entry in Registry.load(path)}
    return found


def test_every_registry_of_the_page_can_be_loaded(tmp_path: Path) -> None:
    assert set(entries(tmp_path)) == {"my_objects", "specz_2026_1", "dp1_object", "dp2_object"}


@pytest.mark.parametrize("release", ["dp1_object", "dp2_object"])
def test_returned_columns_of_the_releases_have_ucd_and_description(release: str, tmp_path: Path) -> None:
    entry = entries(tmp_path)[release]
    fluxes = [entry.flux_columns(kind, band) for kind in entry.fluxes for band in entry.bands]
    names = {entry.ra_column, entry.dec_column, entry.object_id_column, *entry.expand(entry.default_columns)}
    names |= {name for flux, error, flags in fluxes for name in (flux, error, *flags)}
    bare = [name for name in names if not (entry.note(name).ucd and entry.note(name).description)]
    assert bare == []


def test_the_flux_units_of_the_releases_are_nanojansky(tmp_path: Path) -> None:
    for release in ("dp1_object", "dp2_object"):
        assert {kind.unit for kind in entries(tmp_path)[release].fluxes.values()} == {"nJy"}


def test_magnitudes_of_the_releases_can_be_corrected_by_what_was_published_for_them(tmp_path: Path) -> None:
    dp1, dp2 = (entries(tmp_path)[release] for release in ("dp1_object", "dp2_object"))
    built_in, own = extinction_of(dp1, Dereddening.RAIL), extinction_of(dp2, Dereddening.RAIL)
    assert built_in == LSST_EXTINCTIONS[Dereddening.RAIL]
    assert own is not None
    assert own.coefficients == {"u": 4.78, "g": 3.65, "r": 2.70, "i": 2.06, "z": 1.58, "y": 1.31}
    assert "R_V = 3.1" in own.source
    assert dp1.zero_points is None
    assert dp2.zero_points is not None
    for entry in (dp1, dp2):
        assert entry.ebv_column in entry.default_columns
        numbers = [entry.magnitude_limits, entry.zero_points or entry.magnitude_limits]
        assert [set(told.values) for told in numbers if told is not None] == [set(entry.bands)] * 2
        assert not entry.is_dereddened


def test_fields_of_the_releases_hold_their_centres_and_part_what_overlaps_by_the_nearest(tmp_path: Path) -> None:
    dp1, dp2 = (entries(tmp_path)[release].fields for release in ("dp1_object", "dp2_object"))
    assert len(dp1) == 7
    for fields in (dp1, dp2):
        centres = SkyPositions(
            *(np.array([getattr(field, axis) for field in fields.values()]) for axis in ("ra", "dec"))
        )
        assert names_of_fields(centres, fields).to_pylist() == list(fields)
    # Both circles of EDFS hold the place; that of EDFS_b is 1.4 degrees away, that of EDFS_a 1.5.
    between = SkyPositions(np.array([61.3]), np.array([-48.5]))
    assert names_of_fields(between, dp2).to_pylist() == ["EDFS_b"]
    assert names_of_fields(between, {"EDFS_a": dp2["EDFS_a"]}).to_pylist() == ["EDFS_a"]


def test_the_program_imports_a_catalog_that_its_entry_describes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    random = np.random.default_rng(0)
    (tmp_path / "exported").mkdir()
    columns = {"id": np.arange(500), "ra": random.uniform(10, 11, 500), "dec": random.uniform(0, 1, 500)}
    fluxes = {name: random.random(500, dtype=np.float32) for name in ("g_flux", "g_flux_err")}
    pq.write_table(pa.table(columns | fluxes), tmp_path / "exported" / "part.parquet")
    monkeypatch.chdir(tmp_path)
    (program,) = PROGRAM.findall(PAGE)
    # Threads instead of processes: each process would import everything again for 500 rows.
    program = program.replace("n_workers=2, threads_per_worker=1", "processes=False, dashboard_address=None")

    exec(compile(program, "adding-a-catalog.md", "exec"), {"__name__": "__main__"})

    card = read_card(entries(tmp_path)["my_objects"])
    assert (card.n_rows, card.margin_arcsec) == (500, 5.0)
    assert card.column("g_flux").unit == "uJy"
    assert card.column("g_flux_err").ucd == "stat.error;phot.flux.density;em.opt.B"
