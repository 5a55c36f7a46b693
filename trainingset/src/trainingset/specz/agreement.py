"""When redshifts of one galaxy agree: clusters by single linkage, and their mean."""

from typing import NamedTuple, assert_never

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from trainingset.combine_recipe import DzScale
from trainingset.crossmatch.separation import FloatArray

__all__ = ["Means", "agreeing_clusters", "mean_redshifts"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def agreeing_clusters(group: IntArray, z: FloatArray, precision: FloatArray, dz: float, dz_scale: DzScale) -> IntArray:
    """Number of the cluster of agreeing redshifts of each row, shape (n,).

    Parameters
    ----------
    group
        Number of each row's group, shape (n,); only rows of one group agree.
    z
        Redshifts; NaN agrees with nothing.
    precision
        Errors, for `DzScale.ERROR`; NaN counts as 0.
    dz
        Largest scaled difference of two redshifts that agree; with 0 none do.

    Notes
    -----
    Single linkage: 0.5000, 0.5009 and 0.5018 are one cluster at 0.001. Differences are compared in plain floating
    point, so that 0.501 - 0.5 is above 0.001.
    """
    if dz == 0 or not len(z):
        return np.arange(len(z))
    order = np.lexsort((z, group))
    sorted_group, sorted_z = group[order], z[order]
    error = np.nan_to_num(precision[order])
    if dz_scale is DzScale.ERROR:
        first, second = _within_errors(sorted_group, sorted_z, error, dz)
    else:
        # Between two that agree on these scales every next one agrees as well.
        first = np.flatnonzero((sorted_group[1:] == sorted_group[:-1]) & _agree_next(sorted_z, dz, dz_scale))
        second = first + 1
    graph = coo_array((np.ones(len(first), np.bool_), (order[first], order[second])), shape=(len(z), len(z)))
    clusters: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)
    return clusters


def _agree_next(z: FloatArray, dz: float, dz_scale: DzScale) -> BoolArray:
    """Whether each redshift agrees with the next one."""
    gap = z[1:] - z[:-1]
    match dz_scale:
        case DzScale.ABSOLUTE:
            agrees: BoolArray = gap <= dz
        case DzScale.ONE_PLUS_Z:
            scale = 1 + z[:-1]
            # Below -1 there are only values that stand for none, which agree with themselves.
            scaled = np.divide(gap, scale, out=np.where(gap == 0, 0.0, np.inf), where=scale > 0)
            agrees = scaled <= dz
        case DzScale.ERROR:
            raise ValueError("errors are compared by pairs")
        case _:
            assert_never(dz_scale)
    return agrees


def _within_errors(group: IntArray, z: FloatArray, error: FloatArray, dz: float) -> tuple[IntArray, IntArray]:
    """Pairs of sorted redshifts within their errors: a precise one between two others may agree with neither."""
    largest = np.zeros(int(group.max()) + 1)
    np.maximum.at(largest, group, error)
    rows = np.arange(len(z))
    pairs = []
    lag = 1
    while len(rows := rows[rows + lag < len(z)]):
        gap = z[rows + lag] - z[rows]
        # Gaps grow with the lag: what is out of reach once stays so.
        reaches = (group[rows + lag] == group[rows]) & (gap <= dz * np.hypot(error[rows], largest[group[rows]]))
        rows, gap = rows[reaches], gap[reaches]
        agrees = rows[gap <= dz * np.hypot(error[rows], error[rows + lag])]
        pairs.append((agrees, agrees + lag))
        lag += 1
    if not pairs:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate([first for first, _ in pairs]), np.concatenate([second for _, second in pairs])


class Means(NamedTuple):
    """Mean redshift of each row's cluster and its error; arrays of one length."""

    z: FloatArray
    z_err: FloatArray
    """NaN where not every row of the cluster has an error."""
    n: IntArray
    """Rows of the cluster."""


def mean_redshifts(cluster: IntArray, key_rank: IntArray, z: FloatArray, z_err: FloatArray) -> Means:
    """Means of clusters: weighted by 1 / z_err**2 where every row has an error above 0, plain where one has none.

    Parameters
    ----------
    cluster
        Number of each row's cluster, shape (n,).
    key_rank
        Order in which rows are added up, so that sums are the same in every order of rows.
    """
    n_clusters = int(cluster.max(initial=-1)) + 1
    order = np.lexsort((key_rank, cluster))
    label = cluster[order]
    has_error = z_err[order] > 0
    n = np.bincount(label, minlength=n_clusters)
    is_weighted = (np.bincount(label, weights=has_error, minlength=n_clusters) == n)[label]
    # Relative to the smallest error, since the square of an error of 1e-200 is 0.
    smallest = np.full(n_clusters, np.inf)
    np.minimum.at(smallest, label, np.where(has_error, z_err[order], np.inf))
    relative = np.divide(smallest[label], z_err[order], out=np.ones(len(label)), where=is_weighted)
    total = np.bincount(label, weights=relative**2, minlength=n_clusters)
    mean = np.bincount(label, weights=relative**2 * z[order], minlength=n_clusters) / np.where(n > 0, total, 1)
    error = np.full(n_clusters, np.nan)
    error[label[is_weighted]] = (smallest[label] / np.sqrt(total[label]))[is_weighted]
    return Means(mean[cluster], error[cluster], n[cluster])
