from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.column_difference import ColumnDifference


T = TypeVar("T", bound="RowDifferences")


@_attrs_define(frozen=True)
class RowDifferences:
    """How the rows of two sets differ; sides are the recorded one and the one that was found.

    Attributes:
        only_recorded (int):
        only_found (int):
        keys_only_recorded (list[str] | Unset):
        keys_only_found (list[str] | Unset):
        columns_only_recorded (list[str] | Unset):
        columns_only_found (list[str] | Unset):
        columns (list[ColumnDifference] | Unset):
    """

    only_recorded: int
    only_found: int
    keys_only_recorded: list[str] | Unset = UNSET
    keys_only_found: list[str] | Unset = UNSET
    columns_only_recorded: list[str] | Unset = UNSET
    columns_only_found: list[str] | Unset = UNSET
    columns: list[ColumnDifference] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        only_recorded = self.only_recorded

        only_found = self.only_found

        keys_only_recorded: list[str] | Unset = UNSET
        if not isinstance(self.keys_only_recorded, Unset):
            keys_only_recorded = self.keys_only_recorded

        keys_only_found: list[str] | Unset = UNSET
        if not isinstance(self.keys_only_found, Unset):
            keys_only_found = self.keys_only_found

        columns_only_recorded: list[str] | Unset = UNSET
        if not isinstance(self.columns_only_recorded, Unset):
            columns_only_recorded = self.columns_only_recorded

        columns_only_found: list[str] | Unset = UNSET
        if not isinstance(self.columns_only_found, Unset):
            columns_only_found = self.columns_only_found

        columns: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.columns, Unset):
            columns = []
            for columns_item_data in self.columns:
                columns_item = columns_item_data.to_dict()
                columns.append(columns_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "only_recorded": only_recorded,
                "only_found": only_found,
            }
        )
        if keys_only_recorded is not UNSET:
            field_dict["keys_only_recorded"] = keys_only_recorded
        if keys_only_found is not UNSET:
            field_dict["keys_only_found"] = keys_only_found
        if columns_only_recorded is not UNSET:
            field_dict["columns_only_recorded"] = columns_only_recorded
        if columns_only_found is not UNSET:
            field_dict["columns_only_found"] = columns_only_found
        if columns is not UNSET:
            field_dict["columns"] = columns

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.column_difference import ColumnDifference  # noqa: PLC0415

        d = dict(src_dict)
        only_recorded = d.pop("only_recorded")

        only_found = d.pop("only_found")

        keys_only_recorded = cast(list[str], d.pop("keys_only_recorded", UNSET))

        keys_only_found = cast(list[str], d.pop("keys_only_found", UNSET))

        columns_only_recorded = cast(list[str], d.pop("columns_only_recorded", UNSET))

        columns_only_found = cast(list[str], d.pop("columns_only_found", UNSET))

        _columns = d.pop("columns", UNSET)
        columns: list[ColumnDifference] | Unset = UNSET
        if _columns is not UNSET:
            columns = []
            for columns_item_data in _columns:
                columns_item = ColumnDifference.from_dict(columns_item_data)

                columns.append(columns_item)

        additional_properties = d
        return cls(
            only_recorded=only_recorded,
            only_found=only_found,
            keys_only_recorded=keys_only_recorded,
            keys_only_found=keys_only_found,
            columns_only_recorded=columns_only_recorded,
            columns_only_found=columns_only_found,
            columns=columns,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
