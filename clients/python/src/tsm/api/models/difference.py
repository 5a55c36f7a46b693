from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="Difference")


@_attrs_define(frozen=True)
class Difference:
    """One thing that is not as it was.

    Attributes:
        what (str):
        name (str):
        recorded (str):
        found (str):
    """

    what: str
    name: str
    recorded: str
    found: str
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        what = self.what

        name = self.name

        recorded = self.recorded

        found = self.found

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "what": what,
                "name": name,
                "recorded": recorded,
                "found": found,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        what = d.pop("what")

        name = d.pop("name")

        recorded = d.pop("recorded")

        found = d.pop("found")

        additional_properties = d
        return cls(
            what=what,
            name=name,
            recorded=recorded,
            found=found,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
