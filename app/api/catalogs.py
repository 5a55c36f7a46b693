"""Object catalogs that the user may match with, from their cards."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from app.api.problem import errors
from app.catalogs import UnknownCatalogError
from app.identity import SignedIn
from app.services import ServicesDep
from trainingset.columns import ColumnDescription
from trainingset.extinction import extinction_of
from trainingset.recipe import Dereddening
from trainingset.registry import (
    BandNumbers,
    CatalogCard,
    CatalogContent,
    CatalogEntry,
    Citation,
    Extinction,
    FluxKind,
    SkyField,
)

__all__ = ["catalogs_router"]

catalogs_router = APIRouter(tags=["catalogs"])


class CatalogSummary(BaseModel):
    """One object catalog in a few lines."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "mock.object",
                "title": "Mock Object catalog",
                "description": "Three deep fields of an invented sky.",
                "release": "mock",
                "ready": True,
                "n_rows": 300000,
                "margin_arcsec": 5.0,
                "default_radius_arcsec": 0.75,
                "bands": ["u", "g", "r", "i", "z", "y"],
                "flux_kinds": ["gaap1p0", "cModel", "psf"],
                "release_date": "2025-06-30",
                "series": "mock.object",
                "citations": [{"text": "The mock sky of the PZ Training Set Maker"}],
            }
        }
    )

    id: str = Field(description="What `catalog` of a recipe names.")
    title: str
    description: str
    release: str
    ready: bool = Field(description="Whether a worker has opened it; until then counts are unknown.")
    n_rows: int | None
    margin_arcsec: float | None = Field(description="Largest radius of a match, in arcsec; null: none is possible.")
    default_radius_arcsec: float
    bands: list[str]
    flux_kinds: list[str] = Field(description="What `flux` of a recipe can name.")
    release_date: date | None
    series: str | None = Field(description="Name that its releases share.")
    citations: list[Citation] = Field(description="What its users are asked to cite.")


class CatalogDetails(CatalogSummary):
    """One object catalog with its columns."""

    object_id_column: str
    ra_column: str
    dec_column: str
    reference_band: str | None = Field(description="Band that decides which of several objects is the brightest.")
    detection_snr: float = Field(description="Signal-to-noise ratio from which a band counts as detected.")
    fluxes: dict[str, FluxKind] = Field(description="Column names by flux kind; `{band}` stands for each band.")
    columns: list[ColumnDescription] = Field(description="Every column, with unit, UCD and description.")
    default_columns: list[str] = Field(description="Columns of every result besides id, coordinates and fluxes.")
    groups: dict[str, list[str]] = Field(description="Named lists of columns that `columns` of a recipe can name.")
    ebv_column: str | None = Field(description="Column with E(B-V) in magnitudes, which `dereddening` needs.")
    is_dereddened: bool = Field(description="Whether fluxes are corrected for dust already, and stay so.")
    extinctions: dict[str, Extinction] = Field(description="Coefficients by each name that `dereddening` takes here.")
    zero_points: BandNumbers | None = Field(description="Offsets that `zero_points` takes off magnitudes.")
    magnitude_limits: BandNumbers | None = Field(description="5-sigma depths of the release.")
    fields: dict[str, SkyField] = Field(description="Named fields, which `split_by=field` keeps whole.")
    fingerprint: str = Field(description="Changes when the catalog does.")


@catalogs_router.get("/catalogs", summary="List the object catalogs that you may use", responses=errors())
async def list_catalogs(identity: SignedIn, services: ServicesDep) -> list[CatalogSummary]:
    """Registered object catalogs in the operator's order, without those that need a right that you lack."""
    catalogs = await services.shelf.open_to(identity.grants)
    return [
        _summary(entry, catalogs.cards.get(entry.id))
        for entry in catalogs.entries.values()
        if entry.content is CatalogContent.OBJECTS
    ]


@catalogs_router.get(
    "/catalogs/{catalog_id}", summary="Show one object catalog with its columns", responses=errors(404, 422)
)
async def get_catalog(
    catalog_id: Annotated[str, Path(max_length=128, description="Id of a catalog.", examples=["mock.object"])],
    identity: SignedIn,
    services: ServicesDep,
) -> CatalogDetails:
    """Columns with unit, UCD and description, flux kinds, named groups, row count and margin of one catalog."""
    catalogs = await services.shelf.open_to(identity.grants)
    card = catalogs.card(catalog_id)
    entry = catalogs.entries[catalog_id]
    if entry.content is not CatalogContent.OBJECTS:
        raise UnknownCatalogError(f"{catalog_id!r} holds redshifts and no objects: see /redshifts")
    return _details(entry, card)


def _summary(entry: CatalogEntry, card: CatalogCard | None) -> CatalogSummary:
    return CatalogSummary(
        id=entry.id,
        title=entry.title,
        description=entry.description,
        release=entry.release,
        ready=card is not None,
        n_rows=card.n_rows if card else None,
        margin_arcsec=card.margin_arcsec if card else None,
        default_radius_arcsec=entry.default_radius_arcsec,
        bands=list(entry.bands),
        flux_kinds=list(entry.fluxes),
        release_date=entry.release_date,
        series=entry.series,
        citations=list(entry.citations),
    )


def _details(entry: CatalogEntry, card: CatalogCard) -> CatalogDetails:
    return CatalogDetails(
        **_summary(entry, card).model_dump(),
        object_id_column=entry.object_id_column,
        ra_column=entry.ra_column,
        dec_column=entry.dec_column,
        reference_band=entry.reference_band,
        detection_snr=entry.detection_snr,
        fluxes=entry.fluxes,
        columns=list(card.columns),
        default_columns=list(entry.expand(entry.default_columns)),
        groups={name: list(entry.expand(columns)) for name, columns in entry.groups.items()},
        ebv_column=entry.ebv_column,
        is_dereddened=entry.is_dereddened,
        extinctions=_extinctions(entry),
        zero_points=entry.zero_points,
        magnitude_limits=entry.magnitude_limits,
        fields=entry.fields,
        fingerprint=card.fingerprint,
    )


def _extinctions(entry: CatalogEntry) -> dict[str, Extinction]:
    """What magnitudes of this catalog can be corrected with: nothing where it has no E(B-V), or is corrected."""
    if entry.ebv_column is None or entry.is_dereddened:
        return {}
    found = {name.value: extinction_of(entry, name) for name in Dereddening}
    return {
        name: extinction for name, extinction in found.items() if extinction is not None and extinction.coefficients
    }
