from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.band_numbers import BandNumbers
    from ..models.catalog_details_extinctions import CatalogDetailsExtinctions
    from ..models.catalog_details_fields import CatalogDetailsFields
    from ..models.catalog_details_fluxes import CatalogDetailsFluxes
    from ..models.catalog_details_groups import CatalogDetailsGroups
    from ..models.citation import Citation
    from ..models.column_description import ColumnDescription


T = TypeVar("T", bound="CatalogDetails")


@_attrs_define(frozen=True)
class CatalogDetails:
    """One object catalog with its columns.

    Example:
        {'bands': ['u', 'g', 'r', 'i', 'z', 'y'], 'citations': [{'text': 'The mock sky of the PZ Training Set Maker'}],
            'default_radius_arcsec': 0.75, 'description': 'Three deep fields of an invented sky.', 'flux_kinds': ['gaap1p0',
            'cModel', 'psf'], 'id': 'mock.object', 'margin_arcsec': 5.0, 'n_rows': 300000, 'ready': True, 'release': 'mock',
            'release_date': '2025-06-30', 'series': 'mock.object', 'title': 'Mock Object catalog'}

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
        release_date (datetime.date | None):
        series (None | str): Name that its releases share.
        citations (list[Citation]): What its users are asked to cite.
        object_id_column (str):
        ra_column (str):
        dec_column (str):
        reference_band (None | str): Band that decides which of several objects is the brightest.
        detection_snr (float): Signal-to-noise ratio from which a band counts as detected.
        fluxes (CatalogDetailsFluxes): Column names by flux kind; `{band}` stands for each band.
        columns (list[ColumnDescription]): Every column, with unit, UCD and description.
        default_columns (list[str]): Columns of every result besides id, coordinates and fluxes.
        groups (CatalogDetailsGroups): Named lists of columns that `columns` of a recipe can name.
        ebv_column (None | str): Column with E(B-V) in magnitudes, which `dereddening` needs.
        is_dereddened (bool): Whether fluxes are corrected for dust already, and stay so.
        extinctions (CatalogDetailsExtinctions): Coefficients by each name that `dereddening` takes here.
        zero_points (BandNumbers | None): Offsets that `zero_points` takes off magnitudes.
        magnitude_limits (BandNumbers | None): 5-sigma depths of the release.
        fields (CatalogDetailsFields): Named fields, which `split_by=field` keeps whole.
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
    release_date: datetime.date | None
    series: None | str
    citations: list[Citation]
    object_id_column: str
    ra_column: str
    dec_column: str
    reference_band: None | str
    detection_snr: float
    fluxes: CatalogDetailsFluxes
    columns: list[ColumnDescription]
    default_columns: list[str]
    groups: CatalogDetailsGroups
    ebv_column: None | str
    is_dereddened: bool
    extinctions: CatalogDetailsExtinctions
    zero_points: BandNumbers | None
    magnitude_limits: BandNumbers | None
    fields: CatalogDetailsFields
    fingerprint: str
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        from ..models.band_numbers import BandNumbers  # noqa: PLC0415

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

        release_date: None | str
        if isinstance(self.release_date, datetime.date):
            release_date = self.release_date.isoformat()
        else:
            release_date = self.release_date

        series: None | str
        series = self.series

        citations = []
        for citations_item_data in self.citations:
            citations_item = citations_item_data.to_dict()
            citations.append(citations_item)

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

        ebv_column: None | str
        ebv_column = self.ebv_column

        is_dereddened = self.is_dereddened

        extinctions = self.extinctions.to_dict()

        zero_points: dict[str, Any] | None
        if isinstance(self.zero_points, BandNumbers):
            zero_points = self.zero_points.to_dict()
        else:
            zero_points = self.zero_points

        magnitude_limits: dict[str, Any] | None
        if isinstance(self.magnitude_limits, BandNumbers):
            magnitude_limits = self.magnitude_limits.to_dict()
        else:
            magnitude_limits = self.magnitude_limits

        fields = self.fields.to_dict()

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
                "release_date": release_date,
                "series": series,
                "citations": citations,
                "object_id_column": object_id_column,
                "ra_column": ra_column,
                "dec_column": dec_column,
                "reference_band": reference_band,
                "detection_snr": detection_snr,
                "fluxes": fluxes,
                "columns": columns,
                "default_columns": default_columns,
                "groups": groups,
                "ebv_column": ebv_column,
                "is_dereddened": is_dereddened,
                "extinctions": extinctions,
                "zero_points": zero_points,
                "magnitude_limits": magnitude_limits,
                "fields": fields,
                "fingerprint": fingerprint,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.band_numbers import BandNumbers  # noqa: PLC0415
        from ..models.catalog_details_extinctions import CatalogDetailsExtinctions  # noqa: PLC0415
        from ..models.catalog_details_fields import CatalogDetailsFields  # noqa: PLC0415
        from ..models.catalog_details_fluxes import CatalogDetailsFluxes  # noqa: PLC0415
        from ..models.catalog_details_groups import CatalogDetailsGroups  # noqa: PLC0415
        from ..models.citation import Citation  # noqa: PLC0415
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

        def _parse_release_date(data: object) -> datetime.date | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                release_date_type_0 = datetime.date.fromisoformat(data)

                return release_date_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.date | None, data)

        release_date = _parse_release_date(d.pop("release_date"))

        def _parse_series(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        series = _parse_series(d.pop("series"))

        citations = []
        _citations = d.pop("citations")
        for citations_item_data in _citations:
            citations_item = Citation.from_dict(citations_item_data)

            citations.append(citations_item)

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

        def _parse_ebv_column(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        ebv_column = _parse_ebv_column(d.pop("ebv_column"))

        is_dereddened = d.pop("is_dereddened")

        extinctions = CatalogDetailsExtinctions.from_dict(d.pop("extinctions"))

        def _parse_zero_points(data: object) -> BandNumbers | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                zero_points_type_0 = BandNumbers.from_dict(data)

                return zero_points_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(BandNumbers | None, data)

        zero_points = _parse_zero_points(d.pop("zero_points"))

        def _parse_magnitude_limits(data: object) -> BandNumbers | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                magnitude_limits_type_0 = BandNumbers.from_dict(data)

                return magnitude_limits_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(BandNumbers | None, data)

        magnitude_limits = _parse_magnitude_limits(d.pop("magnitude_limits"))

        fields = CatalogDetailsFields.from_dict(d.pop("fields"))

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
            release_date=release_date,
            series=series,
            citations=citations,
            object_id_column=object_id_column,
            ra_column=ra_column,
            dec_column=dec_column,
            reference_band=reference_band,
            detection_snr=detection_snr,
            fluxes=fluxes,
            columns=columns,
            default_columns=default_columns,
            groups=groups,
            ebv_column=ebv_column,
            is_dereddened=is_dereddened,
            extinctions=extinctions,
            zero_points=zero_points,
            magnitude_limits=magnitude_limits,
            fields=fields,
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
