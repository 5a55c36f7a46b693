"""Which HEALPix pixels hold every object near a place: redshifts are indexed, objects never."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix, neighbours

from trainingset.crossmatch.sky_positions import IntArray, SkyPositions

__all__ = ["FINEST_ORDER", "SearchPixels"]

FINEST_ORDER = 29
"""HEALPix order of the index by which HATS sorts rows."""

_SLACK_ARCSEC = 1e-3
"""Far above what pixels of the finest order and rounding can err, far below what costs anything."""
_MOST_REACH = 0.25
"""Reach of a search in units of 2^-order radians, at most. A pixel measures 0.70 to 1.05 of these units across, so a
circle around a place in it does not reach beyond the pixels around it."""
_SIDE_PER_REACH = 2.0
"""Part of a pixel's side that a search may cross, by its reach in these units. Where pixels are narrowest, 1 / 0.70 is
needed; measured at poles, base pixel corners and the borders of the polar caps, 1.5 always suffices."""


@dataclass(frozen=True, slots=True)
class SearchPixels:
    """Pairs of a site and a pixel in which objects near it may lie; in the order of the sky (NESTED)."""

    order: int
    site: IntArray
    """Row numbers of sites, shape (n,)."""
    pixel: IntArray
    """NESTED pixels at `order`, ascending, shape (n,)."""

    @classmethod
    def around(cls, sites: SkyPositions, radius_arcsec: float, *, finest_order: int = FINEST_ORDER) -> "SearchPixels":
        """Find the pixels: the one of each site, and of those around it the ones that its circle may reach.

        Parameters
        ----------
        finest_order
            Order of the index that will be searched.
        """
        reach = np.radians((radius_arcsec + _SLACK_ARCSEC) / 3600)
        order = int(np.clip(np.floor(np.log2(_MOST_REACH / reach)), 0, finest_order))
        places = (Longitude(sites.ra, unit="deg"), Latitude(sites.dec, unit="deg"))
        pixels, x, y = lonlat_to_healpix(*places, order, return_offsets=True)
        crossed = min(_SIDE_PER_REACH * reach * 2.0**order, 1.0)
        is_reached = _reached(x, y, crossed)
        around = neighbours(pixels.astype(np.uint64), order)
        # Where three base pixels meet, a pixel has seven neighbors; the eighth is -1.
        site, direction = np.nonzero(is_reached & (around >= 0))
        pixel = around[site, direction].astype(np.int64)
        in_order = np.argsort(pixel, kind="stable")
        return cls(order, site[in_order], pixel[in_order])

    def among(self, rows: slice) -> "SearchPixels":
        """The pairs of some sites, counted from 0."""
        is_one = (self.site >= rows.start) & (self.site < rows.stop)
        return SearchPixels(self.order, self.site[is_one] - rows.start, self.pixel[is_one])

    def spans(self, order: int = FINEST_ORDER) -> tuple[IntArray, IntArray]:
        """First pixels of a finer order in them, and the first ones behind them, shape (n,) each."""
        shift = 2 * (order - self.order)
        return self.pixel << shift, (self.pixel + 1) << shift


def _reached(x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], crossed: float) -> npt.NDArray[np.bool_]:
    """Which of S, SE, E, SW, itself, NE, W, NW, N a circle may reach, shape (n, 9).

    In its pixel, a place is x on the way from the south-western side and y from the south-eastern one.
    """
    low_x, high_x, low_y, high_y = x <= crossed, x >= 1 - crossed, y <= crossed, y >= 1 - crossed
    itself = np.ones(len(x), np.bool_)
    sides = (low_x & low_y, low_y, high_x & low_y, low_x, itself, high_x, low_x & high_y, high_y, high_x & high_y)
    return np.stack(sides, axis=1)
