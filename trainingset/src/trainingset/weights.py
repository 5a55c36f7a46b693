"""Weights that make a sample resemble another one in magnitudes and colors: the nearest-neighbor estimate of densities.

M. Lima, C. E. Cunha, H. Oyaizu, J. Frieman, H. Lin and E. S. Sheldon 2008, MNRAS 390, 118: the weight of a row is the
number of target objects within the distance of its n-th neighbor in the sample, over n.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

__all__ = ["WeightCounts", "color_space", "neighbor_weights"]

FloatArray = npt.NDArray[np.float64]

_ROUNDING = 1 + 1e-9
"""A distance is the root of a sum: squared again, it may be a little less than the sum."""


@dataclass(frozen=True, slots=True)
class WeightCounts:
    """What weights were made of, and what they leave."""

    target: dict[str, int]
    """Of the target objects."""
    n_without_place: int
    """Rows that lack a magnitude, whose weight is 0."""
    n_zero: int
    """Rows of weight 0, those included."""
    effective: dict[str, int]
    """Equal rows that would tell as much, (sum of weights)^2 / sum of squares (Kish 1965), by subset; the whole set is
    named ``all``."""

    def details(self) -> dict[str, int]:
        """Counts for the record."""
        effective = {f"effective_rows_{name}": number for name, number in self.effective.items()}
        counts = {"rows_without_magnitudes": self.n_without_place, "rows_of_weight_zero": self.n_zero}
        return {**self.target, **counts, **effective}


def color_space(magnitudes: FloatArray, reference: int) -> FloatArray:
    """Points of magnitude and colors.

    Parameters
    ----------
    magnitudes
        Shape (n, bands), in the order of wavelength; NaN where there is none.
    reference
        Number of the band whose magnitude is an axis; the other axes are the colors of neighboring bands.

    Returns
    -------
    FloatArray
        Shape (n, bands).
    """
    points: FloatArray = np.column_stack([magnitudes[:, reference], magnitudes[:, :-1] - magnitudes[:, 1:]])
    return points


def neighbor_weights(rows: FloatArray, target: FloatArray, *, n_neighbors: int) -> FloatArray:
    """Weights of rows that make them resemble a target sample.

    Parameters
    ----------
    rows, target
        Points, shape (n, dimensions) and (m, dimensions). A row with a coordinate that is not finite has weight 0, and
        such a target object counts nowhere.
    n_neighbors
        Rows in the neighborhood whose size is measured, each row itself included. More make smoother weights.

    Returns
    -------
    FloatArray
        Not negative, with mean 1, shape (n,); all 0 if no target object is near any row.
    """
    weights = np.zeros(len(rows))
    has_place, counts_there = np.isfinite(rows).all(axis=1), np.isfinite(target).all(axis=1)
    points, aims = rows[has_place], target[counts_there]
    if not len(points) or not len(aims):
        return weights
    reach = KDTree(points).query(points, k=[min(n_neighbors, len(points))])[0][:, 0]
    near = KDTree(aims).query_ball_point(points, reach * _ROUNDING, return_length=True)
    # Whole numbers until here: the sum does not depend on the order of rows.
    total = int(np.sum(near))
    if total:
        weights[has_place] = np.asarray(near, np.float64) * (len(rows) / total)
    return weights
