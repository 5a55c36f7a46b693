from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.limits import Limits
    from ..models.me_quota import MeQuota
    from ..models.stored import Stored


T = TypeVar("T", bound="Me")


@_attrs_define(frozen=True)
class Me:
    """The signed-in user.

    Example:
        {'email': 'mlima@example.org', 'limits': {'default_execution_duration': 3600, 'default_lifetime': 2592000,
            'held_requests': 200, 'max_execution_duration': 86400, 'max_lifetime': 31536000, 'max_wait': 30, 'queued_jobs':
            500, 'requests_per_second': 100.0, 'running_jobs': 4, 'stored_results_bytes': 214748364800,
            'stored_uploads_bytes': 21474836480, 'upload_bytes': 2147483648, 'upload_rows': 5000000}, 'quota': {'tap':
            1000}, 'rights': ['dp1'], 'stored': {'results_bytes': 48230411, 'uploads_bytes': 1203840}, 'username': 'mlima'}

    Attributes:
        username (str):
        email (None | str):
        rights (list[str]): Data rights, which open catalogs.
        quota (MeQuota): Requests that the identity provider grants, by its service names.
        limits (Limits): Bounds of this service for one user.
        stored (Stored): What the user keeps now.
    """

    username: str
    email: None | str
    rights: list[str]
    quota: MeQuota
    limits: Limits
    stored: Stored
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        username = self.username

        email: None | str
        email = self.email

        rights = self.rights

        quota = self.quota.to_dict()

        limits = self.limits.to_dict()

        stored = self.stored.to_dict()

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "username": username,
                "email": email,
                "rights": rights,
                "quota": quota,
                "limits": limits,
                "stored": stored,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.limits import Limits  # noqa: PLC0415
        from ..models.me_quota import MeQuota  # noqa: PLC0415
        from ..models.stored import Stored  # noqa: PLC0415

        d = dict(src_dict)
        username = d.pop("username")

        def _parse_email(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        email = _parse_email(d.pop("email"))

        rights = cast(list[str], d.pop("rights"))

        quota = MeQuota.from_dict(d.pop("quota"))

        limits = Limits.from_dict(d.pop("limits"))

        stored = Stored.from_dict(d.pop("stored"))

        additional_properties = d
        return cls(
            username=username,
            email=email,
            rights=rights,
            quota=quota,
            limits=limits,
            stored=stored,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
