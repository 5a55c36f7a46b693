"""Measured fluxes of LSST-like objects: noise, apertures, failures, bands never observed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from trainingset.mock.blends import AB_ZERO_POINT
from trainingset.mock.fields import BANDS, Field, FloatArray

__all__ = ["KINDS", "Measurement", "measure"]

KINDS = ("psf", "cModel", "gaap1p0")
"""Flux kinds of the mock Object catalog."""

_EXTINCTION = np.array([4.81, 3.64, 2.70, 2.06, 1.58, 1.31])
"""A_b / E(B-V); the same numbers as RAIL's defaults."""
_NOISE_FACTOR = {"psf": 1.0, "cModel": 1.15, "gaap1p0": 1.25}
_APERTURE_ARCSEC = {"psf": 0.55, "gaap1p0": 0.9}
"""Size at which half of a galaxy's light is lost by a kind of flux; cModel is total."""
_SHOT_NOISE_NJY = 0.4
"""Photon noise: the variance of a flux grows by this many nJy for each nJy."""
_FAILURE_RATE = {"psf": 0.004, "cModel": 0.02, "gaap1p0": 0.015}
"""Share of measurements that fail: NaN, with the flag set."""
_FLAGGED_RATE = 0.005
"""Share of measurements that are finite but flagged."""
_N_HOLES = 3
_HOLE_ARCSEC = 35.0
"""Places without data in one band (a dead amplifier, a bright star): flux NaN there."""


@dataclass(frozen=True)
class Measurement:
    """Fluxes of one field's objects; arrays of shape (n, 6), NaN where nothing was measured."""

    flux: Mapping[str, FloatArray]
    """By kind, nJy."""
    error: Mapping[str, FloatArray]
    flag: Mapping[str, NDArray[np.bool_]]
    no_data: NDArray[np.bool_]
    ebv: FloatArray
    """E(B-V) at each object, shape (n,)."""
    signal_to_noise: FloatArray
    """Of the PSF flux, 0 where nothing was measured."""


def measure(
    field: Field, true_flux: FloatArray, *, size: FloatArray, xi: FloatArray, eta: FloatArray, random: Generator
) -> Measurement:
    """Observe objects through the field's dust and depth.

    Parameters
    ----------
    true_flux
        Total flux above the dust, nJy, shape (n, 6).
    size
        Half-light radius in arcseconds, shape (n,).
    xi, eta
        Position in the field, arcseconds.
    """
    ebv = _dust(field, xi, eta)
    total = true_flux * 10 ** (-0.4 * _EXTINCTION * ebv[:, None])
    no_data = _holes(xi, eta, random) | ~field.observed()
    shared = random.standard_normal(total.shape)
    depth = np.array([99.0 if limit is None else limit for limit in field.depth])
    sky_noise = 10 ** (-0.4 * (depth - AB_ZERO_POINT)) / 5.0 * random.lognormal(0.0, 0.06, len(total))[:, None]
    flux, error, flag = {}, {}, {}
    for kind in KINDS:
        expected = total * _aperture(kind, size)[:, None]
        spread = 1.0 + (size / 0.8)[:, None] if kind == "cModel" else 1.0
        sigma = np.hypot(sky_noise * _NOISE_FACTOR[kind] * spread, np.sqrt(_SHOT_NOISE_NJY * expected))
        # The kinds see the same pixels, so most of their noise is common.
        measured = expected + sigma * (0.8 * shared + 0.6 * random.standard_normal(total.shape))
        failed = no_data | (random.random(total.shape) < _FAILURE_RATE[kind])
        flux[kind] = np.where(failed, np.nan, measured)
        error[kind] = np.where(failed, np.nan, sigma)
        flag[kind] = failed | (random.random(total.shape) < _FLAGGED_RATE)
    return Measurement(
        flux=flux,
        error=error,
        flag=flag,
        no_data=no_data,
        ebv=ebv,
        signal_to_noise=np.nan_to_num(flux["psf"] / error["psf"]),
    )


def _dust(field: Field, xi: FloatArray, eta: FloatArray) -> FloatArray:
    return field.ebv * (1.0 + 0.15 * np.sin(xi / 500.0) + 0.10 * np.cos(eta / 350.0))


def _aperture(kind: str, size: FloatArray) -> FloatArray:
    """Share of a source's light that a kind of flux sees; point sources lose nothing."""
    if kind == "cModel":
        return np.ones_like(size)
    return 1.0 / (1.0 + (size / _APERTURE_ARCSEC[kind]) ** 2)


def _holes(xi: FloatArray, eta: FloatArray, random: Generator) -> NDArray[np.bool_]:
    """Which objects lie in a place without data, for each band."""
    reach = float(np.hypot(xi, eta).max())
    holes = np.zeros((len(xi), len(BANDS)), dtype=bool)
    for band in range(len(BANDS)):
        for centre_xi, centre_eta in random.uniform(-0.7 * reach, 0.7 * reach, (_N_HOLES, 2)):
            holes[:, band] |= np.hypot(xi - centre_xi, eta - centre_eta) < _HOLE_ARCSEC
    return holes
