"""The mock LSST Object table: detected objects of a field under the Object catalog's own column names."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.random import Generator
from numpy.typing import NDArray

from trainingset.mock.blends import AB_ZERO_POINT, Blends, blend
from trainingset.mock.fields import BANDS, Field, FloatArray
from trainingset.mock.measurement import KINDS, Measurement, measure
from trainingset.mock.sources import Sources

__all__ = ["FieldObjects", "observe"]

_DETECTION_SNR = 5.0
_DETECTION_BANDS = [BANDS.index(band) for band in "gri"]
_REFERENCE_PRIORITY = [BANDS.index(band) for band in "irzygu"]
_REFERENCE_SNR = 10.0
_POINT_SOURCE_RATIO = 0.985
"""LSST calls an object a point source if its PSF flux is more than this share of its cModel flux."""
_CENTROID_FWHM_ARCSEC = 0.9
_CENTROID_FLOOR_ARCSEC = 0.008
_BORDER_ARCSEC = 5.0
_DUPLICATED_SHARE = 0.4
"""Share of the objects this close to the tract border that both tracts keep."""
_DUPLICATE_SHIFT_ARCSEC = 0.04
_PATCH_ARCSEC = 600.0
_FLAG_NAMES = {"psf": "psfFlux_flag", "cModel": "cModel_flag", "gaap1p0": "gaapFlux_flag"}
"""The failure flag of each flux kind, without the band; cModel's does not follow the others' pattern."""


@dataclass(frozen=True)
class FieldObjects:
    """The Object table of one field and what its rows truly are."""

    table: pa.Table
    dominant: NDArray[np.int64]
    """Row of the source that gives most light, for each row of the table."""
    members: NDArray[np.int64]
    """Pairs of table row and source row for every source whose light is in an object, shape (m, 2)."""


@dataclass(frozen=True)
class _Rows:
    """Detected objects with their place in the survey's bookkeeping, duplicates included."""

    objects: NDArray[np.int64]
    xi: FloatArray
    eta: FloatArray
    centroid_error: FloatArray
    tract: NDArray[np.int64]


def observe(field: Field, sources: Sources, *, radius_arcsec: float, random: Generator) -> FieldObjects:
    """Detect and measure what a field shows of the true sky.

    Parameters
    ----------
    radius_arcsec
        Radius of the observed field.
    """
    blends = blend(sources)
    size = sources.half_light_radius[blends.dominant]
    first = measure(field, blends.flux, size=size, xi=blends.xi, eta=blends.eta, random=random)
    best = first.signal_to_noise[:, _DETECTION_BANDS].max(axis=1)
    seen = (best > _DETECTION_SNR) & (np.hypot(blends.xi, blends.eta) < radius_arcsec)
    rows = _rows(field, blends, np.flatnonzero(seen), best, radius_arcsec, random)
    # Rows are measured again, so that the two copies of a duplicate differ by noise, as they do in two tracts.
    measured = measure(
        field, blends.flux[rows.objects], size=size[rows.objects], xi=rows.xi, eta=rows.eta, random=random
    )
    return FieldObjects(
        table=_table(field, blends, rows, measured),
        dominant=blends.dominant[rows.objects],
        members=_members(blends, rows.objects),
    )


def _rows(
    field: Field,
    blends: Blends,
    seen: NDArray[np.int64],
    signal_to_noise: FloatArray,
    radius_arcsec: float,
    random: Generator,
) -> _Rows:
    """Noisy centroids and tracts of the detected objects, some of them twice at the tract border."""
    border = 0.3 * radius_arcsec
    at_border = np.abs(blends.xi[seen] - border) < _BORDER_ARCSEC
    repeated = seen[at_border & (random.random(len(seen)) < _DUPLICATED_SHARE)]
    error = np.hypot(_CENTROID_FLOOR_ARCSEC, _CENTROID_FWHM_ARCSEC / 2.35 / np.maximum(signal_to_noise, 1.0))
    noise = error[:, None] * random.standard_normal((len(blends), 2))
    objects = np.concatenate([seen, repeated])
    # The copies see mostly the same pixels: their centroids share the noise and differ by a little.
    shift = np.clip(random.normal(0.0, _DUPLICATE_SHIFT_ARCSEC, (len(repeated), 2)), -0.13, 0.13)
    xi, eta = (blends.xi + noise[:, 0])[objects], (blends.eta + noise[:, 1])[objects]
    xi[len(seen) :] += shift[:, 0]
    eta[len(seen) :] += shift[:, 1]
    east = blends.xi[objects] > border
    east[len(seen) :] = ~east[len(seen) :]
    tract = np.where(east, field.tracts[1], field.tracts[0]).astype(np.int64)
    return _Rows(objects, xi, eta, error[objects], tract)


def _members(blends: Blends, objects: NDArray[np.int64]) -> NDArray[np.int64]:
    """Pairs of (table row, source row)."""
    by_owner = np.argsort(blends.owner, kind="stable")
    start = np.searchsorted(blends.owner[by_owner], objects, side="left")
    count = np.searchsorted(blends.owner[by_owner], objects, side="right") - start
    row = np.repeat(np.arange(len(objects)), count)
    nth = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
    return np.column_stack([row, by_owner[start[row] + nth]])


