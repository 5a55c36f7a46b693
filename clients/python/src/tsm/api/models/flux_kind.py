from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="FluxKind")


@_attrs_define(frozen=True)
class FluxKind:
    """One way of measuring flux; ``{band}`` in a name stands for each band.

    Attributes:
        flux (str):
        error (str):
        flags (list[str] | Unset):
        unit (str | Unset):  Default: 'nJy'.
    """

    flux: str
    error: str
    flags: list[str] | Unset = UNSET
    unit: str | Unset = "nJy"

    def to_dict(self) -> dict[str, Any]:
        flux = self.flux

        error = self.error

        flags: list[str] | Unset = UNSET
        if not isinstance(self.flags, Unset):
            flags = self.flags

        unit = self.unit

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "flux": flux,
                "error": error,
            }
        )
        if flags is not UNSET:
            field_dict["flags"] = flags
        if unit is not UNSET:
            field_dict["unit"] = unit

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        flux = d.pop("flux")

        error = d.pop("error")

        flags = cast(list[str], d.pop("flags", UNSET))

        unit = d.pop("unit", UNSET)

        return cls(
            flux=flux,
            error=error,
            flags=flags,
            unit=unit,
        )
