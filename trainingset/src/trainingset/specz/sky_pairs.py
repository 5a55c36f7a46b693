"""Finds every two rows of one table that are near each other on the sky."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from trainingset.crossmatch.separation import RESOLUTION_ARCSEC, FloatArray, separations_arcsec, unit_vectors
from trainingset.errors import Problem, TableError

__all__ = ["MOST_PAIRS", "CrowdedSkyError", "SkyPairs", "find_sky_pairs"]

IntArray = npt.NDArray[np.int64]

MOST_PAIRS = 20_000_000
"""Pairs of one table: those of 6300 rows at one position, or of ten measurements of each of 400 000 galaxies. With more
the table is wrong (a position that stands for none) or the radius, and the pairs would not fit into memory."""
_CERTAINLY_FEW = MOST_PAIRS // 20
"""With so many pairs inside of small cells there are fewer than `MOST_PAIRS` in all."""


class CrowdedSkyError(TableError):
    """So many rows share a place that their pairs cannot be listed."""


@dataclass(frozen=True, slots=True)
class SkyPairs:
    """Pairs of rows, each once, in no particular order; three arrays of one length."""

    first: IntArray
    """Row numbers."""
    second: IntArray
    """Row numbers, each above the one in `first`."""
    separation_arcsec: FloatArray

    def __len__(self) -> int:
        return len(self.first)


def find_sky_pairs(ra: FloatArray, dec: FloatArray, radius_arcsec: FloatArray | float) -> SkyPairs:
    """Find every two rows within the larger of their two radii, that radius itself included.

    Parameters
    ----------
    ra, dec
        ICRS degrees, finite, shape (n,) each.
    radius_arcsec
        Match radius of each row, above 0, shape (n,); or one for all.

    Raises
    ------
    CrowdedSkyError
        If there are more than `MOST_PAIRS` pairs; the error names the most crowded place.
    """
    radius = np.broadcast_to(np.asarray(radius_arcsec, np.float64), ra.shape)
    vectors = unit_vectors(ra, dec)
    classes = _radius_classes(vectors, radius)
    _refuse_crowds(ra, dec, vectors, classes)
    proposed = list(_proposed(classes))
    if not proposed:
        return SkyPairs(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    pairs = np.sort(np.concatenate(proposed), axis=1)
    first, second = pairs[:, 0], pairs[:, 1]
    separation = separations_arcsec(ra[first], dec[first], ra[second], dec[second])
    within = separation <= np.maximum(radius[first], radius[second])
    return SkyPairs(first[within], second[within], separation[within])


@dataclass(frozen=True, slots=True)
class _RadiusClass:
    """Rows of similar radii, which are looked for together."""

    rows: IntArray
    tree: cKDTree
    """Of these rows, numbered from 0."""
    reach: float
    """Chord on the unit sphere: the largest radius of the class, and more than the rounding of separations."""
    radius_arcsec: float


def _radius_classes(vectors: FloatArray, radius: FloatArray) -> list[_RadiusClass]:
    """Rows by the power of two of their radius, narrow ones first, so that one wide radius widens no other's search."""
    _, exponent = np.frexp(radius)
    classes = []
    for power in np.unique(exponent):
        rows = np.flatnonzero(exponent == power)
        # Neither balanced nor compact: built in a third of the time, and as fast to search on the sky.
        tree = cKDTree(vectors[rows], balanced_tree=False, compact_nodes=False)
        widest = float(radius[rows].max())
        reach = 2 * np.sin(np.radians((widest + RESOLUTION_ARCSEC) / 3600) / 2)
        classes.append(_RadiusClass(rows, tree, float(reach), widest))
    return classes


def _proposed(classes: list[_RadiusClass]) -> Iterator[IntArray]:
    """Pairs within the wider class's reach, shape (m, 2) each; every pair of rows once."""
    for number, wide in enumerate(classes):
        inside = wide.tree.query_pairs(wide.reach, output_type="ndarray")
        yield wide.rows[inside].reshape(-1, 2)
        for narrow in classes[:number]:
            found = wide.tree.sparse_distance_matrix(narrow.tree, wide.reach, output_type="ndarray")
            yield np.stack([wide.rows[found["i"]], narrow.rows[found["j"]]], axis=-1)


def _refuse_crowds(ra: FloatArray, dec: FloatArray, vectors: FloatArray, classes: list[_RadiusClass]) -> None:
    """Count pairs before any is made: those inside of small cells, then all unless these are few."""
    certain, worst, radius_arcsec = 0, np.empty(0, np.int64), 0.0
    for number, wide in enumerate(classes):
        rows = np.concatenate([narrower.rows for narrower in classes[: number + 1]])
        # The diagonal of such a cell is the reach.
        _, cell, counts = np.unique(_cells(vectors[rows], wide.reach / 3**0.5), return_inverse=True, return_counts=True)
        of_class = np.bincount(cell[len(rows) - len(wide.rows) :], minlength=len(counts))
        certain += int((of_class * (of_class - 1) // 2 + of_class * (counts - of_class)).sum())
        crowd = int(np.argmax(np.where(of_class > 0, counts, 0)))
        if counts[crowd] > len(worst):
            worst, radius_arcsec = rows[cell == crowd], wide.radius_arcsec
    if certain > MOST_PAIRS or (certain > _CERTAINLY_FEW and _count(classes) > MOST_PAIRS):
        raise _crowded(ra, dec, worst, radius_arcsec)


def _count(classes: list[_RadiusClass]) -> int:
    """Pairs that would be proposed."""
    total = 0
    for number, wide in enumerate(classes):
        # Each pair from both sides, and each row with itself.
        total += (int(wide.tree.count_neighbors(wide.tree, wide.reach)) - len(wide.rows)) // 2
        total += sum(int(wide.tree.count_neighbors(narrow.tree, wide.reach)) for narrow in classes[:number])
    return total


def _cells(vectors: FloatArray, side: float) -> npt.NDArray[np.uint64]:
    """Number of the cell of each vector; two cells far apart share one so rarely that a count does not notice."""
    steps = np.floor(vectors / side).astype(np.int64).view(np.uint64)
    primes = np.array([73856093, 19349663, 83492791], np.uint64) * np.uint64(2654435761)
    numbers: npt.NDArray[np.uint64] = (steps * primes).sum(axis=1, dtype=np.uint64)
    return numbers


def _crowded(ra: FloatArray, dec: FloatArray, rows: IntArray, radius_arcsec: float) -> CrowdedSkyError:
    place = f"ra {ra[rows[0]]:.6f}, dec {dec[rows[0]]:+.6f}"
    message = (
        f"{len(rows)} rows lie within {radius_arcsec:g} arcsec of {place}, and with all others there are more than "
        f"{MOST_PAIRS} pairs of near rows. A position that so many rows share usually stands for none: remove these, "
        "or take a smaller radius"
    )
    told = tuple(int(row) + 1 for row in np.sort(rows)[:5])
    return CrowdedSkyError(
        [Problem(parameter="RADIUS", message=message, rows=told, value=str(len(rows)), limit=f"{MOST_PAIRS} pairs")]
    )
