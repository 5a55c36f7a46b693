from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="ShareDocument")


@_attrs_define(frozen=True)
class ShareDocument:
    """One reader of a job besides its owner.

    Example:
        {'creation_time': '2026-11-22T14:03:11.120000Z', 'reader': 'group:g_photoz'}

    Attributes:
        reader (str): `group:NAME`, or `everyone` for all users who hold the data rights of the result.
        creation_time (datetime.datetime):
    """

    reader: str
    creation_time: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        reader = self.reader

        creation_time = self.creation_time.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "reader": reader,
                "creation_time": creation_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reader = d.pop("reader")

        creation_time = datetime.datetime.fromisoformat(d.pop("creation_time"))

        additional_properties = d
        return cls(
            reader=reader,
            creation_time=creation_time,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
