"""Real redshifts matched with real photometry, against counts that were found independently."""

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import SkyCoord

from tests.real.goods_south import CANDELS, JADES, MARGIN_ARCSEC, SAMPLES, VANDELS, RealSample, import_goods_south
from tests.shared_data import shared_data
from trainingset.card import read_card
from trainingset.errors import RecipeError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order, TrainingSetFiles
from trainingset.registry import CatalogEntry

# In one process: importing the catalog takes long.
pytestmark = [pytest.mark.long, pytest.mark.xdist_group("goods_south")]

RADII = (0.5, 1.0, 2.0)
NEAREST = {"CANDELS": (30, 32, 46), "VANDELS": (5, 7, 12), "VIMOS": (12, 15, 26)}
MUTUAL = NEAREST | {"CANDELS": (30, 32, 45)}
ALL = {"CANDELS": (30, 32, 48), "VANDELS": (5, 7, 12), "VIMOS": (12, 16, 27)}
CASES = [
    (match, survey, radius, count)
    for match, table in (("nearest", NEAREST), ("mutual", MUTUAL), ("all", ALL))
    for survey, counts in table.items()
    for radius, count in zip(RADII, counts, strict=True)
]


@pytest.fixture(scope="module")
def goods_south(tmp_path_factory: pytest.TempPathFactory) -> CatalogEntry:
    return import_goods_south(tmp_path_factory.mktemp("goods_south"))


def an_order(entry: CatalogEntry, sample: RealSample, folder: Path, **fields: object) -> Order:
    request = {"catalog": entry.id, "redshifts": "mine", "flux": ["total"], "unique": "none", "roles": sample.roles}
    folder.mkdir(exist_ok=True)
    return Order(
        request=request | fields,
        catalogs=(entry,),
        inputs={"mine": InputFile(name="mine", path=str(sample.path))},
        folder=str(folder),
    )


def make(entry: CatalogEntry, sample: RealSample, folder: Path, **fields: object) -> TrainingSetFiles:
    return make_training_set(an_order(entry, sample, folder, **fields), lambda progress: None)


def test_the_imported_catalog_has_all_rows_and_a_margin(goods_south: CatalogEntry) -> None:
    card = read_card(goods_south)
    assert card.n_rows == 1000
    assert card.margin_arcsec == MARGIN_ARCSEC
    assert card.column("z_z-phot") is not None


@pytest.mark.parametrize(("match", "survey", "radius", "count"), CASES)
def test_pairs_are_as_many_as_brute_force_finds(
    match: str, survey: str, radius: float, count: int, goods_south: CatalogEntry, tmp_path: Path
) -> None:
    assert _brute_force(SAMPLES[survey], match, radius) == count
    made = make(goods_south, SAMPLES[survey], tmp_path, match=match, radius_arcsec=radius, how="inner")
    assert made.rows == count


@pytest.mark.parametrize("survey", SAMPLES)
def test_separations_are_those_of_astropy(survey: str, goods_south: CatalogEntry, tmp_path: Path) -> None:
    sample = SAMPLES[survey]
    made = make(goods_south, sample, tmp_path, match="nearest", radius_arcsec=2.0)
    (path,) = {file.path for file in made.files if file.id == "parquet"}
    rows = pq.read_table(path)
    left = SkyCoord(rows[_specz(rows, sample.ra)].to_numpy(), rows[_specz(rows, sample.dec)].to_numpy(), unit="deg")
    right = SkyCoord(rows["RA"].to_numpy(), rows["DEC"].to_numpy(), unit="deg")
    np.testing.assert_allclose(rows["separation_arcsec"].to_numpy(), left.separation(right).arcsec, atol=1e-6)


def test_missing_coordinates_are_refused_with_column_number_and_first_rows(
    goods_south: CatalogEntry, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError) as refusal:
        make(goods_south, JADES, tmp_path)
    of_positions = [problem for problem in refusal.value.problems if problem.column is not None]
    assert {problem.column for problem in of_positions} == {"RA_NIRCam", "Dec_NIRCam"}
    for problem in of_positions:
        assert "97" in problem.message
        assert problem.rows[:3] == _first_bad_rows(3)


def test_missing_coordinates_are_dropped_and_counted_on_request(goods_south: CatalogEntry, tmp_path: Path) -> None:
    made = make(goods_south, JADES, tmp_path, bad_rows="drop", radius_arcsec=1.0)
    stages = made.provenance["stages"]
    assert 97 in [count for stage in stages for count in stage["details"].values()]


def test_unmatched_redshifts_stay_with_how_left(goods_south: CatalogEntry, tmp_path: Path) -> None:
    made = make(goods_south, VANDELS, tmp_path, how="left", radius_arcsec=1.0)
    assert made.rows == 1000


def test_the_result_does_not_depend_on_the_order_of_the_rows(goods_south: CatalogEntry, tmp_path: Path) -> None:
    shuffled = pq.read_table(CANDELS.path)
    shuffled = shuffled.take(np.random.default_rng(3).permutation(shuffled.num_rows))
    pq.write_table(shuffled, tmp_path / "shuffled.parquet")
    order = an_order(goods_south, CANDELS, tmp_path / "shuffled", radius_arcsec=2.0)
    mine = order.inputs["mine"].model_copy(update={"path": str(tmp_path / "shuffled.parquet")})

    first = make(goods_south, CANDELS, tmp_path / "first", radius_arcsec=2.0)
    second = make_training_set(order.model_copy(update={"inputs": {"mine": mine}}), lambda progress: None)

    assert second.provenance["row_checksum"] == first.provenance["row_checksum"]


def _specz(rows: object, column: str) -> str:
    """Name of a redshift column in the result: suffixed where an object column has it too."""
    return f"{column}_specz" if f"{column}_specz" in rows.column_names else column


def _brute_force(sample: RealSample, match: str, radius: float) -> int:
    """Count pairs over all combinations, by astropy."""
    redshifts = pq.read_table(sample.path)
    objects = pq.read_table(shared_data("specz", "astrodeep-gs43_random_sample.parquet"))
    left = SkyCoord(redshifts[sample.ra].to_numpy(), redshifts[sample.dec].to_numpy(), unit="deg")
    right = SkyCoord(objects["RA"].to_numpy(), objects["DEC"].to_numpy(), unit="deg")
    separation = left[:, None].separation(right[None, :]).arcsec
    within = separation <= radius
    if match == "all":
        return int(within.sum())
    nearest = separation.argmin(axis=1)
    rows = np.arange(len(nearest))
    paired = within[rows, nearest]
    if match == "mutual":
        paired &= separation.argmin(axis=0)[nearest] == rows
    return int(paired.sum())


def _first_bad_rows(n: int) -> tuple[int, ...]:
    bad = np.isnan(pq.read_table(JADES.path)[JADES.ra].to_numpy(zero_copy_only=False))
    return tuple((np.flatnonzero(bad)[:n] + 1).tolist())
