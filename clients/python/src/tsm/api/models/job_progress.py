from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

T = TypeVar("T", bound="JobProgress")


@_attrs_define(frozen=True)
class JobProgress:
    """How far an executing job has come.

    Attributes:
        stage (str):
        done (int | None): Units of work finished in this stage.
        total (int | None):
        unit (str): What is counted by `done` and `total`.
        rows (int | None): Rows found so far.
    """

    stage: str
    done: int | None
    total: int | None
    unit: str
    rows: int | None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        stage = self.stage

        done: int | None
        done = self.done

        total: int | None
        total = self.total

        unit = self.unit

        rows: int | None
        rows = self.rows

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "stage": stage,
                "done": done,
                "total": total,
                "unit": unit,
                "rows": rows,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        stage = d.pop("stage")

        def _parse_done(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        done = _parse_done(d.pop("done"))

        def _parse_total(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        total = _parse_total(d.pop("total"))

        unit = d.pop("unit")

        def _parse_rows(data: object) -> int | None:
            if data is None:
                return data
            return cast(int | None, data)

        rows = _parse_rows(d.pop("rows"))

        additional_properties = d
        return cls(
            stage=stage,
            done=done,
            total=total,
            unit=unit,
            rows=rows,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
