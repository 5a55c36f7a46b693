from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.scope import Scope, check_scope

T = TypeVar("T", bound="TokenDocument")


@_attrs_define(frozen=True)
class TokenDocument:
    """One token, without what could be used to sign in.

    Example:
        {'creation_time': '2026-11-22T14:03:11.120000Z', 'expiry_time': '2026-12-22T14:03:11.120000Z', 'groups':
            ['g_users'], 'key': 'Zm9yZXhhbXBsZW9ubHkxMg', 'name': 'nightly matches', 'rights': ['dp1'], 'scopes': ['read',
            'submit']}

    Attributes:
        key (str):
        name (str):
        scopes (list[Scope]):
        rights (list[str]): Data rights that its owner had when it was made, besides those of groups.
        groups (list[str]): Groups of its owner when it was made.
        creation_time (datetime.datetime):
        expiry_time (datetime.datetime):
        last_use_time (datetime.datetime | None): Within an hour; null if it was never used.
    """

    key: str
    name: str
    scopes: list[Scope]
    rights: list[str]
    groups: list[str]
    creation_time: datetime.datetime
    expiry_time: datetime.datetime
    last_use_time: datetime.datetime | None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        key = self.key

        name = self.name

        scopes = []
        for scopes_item_data in self.scopes:
            scopes_item: str = scopes_item_data
            scopes.append(scopes_item)

        rights = self.rights

        groups = self.groups

        creation_time = self.creation_time.isoformat()

        expiry_time = self.expiry_time.isoformat()

        last_use_time: None | str
        if isinstance(self.last_use_time, datetime.datetime):
            last_use_time = self.last_use_time.isoformat()
        else:
            last_use_time = self.last_use_time

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "key": key,
                "name": name,
                "scopes": scopes,
                "rights": rights,
                "groups": groups,
                "creation_time": creation_time,
                "expiry_time": expiry_time,
                "last_use_time": last_use_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        key = d.pop("key")

        name = d.pop("name")

        scopes = []
        _scopes = d.pop("scopes")
        for scopes_item_data in _scopes:
            scopes_item = check_scope(scopes_item_data)

            scopes.append(scopes_item)

        rights = cast(list[str], d.pop("rights"))

        groups = cast(list[str], d.pop("groups"))

        creation_time = datetime.datetime.fromisoformat(d.pop("creation_time"))

        expiry_time = datetime.datetime.fromisoformat(d.pop("expiry_time"))

        def _parse_last_use_time(data: object) -> datetime.datetime | None:
            if data is None:
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                last_use_time_type_0 = datetime.datetime.fromisoformat(data)

                return last_use_time_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None, data)

        last_use_time = _parse_last_use_time(d.pop("last_use_time"))

        additional_properties = d
        return cls(
            key=key,
            name=name,
            scopes=scopes,
            rights=rights,
            groups=groups,
            creation_time=creation_time,
            expiry_time=expiry_time,
            last_use_time=last_use_time,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
