"""The three fields of the mock sky: where they lie, how deep each band is, and the plane in which sources are laid."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["BANDS", "FIELDS", "OBJECTS_PER_SQUARE_DEGREE", "Field", "FloatArray", "field_radius_arcsec"]

FloatArray = NDArray[np.float64]

BANDS = ("u", "g", "r", "i", "z", "y")

OBJECTS_PER_SQUARE_DEGREE = 150_000
"""Density of the DP1 Object catalog. It stays the same whatever the size of the sky, so chance pairs are realistic."""

_ARCSEC_PER_DEGREE = 3600.0


@dataclass(frozen=True)
class Field:
    """One round field.

    Centres and depths follow the DP1 fields ECDFS, EDFS and Rubin_SV_38_7; what is in them is invented.
    """

    name: str
    ra: float
    """Centre, ICRS degrees."""
    dec: float
    depth: tuple[float | None, ...]
    """AB magnitude of a point source at 5 sigma, for each of `BANDS`; None where the band was never observed."""
    ebv: float
    """Mean E(B-V) in magnitudes."""
    tracts: tuple[int, int]
    """The tracts west and east of the tract border that runs through the field."""

    def observed(self) -> NDArray[np.bool_]:
        """Which of `BANDS` were observed here."""
        return np.array([depth is not None for depth in self.depth])

    def positions(self, xi: FloatArray, eta: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Right ascension and declination of points of the tangent plane.

        Parameters
        ----------
        xi, eta
            Offsets from the centre in arcseconds, east and north.

        Returns
        -------
        tuple
            ICRS right ascension in [0, 360) and declination, degrees.
        """
        x, y = np.radians(xi / _ARCSEC_PER_DEGREE), np.radians(eta / _ARCSEC_PER_DEGREE)
        dec0 = np.radians(self.dec)
        along = np.cos(dec0) - y * np.sin(dec0)
        ra = np.degrees(np.arctan2(x, along)) + self.ra
        dec = np.degrees(np.arctan2(np.sin(dec0) + y * np.cos(dec0), np.hypot(x, along)))
        return ra % 360.0, dec


FIELDS = (
    Field("mock_ECDFS", 53.13, -28.10, (24.55, 26.18, 25.96, 25.71, 25.07, 23.10), 0.008, (5062, 5063)),
    Field("mock_EDFS", 59.10, -48.73, (23.42, 25.77, 25.72, 25.17, 24.47, 23.14), 0.012, (2393, 2394)),
    Field("mock_SV_38_7", 37.86, 6.98, (None, 25.90, 25.70, 25.40, 24.70, None), 0.085, (10463, 10464)),
)


def field_radius_arcsec(n_objects: int) -> float:
    """Radius of each field such that all of them together hold about this many objects."""
    area = n_objects / len(FIELDS) / OBJECTS_PER_SQUARE_DEGREE
    return float(np.sqrt(area / np.pi) * _ARCSEC_PER_DEGREE)
