from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.input_used_roles import InputUsedRoles


T = TypeVar("T", bound="InputUsed")


@_attrs_define(frozen=True)
class InputUsed:
    """A table of redshifts that went in.

    Attributes:
        source (str):
        name (str):
        sha256 (str):
        size (int):
        rows (int):
        table_format (None | str | Unset):
        roles (InputUsedRoles | Unset):
    """

    source: str
    name: str
    sha256: str
    size: int
    rows: int
    table_format: None | str | Unset = UNSET
    roles: InputUsedRoles | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        source = self.source

        name = self.name

        sha256 = self.sha256

        size = self.size

        rows = self.rows

        table_format: None | str | Unset
        if isinstance(self.table_format, Unset):
            table_format = UNSET
        else:
            table_format = self.table_format

        roles: dict[str, Any] | Unset = UNSET
        if not isinstance(self.roles, Unset):
            roles = self.roles.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "name": name,
                "sha256": sha256,
                "size": size,
                "rows": rows,
            }
        )
        if table_format is not UNSET:
            field_dict["table_format"] = table_format
        if roles is not UNSET:
            field_dict["roles"] = roles

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.input_used_roles import InputUsedRoles  # noqa: PLC0415

        d = dict(src_dict)
        source = d.pop("source")

        name = d.pop("name")

        sha256 = d.pop("sha256")

        size = d.pop("size")

        rows = d.pop("rows")

        def _parse_table_format(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        table_format = _parse_table_format(d.pop("table_format", UNSET))

        _roles = d.pop("roles", UNSET)
        roles: InputUsedRoles | Unset
        if isinstance(_roles, Unset):
            roles = UNSET
        else:
            roles = InputUsedRoles.from_dict(_roles)

        additional_properties = d
        return cls(
            source=source,
            name=name,
            sha256=sha256,
            size=size,
            rows=rows,
            table_format=table_format,
            roles=roles,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
