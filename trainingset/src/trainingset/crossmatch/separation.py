"""Separations and offsets on the sphere, accurate for small angles at every place of the sky."""

import numpy as np
import numpy.typing as npt

__all__ = ["RESOLUTION_ARCSEC", "FloatArray", "offsets_arcsec", "separations_arcsec", "unit_vectors"]

FloatArray = npt.NDArray[np.float64]

RESOLUTION_ARCSEC = 1e-6
"""Separations are rounded to this step, one microarcsecond: far below any astrometry, far above the rounding of
double precision (1e-10 arcsec), so that equal separations are equal on every machine and ties are really ties."""
_DECIMALS = 6


def separations_arcsec(ra: FloatArray, dec: FloatArray, other_ra: FloatArray, other_dec: FloatArray) -> FloatArray:
    """Great-circle separations of paired positions.

    Parameters
    ----------
    ra, dec, other_ra, other_dec
        ICRS degrees, shape (n,) each.

    Returns
    -------
    FloatArray
        Arcseconds, shape (n,), in steps of `RESOLUTION_ARCSEC`.

    Notes
    -----
    Haversine form, accurate for small angles (Sinnott 1984, Sky and Telescope 68, 158).
    """
    half_ra = np.sin(np.radians(other_ra - ra) / 2)
    half_dec = np.sin(np.radians(other_dec - dec) / 2)
    haversine = half_dec**2 + np.cos(np.radians(dec)) * np.cos(np.radians(other_dec)) * half_ra**2
    angle = 2 * np.arcsin(np.sqrt(np.clip(haversine, 0, 1)))
    separations: FloatArray = np.round(np.degrees(angle) * 3600, _DECIMALS)
    return separations


def offsets_arcsec(
    ra: FloatArray, dec: FloatArray, other_ra: FloatArray, other_dec: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Offsets of the other position in right ascension (times cos of `dec`) and declination.

    Parameters
    ----------
    ra, dec, other_ra, other_dec
        ICRS degrees, shape (n,) each.

    Returns
    -------
    tuple of FloatArray
        Arcseconds, shape (n,) each, other minus first; right ascension the short way round.
    """
    turn = np.remainder(other_ra - ra + 180, 360) - 180
    east = turn * np.cos(np.radians(dec)) * 3600
    return np.round(east, _DECIMALS), np.round((other_dec - dec) * 3600, _DECIMALS)


def unit_vectors(ra: FloatArray, dec: FloatArray) -> FloatArray:
    """SkyPositions on the unit sphere.

    Parameters
    ----------
    ra, dec
        Degrees, shape (n,) each.

    Returns
    -------
    FloatArray
        Shape (n, 3).
    """
    ra_radians, dec_radians = np.radians(ra), np.radians(dec)
    across = np.cos(dec_radians)
    return np.stack([across * np.cos(ra_radians), across * np.sin(ra_radians), np.sin(dec_radians)], axis=-1)
