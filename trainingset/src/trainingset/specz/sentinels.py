"""Values of z that stand for no redshift."""

from collections.abc import Iterable

import numpy as np

from trainingset.positions import BoolArray, FloatArray

__all__ = ["find_sentinels"]

_HIGH = (9.9999, 99.0, 99.9, 99.99, 99.999, 999.0, 9999.0)
"""Large values that catalogs write for none; no source has them as its redshift."""

_OF_VELOCITIES = (
    *(-9.999, -9.9999, -99.0, -99.9, -99.99, -99.999, -999.0, -999.9, -999.99, -9999.0, -9999.9, -99999.0, -999999.0),
    *(9.9999, 99.9, 99.99, 99.999),
)
"""Velocities that stand for none, as they are written. Whole positive ones (99, 999, 9999 km/s) are galaxies' own."""

_LEAST = -1.0
"""At -1 a wavelength would be zero: everything from there down stands for none."""

_SINGLE = 4e-7
"""Relative difference of a number that was kept in single precision."""


def find_sentinels(
    z: FloatArray,
    of_surveys: Iterable[tuple[tuple[float, ...], BoolArray]] = (),
    *,
    velocities: FloatArray | None = None,
) -> BoolArray:
    """Which values of z stand for none.

    Parameters
    ----------
    z
        Redshifts, NaN for none, shape (n,).
    of_surveys
        Further values of single surveys, each with the rows that they are for.
    velocities
        What `z` was converted from, in its own unit, shape (n,); None where the file has redshifts. Values that stand
        for none are looked for in these: -9999 km/s is no redshift of -0.03.

    Returns
    -------
    BoolArray
        True for z of -1 and below, for 9.9999 and the like, and for the surveys' own; False for NaN, shape (n,).
    """
    found: BoolArray = z <= _LEAST
    given = z if velocities is None else velocities
    for value in _HIGH if velocities is None else _OF_VELOCITIES:
        found |= _is(given, value)
    for values, rows in of_surveys:
        for value in values:
            found |= rows & _is(given, value)
    return found


def _is(z: FloatArray, value: float) -> BoolArray:
    same: BoolArray = np.abs(z - value) <= _SINGLE * max(abs(value), 1.0)
    return same
