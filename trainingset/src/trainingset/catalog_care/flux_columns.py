"""Which columns of an object catalog are fluxes, of which kind and in which band."""

import re
from collections.abc import Collection, Iterable, Iterator
from typing import NamedTuple

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.registry import FluxKind

__all__ = ["FoundFluxes", "find_fluxes"]

_BANDS = ("FUV", "NUV", "u", "g", "r", "i", "z", "y", "U", "B", "V", "R", "I", "Z", "Y", "J", "H", "K", "Ks")
"""Bands in the order of wavelength."""
_BAND = "|".join(sorted(_BANDS, key=len, reverse=True))
_PREFIXED = re.compile(rf"^(?P<band>{_BAND})(?P<rest>_\w*)$")
_SUFFIXED = re.compile(rf"^(?P<rest>\w*_)(?P<band>{_BAND})$")
_UNITS = ("nJy", "uJy", "mJy", "Jy")
_FLOATS = (ColumnType.FLOAT32, ColumnType.FLOAT64)
_FLAGS = {
    "cModel": ("{band}_cModel_flag",),
    "free_cModel": ("{band}_free_cModel_flag",),
    "sersic": ("sersic_no_data_flag", "sersic_unknown_flag"),
    "exponential": ("exponential_no_data_flag", "exponential_unknown_flag"),
}
"""Failure flags of LSST's kinds of flux that are not named after them."""


class FoundFluxes(NamedTuple):
    """What was recognized."""

    kinds: dict[str, FluxKind]
    bands: tuple[str, ...]
    without_unit: tuple[str, ...]
    """Kinds whose columns tell no unit of flux; they were taken for nanojansky."""


def find_fluxes(columns: Iterable[ColumnDescription]) -> FoundFluxes:
    """Find fluxes that have errors, by names such as ``g_psfFlux`` with ``g_psfFluxErr``, or ``flux_g``."""
    known = {column.name: column for column in columns}
    kinds: dict[str, FluxKind] = {}
    found_bands: dict[str, set[str]] = {}
    for name, column in known.items():
        if column.datatype not in _FLOATS or "flux" not in name.casefold():
            continue
        template, band = _template(name)
        error = _error_template(template, band, known)
        if error is None:
            continue
        kind = _kind_of(template)
        kinds.setdefault(kind, FluxKind(flux=template, error=error, unit=_unit(column)))
        if kinds[kind].flux == template:
            found_bands.setdefault(kind, set()).add(band)
    bands = tuple(band for band in _BANDS if any(band in of_kind for of_kind in found_bands.values()))
    flagged = {
        name: kind.model_copy(update={"flags": tuple(_flags(name, kind, found_bands[name], known))})
        for name, kind in kinds.items()
    }
    without = [name for name, kind in flagged.items() if not any(_tells_unit(kind, band, known) for band in bands)]
    return FoundFluxes(flagged, bands, tuple(without))


def _template(name: str) -> tuple[str, str]:
    """The name with ``{band}`` in the place of its band, and the band; both as they are where there is none."""
    for pattern, form in ((_PREFIXED, "{{band}}{}"), (_SUFFIXED, "{}{{band}}")):
        if (found := pattern.match(name)) is not None:
            return form.format(found["rest"]), found["band"]
    return name, ""


def _error_template(template: str, band: str, known: Collection[str]) -> str | None:
    """Template of the column of errors; None where there is none, or no band."""
    if not band:
        return None
    stem = template.replace("_{band}", "")
    forms = [f"{template}{ending}" for ending in ("Err", "_err", "_error", "err")]
    forms += [f"{stem}{ending}_{{band}}" for ending in ("Err", "_err", "_error", "err") if stem != template]
    return next((form for form in forms if form.format(band=band) in known), None)


def _kind_of(template: str) -> str:
    """Name of a kind: what is left of the column's name, as ``psf`` of ``{band}_psfFlux``."""
    rest = re.sub(r"flux", "", template.replace("{band}", ""), flags=re.IGNORECASE).strip("_")
    return rest or "total"


def _unit(column: ColumnDescription) -> str:
    return column.unit if column.unit in _UNITS else "nJy"


def _tells_unit(kind: FluxKind, band: str, known: dict[str, ColumnDescription]) -> bool:
    column = known.get(kind.flux.format(band=band))
    return column is not None and column.unit in _UNITS


def _flags(name: str, kind: FluxKind, bands: set[str], known: dict[str, ColumnDescription]) -> Iterator[str]:
    """Failure flags that exist in every band of the kind."""
    shared = "{band}_gaapFlux_flag" if name.startswith("gaap") else None
    for flag in _FLAGS.get(name, tuple(filter(None, (shared, f"{kind.flux}_flag")))):
        if all(flag.format(band=band) in known for band in bands):
            yield flag
