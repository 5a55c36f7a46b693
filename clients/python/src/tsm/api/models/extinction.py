from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define

if TYPE_CHECKING:
    from ..models.extinction_coefficients import ExtinctionCoefficients


T = TypeVar("T", bound="Extinction")


@_attrs_define(frozen=True)
class Extinction:
    """Coefficients A(band)/E(B-V) of dust in the Milky Way.

    Attributes:
        coefficients (ExtinctionCoefficients):
        source (str):
    """

    coefficients: ExtinctionCoefficients
    source: str

    def to_dict(self) -> dict[str, Any]:
        coefficients = self.coefficients.to_dict()

        source = self.source

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "coefficients": coefficients,
                "source": source,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.extinction_coefficients import ExtinctionCoefficients  # noqa: PLC0415

        d = dict(src_dict)
        coefficients = ExtinctionCoefficients.from_dict(d.pop("coefficients"))

        source = d.pop("source")

        return cls(
            coefficients=coefficients,
            source=source,
        )
