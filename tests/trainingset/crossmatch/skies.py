"""Small skies where matching is hard, and brute force to compare with."""

import numpy as np
import numpy.typing as npt
from astropy.coordinates import angular_separation
from hypothesis import strategies as st

from trainingset.crossmatch.candidates import SkyPositions

__all__ = ["brute_force", "positions", "skies"]

CENTERS = ((0.0, 90.0), (120.0, -90.0), (0.0, 0.0), (360.0, -41.8), (53.1, -28.1), (180.0, 89.9999))
"""Poles, the meridian where right ascension starts again, a corner of HEALPix pixels, and an ordinary place."""


def positions(ra: npt.ArrayLike, dec: npt.ArrayLike) -> SkyPositions:
    return SkyPositions(np.asarray(ra, np.float64), np.asarray(dec, np.float64))


@st.composite
def skies(draw: st.DrawFn, *, most: int = 12) -> SkyPositions:
    """Places within some arcseconds of a hard one; some of them at the very same spot."""
    ra, dec = np.radians(draw(st.sampled_from(CENTERS)))
    spots = draw(st.lists(st.tuples(st.floats(0, 360), st.integers(0, 80_000)), min_size=1, max_size=most))
    repeated = draw(st.lists(st.sampled_from(spots), max_size=4))
    angle, tenths_of_mas = np.array(spots + repeated).T
    angle, distance = np.radians(angle), np.radians(tenths_of_mas / 1e4 / 3600)
    north = np.sin(dec) * np.cos(distance) + np.cos(dec) * np.sin(distance) * np.cos(angle)
    east = np.sin(distance) * np.sin(angle)
    toward = np.cos(dec) * np.cos(distance) - np.sin(dec) * np.sin(distance) * np.cos(angle)
    return positions(
        np.degrees(ra + np.arctan2(east, toward)) % 360, np.degrees(np.arctan2(north, np.hypot(east, toward)))
    )


def brute_force(sites: SkyPositions, objects: SkyPositions) -> npt.NDArray[np.float64]:
    """Separation in arcsec of every site and every object, by astropy, shape (sites, objects)."""
    left = (np.radians(values)[:, np.newaxis] for values in (sites.ra, sites.dec))
    right = (np.radians(values)[np.newaxis, :] for values in (objects.ra, objects.dec))
    return np.degrees(angular_separation(*left, *right)) * 3600
