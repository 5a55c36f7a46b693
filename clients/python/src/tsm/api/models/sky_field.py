from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define

T = TypeVar("T", bound="SkyField")


@_attrs_define(frozen=True)
class SkyField:
    """A field of a catalog, as a circle.

    Attributes:
        ra (float):
        dec (float):
        radius_deg (float):
    """

    ra: float
    dec: float
    radius_deg: float

    def to_dict(self) -> dict[str, Any]:
        ra = self.ra

        dec = self.dec

        radius_deg = self.radius_deg

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "ra": ra,
                "dec": dec,
                "radius_deg": radius_deg,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        ra = d.pop("ra")

        dec = d.pop("dec")

        radius_deg = d.pop("radius_deg")

        return cls(
            ra=ra,
            dec=dec,
            radius_deg=radius_deg,
        )
