"""Purity and completeness against radius behave as they must, and agree with an independent calculation."""

from pathlib import Path

import numpy as np
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import SkyCoord

from benchmarks.purity import MODES, OPTIONS, Quality, draw, measure, measure_options, table_text
from trainingset.mock.place import MockSky

# In one process: what all of these look at is measured once.
pytestmark = pytest.mark.xdist_group("purity")

RADII = (0.2, 0.75, 3.0)


@pytest.fixture(scope="module")
def qualities(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, float], Quality]:
    folder = tmp_path_factory.mktemp("purity")
    found = measure(mock_sky, radii_arcsec=RADII, modes=tuple(MODES), folder=folder)
    return {(quality.mode, quality.radius_arcsec): quality for quality in found}


@pytest.mark.parametrize("mode", MODES)
def test_a_wider_radius_finds_more_and_purity_falls(mode: str, qualities: dict[tuple[str, float], Quality]) -> None:
    narrow, usual, wide = (qualities[mode, radius] for radius in RADII)
    assert narrow.rows < usual.rows <= wide.rows
    assert narrow.completeness < usual.completeness
    assert usual.purity > wide.purity


def test_the_usual_radius_is_pure_and_nearly_complete(qualities: dict[tuple[str, float], Quality]) -> None:
    usual = qualities["nearest", 0.75]
    assert usual.purity > 0.95
    assert usual.completeness > 0.93


def test_mutual_matching_leaves_out_wrong_pairs(qualities: dict[tuple[str, float], Quality]) -> None:
    wrong = {mode: (1 - qualities[mode, 3.0].purity) * qualities[mode, 3.0].rows for mode in MODES}
    assert wrong["mutual"] < wrong["nearest"]


def test_the_best_redshift_of_each_object_is_more_often_right(qualities: dict[tuple[str, float], Quality]) -> None:
    best, every = qualities["unique", 0.75], qualities["nearest", 0.75]
    assert best.rows < every.rows
    assert best.right_redshift > every.right_redshift


@pytest.mark.parametrize("radius", RADII)
def test_nearest_pairs_are_as_pure_as_astropy_finds(
    radius: float, mock_sky: MockSky, qualities: dict[tuple[str, float], Quality]
) -> None:
    truth = pq.read_table(mock_sky.redshifts)
    objects = ds.dataset(mock_sky.collection / "object" / "dataset", exclude_invalid_files=True).to_table(
        columns=["objectId", "coord_ra", "coord_dec"]
    )
    left = SkyCoord(truth["ra"].to_numpy(), truth["dec"].to_numpy(), unit="deg")
    right = SkyCoord(objects["coord_ra"].to_numpy(), objects["coord_dec"].to_numpy(), unit="deg")
    nearest, separation, _ = left.match_to_catalog_sky(right)
    found = objects["objectId"].to_numpy()[nearest]
    own = (truth["objectId"].fill_null(0).to_numpy() == found) | (
        truth["other_objectId"].fill_null(0).to_numpy() == found
    )
    within = separation.arcsec <= radius

    assert qualities["nearest", radius].rows == within.sum()
    assert qualities["nearest", radius].purity == pytest.approx(np.mean(own[within]), abs=1e-12)


@pytest.fixture(scope="module")
def options(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Quality]:
    found = measure_options(mock_sky, tmp_path_factory.mktemp("options"))
    return dict(zip(OPTIONS, found, strict=True))


def test_the_defaults_are_the_nearest_object_and_its_best_redshift(
    options: dict[str, Quality], qualities: dict[tuple[str, float], Quality]
) -> None:
    default, same = options["all defaults"], qualities["unique", 0.75]
    assert (default.rows, default.purity, default.completeness) == (same.rows, same.purity, same.completeness)
    assert default.purity > 0.95
    assert default.completeness > 0.93


def test_each_option_does_what_the_page_says(options: dict[str, Quality]) -> None:
    default = options["all defaults"]
    assert options["`UNIQUE=nearest`"].purity == default.purity
    assert options["`UNIQUE=nearest`"].right_redshift < default.right_redshift
    assert options["`UNIQUE=none`"].rows > default.rows
    assert options["`MATCH=all`"].purity < default.purity
    assert options["`RADIUS=0.3`"].completeness < default.completeness
    assert options["`RADIUS=0.3`"].purity > default.purity > options["`RADIUS=2`"].purity


def test_cutting_before_the_match_gives_redshifts_to_bright_neighbors(options: dict[str, Quality]) -> None:
    after, before = (quality for name, quality in options.items() if "WHERE_ORDER" in name)
    assert before.rows > after.rows
    assert (1 - before.purity) > 1.5 * (1 - after.purity)


def test_the_table_has_a_line_for_each_measurement(qualities: dict[tuple[str, float], Quality]) -> None:
    lines = table_text(list(qualities.values())).splitlines()
    assert len(lines) == 2 + len(RADII) * len(MODES)
    assert lines[2].startswith("| nearest | 0.2 |")


def test_the_figure_is_drawn(qualities: dict[tuple[str, float], Quality], tmp_path: Path) -> None:
    draw(list(qualities.values()), tmp_path / "purity.png")
    assert (tmp_path / "purity.png").read_bytes().startswith(b"\x89PNG")
