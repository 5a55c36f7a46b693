from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.band_numbers_values import BandNumbersValues


T = TypeVar("T", bound="BandNumbers")


@_attrs_define(frozen=True)
class BandNumbers:
    """A published number for each band.

    Attributes:
        values (BandNumbersValues):
        source (str):
    """

    values: BandNumbersValues
    source: str

    def to_dict(self) -> dict[str, Any]:
        values = self.values.to_dict()

        source = self.source

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "values": values,
                "source": source,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.band_numbers_values import BandNumbersValues  # noqa: PLC0415

        d = dict(src_dict)
        values = BandNumbersValues.from_dict(d.pop("values"))

        source = d.pop("source")

        return cls(
            values=values,
            source=source,
        )
