from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ProductAccess")


@_attrs_define(frozen=True)
class ProductAccess:
    """How to get at a product; each line can be run as it is, with a token of the PZ Server in `PZ_TOKEN`.

    Attributes:
        python (str):
        curl (str):
        web_page (str):
    """

    python: str
    curl: str
    web_page: str
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        python = self.python

        curl = self.curl

        web_page = self.web_page

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "python": python,
                "curl": curl,
                "web_page": web_page,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        python = d.pop("python")

        curl = d.pop("curl")

        web_page = d.pop("web_page")

        additional_properties = d
        return cls(
            python=python,
            curl=curl,
            web_page=web_page,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
