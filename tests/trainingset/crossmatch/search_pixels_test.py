"""The pixels around a place hold everything within the radius, wherever it is."""

import numpy as np
import numpy.typing as npt
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix
from hypothesis import given
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import CENTERS, positions
from trainingset.crossmatch.search_pixels import FINEST_ORDER, SearchPixels
from trainingset.crossmatch.sky_positions import SkyPositions

PLACES = (*CENTERS, (45.0, np.degrees(np.arcsin(2 / 3))), (90.0, np.degrees(np.arcsin(2 / 3))), (90.0, 70.0), (0, 85))
"""With corners of base pixels, the border of the polar caps, and meridians where pixels bend."""


def around(ra: float, dec: float, distance_arcsec: npt.ArrayLike, angle: npt.ArrayLike) -> SkyPositions:
    """Places at some distances and position angles (degrees) of one place."""
    ra, dec = np.radians(ra), np.radians(dec)
    distance, angle = np.radians(np.asarray(distance_arcsec) / 3600), np.radians(angle)
    north = np.sin(dec) * np.cos(distance) + np.cos(dec) * np.sin(distance) * np.cos(angle)
    east = np.sin(distance) * np.sin(angle)
    toward = np.cos(dec) * np.cos(distance) - np.sin(dec) * np.sin(distance) * np.cos(angle)
    return positions(
        np.degrees(ra + np.arctan2(east, toward)) % 360, np.degrees(np.arctan2(north, np.hypot(east, toward)))
    )


@given(
    place=st.sampled_from(PLACES) | st.tuples(st.floats(0, 360), st.floats(-90, 90)),
    shift=st.tuples(st.floats(0, 3), st.floats(0, 360)),
    radius=st.floats(-2, 1.78).map(lambda exponent: 10**exponent),
    finest=st.sampled_from([29, 13, 8]),
)
def test_everything_within_the_radius_is_in_a_pixel(
    place: tuple[float, float], shift: tuple[float, float], radius: float, finest: int
) -> None:
    # Around the place rather than on it, at a distance that is comparable with the pixels.
    site = around(*place, [shift[0] * radius], [shift[1]])
    search = SearchPixels.around(site, radius, finest_order=finest)
    near = around(site.ra[0], site.dec[0], np.repeat([radius, radius / 2], 180), np.tile(np.arange(0, 360, 2), 2))
    pixels = lonlat_to_healpix(Longitude(near.ra, "deg"), Latitude(near.dec, "deg"), finest).astype(np.int64)
    first, behind = search.spans(finest)
    assert ((pixels[:, np.newaxis] >= first) & (pixels[:, np.newaxis] < behind)).any(axis=1).all()
    assert search.order <= finest
    assert (np.diff(search.pixel) >= 0).all()


def test_few_pixels_are_searched_for_each_place() -> None:
    rng = np.random.default_rng(1)
    sites = positions(rng.uniform(0, 360, 5000), np.degrees(np.arcsin(rng.uniform(-1, 1, 5000))))
    for radius in (0.01, 0.75, 60):
        search = SearchPixels.around(sites, radius)
        area = len(search.pixel) / len(sites) * 4 * np.pi * np.degrees(1) ** 2 * 3600**2 / 12 / 4.0**search.order
        assert len(search.pixel) < 4.1 * len(sites)
        assert area < 50 * np.pi * (radius + 0.001) ** 2, "at most 50 times the circle itself"
    assert FINEST_ORDER == 29
