from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..models.dereddening import Dereddening, check_dereddening
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.band_numbers import BandNumbers
    from ..models.extinction import Extinction


T = TypeVar("T", bound="Corrections")


@_attrs_define(frozen=True)
class Corrections:
    """Corrections of magnitudes with their numbers and sources, part of every provenance record.

    Attributes:
        dereddening (Dereddening | Unset): Coefficients A(band)/E(B-V) that magnitudes are corrected with for dust in
            the Milky Way.
        extinction (Extinction | None | Unset):
        ebv_column (None | str | Unset):
        zero_points (BandNumbers | None | Unset):
        is_catalog_dereddened (bool | Unset):  Default: False.
    """

    dereddening: Dereddening | Unset = UNSET
    extinction: Extinction | None | Unset = UNSET
    ebv_column: None | str | Unset = UNSET
    zero_points: BandNumbers | None | Unset = UNSET
    is_catalog_dereddened: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        from ..models.band_numbers import BandNumbers  # noqa: PLC0415
        from ..models.extinction import Extinction  # noqa: PLC0415

        dereddening: str | Unset = UNSET
        if not isinstance(self.dereddening, Unset):
            dereddening = self.dereddening

        extinction: dict[str, Any] | None | Unset
        if isinstance(self.extinction, Unset):
            extinction = UNSET
        elif isinstance(self.extinction, Extinction):
            extinction = self.extinction.to_dict()
        else:
            extinction = self.extinction

        ebv_column: None | str | Unset
        if isinstance(self.ebv_column, Unset):
            ebv_column = UNSET
        else:
            ebv_column = self.ebv_column

        zero_points: dict[str, Any] | None | Unset
        if isinstance(self.zero_points, Unset):
            zero_points = UNSET
        elif isinstance(self.zero_points, BandNumbers):
            zero_points = self.zero_points.to_dict()
        else:
            zero_points = self.zero_points

        is_catalog_dereddened = self.is_catalog_dereddened

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if dereddening is not UNSET:
            field_dict["dereddening"] = dereddening
        if extinction is not UNSET:
            field_dict["extinction"] = extinction
        if ebv_column is not UNSET:
            field_dict["ebv_column"] = ebv_column
        if zero_points is not UNSET:
            field_dict["zero_points"] = zero_points
        if is_catalog_dereddened is not UNSET:
            field_dict["is_catalog_dereddened"] = is_catalog_dereddened

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.band_numbers import BandNumbers  # noqa: PLC0415
        from ..models.extinction import Extinction  # noqa: PLC0415

        d = dict(src_dict)
        _dereddening = d.pop("dereddening", UNSET)
        dereddening: Dereddening | Unset
        if isinstance(_dereddening, Unset):
            dereddening = UNSET
        else:
            dereddening = check_dereddening(_dereddening)

        def _parse_extinction(data: object) -> Extinction | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                extinction_type_0 = Extinction.from_dict(data)

                return extinction_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Extinction | None | Unset, data)

        extinction = _parse_extinction(d.pop("extinction", UNSET))

        def _parse_ebv_column(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        ebv_column = _parse_ebv_column(d.pop("ebv_column", UNSET))

        def _parse_zero_points(data: object) -> BandNumbers | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                zero_points_type_0 = BandNumbers.from_dict(data)

                return zero_points_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(BandNumbers | None | Unset, data)

        zero_points = _parse_zero_points(d.pop("zero_points", UNSET))

        is_catalog_dereddened = d.pop("is_catalog_dereddened", UNSET)

        return cls(
            dereddening=dereddening,
            extinction=extinction,
            ebv_column=ebv_column,
            zero_points=zero_points,
            is_catalog_dereddened=is_catalog_dereddened,
        )
