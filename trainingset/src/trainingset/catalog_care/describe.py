"""Describes a collection as a registry entry: what its files tell, and what names and metadata of columns mean."""

import re
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, ValidationError

from trainingset.arrow_metadata import schema_descriptions
from trainingset.card import open_catalog
from trainingset.catalog_care.flux_columns import FoundFluxes, find_fluxes
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.registry import CatalogContent, CatalogEntry, RegistryError
from trainingset.roles import find_roles

__all__ = ["Described", "EntryWishes", "describe_catalog"]

_IDS = ("objectId", "object_id", "diaObjectId", "source_id", "id", "ID")
_REFERENCE_BANDS = ("i", "r", "z", "I", "R", "g", "J", "H")
_EBV = ("ebv", "EBV", "ebv_sfd", "E_BV")
_ALWAYS = (
    *("tract", "patch", "ebv", "refBand", "refExtendedness", "griz_model_extendedness", "extendedness", "shape_flag"),
)
"""Columns of LSST's tables that belong in every training set, where they exist."""
_UCDS = {
    **{"u": "em.opt.U", "g": "em.opt.B", "r": "em.opt.R", "i": "em.opt.I", "z": "em.opt.I", "y": "em.opt.I"},
    **{"U": "em.opt.U", "B": "em.opt.B", "V": "em.opt.V", "R": "em.opt.R", "I": "em.opt.I", "Z": "em.opt.I"},
    **{"Y": "em.IR.J", "J": "em.IR.J", "H": "em.IR.H", "K": "em.IR.K", "Ks": "em.IR.K", "FUV": "em.UV", "NUV": "em.UV"},
}
_RADIUS_ARCSEC = 0.75


class EntryWishes(BaseModel):
    """What the operator says of a catalog; what is None is found, or left out."""

    model_config = ConfigDict(frozen=True)

    path: str
    id: str
    release: str
    title: str | None = None
    description: str | None = None
    required_right: str | None = None
    content: CatalogContent | None = None
    object_id_column: str | None = None


class Described(BaseModel):
    """An entry, and what could not be told from the files."""

    model_config = ConfigDict(frozen=True)

    entry: CatalogEntry
    notes: tuple[str, ...] = ()


def describe_catalog(wishes: EntryWishes) -> Described:
    """Describe a collection.

    Raises
    ------
    RegistryError
        If it is no catalog, or its id column cannot be told.
    SourceUnavailableError
        If nothing can be read at the path now.
    """
    unknown = dict.fromkeys(("title", "ra_column", "dec_column", "object_id_column"), "unknown")
    bare = CatalogEntry(id=wishes.id, path=wishes.path, release=wishes.release, **unknown)
    collection, catalog = open_catalog(bare)
    if catalog.schema is None:
        raise RegistryError(f"{wishes.path} has no dataset/_common_metadata, which tells its columns")
    columns = tuple(schema_descriptions(catalog.schema))
    fluxes = find_fluxes(columns)
    content = wishes.content or _content(columns, fluxes)
    told: dict[str, object] = {
        "id": wishes.id,
        "title": wishes.title or wishes.id,
        "description": wishes.description or "",
        "content": content,
        "release": wishes.release,
        "path": wishes.path,
        "required_right": wishes.required_right,
        "ra_column": catalog.catalog_info.ra_column,
        "dec_column": catalog.catalog_info.dec_column,
        "object_id_column": wishes.object_id_column or _id_column(wishes.path, columns),
    }
    notes: list[str] = []
    if content is CatalogContent.OBJECTS:
        thresholds = collection.get_margin_thresholds() if collection is not None else {}
        told |= _photometry(columns, fluxes, max(thresholds.values(), default=_RADIUS_ARCSEC), notes)
    try:
        return Described(entry=CatalogEntry.model_validate(told), notes=tuple(notes))
    except ValidationError as error:
        raise RegistryError(f"{wishes.path} cannot be described: {error}") from error


def _content(columns: Sequence[ColumnDescription], fluxes: FoundFluxes) -> CatalogContent:
    """Redshifts without fluxes are a compilation; everything else is objects."""
    is_redshifts = not fluxes.kinds and "z" in find_roles(columns).roles
    return CatalogContent.REDSHIFTS if is_redshifts else CatalogContent.OBJECTS


def _id_column(path: str, columns: Sequence[ColumnDescription]) -> str:
    whole = {column.name: column for column in columns if column.datatype in (ColumnType.INT64, ColumnType.STRING)}
    by_ucd = [name for name, column in whole.items() if (column.ucd or "").startswith("meta.id;meta.main")]
    by_name = [name for name in _IDS if name in whole]
    keys = [name for name in whole if re.fullmatch(r"\w*(_id|Id|_key)", name)]
    found = by_ucd or by_name or (keys if len(keys) == 1 else [])
    if not found:
        raise RegistryError(f"{path}: no column is known as the id of objects; say which one is with --id-column")
    return found[0]


def _photometry(
    columns: Sequence[ColumnDescription], fluxes: FoundFluxes, margin_arcsec: float, notes: list[str]
) -> dict[str, object]:
    names = {column.name for column in columns}
    is_lsst = {"objectId", "tract", "patch"} <= names and set(fluxes.bands) <= set("ugrizy")
    if not fluxes.kinds:
        notes.append("no fluxes were recognized: describe them under fluxes and bands, or nothing has magnitudes")
    if fluxes.without_unit:
        notes.append(
            f"fluxes {', '.join(fluxes.without_unit)} tell no unit: nJy is assumed, correct it if it is another"
        )
    if fluxes.kinds and not is_lsst:
        notes.append("bands are taken for those of another camera than LSST's: name extinctions for DEREDDEN")
    return {
        "bands": fluxes.bands,
        "has_lsst_bands": is_lsst or not fluxes.kinds,
        "fluxes": fluxes.kinds,
        "reference_band": next((band for band in _REFERENCE_BANDS if band in fluxes.bands), None),
        "band_ucds": {band: _UCDS[band] for band in fluxes.bands},
        "ebv_column": next((name for name in _EBV if name in names), None),
        "default_columns": tuple(name for name in _ALWAYS if name in names),
        "default_radius_arcsec": min(_RADIUS_ARCSEC, margin_arcsec),
    }
