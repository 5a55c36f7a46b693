"""HEALPix pixels of positions: the order in which results come, and coverages."""

import numpy as np
import numpy.typing as npt
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from trainingset.positions import FloatArray

__all__ = ["FINEST_ORDER", "IntArray", "sky_pixels"]

IntArray = npt.NDArray[np.int64]

FINEST_ORDER = 29
"""Order of the index by which HATS sorts rows."""


def sky_pixels(ra: FloatArray, dec: FloatArray, *, order: int = FINEST_ORDER) -> IntArray:
    """NESTED pixel of each position.

    Parameters
    ----------
    ra, dec
        ICRS degrees, shape (n,).
    """
    pixels: IntArray = lonlat_to_healpix(Longitude(ra, unit="deg"), Latitude(dec, unit="deg"), order).astype(np.int64)
    return pixels