def _object_ids(tract: NDArray[np.int64], patch: NDArray[np.int64]) -> NDArray[np.int64]:
    """Ids as large as LSST's (about 6e17, above 2**53): neighbours differ in the last digit only."""
    place = (tract << 43) + (patch << 36)
    order = np.argsort(place, kind="stable")
    ordered = place[order]
    first = np.searchsorted(ordered, ordered, side="left")
    counter = np.empty(len(place), dtype=np.int64)
    counter[order] = np.arange(len(place)) - first
    return np.asarray((1 << 59) + place + counter + 1, dtype=np.int64)


def _table(field: Field, blends: Blends, rows: _Rows, measured: Measurement) -> pa.Table:
    ra, dec = field.positions(rows.xi, rows.eta)
    patch = (np.clip(rows.eta // _PATCH_ARCSEC + 5, 0, 9) * 10 + np.clip(rows.xi // _PATCH_ARCSEC + 5, 0, 9)).astype(
        np.int64
    )
    isolated = blends.isolated[rows.objects]
    extendedness = _extendedness(measured)
    reference = _reference_band(measured)
    error_deg = rows.centroid_error / 3600.0
    columns: dict[str, pa.Array] = {
        "objectId": pa.array(_object_ids(rows.tract, patch)),
        "coord_ra": pa.array(ra),
        "coord_dec": pa.array(dec),
        "coord_raErr": _float32(error_deg),
        "coord_decErr": _float32(error_deg),
        "tract": pa.array(rows.tract),
        "patch": pa.array(patch),
        "refBand": pa.array(np.array(BANDS)[reference]),
        "ebv": _float32(measured.ebv),
        "refExtendedness": _float32(extendedness[np.arange(len(reference)), reference]),
        "detect_isIsolated": pa.array(isolated),
        "detect_fromBlend": pa.array(~isolated),
        "detect_isDeblendedModelSource": pa.array(~isolated),
    }
    for index, band in enumerate(BANDS):
        columns |= _band_columns(index, band, field, blends.blendedness[rows.objects], measured, extendedness)
    return pa.table(columns)


def _band_columns(
    index: int,
    band: str,
    field: Field,
    blendedness: FloatArray,
    measured: Measurement,
    extendedness: FloatArray,
) -> dict[str, pa.Array]:
    """All columns of one band; fluxes of a band that the field lacks are null, single failures NaN."""
    observed = bool(field.observed()[index])
    columns = {}
    for kind in KINDS:
        columns[f"{band}_{kind}Flux"] = _float32(measured.flux[kind][:, index], known=observed)
        columns[f"{band}_{kind}FluxErr"] = _float32(measured.error[kind][:, index], known=observed)
        columns[f"{band}_{_FLAG_NAMES[kind]}"] = pa.array(measured.flag[kind][:, index])
    magnitude, magnitude_error = _psf_magnitudes(measured.flux["psf"][:, index], measured.error["psf"][:, index])
    columns[f"{band}_psfMag"] = _float32(magnitude, known=observed)
    columns[f"{band}_psfMagErr"] = _float32(magnitude_error, known=observed)
    columns[f"{band}_extendedness"] = _float32(extendedness[:, index], known=observed)
    missing = np.isnan(measured.flux["cModel"][:, index])
    columns[f"{band}_blendedness"] = _float32(np.where(missing, np.nan, blendedness[:, index]), known=observed)
    columns[f"{band}_pixelFlags_nodata"] = pa.array(measured.no_data[:, index])
    return columns


def _extendedness(measured: Measurement) -> FloatArray:
    """0 for point sources, 1 for extended ones, NaN where a flux is missing; shape (n, 6)."""
    psf, total = measured.flux["psf"], measured.flux["cModel"]
    return np.where(np.isnan(psf) | np.isnan(total), np.nan, (psf <= _POINT_SOURCE_RATIO * total).astype(float))


def _reference_band(measured: Measurement) -> NDArray[np.int64]:
    """The first band of LSST's priority that is well detected, else the best detected one."""
    by_priority = measured.signal_to_noise[:, _REFERENCE_PRIORITY]
    good = by_priority > _REFERENCE_SNR
    place = np.where(good.any(axis=1), good.argmax(axis=1), by_priority.argmax(axis=1))
    band: NDArray[np.int64] = np.asarray(_REFERENCE_PRIORITY, dtype=np.int64)[place]
    return band


def _psf_magnitudes(flux: FloatArray, error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Magnitudes as the HATS copies of DP1 have them: the error is half of m(f - s) - m(f + s), NaN where f <= s."""

    def magnitude(value: FloatArray) -> FloatArray:
        return AB_ZERO_POINT - 2.5 * np.log10(np.where(value > 0, value, np.nan))

    return magnitude(flux), 0.5 * (magnitude(flux - error) - magnitude(flux + error))


def _float32(values: FloatArray, *, known: bool = True) -> pa.Array:
    return pa.array(values.astype(np.float32)) if known else pa.nulls(len(values), pa.float32())
