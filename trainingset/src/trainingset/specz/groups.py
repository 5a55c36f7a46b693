"""Joins measurements of one galaxy into groups: chains of near rows, broken where they grow too long.

Stars never join, so that no star makes one galaxy of two.
"""

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from trainingset.crossmatch.separation import RESOLUTION_ARCSEC, FloatArray, separations_arcsec
from trainingset.specz.sky_pairs import SkyPairs

__all__ = ["STAR", "find_groups", "galaxies_of_stars"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

STAR = 6
"""Homogenized quality flag of stars."""


def find_groups(
    pairs: SkyPairs,
    is_star: BoolArray,
    *,
    key_rank: IntArray,
    ra: FloatArray,
    dec: FloatArray,
    max_diameter_arcsec: float | None = None,
) -> IntArray:
    """Number of the group of each row, shape (n,); a star and a row without neighbors have one of their own.

    Parameters
    ----------
    pairs
        Rows that are near each other.
    is_star
        Which rows are stars, shape (n,).
    key_rank
        Place of each row's key among all keys, which settles equal separations, shape (n,).
    ra, dec
        ICRS degrees, shape (n,) each.
    max_diameter_arcsec
        Largest separation of two members of a group. None leaves chains as long as they are.

    Notes
    -----
    Groups are the connected components of pairs of two rows that are no stars. One that exceeds the diameter is built
    anew: its pairs are taken by separation, then keys, and each joins the two groups of its rows if no two of their
    members are farther apart than the diameter (complete linkage, along pairs only).
    """
    galaxies = ~(is_star[pairs.first] | is_star[pairs.second])
    first, second = pairs.first[galaxies], pairs.second[galaxies]
    labels = _components(first, second, len(is_star))
    if max_diameter_arcsec is None or not len(first):
        return labels
    too_long = _may_exceed(labels, first, ra, dec, max_diameter_arcsec)
    links = np.flatnonzero(too_long[labels[first]])
    order = links[_order_of_links(pairs.separation_arcsec[galaxies], key_rank, first, second, links)]
    kept = _links_within(first[order], second[order], ra, dec, max_diameter_arcsec)
    unbroken = ~too_long[labels[first]]
    chosen = np.concatenate([np.flatnonzero(unbroken), order[kept]])
    return _components(first[chosen], second[chosen], len(is_star))


def galaxies_of_stars(pairs: SkyPairs, is_star: BoolArray, is_grouped: BoolArray, key_rank: IntArray) -> IntArray:
    """For each row the grouped galaxy whose group id a star borrows, -1 for none, shape (n,).

    Of several near galaxies that have neighbors of their own it is the nearest one, then the one with the smaller key.
    """
    star = np.concatenate([pairs.first, pairs.second])
    galaxy = np.concatenate([pairs.second, pairs.first])
    lends = is_star[star] & ~is_star[galaxy] & is_grouped[galaxy]
    separation = np.tile(pairs.separation_arcsec, 2)[lends]
    star, galaxy = star[lends], galaxy[lends]
    # Written from the last choice to the first, so that the first one stays.
    order = np.lexsort((key_rank[galaxy], separation))[::-1]
    lender = np.full(len(is_star), -1, np.int64)
    lender[star[order]] = galaxy[order]
    return lender


def _components(first: IntArray, second: IntArray, n_rows: int) -> IntArray:
    graph = coo_array((np.ones(len(first), np.bool_), (first, second)), shape=(n_rows, n_rows))
    labels: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)
    return labels


def _may_exceed(labels: IntArray, linked: IntArray, ra: FloatArray, dec: FloatArray, diameter: float) -> BoolArray:
    """Which groups can be longer than the diameter: those that reach half of it from any one member."""
    one = np.zeros(int(labels.max()) + 1, np.int64)
    one[labels[linked]] = linked
    has_links = np.zeros(len(one), np.bool_)
    has_links[labels[linked]] = True
    members = np.flatnonzero(has_links[labels])
    center = one[labels[members]]
    distance = separations_arcsec(ra[members], dec[members], ra[center], dec[center])
    # Separations are rounded: twice the distance may be that much above the longest of the group.
    far = 2 * distance > diameter - 4 * RESOLUTION_ARCSEC
    exceeds = np.zeros(len(one), np.bool_)
    exceeds[labels[members[far]]] = True
    return exceeds


def _order_of_links(
    separation: FloatArray, key_rank: IntArray, first: IntArray, second: IntArray, links: IntArray
) -> IntArray:
    """Order of these links by separation, then by their smaller and their larger key."""
    ranks = np.sort(np.stack([key_rank[first[links]], key_rank[second[links]]]), axis=0)
    order: IntArray = np.lexsort((ranks[1], ranks[0], separation[links]))
    return order


def _links_within(first: IntArray, second: IntArray, ra: FloatArray, dec: FloatArray, diameter: float) -> IntArray:
    """Places of the links that may join groups, when they are taken in this order."""
    members = {row: [row] for row in np.unique(np.concatenate([first, second])).tolist()}
    name = {row: row for row in members}
    # Two groups that are too far apart stay so however they grow: each two are measured once.
    apart: dict[int, set[int]] = {row: set() for row in members}
    kept = []
    for place, (left, right) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        one, other = name[left], name[right]
        if one == other or other in apart[one]:
            continue
        if _farthest(members[one], members[other], ra, dec) > diameter:
            apart[one].add(other)
            apart[other].add(one)
            continue
        kept.append(place)
        _join(one, other, members, name, apart)
    return np.array(kept, np.int64)


def _farthest(rows: list[int], others: list[int], ra: FloatArray, dec: FloatArray) -> float:
    left, right = np.array(rows)[:, np.newaxis], np.array(others)[np.newaxis, :]
    return float(separations_arcsec(ra[left], dec[left], ra[right], dec[right]).max())


def _join(
    one: int, other: int, members: dict[int, list[int]], name: dict[int, int], apart: dict[int, set[int]]
) -> None:
    """Move the smaller group's members into the larger one, with what is apart from it."""
    large, small = (one, other) if len(members[one]) >= len(members[other]) else (other, one)
    moved = members.pop(small)
    members[large] += moved
    name.update(dict.fromkeys(moved, large))
    for far in apart.pop(small):
        apart[far].remove(small)
        apart[far].add(large)
        apart[large].add(far)
