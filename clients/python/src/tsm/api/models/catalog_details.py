from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.catalog_details_fluxes import CatalogDetailsFluxes
    from ..models.catalog_details_groups import CatalogDetailsGroups
    from ..models.column_description import ColumnDescription


T = TypeVar("T", bound="CatalogDetails")


@_attrs_define(frozen=True)
class CatalogDetails:
    """One object catalog with its columns.

    Example:
        {'bands': ['u', 'g', 'r', 'i', 'z', 'y'], 'default_radius_arcsec': 0.75, 'description': 'Three deep fields of an
            invented sky.', 'flux_kinds': ['gaap1p0', 'cModel', 'psf'], 'id': 'mock.object', 'margin_arcsec': 5.0, 'n_rows':
            300000, 'ready': True, 'release': 'mock', 'title': 'Mock Object catalog'}

    Attributes:
        id (str): What `catalog` of a recipe names.
        title (str):
        description (str):
        release (str):
        ready (bool): Whether a worker has opened it; until then counts are unknown.
        n_rows (int | None):
        margin_arcsec (float | None): Largest radius of a match, in arcsec; null: none is possible.
        default_radius_arcsec (float):
        bands (list[str]):
        flux_kinds (list[str]): What `flux` of a recipe can name.
        object_id_column (str):
        ra_column (str):
        dec_column (str):
        reference_band (None | str): Band that decides which of several objects is the brightest.
        detection_snr (float): Signal-to-noise ratio from which a band counts as detected.
        fluxes (CatalogDetailsFluxes): Column names by flux kind; `{band}` stands for each band.
        columns (list[ColumnDescription]): Every column, with unit, UCD and description.
        default_columns (list[str]): Columns of every result besides id, coordinates and fluxes.
        groups (CatalogDetailsGroups): Named lists of columns that `columns` of a recipe can name.
        fingerprint (str): Changes when the catalog does.
    """

    id: str
    title: str
    description: str
    release: str
    ready: bool
    n_rows: int | None
    margin_arcsec: float | None
    default_radius_arcsec: float
    bands: list[str]
    flux_kinds: list[str]
    object_id_column: str
    ra_column: str
    dec_column: str
    reference_band: None | str
    detection_snr: float
    fluxes: CatalogDetailsFluxes
    columns: list[ColumnDescription]
    default_columns: list[str]
    groups: CatalogDetailsGroups
    fingerprint: str
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        title = self.title

        description = self.description

        release = self.release

        ready = self.ready

        n_rows: int | None
        n_rows = self.n_rows

        margin_arcsec: float | None
        margin_arcsec = self.margin_arcsec

        default_radius_arcsec = self.default_radius_arcsec

        bands = self.bands

        flux_kinds = self.flux_kinds

        object_id_column = self.object_id_column

        ra_column = self.ra_column

        dec_column = self.dec_column

        reference_band: None | str
        reference_band = self.reference_band

        detection_snr = self.detection_snr

        fluxes = self.fluxes.to_dict()

        columns = []
        for columns_item_data in self.columns:
            columns_item = columns_item_data.to_dict()
            columns.append(columns_item)

        default_columns = self.default_columns

        groups = self.groups.to_dict()

        fingerprint = self.fingerprint

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "title": title,
                "description": description,
                "release": release,
                "ready": ready,
                "n_rows": n_rows,
                "margin_arcsec": margin_arcsec,
                "default_radius_arcsec": default_radius_arcsec,
                "bands": bands,
                "flux_kinds": flux_kinds,
                "object_id_column": object_id_column,
                "ra_column": ra_column,
                "dec_column": dec_column,
                "reference_band": reference_band,
                "detection_snr": detection_snr,
                "fluxes": fluxes,
                "columns": columns,
                "default_columns": default_columns,
                "groups": groups,
                "fingerprint": fingerprint,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.catalog_details_fluxes import CatalogDetailsFluxes  # noqa: PLC0415
        from ..models.catalog_details_groups import CatalogDetailsGroups  # noqa: PLC0415
        from ..models.column_description import ColumnDescription  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        title = d.pop("title")

        description = d.pop("description")

        release = d.pop("release")

        ready = d.pop("ready")

        def _parse_n_rows(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        n_rows = _parse_n_rows(d.pop("n_rows"))

        def _parse_margin_arcsec(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        margin_arcsec = _parse_margin_arcsec(d.pop("margin_arcsec"))

        default_radius_arcsec = d.pop("default_radius_arcsec")

        bands = cast(list[str], d.pop("bands"))

        flux_kinds = cast(list[str], d.pop("flux_kinds"))

        object_id_column = d.pop("object_id_column")

        ra_column = d.pop("ra_column")

        dec_column = d.pop("dec_column")

        def _parse_reference_band(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        reference_band = _parse_reference_band(d.pop("reference_band"))

        detection_snr = d.pop("detection_snr")

        fluxes = CatalogDetailsFluxes.from_dict(d.pop("fluxes"))

        columns = []
        _columns = d.pop("columns")
        for columns_item_data in _columns:
            columns_item = ColumnDescription.from_dict(columns_item_data)

            columns.append(columns_item)

        default_columns = cast(list[str], d.pop("default_columns"))

        groups = CatalogDetailsGroups.from_dict(d.pop("groups"))

        fingerprint = d.pop("fingerprint")

        additional_properties = d
        return cls(
            id=id,
            title=title,
            description=description,
            release=release,
            ready=ready,
            n_rows=n_rows,
            margin_arcsec=margin_arcsec,
            default_radius_arcsec=default_radius_arcsec,
            bands=bands,
            flux_kinds=flux_kinds,
            object_id_column=object_id_column,
            ra_column=ra_column,
            dec_column=dec_column,
            reference_band=reference_band,
            detection_snr=detection_snr,
            fluxes=fluxes,
            columns=columns,
            default_columns=default_columns,
            groups=groups,
            fingerprint=fingerprint,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
