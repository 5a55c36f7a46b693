from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.combine_input_roles import CombineInputRoles


T = TypeVar("T", bound="CombineInput")


@_attrs_define(frozen=True)
class CombineInput:
    """One table of redshifts that goes into a compilation.

    Attributes:
        source (str): `upload:ID`, `job:ID`, `catalog:ID`, `compilation:NAME[@VERSION]`, `pz:ID` or the name of an
            inline upload
        survey (None | str | Unset): Survey of all rows, where no column tells it. Without either it is recognized by
            its columns.
        roles (CombineInputRoles | Unset): Columns by meaning.
    """

    source: str
    survey: None | str | Unset = UNSET
    roles: CombineInputRoles | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        source = self.source

        survey: None | str | Unset
        if isinstance(self.survey, Unset):
            survey = UNSET
        else:
            survey = self.survey

        roles: dict[str, Any] | Unset = UNSET
        if not isinstance(self.roles, Unset):
            roles = self.roles.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "source": source,
            }
        )
        if survey is not UNSET:
            field_dict["survey"] = survey
        if roles is not UNSET:
            field_dict["roles"] = roles

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.combine_input_roles import CombineInputRoles  # noqa: PLC0415

        d = dict(src_dict)
        source = d.pop("source")

        def _parse_survey(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        survey = _parse_survey(d.pop("survey", UNSET))

        _roles = d.pop("roles", UNSET)
        roles: CombineInputRoles | Unset
        if isinstance(_roles, Unset):
            roles = UNSET
        else:
            roles = CombineInputRoles.from_dict(_roles)

        return cls(
            source=source,
            survey=survey,
            roles=roles,
        )
