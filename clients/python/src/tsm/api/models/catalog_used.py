from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="CatalogUsed")


@_attrs_define(frozen=True)
class CatalogUsed:
    """An object catalog that was matched against.

    Attributes:
        id (str):
        release (str):
        path (str):
        fingerprint (str):
        rows (int):
        margin_arcsec (float | None):
    """

    id: str
    release: str
    path: str
    fingerprint: str
    rows: int
    margin_arcsec: float | None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        release = self.release

        path = self.path

        fingerprint = self.fingerprint

        rows = self.rows

        margin_arcsec: float | None
        margin_arcsec = self.margin_arcsec

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "release": release,
                "path": path,
                "fingerprint": fingerprint,
                "rows": rows,
                "margin_arcsec": margin_arcsec,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        release = d.pop("release")

        path = d.pop("path")

        fingerprint = d.pop("fingerprint")

        rows = d.pop("rows")

        def _parse_margin_arcsec(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        margin_arcsec = _parse_margin_arcsec(d.pop("margin_arcsec"))

        additional_properties = d
        return cls(
            id=id,
            release=release,
            path=path,
            fingerprint=fingerprint,
            rows=rows,
            margin_arcsec=margin_arcsec,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
