from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="ShareCreation")


@_attrs_define(frozen=True)
class ShareCreation:
    """Who shall read a job.

    Example:
        {'reader': 'group:g_photoz'}

    Attributes:
        reader (str): `group:NAME`, or `everyone` for all users who hold the data rights of the result.
    """

    reader: str

    def to_dict(self) -> dict[str, Any]:
        reader = self.reader

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "reader": reader,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        reader = d.pop("reader")

        return cls(
            reader=reader,
        )
