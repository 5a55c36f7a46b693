from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

T = TypeVar("T", bound="RegistrationRequest")


@_attrs_define(frozen=True)
class RegistrationRequest:
    """What is to be told of the product.

    Example:
        {'description': 'Bright sample.', 'display_name': 'DP1 x zCOSMOS', 'release': 'DP1'}

    Attributes:
        display_name (str | Unset): The id of the job is added, by which it is found. Default: 'TSM'.
        description (str | Unset): How it was made is added. Default: ''.
        release (None | str | Unset): Who sees this release sees the product.
        share_private (bool | Unset): Agree that private redshifts become visible to all who see the product. Default:
            False.
    """

    display_name: str | Unset = "TSM"
    description: str | Unset = ""
    release: None | str | Unset = UNSET
    share_private: bool | Unset = False

    def to_dict(self) -> dict[str, Any]:
        display_name = self.display_name

        description = self.description

        release: None | str | Unset
        if isinstance(self.release, Unset):
            release = UNSET
        else:
            release = self.release

        share_private = self.share_private

        field_dict: dict[str, Any] = {}

        field_dict.update({})
        if display_name is not UNSET:
            field_dict["display_name"] = display_name
        if description is not UNSET:
            field_dict["description"] = description
        if release is not UNSET:
            field_dict["release"] = release
        if share_private is not UNSET:
            field_dict["share_private"] = share_private

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        display_name = d.pop("display_name", UNSET)

        description = d.pop("description", UNSET)

        def _parse_release(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        release = _parse_release(d.pop("release", UNSET))

        share_private = d.pop("share_private", UNSET)

        return cls(
            display_name=display_name,
            description=description,
            release=release,
            share_private=share_private,
        )
