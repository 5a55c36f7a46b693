"""What the deblender makes of the true sky: close sources become one object, neighbours share light and drift."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from trainingset.mock.fields import BANDS, FloatArray
from trainingset.mock.sources import Sources

__all__ = ["AB_ZERO_POINT", "Blends", "blend"]

AB_ZERO_POINT = 31.4
"""AB magnitude of one nanojansky."""

_RESOLVED_ARCSEC = 0.7
"""Closer sources are not told apart: one object with the light of both."""
_BLENDED_ARCSEC = 2.0
"""Closer objects touch: each keeps a little of the other's light."""
_LEAKAGE = 0.12
"""Share of a neighbour's light that ends up in an object at the smallest resolved separation; 0 at the largest."""
_REFERENCE = BANDS.index("i")


@dataclass(frozen=True)
class Blends:
    """Objects as the deblender leaves them, before noise; every array has one entry for each object."""

    dominant: NDArray[np.int64]
    """Row of the source that gives most light."""
    owner: NDArray[np.int64]
    """Row of the object that holds each *source*, shape (n_sources,)."""
    xi: FloatArray
    eta: FloatArray
    flux: FloatArray
    """Total flux in nJy above the Galaxy's dust, shape (n, 6)."""
    blendedness: FloatArray
    """One minus own over parent flux, shape (n, 6)."""
    isolated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.dominant)


def blend(sources: Sources) -> Blends:
    """Merge what is not resolved and let near neighbours contaminate each other."""
    flux = 10 ** (-0.4 * (sources.magnitude - AB_ZERO_POINT))
    owner = _unresolved_groups(sources)
    n = int(owner.max()) + 1
    weight = flux[:, _REFERENCE]
    total: FloatArray = np.stack(
        [np.bincount(owner, weights=flux[:, band], minlength=n) for band in range(len(BANDS))], axis=1
    )
    xi = np.bincount(owner, weights=weight * sources.xi, minlength=n) / total[:, _REFERENCE]
    eta = np.bincount(owner, weights=weight * sources.eta, minlength=n) / total[:, _REFERENCE]
    brightest_last = np.lexsort((weight, owner))
    dominant = brightest_last[np.append(np.flatnonzero(np.diff(owner[brightest_last])), len(owner) - 1)]
    return _contaminated(dominant, owner, xi, eta, total)


def _unresolved_groups(sources: Sources) -> NDArray[np.int64]:
    pairs = cKDTree(np.column_stack([sources.xi, sources.eta])).query_pairs(_RESOLVED_ARCSEC, output_type="ndarray")
    links = coo_matrix((np.ones(len(pairs), dtype=np.int8), (pairs[:, 0], pairs[:, 1])), shape=(len(sources),) * 2)
    _, group = connected_components(links, directed=False)
    return np.asarray(group, dtype=np.int64)


def _contaminated(
    dominant: NDArray[np.int64], owner: NDArray[np.int64], xi: FloatArray, eta: FloatArray, total: FloatArray
) -> Blends:
    """Give each object part of its neighbours' light and pull its centroid towards them."""
    pairs = cKDTree(np.column_stack([xi, eta])).query_pairs(_BLENDED_ARCSEC, output_type="ndarray")
    own, other = np.concatenate([pairs, pairs[:, ::-1]]).T
    separation = np.hypot(xi[own] - xi[other], eta[own] - eta[other])
    nearness = np.clip((_BLENDED_ARCSEC - separation) / (_BLENDED_ARCSEC - _RESOLVED_ARCSEC), 0.0, 1.0)
    # The light of a much brighter neighbour must not make an object of its own: at most as much again is added.
    leaked = np.minimum(_LEAKAGE * nearness[:, None] * total[other], total[own])
    gained, parent = np.zeros_like(total), total.copy()
    np.add.at(gained, own, leaked)
    np.add.at(parent, own, total[other])
    flux = total + gained
    pull = leaked[:, _REFERENCE] / flux[own, _REFERENCE]
    shifted_xi, shifted_eta = xi.copy(), eta.copy()
    np.add.at(shifted_xi, own, 0.5 * pull * (xi[other] - xi[own]))
    np.add.at(shifted_eta, own, 0.5 * pull * (eta[other] - eta[own]))
    isolated = np.ones(len(dominant), dtype=bool)
    isolated[own] = False
    return Blends(
        dominant=dominant,
        owner=owner,
        xi=shifted_xi,
        eta=shifted_eta,
        flux=flux,
        blendedness=1.0 - total / parent,
        isolated=isolated,
    )
