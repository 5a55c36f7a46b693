"""The true sky: galaxies and stars with position, redshift, magnitudes and size, before any telescope looks."""

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from trainingset.mock.fields import BANDS, Field, FloatArray

__all__ = ["STAR", "Sources", "draw_sources"]

STAR, ELLIPTICAL, SPIRAL, IRREGULAR = range(4)

_GALAXIES_PER_SQUARE_ARCSEC = 0.0236
"""True galaxies to `_FAINTEST`; with these, a field of DP1 depth shows 150 000 objects per square degree."""
_STARS_PER_SQUARE_ARCSEC = 0.0011
_BRIGHTEST, _FAINTEST = 16.0, 26.5
_GALAXY_SLOPE, _STAR_SLOPE = 0.34, 0.12
"""Growth of number counts, dex per magnitude."""
_CLUSTERED_FRACTION = 0.15
_CLUSTER_SIZE = 15
_CLUSTER_SIGMA_ARCSEC = 40.0
_COMPANION_FRACTION = 0.03
"""Galaxies with a physical companion close enough to blend."""
_OUTSKIRTS = 1.04
"""The true sky reaches further than the observed field, so that surveys find sources LSST never covered."""

_WAVELENGTH_NM = np.array([367.0, 483.0, 622.0, 755.0, 869.0, 971.0])
_REFERENCE = BANDS.index("i")
_SLOPE = np.array([0.0, 2.6, 1.6, 0.5])
"""Reddening of the continuum by galaxy type, magnitudes per factor e in wavelength."""
_BREAK_4000 = np.array([0.0, 1.5, 0.9, 0.4])
"""Depth of the break at 400 nm by galaxy type, magnitudes."""
_LYMAN_BREAK = 3.0
_COLOUR_SCATTER = 0.06
_LIGHT_SPEED_KMS = 299_792.458


@dataclass(frozen=True)
class Sources:
    """True sources of one field; every array has one entry for each source."""

    source_id: NDArray[np.int64]
    xi: FloatArray
    """Offset from the field centre in arcseconds, east."""
    eta: FloatArray
    kind: NDArray[np.int8]
    redshift: FloatArray
    """Heliocentric; of stars, their velocity divided by the speed of light."""
    magnitude: FloatArray
    """AB magnitudes above the Galaxy's dust, shape (n, 6)."""
    half_light_radius: FloatArray
    """Arcseconds; 0 for stars."""

    def __len__(self) -> int:
        return len(self.source_id)


def draw_sources(field: Field, *, radius_arcsec: float, first_id: int, random: Generator) -> Sources:
    """Draw the true sources of a field, faint and uncovered ones included.

    Parameters
    ----------
    field
        The field; true sources do not depend on its depth.
    radius_arcsec
        Radius of the observed field.
    first_id
        Id of the first source; the others follow.
    """
    area = np.pi * (radius_arcsec * _OUTSKIRTS) ** 2
    n_galaxies = int(area * _GALAXIES_PER_SQUARE_ARCSEC)
    n_stars = int(area * _STARS_PER_SQUARE_ARCSEC)
    xi, eta = _uniform_disc(n_galaxies + n_stars, radius_arcsec * _OUTSKIRTS, random)
    star = np.arange(n_galaxies + n_stars) >= n_galaxies
    reference = np.where(
        star, _number_counts(len(star), _STAR_SLOPE, random), _number_counts(len(star), _GALAXY_SLOPE, random)
    )
    redshift = _redshifts(reference, random)
    _gather_clusters(xi, eta, redshift, n_galaxies, random)
    _attach_companions(xi, eta, redshift, n_galaxies, random)
    kind = np.where(star, STAR, _galaxy_types(reference, random)).astype(np.int8)
    magnitude = reference[:, None] + _colours(kind, redshift, random)
    redshift[star] = random.normal(0.0, 60.0, star.sum()) / _LIGHT_SPEED_KMS
    size = 0.55 * 10 ** (-0.06 * (reference - 20.0)) * random.lognormal(0.0, 0.3, len(star))
    return Sources(
        source_id=np.arange(first_id, first_id + len(star), dtype=np.int64),
        xi=xi,
        eta=eta,
        kind=kind,
        redshift=redshift,
        magnitude=magnitude,
        half_light_radius=np.where(star, 0.0, size),
    )


def _uniform_disc(n: int, radius: float, random: Generator) -> tuple[FloatArray, FloatArray]:
    distance, angle = radius * np.sqrt(random.random(n)), random.uniform(0.0, 2 * np.pi, n)
    return distance * np.cos(angle), distance * np.sin(angle)


