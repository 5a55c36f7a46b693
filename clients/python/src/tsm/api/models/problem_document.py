from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.problem import Problem


T = TypeVar("T", bound="ProblemDocument")


@_attrs_define(frozen=True)
class ProblemDocument:
    """What went wrong; for a request with several mistakes, all of them.

    Example:
        {'detail': 'RADIUS: 8 arcsec is above the margin of mock.object, 5 arcsec: ask for at most 5', 'problems':
            [{'limit': '5', 'message': '8 arcsec is above the margin of mock.object, 5 arcsec: ask for at most 5',
            'parameter': 'RADIUS', 'value': '8'}], 'status': 422, 'title': 'Unprocessable Content', 'type': 'about:blank'}

    Attributes:
        title (str):
        status (int):
        detail (str): All problems in words.
        type_ (str | Unset):  Default: 'about:blank'.
        problems (list[Problem] | Unset): Each problem with parameter, value and limit.
    """

    title: str
    status: int
    detail: str
    type_: str | Unset = "about:blank"
    problems: list[Problem] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        title = self.title

        status = self.status

        detail = self.detail

        type_ = self.type_

        problems: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.problems, Unset):
            problems = []
            for problems_item_data in self.problems:
                problems_item = problems_item_data.to_dict()
                problems.append(problems_item)

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "title": title,
                "status": status,
                "detail": detail,
            }
        )
        if type_ is not UNSET:
            field_dict["type"] = type_
        if problems is not UNSET:
            field_dict["problems"] = problems

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.problem import Problem  # noqa: PLC0415

        d = dict(src_dict)
        title = d.pop("title")

        status = d.pop("status")

        detail = d.pop("detail")

        type_ = d.pop("type", UNSET)

        _problems = d.pop("problems", UNSET)
        problems: list[Problem] | Unset = UNSET
        if _problems is not UNSET:
            problems = []
            for problems_item_data in _problems:
                problems_item = Problem.from_dict(problems_item_data)

                problems.append(problems_item)

        additional_properties = d
        return cls(
            title=title,
            status=status,
            detail=detail,
            type_=type_,
            problems=problems,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
