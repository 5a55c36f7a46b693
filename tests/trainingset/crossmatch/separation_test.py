"""Separations and offsets are those of astropy, everywhere on the sky."""

import numpy as np
import pytest
from astropy import units
from astropy.coordinates import SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import brute_force, skies
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.crossmatch.separation import offsets_arcsec, separations_arcsec, unit_vectors

places = st.tuples(st.floats(0, 359.999), st.floats(-90, 90))


@given(sky=skies())
def test_separations_are_those_of_astropy_to_a_microarcsecond(sky: SkyPositions) -> None:
    ours = separations_arcsec(sky.ra[:, np.newaxis], sky.dec[:, np.newaxis], sky.ra, sky.dec)
    np.testing.assert_allclose(ours, brute_force(sky, sky), atol=1e-6)


@given(first=places, second=places)
def test_wide_separations_are_those_of_astropy(first: tuple[float, float], second: tuple[float, float]) -> None:
    ours = separations_arcsec(*(np.array([value]) for value in (*first, *second)))
    theirs = SkyCoord(*first, unit="deg").separation(SkyCoord(*second, unit="deg")).arcsec
    # Near opposite points the haversine form is good to a few milliarcseconds, which no match needs.
    assert ours[0] == pytest.approx(theirs, abs=0.01)


@pytest.mark.parametrize("dec", [-90.0, -89.99999, -60.0, 0.0, 45.0, 89.99999])
@pytest.mark.parametrize("step", [1e-3, 1.0])
def test_a_step_in_declination_has_its_length(dec: float, step: float) -> None:
    toward_equator = -np.sign(dec) or 1.0
    end = dec + toward_equator * step / 3600
    assert separations_arcsec(*(np.array([value]) for value in (10.0, dec, 10.0, end)))[0] == pytest.approx(
        step, abs=1e-6
    )


@given(angle=st.floats(0, 360), distance=st.floats(0, 10), dec=st.floats(-85, 85), ra=st.floats(0, 359.9999))
def test_offsets_point_to_the_other_position(angle: float, distance: float, dec: float, ra: float) -> None:
    here = SkyCoord(ra, dec, unit="deg")
    there = here.directional_offset_by(angle * units.deg, distance * units.arcsec)
    east, north = offsets_arcsec(*(np.array([value]) for value in (ra, dec, there.ra.deg % 360, there.dec.deg)))
    # On a sphere of 85 degrees declination, ten arcseconds are flat to some milliarcseconds.
    assert east[0] == pytest.approx(distance * np.sin(np.radians(angle)), abs=0.01)
    assert north[0] == pytest.approx(distance * np.cos(np.radians(angle)), abs=0.01)


def test_an_offset_across_the_meridian_goes_the_short_way() -> None:
    east, _ = offsets_arcsec(np.array([359.9999]), np.array([0.0]), np.array([0.0001]), np.array([0.0]))
    assert east[0] == pytest.approx(0.72, abs=1e-6)


@given(sky=skies())
def test_unit_vectors_have_length_one(sky: SkyPositions) -> None:
    np.testing.assert_allclose(np.linalg.norm(unit_vectors(sky.ra, sky.dec), axis=1), 1)
