"""The RAIL catalog tag of HDF5 files: one YAML file from which RAIL learns their names, limits and stand-ins."""

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import yaml

from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.hdf5_profile import ProfileConventions, conventions_of, photometric_layout
from trainingset.layout import TableLayout
from trainingset.recipe import Hdf5Profile

__all__ = ["write_catalog_tag"]

_REDSHIFT_GRID = {"zmin": 0.0, "zmax": 6.0, "nzbins": 601}
"""As in RAIL's own tags of LSST data, where spectroscopic samples reach beyond RAIL's default of 3."""

_FILTERS = {"dp1": "comcam"}
"""Filter curves of releases that were not made with LSSTCam, by the release's name in lower case."""

_LIMIT_STEP = 0.001
_LIMIT_EDGES = np.arange(0, 60, _LIMIT_STEP)
"""Limits are counted in steps of a thousandth of a magnitude, so that a median needs no more memory for more rows."""


def write_catalog_tag(source: Path, target: Path, *, profile: Hdf5Profile = Hdf5Profile.RAIL) -> None:
    """Write the tag of the HDF5 files that are made of a training set.

    Parameters
    ----------
    source
        The training set as Parquet.
    target
        File to make; it appears complete or not at all, and replaces what was there.

    Raises
    ------
    ValueError
        If the table does not tell its magnitudes, has none, or lost some.
    """
    table = CanonicalTable(source)
    layout = photometric_layout(table)
    estimated = _estimated_limits(table, layout)
    content = _tag(layout, profile, estimated)
    comments = "".join(f"# {_one_line(line)}\n" for line in _comments(layout, estimated))
    part = target.with_name(target.name + ".part")
    try:
        part.write_text(comments + yaml.safe_dump(content, sort_keys=False, allow_unicode=True), encoding="utf-8")
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _one_line(text: str) -> str:
    """Text that a comment can hold: no sign of it ends the line, and YAML takes all of them."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _tag(layout: TableLayout, profile: Hdf5Profile, estimated: dict[str, float]) -> dict[str, object]:
    conventions = conventions_of(profile)
    filters = _FILTERS.get(layout.release.casefold(), "lsstcam")
    bands: dict[str, dict[str, object]] = {}
    for band, columns in layout.bands.items():
        limit = columns.magnitude_limit if columns.magnitude_limit is not None else estimated[band]
        bands[band] = {"mag_limit": limit}
    tag: dict[str, object] = {
        "name": _name(layout),
        **_templates(layout, conventions),
        "filter_template": filters + "_{band}",
        "band_list": list(layout.bands),
        "ref_band": _reference_band(layout),
        "redshift_col": conventions.redshift,
        "object_id_col": conventions.object_id,
        "hdf5_groupname": conventions.group,
        "nondetect_val": conventions.not_detected,
        "nonobserved_val": conventions.not_observed,
        **_REDSHIFT_GRID,
        "bands": bands,
    }
    reddening = [{"Band": {"name": f"{filters}_{band}", "a_env": _reddening(layout, band)}} for band in layout.bands]
    return {"Bands": reddening, "CatalogTags": [{"CatalogTag": tag}]}


def _name(layout: TableLayout) -> str:
    parts = [layout.catalog, layout.flux_kind]
    if layout.dereddening is not None:
        parts.append(f"dered_{layout.dereddening}")
    return "_".join(parts)


def _templates(layout: TableLayout, conventions: ProfileConventions) -> dict[str, str]:
    """Names with ``{band}`` in them: those of the first band, whose own name begins or is inside of them."""
    band, columns = next(iter(layout.bands.items()))
    generic = columns.model_copy(
        update={
            "magnitude": "{band}" + columns.magnitude.removeprefix(band),
            "magnitude_error": "{band}" + columns.magnitude_error.removeprefix(band),
        }
    )
    return {
        "mag_column_template": conventions.magnitude("{band}", generic),
        "mag_err_column_template": conventions.magnitude_error("{band}", generic),
    }


def _reference_band(layout: TableLayout) -> str:
    """The catalog's, or RAIL's, or the one in the middle."""
    bands = list(layout.bands)
    return next((band for band in (layout.reference_band, "i") if band in bands), bands[len(bands) // 2])


def _reddening(layout: TableLayout, band: str) -> float:
    """What RAIL would correct with: nothing where that was done; NaN, which spreads, where nobody knows."""
    if layout.dereddening is not None:
        return 0.0
    known = layout.bands[band].reddening
    return math.nan if known is None else known


def _comments(layout: TableLayout, estimated: dict[str, float]) -> Iterator[str]:
    yield "RAIL catalog tag. In Python, before RAIL's stages are imported, since they copy its settings:"
    yield "    from rail.utils import catalog_utils"
    yield "    catalog_utils.clear()"
    yield '    catalog_utils.load_yaml("THIS FILE")'
    yield f'    catalog_utils.apply("{_name(layout)}")'
    yield f"Object catalog {layout.catalog}, release {layout.release}; {layout.flux_kind} fluxes."
    match layout.dereddening:
        case None:
            yield "The magnitudes are NOT corrected for dust in the Milky Way."
        case "catalog":
            yield "The catalog's fluxes are corrected for dust in the Milky Way. a_env is 0: nothing corrects twice."
        case name:
            yield f"The magnitudes are corrected for dust in the Milky Way ({name}): a_env is 0, nothing does it twice."
    published = [band for band in layout.bands if band not in estimated]
    if published:
        yield f"mag_limit of {', '.join(published)}: 5-sigma depth of the release ({layout.limits_source})."
    if estimated:
        yield (
            f"mag_limit of {', '.join(estimated)}: estimated from this set (5 times the median flux error, before any "
            "correction for dust), as the depths of the release are not registered."
        )
    if unknown := [band for band, limit in estimated.items() if math.isnan(limit)]:
        yield f"No flux error of {', '.join(unknown)} is known here: put a limit in before use."


def _estimated_limits(table: CanonicalTable, layout: TableLayout) -> dict[str, float]:
    """Depths of the bands whose depth is not published, NaN where there is no flux error."""
    columns = {band: item.flux_error for band, item in layout.bands.items() if item.magnitude_limit is None}
    names = tuple({name for name in columns.values() if name is not None and name in table.schema.names})
    counts = {name: np.zeros(len(_LIMIT_EDGES) - 1, np.int64) for name in names}
    for batch in table.batches(names) if names else ():
        for name in names:
            counts[name] += _count(batch[name].cast(pa.float64()), layout.flux_zero_point)
    return {band: _median(counts[name]) if name in counts else math.nan for band, name in columns.items()}


def _count(errors: pa.Array, zero_point: float) -> npt.NDArray[np.int64]:
    """How many 5-sigma limits fall into each step."""
    values = errors.drop_null().to_numpy(zero_copy_only=False)
    values = values[(values > 0) & np.isfinite(values)]
    limits = zero_point - 2.5 * np.log10(5 * values)
    steps = np.clip((limits / _LIMIT_STEP).astype(np.int64), 0, len(_LIMIT_EDGES) - 2)
    return np.bincount(steps, minlength=len(_LIMIT_EDGES) - 1)


def _median(counts: npt.NDArray[np.int64]) -> float:
    total = int(counts.sum())
    if not total:
        return math.nan
    step = int(np.searchsorted(np.cumsum(counts), (total + 1) // 2))
    return round(step * _LIMIT_STEP, 3)
