from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="JobChange")


@_attrs_define(frozen=True)
class JobChange:
    """What to change; fields left out stay as they are.

    Example:
        {'destruction': '2027-01-31T00:00:00Z'}

    Attributes:
        run_id (None | str | Unset): While the job is PENDING.
        execution_duration (int | None | Unset): Seconds.
        destruction (datetime.datetime | None | Unset):
    """

    run_id: None | str | Unset = UNSET
    execution_duration: int | None | Unset = UNSET
    destruction: datetime.datetime | None | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        run_id: None | str | Unset
        if isinstance(self.run_id, Unset):
            run_id = UNSET
        else:
            run_id = self.run_id

        execution_duration: int | None | Unset
        if isinstance(self.execution_duration, Unset):
            execution_duration = UNSET
        else:
            execution_duration = self.execution_duration

        destruction: None | str | Unset
        if isinstance(self.destruction, Unset):
            destruction = UNSET
        elif isinstance(self.destruction, datetime.datetime):
            destruction = self.destruction.isoformat()
        else:
            destruction = self.destruction

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if run_id is not UNSET:
            field_dict["run_id"] = run_id
        if execution_duration is not UNSET:
            field_dict["execution_duration"] = execution_duration
        if destruction is not UNSET:
            field_dict["destruction"] = destruction

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)

        def _parse_run_id(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        run_id = _parse_run_id(d.pop("run_id", UNSET))

        def _parse_execution_duration(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        execution_duration = _parse_execution_duration(d.pop("execution_duration", UNSET))

        def _parse_destruction(data: object) -> datetime.datetime | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, str):
                    raise TypeError()
                destruction_type_0 = datetime.datetime.fromisoformat(data)

                return destruction_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(datetime.datetime | None | Unset, data)

        destruction = _parse_destruction(d.pop("destruction", UNSET))

        return cls(
            run_id=run_id,
            execution_duration=execution_duration,
            destruction=destruction,
        )
