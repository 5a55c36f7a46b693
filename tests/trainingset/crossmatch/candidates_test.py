"""Candidates are all pairs within the radius and no others."""

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import brute_force, positions, skies
from trainingset.crossmatch.candidates import Candidates, SkyPositions, find_candidates

radii = st.floats(-3, 1.78).map(lambda exponent: 10**exponent)


def pairs_of(candidates: Candidates) -> set[tuple[int, int]]:
    return set(zip(candidates.site.tolist(), candidates.object.tolist(), strict=True))


@given(sites=skies(), objects=skies(most=20), radius=radii)
def test_pairs_are_those_of_astropy(sites: SkyPositions, objects: SkyPositions, radius: float) -> None:
    separations = brute_force(sites, objects)
    assume(np.abs(separations - radius).min() > 2e-6)
    found = find_candidates(sites, objects, radius_arcsec=radius)
    assert pairs_of(found) == set(zip(*(index.tolist() for index in np.nonzero(separations <= radius)), strict=True))
    assert len(found) == len(pairs_of(found))


@given(sites=skies(), objects=skies(), radius=radii, turn=st.floats(0, 360))
def test_turning_the_sky_in_right_ascension_changes_no_pair(
    sites: SkyPositions, objects: SkyPositions, radius: float, turn: float
) -> None:
    assume(np.abs(brute_force(sites, objects) - radius).min() > 2e-6)
    turned = [positions((sky.ra + turn) % 360, sky.dec) for sky in (sites, objects)]
    before = find_candidates(sites, objects, radius_arcsec=radius)
    after = find_candidates(*turned, radius_arcsec=radius)
    assert pairs_of(after) == pairs_of(before)


@given(sites=skies(), objects=skies(), radius=radii)
def test_pairs_are_the_same_from_either_side(sites: SkyPositions, objects: SkyPositions, radius: float) -> None:
    there = find_candidates(sites, objects, radius_arcsec=radius)
    back = find_candidates(objects, sites, radius_arcsec=radius)
    assert pairs_of(there) == {(site, obj) for obj, site in pairs_of(back)}


@pytest.mark.parametrize("radius", [0.5, 1.0, 3.0])
def test_an_object_at_the_radius_itself_is_within_it(radius: float) -> None:
    objects = positions([10.0, 10.0], [20 + radius / 3600, 20 + (radius + 0.001) / 3600])
    found = find_candidates(positions([10.0], [20.0]), objects, radius_arcsec=radius)
    assert pairs_of(found) == {(0, 0)}
    assert found.separation_arcsec[0] == radius


def test_objects_without_a_position_have_no_pairs() -> None:
    objects = positions([10.0, np.nan, 10.0, np.inf], [20.0, 20.0, np.nan, 20.0])
    found = find_candidates(positions([10.0], [20.0]), objects, radius_arcsec=1)
    assert pairs_of(found) == {(0, 0)}


@pytest.mark.parametrize(("n_sites", "n_objects"), [(0, 3), (3, 0), (0, 0)])
def test_an_empty_side_has_no_pairs(n_sites: int, n_objects: int) -> None:
    sky = positions(np.zeros(3), np.zeros(3))
    found = find_candidates(sky.take(np.arange(n_sites)), sky.take(np.arange(n_objects)), radius_arcsec=1)
    assert len(found) == 0


def test_a_crowded_field_costs_as_much_as_its_pairs() -> None:
    rng = np.random.default_rng(1)
    side = 60 / 3600
    sites = positions(150 + rng.uniform(0, side, 20_000), rng.uniform(0, side, 20_000))
    objects = positions(150 + rng.uniform(0, side, 20_000), rng.uniform(0, side, 20_000))
    # 400 million pairs would take gigabytes; within the radius there are some hundred thousand.
    found = find_candidates(sites, objects, radius_arcsec=0.1)
    assert len(found) == pytest.approx(20_000**2 * np.pi * 0.1**2 / 60**2, rel=0.1)
