"""Columns that are computed from the fluxes of an object catalog: their names, types and sources.

Light, so that a constraint on ``i_gaap1p0SNR`` can be checked where nothing is computed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.corrections import Corrections
from trainingset.registry import CatalogCard, CatalogEntry

__all__ = ["DerivedColumn", "Quantity", "condition_columns", "derived_columns", "state_columns"]

_UNCORRECTED = Corrections()


class Quantity(StrEnum):
    """What is made of a flux and its error; the value ends the column's name."""

    MAGNITUDE = "Mag"
    MAGNITUDE_ERROR = "MagErr"
    DEREDDENED = "Mag_dered"
    """The magnitude without the dust of the Milky Way; its error is that of the magnitude."""
    SNR = "SNR"
    STATE = "state"
    """``not_observed``, ``not_detected`` or ``detected``."""


@dataclass(frozen=True, slots=True)
class DerivedColumn:
    """One column computed from one flux and its error."""

    description: ColumnDescription
    quantity: Quantity
    kind: str
    band: str
    flux: str
    error: str
    zero_point_offset: float = 0.0
    """Magnitudes that are taken off."""
    coefficient: float = 0.0
    """A(band)/E(B-V)."""
    ebv: str | None = None
    """Column with E(B-V), of dereddened magnitudes alone."""

    @property
    def name(self) -> str:
        """Name of the column in results and constraints."""
        return self.description.name

    @property
    def sources(self) -> tuple[str, ...]:
        """Object columns that must be read to compute it."""
        return (self.flux, self.error) if self.ebv is None else (self.flux, self.error, self.ebv)


def derived_columns(
    entry: CatalogEntry,
    kinds: Iterable[str],
    *,
    available: Collection[str] | None = None,
    corrections: Corrections = _UNCORRECTED,
) -> tuple[DerivedColumn, ...]:
    """Magnitude, magnitude error, dereddened magnitude and signal-to-noise ratio of each kind in each band.

    Parameters
    ----------
    kinds
        Flux kinds of the entry; others raise `KeyError`.
    available
        Columns that the catalog has; bands whose flux or error is not among them are left out.
    corrections
        What magnitudes are corrected for. Only bands with a coefficient have a dereddened magnitude.
    """
    return tuple(
        _derived(entry, kind, band, quantity, corrections)
        for kind in dict.fromkeys(kinds)
        for band in _bands(entry, kind, available)
        for quantity in _quantities(band, corrections)
    )


def state_columns(
    entry: CatalogEntry, kind: str, *, available: Collection[str] | None = None
) -> tuple[DerivedColumn, ...]:
    """``{band}_state`` of each band, decided by this flux kind."""
    return tuple(_derived(entry, kind, band, Quantity.STATE, _UNCORRECTED) for band in _bands(entry, kind, available))


def condition_columns(
    card: CatalogCard, kinds: Iterable[str], corrections: Corrections = _UNCORRECTED
) -> dict[str, DerivedColumn]:
    """Derived columns that a constraint on objects may name: those of every flux kind that the catalog has.

    Parameters
    ----------
    kinds
        Flux kinds of the recipe; the first that the catalog knows decides ``{band}_state``.
    """
    entry, available = card.entry, {column.name for column in card.columns}
    columns = derived_columns(entry, entry.fluxes, available=available, corrections=corrections)
    for kind in [kind for kind in kinds if kind in entry.fluxes][:1]:
        columns += state_columns(entry, kind, available=available)
    return {column.name: column for column in columns}


def _bands(entry: CatalogEntry, kind: str, available: Collection[str] | None) -> tuple[str, ...]:
    if available is None:
        return entry.bands
    return tuple(band for band in entry.bands if set(entry.flux_columns(kind, band)[:2]) <= set(available))


def _quantities(band: str, corrections: Corrections) -> tuple[Quantity, ...]:
    dereddened = () if corrections.coefficient(band) is None else (Quantity.DEREDDENED,)
    return (Quantity.MAGNITUDE, Quantity.MAGNITUDE_ERROR, *dereddened, Quantity.SNR)


def _derived(entry: CatalogEntry, kind: str, band: str, quantity: Quantity, corrections: Corrections) -> DerivedColumn:
    flux, error, _ = entry.flux_columns(kind, band)
    em = entry.band_ucds.get(band)
    is_magnitude, is_dereddened = quantity is Quantity.MAGNITUDE, quantity is Quantity.DEREDDENED
    return DerivedColumn(
        description=_description(kind, band, quantity, f";{em}" if em else "", corrections),
        quantity=quantity,
        kind=kind,
        band=band,
        flux=flux,
        error=error,
        zero_point_offset=corrections.zero_point_offset(band) if is_magnitude or is_dereddened else 0.0,
        coefficient=(corrections.coefficient(band) or 0.0) if is_dereddened else 0.0,
        ebv=corrections.ebv_column if is_dereddened else None,
    )


def _description(kind: str, band: str, quantity: Quantity, em: str, corrections: Corrections) -> ColumnDescription:
    match quantity:
        case Quantity.MAGNITUDE:
            less = _less_offset(band, corrections)
            return ColumnDescription(
                name=f"{band}_{kind}Mag",
                datatype=ColumnType.FLOAT64,
                unit="mag",
                ucd=f"phot.mag{em}",
                description=f"AB magnitude in {band} from {kind} flux{less}; null where the flux is not positive",
            )
        case Quantity.DEREDDENED:
            return ColumnDescription(
                name=f"{band}_{kind}Mag_dered",
                datatype=ColumnType.FLOAT64,
                unit="mag",
                ucd=f"phot.mag{em}",
                description=f"{band}_{kind}Mag without the dust of the Milky Way{_without_dust(band, corrections)}",
            )
        case Quantity.MAGNITUDE_ERROR:
            return ColumnDescription(
                name=f"{band}_{kind}MagErr",
                datatype=ColumnType.FLOAT64,
                unit="mag",
                ucd=f"stat.error;phot.mag{em}",
                description=f"Error of {band}_{kind}Mag: 1.0857 times flux error over flux",
            )
        case Quantity.SNR:
            return ColumnDescription(
                name=f"{band}_{kind}SNR",
                datatype=ColumnType.FLOAT64,
                ucd=f"stat.snr;phot.flux.density{em}",
                description=f"Flux over flux error in {band}, {kind}",
            )
        case Quantity.STATE:
            return ColumnDescription(
                name=f"{band}_state",
                datatype=ColumnType.STRING,
                ucd=f"meta.code;phot.flux{em}",
                description=f"Whether {band} was not_observed, not_detected or detected, by {kind} flux",
            )


def _less_offset(band: str, corrections: Corrections) -> str:
    offset = corrections.zero_point_offset(band)
    if corrections.zero_points is None or not offset:
        return ""
    return f", less the zero-point offset of {offset:+g} mag ({corrections.zero_points.source})"


def _without_dust(band: str, corrections: Corrections) -> str:
    if corrections.extinction is None:
        return ""
    coefficient = corrections.extinction.coefficients[band]
    return f": {coefficient:g} times {corrections.ebv_column} taken off ({corrections.extinction.source})"
