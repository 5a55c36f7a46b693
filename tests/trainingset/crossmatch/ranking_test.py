"""Ranks and crowding agree with plain Python."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trainingset.crossmatch.candidates import Candidates
from trainingset.crossmatch.ranking import RankedPairs, rank_candidates

Pair = tuple[int, int, float]


@st.composite
def cases(draw: st.DrawFn) -> tuple[list[Pair], list[int], list[bool], list[float]]:
    """Pairs with many equal separations, object ids in any order, cut objects and unknown fluxes."""
    keys = draw(st.sets(st.tuples(st.integers(0, 4), st.integers(0, 6)), max_size=20))
    pairs = [(site, obj, draw(st.sampled_from([0.0, 0.25, 0.5]))) for site, obj in draw(st.permutations(sorted(keys)))]
    ids = draw(st.permutations(range(7)))
    matchable = draw(st.lists(st.booleans(), min_size=7, max_size=7))
    flux = draw(st.lists(st.sampled_from([np.nan, -1.0, 3.0, 8.0]), min_size=7, max_size=7))
    return pairs, ids, matchable, flux


def rank(case: tuple[list[Pair], list[int], list[bool], list[float]]) -> RankedPairs:
    pairs, ids, matchable, flux = case
    site, obj, separation = (np.array([pair[index] for pair in pairs]) for index in range(3))
    candidates = Candidates(site.astype(np.int64), obj.astype(np.int64), separation.astype(np.float64))
    return rank_candidates(candidates, tie_order=np.array(ids), is_matchable=np.array(matchable), flux=np.array(flux))


@given(case=cases())
def test_ranks_count_matchable_objects_by_separation_then_id(
    case: tuple[list[Pair], list[int], list[bool], list[float]],
) -> None:
    pairs, ids, matchable, _ = case
    ranked = rank(case)
    expected = []
    for site in sorted({site for site, _, _ in pairs}):
        objects = sorted((sep, ids[obj], obj) for at, obj, sep in pairs if at == site and matchable[obj])
        expected += [(site, obj, place + 1, len(objects)) for place, (_, _, obj) in enumerate(objects)]
    columns = (ranked.site, ranked.object, ranked.match_rank, ranked.n_matchable)
    assert list(zip(*(column.tolist() for column in columns), strict=True)) == expected


@given(case=cases())
def test_crowding_counts_objects_that_were_cut(
    case: tuple[list[Pair], list[int], list[bool], list[float]],
) -> None:
    pairs, _, _, flux = case
    ranked = rank(case)
    for index in range(len(ranked)):
        around = [(sep, flux[obj]) for site, obj, sep in pairs if site == ranked.site[index]]
        assert ranked.n_within_radius[index] == len(around)
        second = sorted(sep for sep, _ in around)[1:2] or [np.nan]
        np.testing.assert_equal(ranked.second_separation_arcsec[index], second[0])
        own = flux[ranked.object[index]]
        known = [value for _, value in around if np.isfinite(value)]
        expected = -1 if np.isnan(own) else int(own == max(known))
        assert ranked.brightest_within_radius[index] == expected


@given(case=cases(), n_neighbors=st.integers(1, 4))
def test_only_the_first_ranks_are_kept(
    case: tuple[list[Pair], list[int], list[bool], list[float]], n_neighbors: int
) -> None:
    ranked = rank(case)
    kept = ranked.up_to(n_neighbors)
    assert len(kept) == np.count_nonzero(ranked.match_rank <= n_neighbors)
    assert (kept.match_rank <= n_neighbors).all()
