from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.product_access import ProductAccess


T = TypeVar("T", bound="RegisteredProduct")


@_attrs_define(frozen=True)
class RegisteredProduct:
    """The product on the PZ Server.

    Attributes:
        id (int):
        internal_name (str):
        display_name (str):
        url (str):
        access (ProductAccess): How to get at a product; each line can be run as it is, with a token of the PZ Server in
            `PZ_TOKEN`.
    """

    id: int
    internal_name: str
    display_name: str
    url: str
    access: ProductAccess
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        internal_name = self.internal_name

        display_name = self.display_name

        url = self.url

        access = self.access.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "internal_name": internal_name,
                "display_name": display_name,
                "url": url,
                "access": access,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.product_access import ProductAccess  # noqa: PLC0415

        d = dict(src_dict)
        id = d.pop("id")

        internal_name = d.pop("internal_name")

        display_name = d.pop("display_name")

        url = d.pop("url")

        access = ProductAccess.from_dict(d.pop("access"))

        additional_properties = d
        return cls(
            id=id,
            internal_name=internal_name,
            display_name=display_name,
            url=url,
            access=access,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
