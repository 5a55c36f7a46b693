"""Columns that are computed from the fluxes of an object catalog: their names, types and sources.

Light, so that a constraint on ``i_gaap1p0SNR`` can be checked where nothing is computed.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.registry import CatalogEntry

__all__ = ["DerivedColumn", "Quantity", "derived_columns", "state_columns"]


class Quantity(StrEnum):
    """What is made of a flux and its error; the value ends the column's name."""

    MAGNITUDE = "Mag"
    MAGNITUDE_ERROR = "MagErr"
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

    @property
    def name(self) -> str:
        """Name of the column in results and constraints."""
        return self.description.name

    @property
    def sources(self) -> tuple[str, str]:
        """Object columns that must be read to compute it."""
        return self.flux, self.error


def derived_columns(
    entry: CatalogEntry, kinds: Iterable[str], *, available: Collection[str] | None = None
) -> tuple[DerivedColumn, ...]:
    """Magnitude, magnitude error and signal-to-noise ratio of each kind in each band.

    Parameters
    ----------
    kinds
        Flux kinds of the entry; others raise `KeyError`.
    available
        Columns that the catalog has; bands whose flux or error is not among them are left out.
    """
    quantities = (Quantity.MAGNITUDE, Quantity.MAGNITUDE_ERROR, Quantity.SNR)
    return tuple(
        _derived(entry, kind, band, quantity)
        for kind in dict.fromkeys(kinds)
        for band in _bands(entry, kind, available)
        for quantity in quantities
    )


def state_columns(
    entry: CatalogEntry, kind: str, *, available: Collection[str] | None = None
) -> tuple[DerivedColumn, ...]:
    """``{band}_state`` of each band, decided by this flux kind."""
    return tuple(_derived(entry, kind, band, Quantity.STATE) for band in _bands(entry, kind, available))


def _bands(entry: CatalogEntry, kind: str, available: Collection[str] | None) -> tuple[str, ...]:
    if available is None:
        return entry.bands
    return tuple(band for band in entry.bands if set(entry.flux_columns(kind, band)[:2]) <= set(available))


def _derived(entry: CatalogEntry, kind: str, band: str, quantity: Quantity) -> DerivedColumn:
    flux, error, _ = entry.flux_columns(kind, band)
    em = entry.band_ucds.get(band)
    description = _description(kind, band, quantity, f";{em}" if em else "")
    return DerivedColumn(description, quantity, kind, band, flux, error)


def _description(kind: str, band: str, quantity: Quantity, em: str) -> ColumnDescription:
    match quantity:
        case Quantity.MAGNITUDE:
            return ColumnDescription(
                name=f"{band}_{kind}Mag",
                datatype=ColumnType.FLOAT64,
                unit="mag",
                ucd=f"phot.mag{em}",
                description=f"AB magnitude in {band} from {kind} flux; null where the flux is not positive",
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
