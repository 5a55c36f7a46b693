from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.input_report_roles import InputReportRoles
    from ..models.survey_report import SurveyReport


T = TypeVar("T", bound="InputReport")


@_attrs_define(frozen=True)
class InputReport:
    """One input.

    Attributes:
        source (str):
        name (str):
        rows (int):
        kept (int):
        without_position (int | Unset):  Default: 0.
        wrapped_ra (int | Unset):  Default: 0.
        z_unit (str | Unset):  Default: ''.
        z_frame (str | Unset):  Default: 'unknown'.
        roles (InputReportRoles | Unset):
        evidence (list[str] | Unset):
        surveys (list[SurveyReport] | Unset):
        notes (list[str] | Unset):
    """

    source: str
    name: str
    rows: int
    kept: int
    without_position: int | Unset = 0
    wrapped_ra: int | Unset = 0
    z_unit: str | Unset = ""
    z_frame: str | Unset = "unknown"
    roles: InputReportRoles | Unset = UNSET
    evidence: list[str] | Unset = UNSET
    surveys: list[SurveyReport] | Unset = UNSET
    notes: list[str] | Unset = UNSET
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        source = self.source

        name = self.name

        rows = self.rows

        kept = self.kept

        without_position = self.without_position

        wrapped_ra = self.wrapped_ra

        z_unit = self.z_unit

        z_frame = self.z_frame

        roles: dict[str, Any] | Unset = UNSET
        if not isinstance(self.roles, Unset):
            roles = self.roles.to_dict()

        evidence: list[str] | Unset = UNSET
        if not isinstance(self.evidence, Unset):
            evidence = self.evidence

        surveys: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.surveys, Unset):
            surveys = []
            for surveys_item_data in self.surveys:
                surveys_item = surveys_item_data.to_dict()
                surveys.append(surveys_item)

        notes: list[str] | Unset = UNSET
        if not isinstance(self.notes, Unset):
            notes = self.notes

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "source": source,
                "name": name,
                "rows": rows,
                "kept": kept,
            }
        )
        if without_position is not UNSET:
            field_dict["without_position"] = without_position
        if wrapped_ra is not UNSET:
            field_dict["wrapped_ra"] = wrapped_ra
        if z_unit is not UNSET:
            field_dict["z_unit"] = z_unit
        if z_frame is not UNSET:
            field_dict["z_frame"] = z_frame
        if roles is not UNSET:
            field_dict["roles"] = roles
        if evidence is not UNSET:
            field_dict["evidence"] = evidence
        if surveys is not UNSET:
            field_dict["surveys"] = surveys
        if notes is not UNSET:
            field_dict["notes"] = notes

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.input_report_roles import InputReportRoles  # noqa: PLC0415
        from ..models.survey_report import SurveyReport  # noqa: PLC0415

        d = dict(src_dict)
        source = d.pop("source")

        name = d.pop("name")

        rows = d.pop("rows")

        kept = d.pop("kept")

        without_position = d.pop("without_position", UNSET)

        wrapped_ra = d.pop("wrapped_ra", UNSET)

        z_unit = d.pop("z_unit", UNSET)

        z_frame = d.pop("z_frame", UNSET)

        _roles = d.pop("roles", UNSET)
        roles: InputReportRoles | Unset
        if isinstance(_roles, Unset):
            roles = UNSET
        else:
            roles = InputReportRoles.from_dict(_roles)

        evidence = cast(list[str], d.pop("evidence", UNSET))

        _surveys = d.pop("surveys", UNSET)
        surveys: list[SurveyReport] | Unset = UNSET
        if _surveys is not UNSET:
            surveys = []
            for surveys_item_data in _surveys:
                surveys_item = SurveyReport.from_dict(surveys_item_data)

                surveys.append(surveys_item)

        notes = cast(list[str], d.pop("notes", UNSET))

        additional_properties = d
        return cls(
            source=source,
            name=name,
            rows=rows,
            kept=kept,
            without_position=without_position,
            wrapped_ra=wrapped_ra,
            z_unit=z_unit,
            z_frame=z_frame,
            roles=roles,
            evidence=evidence,
            surveys=surveys,
            notes=notes,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
