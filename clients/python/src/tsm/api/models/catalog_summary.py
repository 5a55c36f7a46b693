from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.citation import Citation


T = TypeVar("T", bound="CatalogSummary")


@_attrs_define(frozen=True)
class CatalogSummary:
    """One object catalog in a few lines.

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
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.citation import Citation  # noqa: PLC0415

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
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
