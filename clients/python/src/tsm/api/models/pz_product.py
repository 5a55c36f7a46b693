from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="PzProduct")


@_attrs_define(frozen=True)
class PzProduct:
    """A product, as the PZ Server tells it.

    Attributes:
        id (int):
        internal_name (str):
        type_ (str): Only a `redshift_catalog` can be matched or combined.
        official (bool): Whether the PZ Server marks it as official.
        owner (None | str): Who registered it.
        creation_time (datetime.datetime):
        change_time (datetime.datetime):
    """

    id: int
    internal_name: str
    type_: str
    official: bool
    owner: None | str
    creation_time: datetime.datetime
    change_time: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        id = self.id

        internal_name = self.internal_name

        type_ = self.type_

        official = self.official

        owner: None | str
        owner = self.owner

        creation_time = self.creation_time.isoformat()

        change_time = self.change_time.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "id": id,
                "internal_name": internal_name,
                "type": type_,
                "official": official,
                "owner": owner,
                "creation_time": creation_time,
                "change_time": change_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        id = d.pop("id")

        internal_name = d.pop("internal_name")

        type_ = d.pop("type")

        official = d.pop("official")

        def _parse_owner(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        owner = _parse_owner(d.pop("owner"))

        creation_time = datetime.datetime.fromisoformat(d.pop("creation_time"))

        change_time = datetime.datetime.fromisoformat(d.pop("change_time"))

        additional_properties = d
        return cls(
            id=id,
            internal_name=internal_name,
            type_=type_,
            official=official,
            owner=owner,
            creation_time=creation_time,
            change_time=change_time,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
