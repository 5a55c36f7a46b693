from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.stage_count_details import StageCountDetails


T = TypeVar("T", bound="StageCount")


@_attrs_define(frozen=True)
class StageCount:
    """What went into a stage of the computation and what came out.

    Attributes:
        stage (str):
        rows_in (int):
        rows_out (int):
        details (StageCountDetails | Unset):
    """

    stage: str
    rows_in: int
    rows_out: int
    details: StageCountDetails | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        stage = self.stage

        rows_in = self.rows_in

        rows_out = self.rows_out

        details: dict[str, Any] | Unset = UNSET
        if not isinstance(self.details, Unset):
            details = self.details.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "stage": stage,
                "rows_in": rows_in,
                "rows_out": rows_out,
            }
        )
        if details is not UNSET:
            field_dict["details"] = details

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.stage_count_details import StageCountDetails  # noqa: PLC0415

        d = dict(src_dict)
        stage = d.pop("stage")

        rows_in = d.pop("rows_in")

        rows_out = d.pop("rows_out")

        _details = d.pop("details", UNSET)
        details: StageCountDetails | Unset
        if isinstance(_details, Unset):
            details = UNSET
        else:
            details = StageCountDetails.from_dict(_details)

        additional_properties = d
        return cls(
            stage=stage,
            rows_in=rows_in,
            rows_out=rows_out,
            details=details,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
