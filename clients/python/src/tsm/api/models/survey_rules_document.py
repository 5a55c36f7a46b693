from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

if TYPE_CHECKING:
    from ..models.survey_rules_document_columns import SurveyRulesDocumentColumns
    from ..models.survey_rules_document_flags import SurveyRulesDocumentFlags


T = TypeVar("T", bound="SurveyRulesDocument")


@_attrs_define(frozen=True)
class SurveyRulesDocument:
    """How the rows of a survey enter a compilation.

    Attributes:
        version (int): Raised with each change that may change a row.
        source (str): Where flags and numbers are from.
        flags (SurveyRulesDocumentFlags): What each original flag means, in the survey's words.
        columns (SurveyRulesDocumentColumns): Columns of the release by role; `needed` are further ones that the rules
            read.
        z_frame (str): Frame of its redshifts: `heliocentric`, `cmb` or `unknown`.
        precision (float | None): Typical error of (z - z_true) / (1 + z).
        position_accuracy_arcsec (float | None): Typical error of a position in arcsec.
    """

    version: int
    source: str
    flags: SurveyRulesDocumentFlags
    columns: SurveyRulesDocumentColumns
    z_frame: str
    precision: float | None
    position_accuracy_arcsec: float | None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        version = self.version

        source = self.source

        flags = self.flags.to_dict()

        columns = self.columns.to_dict()

        z_frame = self.z_frame

        precision: float | None
        precision = self.precision

        position_accuracy_arcsec: float | None
        position_accuracy_arcsec = self.position_accuracy_arcsec

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "version": version,
                "source": source,
                "flags": flags,
                "columns": columns,
                "z_frame": z_frame,
                "precision": precision,
                "position_accuracy_arcsec": position_accuracy_arcsec,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.survey_rules_document_columns import SurveyRulesDocumentColumns  # noqa: PLC0415
        from ..models.survey_rules_document_flags import SurveyRulesDocumentFlags  # noqa: PLC0415

        d = dict(src_dict)
        version = d.pop("version")

        source = d.pop("source")

        flags = SurveyRulesDocumentFlags.from_dict(d.pop("flags"))

        columns = SurveyRulesDocumentColumns.from_dict(d.pop("columns"))

        z_frame = d.pop("z_frame")

        def _parse_precision(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        precision = _parse_precision(d.pop("precision"))

        def _parse_position_accuracy_arcsec(data: object) -> float | None:
            if data is None:
                return data
            return cast(float | None, data)

        position_accuracy_arcsec = _parse_position_accuracy_arcsec(d.pop("position_accuracy_arcsec"))

        additional_properties = d
        return cls(
            version=version,
            source=source,
            flags=flags,
            columns=columns,
            z_frame=z_frame,
            precision=precision,
            position_accuracy_arcsec=position_accuracy_arcsec,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
