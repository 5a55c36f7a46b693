from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.example import Example


T = TypeVar("T", bound="ColumnDifference")


@_attrs_define(frozen=True)
class ColumnDifference:
    """A column of which values differ.

    Attributes:
        column (str):
        rows (int):
        examples (list[Example] | Unset):
    """

    column: str
    rows: int
    examples: list[Example] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        column = self.column

        rows = self.rows

        examples: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.examples, Unset):
            examples = []
            for examples_item_data in self.examples:
                examples_item = examples_item_data.to_dict()
                examples.append(examples_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "column": column,
                "rows": rows,
            }
        )
        if examples is not UNSET:
            field_dict["examples"] = examples

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.example import Example  # noqa: PLC0415

        d = dict(src_dict)
        column = d.pop("column")

        rows = d.pop("rows")

        _examples = d.pop("examples", UNSET)
        examples: list[Example] | Unset = UNSET
        if _examples is not UNSET:
            examples = []
            for examples_item_data in _examples:
                examples_item = Example.from_dict(examples_item_data)

                examples.append(examples_item)

        additional_properties = d
        return cls(
            column=column,
            rows=rows,
            examples=examples,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
