from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.column_type import ColumnType, check_column_type
from ..types import UNSET, Unset

T = TypeVar("T", bound="ColumnDescription")


@_attrs_define(frozen=True)
class ColumnDescription:
    """Metadata of one column, in the field's own vocabulary (VOUnits, UCD1+).

    Attributes:
        name (str):
        datatype (ColumnType): Types that every format here can hold without loss.
        unit (None | str | Unset):
        ucd (None | str | Unset):
        description (None | str | Unset):
    """

    name: str
    datatype: ColumnType
    unit: None | str | Unset = UNSET
    ucd: None | str | Unset = UNSET
    description: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        name = self.name

        datatype: str = self.datatype

        unit: None | str | Unset
        if isinstance(self.unit, Unset):
            unit = UNSET
        else:
            unit = self.unit

        ucd: None | str | Unset
        if isinstance(self.ucd, Unset):
            ucd = UNSET
        else:
            ucd = self.ucd

        description: None | str | Unset
        if isinstance(self.description, Unset):
            description = UNSET
        else:
            description = self.description

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "datatype": datatype,
            }
        )
        if unit is not UNSET:
            field_dict["unit"] = unit
        if ucd is not UNSET:
            field_dict["ucd"] = ucd
        if description is not UNSET:
            field_dict["description"] = description

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        name = d.pop("name")

        datatype = check_column_type(d.pop("datatype"))

        def _parse_unit(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        unit = _parse_unit(d.pop("unit", UNSET))

        def _parse_ucd(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ucd = _parse_ucd(d.pop("ucd", UNSET))

        def _parse_description(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        description = _parse_description(d.pop("description", UNSET))

        additional_properties = d
        return cls(
            name=name,
            datatype=datatype,
            unit=unit,
            ucd=ucd,
            description=description,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
