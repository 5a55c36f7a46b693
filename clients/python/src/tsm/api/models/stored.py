from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Stored")


@_attrs_define(frozen=True)
class Stored:
    """What the user keeps now.

    Attributes:
        uploads_bytes (int): Bytes of all uploads.
        results_bytes (int): Bytes of all results.
    """

    uploads_bytes: int
    results_bytes: int
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        uploads_bytes = self.uploads_bytes

        results_bytes = self.results_bytes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "uploads_bytes": uploads_bytes,
                "results_bytes": results_bytes,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        uploads_bytes = d.pop("uploads_bytes")

        results_bytes = d.pop("results_bytes")

        additional_properties = d
        return cls(
            uploads_bytes=uploads_bytes,
            results_bytes=results_bytes,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