def _number_counts(n: int, slope: float, random: Generator) -> FloatArray:
    """Magnitudes whose counts grow by ``slope`` dex per magnitude between the brightest and the faintest."""
    low, high = 10 ** (slope * _BRIGHTEST), 10 ** (slope * _FAINTEST)
    magnitude: FloatArray = np.log10(random.uniform(low, high, n)) / slope
    return magnitude


def _redshifts(magnitude: FloatArray, random: Generator) -> FloatArray:
    """Redshifts that grow with magnitude: gamma-distributed around a mean near 0.6 at i = 22 and 1.1 at i = 25."""
    mean = 0.06 + 0.9 * np.log1p(np.exp((magnitude - 22.3) / 1.9)) / np.log1p(np.exp(1.0))
    redshift = mean / 3.5 * random.standard_gamma(3.5, len(magnitude))
    return np.asarray(np.clip(redshift, 0.004, 5.5))


def _gather_clusters(xi: FloatArray, eta: FloatArray, redshift: FloatArray, n: int, random: Generator) -> None:
    """Move part of the galaxies into clusters, which share a redshift."""
    n_members = int(n * _CLUSTERED_FRACTION)
    n_clusters = max(1, n_members // _CLUSTER_SIZE)
    members = random.choice(n, n_members, replace=False)
    cluster = random.integers(0, n_clusters, n_members)
    heart = random.choice(n, n_clusters, replace=False)
    centre_xi, centre_eta, centre_redshift = xi[heart].copy(), eta[heart].copy(), redshift[heart].copy()
    xi[members] = centre_xi[cluster] + random.normal(0.0, _CLUSTER_SIGMA_ARCSEC, n_members)
    eta[members] = centre_eta[cluster] + random.normal(0.0, _CLUSTER_SIGMA_ARCSEC, n_members)
    peculiar = random.normal(0.0, 500.0, n_members) / _LIGHT_SPEED_KMS
    centre = centre_redshift[cluster]
    redshift[members] = np.clip(centre + peculiar * (1 + centre), 0.004, None)


def _attach_companions(xi: FloatArray, eta: FloatArray, redshift: FloatArray, n: int, random: Generator) -> None:
    """Place part of the galaxies within 2.5 arcseconds of another one, at its redshift."""
    n_pairs = int(n * _COMPANION_FRACTION)
    chosen = random.choice(n, 2 * n_pairs, replace=False)
    companion, host = chosen[:n_pairs], chosen[n_pairs:]
    distance, angle = random.uniform(0.3, 2.5, n_pairs), random.uniform(0.0, 2 * np.pi, n_pairs)
    xi[companion] = xi[host] + distance * np.cos(angle)
    eta[companion] = eta[host] + distance * np.sin(angle)
    redshift[companion] = redshift[host]


def _galaxy_types(magnitude: FloatArray, random: Generator) -> NDArray[np.int8]:
    """Fewer ellipticals and more irregulars towards faint magnitudes."""
    elliptical = np.clip(0.40 - 0.045 * (magnitude - 18.0), 0.06, 0.40)
    irregular = np.clip(0.15 + 0.06 * (magnitude - 18.0), 0.15, 0.60)
    draw = random.random(len(magnitude))
    return np.where(draw < elliptical, ELLIPTICAL, np.where(draw < 1 - irregular, SPIRAL, IRREGULAR)).astype(np.int8)


def _colours(kind: NDArray[np.int8], redshift: FloatArray, random: Generator) -> FloatArray:
    """Magnitude in each band minus the reference band, shape (n, 6)."""
    galaxies = _template(kind, redshift) - _template(kind, redshift)[:, [_REFERENCE]]
    temperature = random.beta(1.3, 2.0, len(kind))[:, None]
    locus = np.array([3.6, 1.9, 0.75, 0.0, -0.30, -0.42]) * (0.25 + temperature)
    colours = np.where((kind == STAR)[:, None], locus, galaxies)
    return colours + random.normal(0.0, _COLOUR_SCATTER, colours.shape)


def _template(kind: NDArray[np.int8], redshift: FloatArray) -> FloatArray:
    """A smooth galaxy spectrum in magnitudes: a red slope, the break at 400 nm and the Lyman break."""
    rest = _WAVELENGTH_NM / (1 + redshift[:, None])
    continuum = -_SLOPE[kind][:, None] * np.log(rest / 500.0) * np.clip(rest / 400.0, 0.3, 1.0)
    balmer = _BREAK_4000[kind][:, None] / (1 + np.exp((rest - 390.0) / 18.0))
    lyman = _LYMAN_BREAK / (1 + np.exp((rest - 118.0) / 4.0))
    spectrum: FloatArray = continuum + balmer + lyman
    return spectrum
