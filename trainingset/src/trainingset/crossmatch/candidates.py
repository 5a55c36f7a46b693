"""Finds every pair of site and object within the radius; a site is a distinct position of redshifts."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial import KDTree

from trainingset.crossmatch.separation import RESOLUTION_ARCSEC, FloatArray, separations_arcsec, unit_vectors

__all__ = ["Candidates", "SkyPositions", "find_candidates"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class SkyPositions:
    """Places on the sky, ICRS degrees, shape (n,) each."""

    ra: FloatArray
    dec: FloatArray

    def __len__(self) -> int:
        return len(self.ra)

    def take(self, rows: IntArray) -> "SkyPositions":
        """The places of these row numbers."""
        return SkyPositions(self.ra[rows], self.dec[rows])


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs within the radius, in no particular order; three arrays of one length."""

    site: IntArray
    """Row numbers of sites."""
    object: IntArray
    """Row numbers of objects."""
    separation_arcsec: FloatArray

    def __len__(self) -> int:
        return len(self.site)


def find_candidates(sites: SkyPositions, objects: SkyPositions, *, radius_arcsec: float) -> Candidates:
    """Find every pair within the radius, the radius itself included.

    Parameters
    ----------
    sites
        Distinct valid positions. Few: they are indexed, and objects that cannot be near any of them are put aside
        before anything is computed for them.
    objects
        SkyPositions of objects; those that are not finite have no pairs.
    """
    near = _objects_near(sites, objects, radius_arcsec)
    if not len(near) or not len(sites):
        return Candidates(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    close = objects.take(near)
    # The tree only proposes: its reach is wider than the radius by more than it can err.
    reach = 2 * np.sin(np.radians((radius_arcsec + RESOLUTION_ARCSEC) / 3600) / 2)
    tree = KDTree(unit_vectors(sites.ra, sites.dec))
    proposed = tree.sparse_distance_matrix(KDTree(unit_vectors(close.ra, close.dec)), reach, output_type="ndarray")
    site, obj = proposed["i"].astype(np.int64), near[proposed["j"]]
    separation = separations_arcsec(sites.ra[site], sites.dec[site], objects.ra[obj], objects.dec[obj])
    within = separation <= radius_arcsec
    return Candidates(site[within], obj[within], separation[within])


def _objects_near(sites: SkyPositions, objects: SkyPositions, radius_arcsec: float) -> IntArray:
    """Row numbers of finite objects that have a site within the radius in declination alone."""
    if not len(sites):
        return np.empty(0, np.int64)
    reach = (radius_arcsec + RESOLUTION_ARCSEC) / 3600
    decs = np.sort(sites.dec)
    # The first site that is not too far south must not be too far north. NaN compares as neither.
    next_site = np.minimum(np.searchsorted(decs, objects.dec - reach), len(decs) - 1)
    is_near = (np.abs(decs[next_site] - objects.dec) <= reach) & np.isfinite(objects.ra)
    return np.flatnonzero(is_near)
