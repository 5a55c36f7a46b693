"""Groups are chains of near galaxies, broken where they grow too long; stars join nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import brute_force, skies
from tests.trainingset.specz.plain_marks import plain_groups, plain_pairs
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.specz.groups import find_groups, galaxies_of_stars
from trainingset.specz.sky_pairs import find_sky_pairs


def groups_of(
    sky: SkyPositions, is_star: np.ndarray, ranks: np.ndarray, *, radius: float = 0.5, diameter: float | None = None
) -> set[frozenset[int]]:
    labels = find_groups(
        find_sky_pairs(sky.ra, sky.dec, radius),
        is_star,
        key_rank=ranks,
        ra=sky.ra,
        dec=sky.dec,
        max_diameter_arcsec=diameter,
    )
    return {frozenset(np.flatnonzero(labels == label).tolist()) for label in np.unique(labels)}


def a_line(n: int, step_arcsec: float) -> SkyPositions:
    return SkyPositions(np.full(n, 359.99999), 20 + np.arange(n) * step_arcsec / 3600)


@settings(max_examples=200)
@given(
    sky=skies(most=20),
    diameter=st.sampled_from([None, 0.4, 0.8, 1.2, 3.0]),
    radius=st.sampled_from([0.5, 1.0]),
    data=st.data(),
)
def test_two_independent_calculations_agree_on_random_skies_with_chains(
    sky: SkyPositions, diameter: float | None, radius: float, data: st.DataObject
) -> None:
    n = len(sky)
    is_star = np.array(data.draw(st.lists(st.sampled_from([False, False, False, True]), min_size=n, max_size=n)))
    ranks = np.array(data.draw(st.permutations(range(n))))
    keys = [f"{rank:03}" for rank in ranks]
    separation = np.round(brute_force(sky, sky), 6)

    found = groups_of(sky, is_star, ranks, radius=radius, diameter=diameter)

    expected = plain_groups(
        plain_pairs(sky.ra.tolist(), sky.dec.tolist(), [radius] * n),
        is_star.tolist(),
        keys,
        lambda one, other: max(separation[i, j] for i in one for j in other),
        diameter,
    )
    assert found == set(map(frozenset, expected))


@given(sky=skies(most=20), diameter=st.sampled_from([0.4, 0.8, 2.0]))
def test_no_group_exceeds_the_diameter(sky: SkyPositions, diameter: float) -> None:
    n = len(sky)
    for group in groups_of(sky, np.zeros(n, np.bool_), np.arange(n), radius=1.0, diameter=diameter):
        members = sky.take(np.array(sorted(group)))
        assert np.round(brute_force(members, members), 6).max() <= diameter


def test_chains_count() -> None:
    line = a_line(30, 0.4)
    assert groups_of(line, np.zeros(30, np.bool_), np.arange(30)) == {frozenset(range(30))}


def test_a_long_chain_is_broken_and_a_group_within_the_diameter_is_not() -> None:
    sky = SkyPositions(np.repeat([10.0, 50.0], [9, 3]), np.concatenate([a_line(9, 0.45).dec, a_line(3, 0.45).dec]))
    groups = groups_of(sky, np.zeros(12, np.bool_), np.arange(12), diameter=1.0)
    # All steps are equal: the smallest keys are joined first.
    assert groups == {frozenset(range(start, start + 3)) for start in (0, 3, 6, 9)}


def test_a_chain_of_thousands_is_broken_in_seconds() -> None:
    generator = np.random.default_rng(1)
    sky = SkyPositions(10 + generator.uniform(0, 60, 6000) / 3600, generator.uniform(0, 60, 6000) / 3600)
    groups = groups_of(sky, np.zeros(6000, np.bool_), np.arange(6000), radius=1.5, diameter=3.0)
    assert 300 < len(groups) < 3000


def test_a_star_joins_no_two_galaxies() -> None:
    is_star = np.array([False, True, False])
    assert len(groups_of(a_line(3, 0.4), is_star, np.arange(3))) == 3


@pytest.mark.parametrize(("ranks", "lender"), [((0, 1, 2, 3, 4), 1), ((0, 3, 2, 1, 4), 3)])
def test_a_star_borrows_from_the_nearest_grouped_galaxy_then_from_the_smaller_key(
    ranks: tuple[int, ...], lender: int
) -> None:
    # Two pairs of galaxies, equally far from the star between them.
    sky = SkyPositions(np.full(5, 80.0), np.array([-0.6, -0.4, 0.0, 0.4, 0.6]) / 3600)
    is_star = np.arange(5) == 2
    is_grouped = np.array([True, True, False, True, True])

    lenders = galaxies_of_stars(find_sky_pairs(sky.ra, sky.dec, 0.5), is_star, is_grouped, np.array(ranks))

    assert lenders.tolist() == [-1, -1, lender, -1, -1]
