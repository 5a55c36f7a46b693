from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.registration_state import RegistrationState, check_registration_state

if TYPE_CHECKING:
    from ..models.registered_product import RegisteredProduct


T = TypeVar("T", bound="RegistrationDocument")


@_attrs_define(frozen=True)
class RegistrationDocument:
    """How far a registration is, and what came of it.

    Example:
        {'change_time': '2026-11-22T14:05:11.120000Z', 'display_name': 'DP1 x zCOSMOS [job n3v9x2q7w5k8]', 'job_id':
            'n3v9x2q7w5k8', 'product': {'access': {'curl': 'curl -fsS ...', 'python': 'from pzserver import PzServer; ...',
            'web_page': 'https://pzserver.linea.org.br/product/57_dp1_x_zcosmos_job_n3v9x2q7w5k8'}, 'display_name': 'DP1 x
            zCOSMOS [job n3v9x2q7w5k8]', 'id': 57, 'internal_name': '57_dp1_x_zcosmos_job_n3v9x2q7w5k8', 'url':
            'https://pzserver.linea.org.br/api/products/57/'}, 'state': 'REGISTERED'}

    Attributes:
        job_id (str):
        state (RegistrationState): How far a registration is.
        display_name (str): It stays the same however often it is asked for.
        product (None | RegisteredProduct):
        error (None | str): Why it failed; the result of the job is untouched, and it can be repeated.
        change_time (datetime.datetime):
    """

    job_id: str
    state: RegistrationState
    display_name: str
    product: None | RegisteredProduct
    error: None | str
    change_time: datetime.datetime
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        from ..models.registered_product import RegisteredProduct  # noqa: PLC0415

        job_id = self.job_id

        state: str = self.state

        display_name = self.display_name

        product: dict[str, Any] | None
        if isinstance(self.product, RegisteredProduct):
            product = self.product.to_dict()
        else:
            product = self.product

        error: None | str
        error = self.error

        change_time = self.change_time.isoformat()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "job_id": job_id,
                "state": state,
                "display_name": display_name,
                "product": product,
                "error": error,
                "change_time": change_time,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.registered_product import RegisteredProduct  # noqa: PLC0415

        d = dict(src_dict)
        job_id = d.pop("job_id")

        state = check_registration_state(d.pop("state"))

        display_name = d.pop("display_name")

        def _parse_product(data: object) -> None | RegisteredProduct:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                product_type_0 = RegisteredProduct.from_dict(data)

                return product_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | RegisteredProduct, data)

        product = _parse_product(d.pop("product"))

        def _parse_error(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        error = _parse_error(d.pop("error"))

        change_time = datetime.datetime.fromisoformat(d.pop("change_time"))

        additional_properties = d
        return cls(
            job_id=job_id,
            state=state,
            display_name=display_name,
            product=product,
            error=error,
            change_time=change_time,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
