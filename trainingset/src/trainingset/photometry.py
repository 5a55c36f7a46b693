"""Fluxes to AB magnitudes, signal-to-noise ratios and detection states."""

from typing import assert_never

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainingset.derived import DerivedColumn, Quantity
from trainingset.registry import CatalogEntry

__all__ = [
    "AB_ZERO_POINTS",
    "ab_magnitudes",
    "dereddened_magnitudes",
    "derive",
    "detection_states",
    "magnitude_errors",
    "signal_to_noise",
]

FloatArray = npt.NDArray[np.float64]

AB_ZERO_POINTS: dict[str, float] = {"nJy": 31.4, "uJy": 23.9, "mJy": 16.4, "Jy": 8.9}
"""AB magnitude of one unit of flux. LSST's constant for nJy; exactly 3631 Jy would give 31.40007."""
MAGNITUDES_PER_FRACTION = 2.5 / np.log(10)
"""Error in magnitudes of a small fractional error in flux: 1.0857."""
_DECIMALS = 9
"""Magnitudes are rounded here, because the last bits of a logarithm differ between processors."""


def ab_magnitudes(flux: FloatArray, *, unit: str, zero_point_offset: float = 0.0) -> FloatArray:
    """AB magnitudes; NaN where the flux is not positive or not finite.

    Parameters
    ----------
    flux
        Flux densities in `unit`, any shape.
    unit
        One of `AB_ZERO_POINTS`; others raise `KeyError`.
    zero_point_offset
        Observed minus true magnitude, which is taken off.
    """
    positive = np.where((flux > 0) & np.isfinite(flux), flux, np.nan)
    magnitudes: FloatArray = np.round(AB_ZERO_POINTS[unit] - zero_point_offset - 2.5 * np.log10(positive), _DECIMALS)
    return magnitudes


def dereddened_magnitudes(magnitudes: FloatArray, ebv: FloatArray, *, coefficient: float) -> FloatArray:
    """Magnitudes without the dust of the Milky Way, m - A; errors of magnitudes stay as they are.

    Parameters
    ----------
    magnitudes, ebv
        Magnitudes, and E(B-V) in magnitudes, of one shape; NaN where one of them is not finite.
    coefficient
        A/E(B-V) of the band, for the map that `ebv` comes from (`trainingset.extinction`).
    """
    known = np.where(np.isfinite(ebv), ebv, np.nan)
    dereddened: FloatArray = np.round(magnitudes - coefficient * known, _DECIMALS)
    return dereddened


def magnitude_errors(flux: FloatArray, error: FloatArray) -> FloatArray:
    """Errors of AB magnitudes, 1.0857 times fractional error; NaN where the flux is not positive or not finite."""
    positive = np.where((flux > 0) & np.isfinite(flux) & np.isfinite(error), flux, np.nan)
    errors: FloatArray = MAGNITUDES_PER_FRACTION * error / positive
    return errors


def signal_to_noise(flux: FloatArray, error: FloatArray) -> FloatArray:
    """Flux over its error; NaN where the error is not positive or either is not finite."""
    usable = np.where((error > 0) & np.isfinite(error) & np.isfinite(flux), error, np.nan)
    ratio: FloatArray = flux / usable
    return ratio


def detection_states(flux: FloatArray, error: FloatArray, *, detection_snr: float) -> pa.Array:
    """Whether each band of each object was not observed, not detected or detected.

    Parameters
    ----------
    flux, error
        Shape (n,) each; NaN or infinite flux means that the band was not observed.
    detection_snr
        Signal-to-noise ratio from which a positive flux is a detection.

    Returns
    -------
    pa.Array
        Texts ``not_observed``, ``not_detected`` and ``detected``, shape (n,).
    """
    # Comparisons with NaN are false: a flux without a usable error is no detection.
    is_detected = (flux > 0) & (signal_to_noise(flux, error) >= detection_snr)
    codes = np.where(np.isfinite(flux), np.where(is_detected, 2, 1), 0).astype(np.int8)
    texts = pa.array(["not_observed", "not_detected", "detected"])
    return texts.take(pa.array(codes))


def derive(column: DerivedColumn, table: pa.Table, entry: CatalogEntry) -> pa.Array:
    """Compute a derived column of object rows.

    Parameters
    ----------
    table
        Object rows with the columns that `column.sources` names.

    Returns
    -------
    pa.Array
        Shape (n,); null where the value is not defined.
    """
    flux, error = _numbers(table[column.flux]), _numbers(table[column.error])
    match column.quantity:
        case Quantity.MAGNITUDE:
            return _nullable(_magnitudes(flux, column, entry))
        case Quantity.DEREDDENED:
            assert column.ebv is not None, "a dereddened magnitude has a column with E(B-V)"
            ebv = _numbers(table[column.ebv])
            magnitudes = _magnitudes(flux, column, entry)
            return _nullable(dereddened_magnitudes(magnitudes, ebv, coefficient=column.coefficient))
        case Quantity.MAGNITUDE_ERROR:
            return _nullable(magnitude_errors(flux, error))
        case Quantity.SNR:
            return _nullable(signal_to_noise(flux, error))
        case Quantity.STATE:
            return detection_states(flux, error, detection_snr=entry.detection_snr)
        case _:
            assert_never(column.quantity)


def _magnitudes(flux: FloatArray, column: DerivedColumn, entry: CatalogEntry) -> FloatArray:
    unit = entry.fluxes[column.kind].unit
    return ab_magnitudes(flux, unit=unit, zero_point_offset=column.zero_point_offset)


def _numbers(values: pa.ChunkedArray) -> FloatArray:
    """Values as doubles, nulls as NaN."""
    numbers: FloatArray = values.cast(pa.float64()).to_numpy()
    return numbers


def _nullable(values: FloatArray) -> pa.Array:
    return pa.array(values, from_pandas=True)
