"""Four invented redshift surveys of the mock sky: whom they observe, how well, and where they are wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from trainingset.mock.fields import BANDS, FIELDS, Field, FloatArray
from trainingset.mock.sources import STAR, Sources

__all__ = ["SURVEYS", "SurveyRows", "SurveyStyle", "observe_redshifts"]

_REFERENCE = BANDS.index("i")
_CATASTROPHIC_RATE = np.array([1.0, 0.55, 0.18, 0.03, 0.004])
"""Share of wrong redshifts by quality 0 to 4: what the flags of real surveys promise, about."""
_CONFUSED_LINES = np.array([6563.0 / 3727.0, 3727.0 / 6563.0, 5007.0 / 6563.0, 1216.0 / 3727.0])
"""A line taken for another one multiplies 1 + z by the ratio of their wavelengths."""
_REPEATED_SHARE = 0.06
_SPURIOUS_SHARE = 0.01
"""Positions where there is nothing: a wrong fibre, an artefact."""
_FAVOURED = 3.0
"""How much likelier a survey observes what an earlier one did, so that surveys overlap as real ones do."""
_REFERENCE_N_OBJECTS = 300_000


@dataclass(frozen=True)
class SurveyStyle:
    """How a survey observes."""

    name: str
    n_targets: int
    """Targets when the sky holds `_REFERENCE_N_OBJECTS` objects; fewer in proportion."""
    fields: tuple[str, ...]
    magnitude_limits: tuple[float, float]
    """Of the i band."""
    star_share: float
    """Share of the targets that are stars: calibrators and mistaken identities."""
    offset_arcsec: tuple[float, float]
    """Systematic offset of its positions from the truth, east and north."""
    scatter_arcsec: float
    """Scatter of its positions in each direction."""
    redshift_error: float
    """Typical error of a right redshift, in units of 1 + z."""
    quality_shares: tuple[float, ...]
    """Shares of the qualities 0 to 4."""
    bright_preference: float = 0.15
    """How much likelier a brighter target is observed, dex per magnitude: spectra of faint ones take too long."""
    largest_redshift: float = 10.0
    half_plane: bool = False
    """Whether it covers only the northern half of each field."""


SURVEYS = (
    SurveyStyle(
        name="WIDEZ",
        n_targets=5000,
        fields=("mock_ECDFS", "mock_EDFS", "mock_SV_38_7"),
        magnitude_limits=(16.0, 21.5),
        star_share=0.08,
        offset_arcsec=(0.08, -0.05),
        scatter_arcsec=0.12,
        redshift_error=3e-4,
        quality_shares=(0.0, 0.05, 0.08, 0.22, 0.65),
    ),
    SurveyStyle(
        name="FIBERDEEP",
        n_targets=5000,
        fields=("mock_ECDFS", "mock_SV_38_7"),
        magnitude_limits=(18.0, 23.5),
        star_share=0.05,
        offset_arcsec=(0.0, 0.02),
        scatter_arcsec=0.06,
        redshift_error=1e-4,
        quality_shares=(0.01, 0.04, 0.07, 0.18, 0.70),
    ),
    SurveyStyle(
        name="NEARBYCZ",
        n_targets=600,
        fields=("mock_EDFS", "mock_SV_38_7"),
        magnitude_limits=(16.0, 20.5),
        star_share=0.03,
        offset_arcsec=(-0.20, 0.15),
        scatter_arcsec=0.35,
        redshift_error=1.5e-4,
        quality_shares=(0.0, 0.02, 0.05, 0.23, 0.70),
        largest_redshift=0.25,
    ),
    SurveyStyle(
        name="GRISMFIELD",
        n_targets=4000,
        fields=("mock_ECDFS", "mock_EDFS"),
        magnitude_limits=(20.0, 26.3),
        star_share=0.02,
        offset_arcsec=(0.05, 0.10),
        scatter_arcsec=0.15,
        redshift_error=1.5e-3,
        quality_shares=(0.02, 0.12, 0.22, 0.34, 0.30),
        # A grism sees emission lines of galaxies whose continuum LSST never detects.
        bright_preference=0.08,
        half_plane=True,
    ),
)
"""From shallow to deep; NEARBYCZ publishes velocities, GRISMFIELD covers only the northern halves of two fields."""


@dataclass(frozen=True)
class SurveyRows:
    """Rows of one survey, truth included; every array has one entry for each row."""

    style: SurveyStyle
    ra: FloatArray
    dec: FloatArray
    redshift: FloatArray
    """As measured: right within its error, or wrong."""
    redshift_error: FloatArray
    quality: NDArray[np.int8]
    """0 (nothing) to 4 (secure); every survey spells it differently in its file."""
    target: NDArray[np.int64]
    """Number of the target; repeated measurements of one target share it."""
    magnitude: FloatArray
    """Rough i magnitude that the survey selected by."""
    source_id: NDArray[np.int64]
    """True source, -1 where there is none."""
    true_redshift: FloatArray
    """NaN where there is no source."""
    is_star: NDArray[np.bool_]
    is_wrong: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.ra)


def observe_redshifts(
    style: SurveyStyle,
    sky: Sequence[Sources],
    *,
    n_objects: int,
    observed_before: NDArray[np.int64],
    random: Generator,
) -> SurveyRows:
    """Observe the redshifts of one survey.

    Parameters
    ----------
    sky
        True sources of each of `FIELDS`.
    n_objects
        Size of the sky; the survey has targets in proportion.
    observed_before
        Ids of sources that earlier surveys have observed.
    """
    n_targets = max(40, style.n_targets * n_objects // _REFERENCE_N_OBJECTS)
    per_field = [
        _field_targets(style, field, sources, n_targets // len(style.fields), observed_before, random)
        for field, sources in zip(FIELDS, sky, strict=True)
        if field.name in style.fields
    ]
    ra, dec, redshift, magnitude, source_id, is_star = (np.concatenate(parts) for parts in zip(*per_field, strict=True))
    target = np.arange(len(ra), dtype=np.int64)
    again = random.choice(target, max(3, int(len(target) * _REPEATED_SHARE)), replace=False)
    rows = np.sort(np.concatenate([target, again]))
    quality = random.choice(5, len(rows), p=style.quality_shares).astype(np.int8)
    quality[source_id[rows] < 0] = np.minimum(quality[source_id[rows] < 0], 2)
    error = style.redshift_error * (1 + np.nan_to_num(redshift[rows])) * random.lognormal(0.0, 0.3, len(rows))
    is_wrong = (random.random(len(rows)) < _CATASTROPHIC_RATE[quality]) | (source_id[rows] < 0)
    measured = np.where(
        is_wrong, _wrong_redshifts(redshift[rows], random), redshift[rows] + error * random.standard_normal(len(rows))
    )
    noisy_ra, noisy_dec = _survey_positions(style, ra[rows], dec[rows], random)
    return SurveyRows(
        style=style,
        ra=noisy_ra,
        dec=noisy_dec,
        redshift=measured,
        redshift_error=error,
        quality=quality,
        target=rows,
        magnitude=np.round(magnitude[rows] + random.normal(0.0, 0.05, len(rows)), 3),
        source_id=source_id[rows],
        true_redshift=redshift[rows],
        is_star=is_star[rows],
        is_wrong=is_wrong,
    )


def _field_targets(
    style: SurveyStyle,
    field: Field,
    sources: Sources,
    n: int,
    observed_before: NDArray[np.int64],
    random: Generator,
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, NDArray[np.int64], NDArray[np.bool_]]:
    """Targets of one field: position, redshift, magnitude, source id (-1: nothing there), whether it is a star."""
    bright, faint = style.magnitude_limits
    magnitude, star = sources.magnitude[:, _REFERENCE], sources.kind == STAR
    eligible = (magnitude > bright) & (magnitude < faint) & (sources.redshift < style.largest_redshift)
    if style.half_plane:
        eligible &= sources.eta > 0
    weight = eligible * 10 ** (-style.bright_preference * (magnitude - bright))
    weight = weight * np.where(np.isin(sources.source_id, observed_before), _FAVOURED, 1.0)
    chosen = np.concatenate(
        [
            _choose(np.where(star, 0.0, weight), int(n * (1 - style.star_share - _SPURIOUS_SHARE)), random),
            _choose(np.where(star, weight, 0.0), int(n * style.star_share), random),
        ]
    )
    n_spurious = max(1, int(n * _SPURIOUS_SHARE))
    reach = float(np.hypot(sources.xi, sources.eta).max()) / np.sqrt(2)
    empty_xi, empty_eta = random.uniform(-reach, reach, (2, n_spurious))
    ra, dec = field.positions(
        np.concatenate([sources.xi[chosen], empty_xi]), np.concatenate([sources.eta[chosen], np.abs(empty_eta)])
    )
    return (
        ra,
        dec,
        np.append(sources.redshift[chosen], np.full(n_spurious, np.nan)),
        np.append(magnitude[chosen], np.full(n_spurious, faint)),
        np.append(sources.source_id[chosen], np.full(n_spurious, -1)),
        np.append(star[chosen], np.zeros(n_spurious, dtype=bool)),
    )


def _choose(weight: FloatArray, n: int, random: Generator) -> NDArray[np.int64]:
    """Rows drawn without replacement, in order; all of them if there are fewer than asked."""
    n = min(n, int(np.count_nonzero(weight)))
    if n == 0:
        return np.empty(0, dtype=np.int64)
    return np.sort(random.choice(len(weight), n, replace=False, p=weight / weight.sum()))


def _wrong_redshifts(true_redshift: FloatArray, random: Generator) -> FloatArray:
    """A line taken for another one, or, where that gives nothing, any redshift."""
    ratio = random.choice(_CONFUSED_LINES, len(true_redshift))
    confused = (1 + true_redshift) * ratio - 1
    anything = random.uniform(0.02, 2.5, len(true_redshift))
    return np.where((confused > 0.02) & (confused < 6.0), confused, anything)


def _survey_positions(
    style: SurveyStyle, ra: FloatArray, dec: FloatArray, random: Generator
) -> tuple[FloatArray, FloatArray]:
    east = style.offset_arcsec[0] + style.scatter_arcsec * random.standard_normal(len(ra))
    north = style.offset_arcsec[1] + style.scatter_arcsec * random.standard_normal(len(ra))
    return (ra + east / 3600.0 / np.cos(np.radians(dec))) % 360.0, dec + north / 3600.0
