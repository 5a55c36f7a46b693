"""The layout of a training set that is about to be written: which of its columns are what."""

from collections.abc import Mapping

from trainingset.derived import DerivedColumn, Quantity
from trainingset.extinction import extinction_of
from trainingset.layout import BandLayout, TableLayout
from trainingset.photometry import AB_ZERO_POINTS
from trainingset.prepare import Prepared
from trainingset.recipe import Dereddening
from trainingset.redshifts import REDSHIFT_COLUMN

__all__ = ["result_layout"]


def result_layout(prepared: Prepared) -> TableLayout:
    """Which columns of the result are what, by their names in it."""
    entry, recipe, columns = prepared.card.entry, prepared.recipe, prepared.columns
    roles = prepared.redshifts.roles
    kind, limits = recipe.flux[0], entry.magnitude_limits
    return TableLayout(
        catalog=entry.id,
        release=entry.release,
        ra=columns.redshifts[roles["ra"]].name,
        dec=columns.redshifts[roles["dec"]].name,
        redshift=REDSHIFT_COLUMN,
        object_id=columns.objects[entry.object_id_column].name,
        bands=_bands(prepared, kind),
        reference_band=entry.reference_band,
        flux_kind=kind,
        flux_zero_point=AB_ZERO_POINTS[entry.fluxes[kind].unit],
        dereddening=_dereddening(prepared),
        limits_source=None if limits is None else limits.source,
    )


def _dereddening(prepared: Prepared) -> str | None:
    if prepared.card.entry.is_dereddened:
        return "catalog"
    chosen = prepared.recipe.dereddening
    return None if chosen is Dereddening.NONE else chosen.value


def _bands(prepared: Prepared, kind: str) -> dict[str, BandLayout]:
    """Bands that have magnitudes of the kind; in a dereddened set, those that have dereddened ones."""
    named = {(column.band, column.quantity): column for column in prepared.columns.derived if column.kind == kind}
    is_corrected = prepared.recipe.dereddening is not Dereddening.NONE
    quantity = Quantity.DEREDDENED if is_corrected else Quantity.MAGNITUDE
    return {band: _band(prepared, named, column) for (band, has), column in named.items() if has is quantity}


def _band(
    prepared: Prepared, named: Mapping[tuple[str, Quantity], DerivedColumn], magnitude: DerivedColumn
) -> BandLayout:
    band, entry = magnitude.band, prepared.card.entry
    flux_error = prepared.columns.objects.get(magnitude.error)
    limits, rail = entry.magnitude_limits, extinction_of(entry, Dereddening.RAIL)
    return BandLayout(
        magnitude=magnitude.name,
        magnitude_error=named[band, Quantity.MAGNITUDE_ERROR].name,
        state=named[band, Quantity.STATE].name,
        flux_error=None if flux_error is None else flux_error.name,
        magnitude_limit=None if limits is None else limits.values.get(band),
        reddening=None if rail is None else rail.coefficients.get(band),
    )
