from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.extinction import Extinction


T = TypeVar("T", bound="CatalogDetailsExtinctions")


@_attrs_define(frozen=True)
class CatalogDetailsExtinctions:
    """Coefficients by each name that `dereddening` takes here."""

    additional_properties: dict[str, Extinction] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:

        field_dict: dict[str, Any] = {}
        for prop_name, prop in self.additional_properties.items():
            field_dict[prop_name] = prop.to_dict()

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.extinction import Extinction  # noqa: PLC0415

        d = dict(src_dict)

        additional_properties = {}
        for prop_name, prop_dict in d.items():
            additional_property = Extinction.from_dict(prop_dict)

            additional_properties[prop_name] = additional_property

        return cls(
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Extinction:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
