from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

T = TypeVar("T", bound="SurveyRulesUsed")


@_attrs_define(frozen=True)
class SurveyRulesUsed:
    """Rules that turned the flags of a survey into the common scale.

    Attributes:
        survey (str):
        version (int):
        source (str):
        release (None | str | Unset):
        is_given (bool | Unset):  Default: False.
    """

    survey: str
    version: int
    source: str
    release: None | str | Unset = UNSET
    is_given: bool | Unset = False
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        survey = self.survey

        version = self.version

        source = self.source

        release: None | str | Unset
        if isinstance(self.release, Unset):
            release = UNSET
        else:
            release = self.release

        is_given = self.is_given

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "survey": survey,
                "version": version,
                "source": source,
            }
        )
        if release is not UNSET:
            field_dict["release"] = release
        if is_given is not UNSET:
            field_dict["is_given"] = is_given

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = dict(src_dict)
        survey = d.pop("survey")

        version = d.pop("version")

        source = d.pop("source")

        def _parse_release(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        release = _parse_release(d.pop("release", UNSET))

        is_given = d.pop("is_given", UNSET)

        additional_properties = d
        return cls(
            survey=survey,
            version=version,
            source=source,
            release=release,
            is_given=is_given,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
