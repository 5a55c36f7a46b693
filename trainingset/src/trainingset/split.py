"""Splits rows into named subsets so that one sky object is never in two of them.

The side of a unit comes from a keyed hash of its name (`trainingset.split_unit`): adding an unrelated row moves
nobody, and neither the order of rows nor partitioning nor machine matters.
"""

from collections.abc import Mapping, Sequence
from hashlib import blake2b
from itertools import accumulate

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import KDTree

from trainingset.crossmatch.candidates import SkyPositions
from trainingset.crossmatch.separation import unit_vectors

__all__ = ["SAME_OBJECT_ARCSEC", "assign_subsets", "find_units", "leading_rows"]

IntArray = npt.NDArray[np.int64]

SAME_OBJECT_ARCSEC = 0.5
"""Objects this near are one sky object: at borders of tracts LSST has some of them twice."""
_DRAWS = 2**64


def find_units(redshift: IntArray, obj: IntArray, *, places: SkyPositions, groups: IntArray | None = None) -> IntArray:
    """Join rows that show one sky object.

    Parameters
    ----------
    redshift, obj
        Redshift and object of each row, as numbers of any kind, shape (n,) each.
    places
        Position of each row's object.
    groups
        For each row, number of the group that its redshift belongs to, negative for none.

    Returns
    -------
    IntArray
        Number of the unit of each row, shape (n,): connected by a shared redshift, object or group, or by objects
        within `SAME_OBJECT_ARCSEC`.
    """
    n_rows = len(redshift)
    links = [_shared(redshift), _shared(obj), _near(places)]
    if groups is not None:
        in_group = np.flatnonzero(groups >= 0)
        links.append(in_group[_shared(groups[in_group])])
    first, second = np.concatenate(links).T
    graph = coo_array((np.ones(len(first), np.bool_), (first, second)), shape=(n_rows, n_rows))
    units: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)
    return units


def leading_rows(keys: Sequence[str] | pa.Array, units: IntArray) -> IntArray:
    """For each row, a row of its unit with the unit's smallest key, shape (n,): the row that speaks for the unit.

    Taken before rows are left out of a unit, it keeps the unit on its side whatever is left out.

    Parameters
    ----------
    keys
        Stable key of each row's redshift, shape (n,); no two units share one.
    units
        Unit of each row, as `find_units` gives it, shape (n,).
    """
    unit, place = np.unique(units, return_inverse=True)
    order = pc.sort_indices(pa.array(keys, pa.string())).to_numpy().astype(np.int64)
    first = np.full(len(unit), len(order), np.int64)
    np.minimum.at(first, place[order], np.arange(len(order)))
    rows: IntArray = order[first][place]
    return rows


def assign_subsets(
    units: Sequence[str] | pa.Array, fractions: Mapping[str, float], *, seed: int = 0, exact: bool = False
) -> pa.Array:
    """Give every unit to one subset.

    Parameters
    ----------
    units
        Name of each row's unit, as `trainingset.split_unit.unit_names` gives it, shape (n,).
    fractions
        Share of each subset, adding to 1. The order in which they are named does not matter.
    seed
        Key of the hash, in [0, 2**64).
    exact
        Whether units are ranked by hash, which makes the proportions exact to one unit but lets a new row move
        others.

    Returns
    -------
    pa.Array
        Name of the subset of each row, shape (n,).
    """
    subsets = sorted(fractions)
    named = pa.array(units, pa.string()).dictionary_encode()
    draws = [_draw(name, seed) for name in named.dictionary.to_pylist()]
    shares = [fractions[subset] / sum(fractions.values()) for subset in subsets]
    sides = _sides_by_rank(draws, shares) if exact else _sides_by_draw(draws, shares)
    return pa.array(subsets, pa.string()).take(pa.array(sides).take(named.indices))


def _shared(labels: IntArray) -> IntArray:
    """Links from each row to the next one with the same label, shape (m, 2)."""
    order = np.argsort(labels, kind="stable")
    same = np.flatnonzero(np.diff(labels[order]) == 0)
    return np.stack([order[same], order[same + 1]], axis=-1)


def _near(places: SkyPositions) -> IntArray:
    """Links between rows whose objects are near, shape (m, 2)."""
    vectors, first, label = np.unique(
        unit_vectors(places.ra, places.dec), axis=0, return_index=True, return_inverse=True
    )
    # Rows at one position are linked one to the next, so that a thousand of them make no million of pairs.
    links = [_shared(label.ravel())]
    if len(vectors) > 1:
        reach = 2 * np.sin(np.radians(SAME_OBJECT_ARCSEC / 3600) / 2)
        links.append(first[KDTree(vectors).query_pairs(reach, output_type="ndarray")].reshape(-1, 2))
    return np.concatenate(links)


def _draw(name: str, seed: int) -> tuple[int, str]:
    """A number in [0, 2**64) that looks random, and the name that settles the tie which never happens."""
    digest = blake2b(name.encode(), digest_size=8, key=seed.to_bytes(8, "little")).digest()
    return int.from_bytes(digest, "big"), name


def _sides_by_draw(draws: list[tuple[int, str]], shares: list[float]) -> IntArray:
    bounds = np.array([min(int(total * _DRAWS), _DRAWS - 1) for total in accumulate(shares)], np.uint64)
    numbers = np.array([number for number, _ in draws], np.uint64)
    # The last bound is open: rounding of the fractions must leave nobody without a side.
    return np.searchsorted(bounds[:-1], numbers, side="right").astype(np.int64)


def _sides_by_rank(draws: list[tuple[int, str]], shares: list[float]) -> IntArray:
    quotas = np.array(shares) * len(draws)
    sizes = np.floor(quotas).astype(np.int64)
    # Largest remainders first; among equal ones the order of names.
    for side in np.argsort(sizes - quotas, kind="stable")[: len(draws) - int(sizes.sum())]:
        sizes[side] += 1
    sides = np.empty(len(draws), np.int64)
    sides[sorted(range(len(draws)), key=draws.__getitem__)] = np.repeat(np.arange(len(shares)), sizes)
    return sides
