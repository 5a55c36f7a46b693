"""Values of z that stand for no redshift."""

from collections.abc import Iterable

import numpy as np

from trainingset.positions import BoolArray, FloatArray

__all__ = ["find_sentinels"]

_HIGH = (9.9999, 99.0, 99.9, 99.99, 99.999, 999.0, 9999.0)
"""Large values that catalogs write for none; no source has them as its redshift."""

_LEAST = -1.0
"""At -1 a wavelength would be zero: everything from there down stands for none."""

_SINGLE = 4e-7
"""Relative difference of a number that was kept in single precision."""


def find_sentinels(z: FloatArray, of_surveys: Iterable[tuple[tuple[float, ...], BoolArray]] = ()) -> BoolArray:
    """Which values of z stand for none.

    Parameters
    ----------
    z
        Redshifts, NaN for none, shape (n,).
    of_surveys
        Further values of single surveys, each with the rows that they are for.

    Returns
    -------
    BoolArray
        True for -1 and below, for 9.9999 and the like, and for the surveys' own; False for NaN, shape (n,).
    """
    found: BoolArray = z <= _LEAST
    for value in _HIGH:
        found |= _is(z, value)
    for values, rows in of_surveys:
        for value in values:
            found |= rows & _is(z, value)
    return found


def _is(z: FloatArray, value: float) -> BoolArray:
    same: BoolArray = np.abs(z - value) <= _SINGLE * max(abs(value), 1.0)
    return same
