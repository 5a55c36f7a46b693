"""All near rows are found, at every place of the sky, whoever is asked first."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import skies
from tests.trainingset.specz.plain_marks import plain_pairs
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.specz.sky_pairs import CrowdedSkyError, SkyPairs, find_sky_pairs


def as_dict(pairs: SkyPairs) -> dict[tuple[int, int], float]:
    rows = zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    return dict(zip(rows, pairs.separation_arcsec.tolist(), strict=True))


@given(sky=skies(most=25), data=st.data())
def test_pairs_are_those_of_brute_force(sky: SkyPositions, data: st.DataObject) -> None:
    radii = st.sampled_from([0.3, 0.5, 0.501, 1.5, 7.0])
    radius = data.draw(st.lists(radii, min_size=len(sky), max_size=len(sky)))

    found = find_sky_pairs(sky.ra, sky.dec, np.array(radius))

    expected = plain_pairs(sky.ra.tolist(), sky.dec.tolist(), radius)
    assert as_dict(found) == pytest.approx(expected, abs=2e-6)
    assert len(found) == len(expected)
    assert (found.first < found.second).all()


@pytest.mark.parametrize("separation", [0.5, 0.500001])
def test_the_radius_itself_is_within(separation: float) -> None:
    dec = np.array([10, 10 + separation / 3600])
    assert len(find_sky_pairs(np.full(2, 40.0), dec, 0.5)) == (separation == 0.5)


@pytest.mark.parametrize("radius", [(0.2, 2.0), (2.0, 0.2)])
def test_the_larger_of_two_radii_holds(radius: tuple[float, float]) -> None:
    assert len(find_sky_pairs(np.full(2, 40.0), np.array([10, 10 + 1 / 3600]), np.array(radius))) == 1
    assert len(find_sky_pairs(np.full(2, 40.0), np.array([10, 10 + 1 / 3600]), np.array([0.2, 0.2]))) == 0


def test_there_is_no_limit_of_neighbors() -> None:
    assert len(find_sky_pairs(np.full(1000, 40.0), np.full(1000, -90.0), 0.5)) == 1000 * 999 // 2


def test_rows_without_company_have_no_pairs() -> None:
    assert len(find_sky_pairs(np.empty(0), np.empty(0), np.empty(0))) == 0
    assert len(find_sky_pairs(np.array([1.0]), np.array([1.0]), 0.5)) == 0


@pytest.mark.parametrize("wide", [0.5, 5.0])
def test_a_hundred_thousand_rows_at_one_place_are_refused_and_the_place_is_named(wide: float) -> None:
    generator = np.random.default_rng(0)
    ra, dec = generator.uniform(0, 360, 200_000), generator.uniform(-60, 60, 200_000)
    ra[50_000:150_000], dec[50_000:150_000] = 12.5, -7.25

    with pytest.raises(CrowdedSkyError) as refused:
        find_sky_pairs(ra, dec, np.where(np.arange(200_000) % 2 == 0, 0.5, wide))

    (problem,) = refused.value.problems
    assert "ra 12.500000, dec -7.250000" in problem.message
    assert problem.rows[0] in (50_001, 50_002)


def test_a_crowd_that_is_not_at_the_very_same_position_is_refused_too() -> None:
    generator = np.random.default_rng(0)
    ra, dec = 53.1 + generator.normal(0, 1e-5, 100_000), -28.1 + generator.normal(0, 1e-5, 100_000)
    with pytest.raises(CrowdedSkyError, match=r"ra 53\.1\d+, dec -28\.\d+"):
        find_sky_pairs(ra, dec, 0.5)


def test_a_field_where_every_row_has_a_thousand_neighbors_is_refused_before_they_are_listed() -> None:
    generator = np.random.default_rng(0)
    ra, dec = generator.uniform(10, 10.02, 60_000), generator.uniform(0, 0.02, 60_000)
    with pytest.raises(CrowdedSkyError, match="smaller radius"):
        find_sky_pairs(ra, dec, 7.0)


def test_all_of_many_measurements_of_few_galaxies_are_paired() -> None:
    generator = np.random.default_rng(0)
    ra, dec = generator.uniform(0, 360, 30_000), generator.uniform(-60, 60, 30_000)
    assert len(find_sky_pairs(np.repeat(ra, 10), np.repeat(dec, 10), 0.5)) == 30_000 * 45
