from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="CappedCell")


@_attrs_define(frozen=True)
class CappedCell:
    """A cell that had more rows than the cap.

    Attributes:
        survey (str):
        magnitude (float | None):
        redshift (float | None):
        rows_in (int):
        rows_out (int):
        subset (None | str | Unset):
    """

    survey: str
    magnitude: float | None
    redshift: float | None
    rows_in: int
    rows_out: int
    subset: None | str | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        survey = self.survey

        magnitude: float | None
        magnitude = self.magnitude

        redshift: float | None
        redshift = self.redshift

        rows_in = self.rows_in

        rows_out = self.rows_out

        subset: None | str | Unset
        if isinstance(self.subset, Unset):
            subset = UNSET
        else:
            subset = self.subset

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "survey": survey,
                "magnitude": magnitude,
                "redshift": redshift,
                "rows_in": rows_in,
                "rows_out": rows_out,
            }
        )
        if subset is not UNSET:
            field_dict["subset"] = subset

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        survey = d.pop("survey")

        def _parse_magnitude(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        magnitude = _parse_magnitude(d.pop("magnitude"))

        def _parse_redshift(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        redshift = _parse_redshift(d.pop("redshift"))

        rows_in = d.pop("rows_in")

        rows_out = d.pop("rows_out")

        def _parse_subset(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        subset = _parse_subset(d.pop("subset", UNSET))

        additional_properties = d
        return cls(
            survey=survey,
            magnitude=magnitude,
            redshift=redshift,
            rows_in=rows_in,
            rows_out=rows_out,
            subset=subset,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
