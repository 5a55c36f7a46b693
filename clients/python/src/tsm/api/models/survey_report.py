from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.survey_report_instrument_types import SurveyReportInstrumentTypes
    from ..models.survey_report_quality import SurveyReportQuality
    from ..models.survey_report_sentinels import SurveyReportSentinels
    from ..models.survey_report_unmapped_flags import SurveyReportUnmappedFlags


T = TypeVar("T", bound="SurveyReport")


@_attrs_define(frozen=True)
class SurveyReport:
    """Rows of one survey in one input.

    Attributes:
        survey (str):
        rows (int):
        wanted (int):
        release (None | str | Unset):
        z_frame (str | Unset):  Default: 'unknown'.
        rules_version (int | None | Unset):
        quality (SurveyReportQuality | Unset):
        instrument_types (SurveyReportInstrumentTypes | Unset):
        unmapped_flags (SurveyReportUnmappedFlags | Unset):
        sentinels (SurveyReportSentinels | Unset):
        out_of_range (int | Unset):  Default: 0.
        stars (int | Unset):  Default: 0.
        repeated_ids (int | Unset):  Default: 0.
    """

    survey: str
    rows: int
    wanted: int
    release: None | str | Unset = UNSET
    z_frame: str | Unset = "unknown"
    rules_version: int | None | Unset = UNSET
    quality: SurveyReportQuality | Unset = UNSET
    instrument_types: SurveyReportInstrumentTypes | Unset = UNSET
    unmapped_flags: SurveyReportUnmappedFlags | Unset = UNSET
    sentinels: SurveyReportSentinels | Unset = UNSET
    out_of_range: int | Unset = 0
    stars: int | Unset = 0
    repeated_ids: int | Unset = 0
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        survey = self.survey

        rows = self.rows

        wanted = self.wanted

        release: None | str | Unset
        if isinstance(self.release, Unset):
            release = UNSET
        else:
            release = self.release

        z_frame = self.z_frame

        rules_version: int | None | Unset
        if isinstance(self.rules_version, Unset):
            rules_version = UNSET
        else:
            rules_version = self.rules_version

        quality: dict[str, Any] | Unset = UNSET
        if not isinstance(self.quality, Unset):
            quality = self.quality.to_dict()

        instrument_types: dict[str, Any] | Unset = UNSET
        if not isinstance(self.instrument_types, Unset):
            instrument_types = self.instrument_types.to_dict()

        unmapped_flags: dict[str, Any] | Unset = UNSET
        if not isinstance(self.unmapped_flags, Unset):
            unmapped_flags = self.unmapped_flags.to_dict()

        sentinels: dict[str, Any] | Unset = UNSET
        if not isinstance(self.sentinels, Unset):
            sentinels = self.sentinels.to_dict()

        out_of_range = self.out_of_range

        stars = self.stars

        repeated_ids = self.repeated_ids

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "survey": survey,
                "rows": rows,
                "wanted": wanted,
            }
        )
        if release is not UNSET:
            field_dict["release"] = release
        if z_frame is not UNSET:
            field_dict["z_frame"] = z_frame
        if rules_version is not UNSET:
            field_dict["rules_version"] = rules_version
        if quality is not UNSET:
            field_dict["quality"] = quality
        if instrument_types is not UNSET:
            field_dict["instrument_types"] = instrument_types
        if unmapped_flags is not UNSET:
            field_dict["unmapped_flags"] = unmapped_flags
        if sentinels is not UNSET:
            field_dict["sentinels"] = sentinels
        if out_of_range is not UNSET:
            field_dict["out_of_range"] = out_of_range
        if stars is not UNSET:
            field_dict["stars"] = stars
        if repeated_ids is not UNSET:
            field_dict["repeated_ids"] = repeated_ids

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.survey_report_instrument_types import SurveyReportInstrumentTypes  # noqa: PLC0415
        from ..models.survey_report_quality import SurveyReportQuality  # noqa: PLC0415
        from ..models.survey_report_sentinels import SurveyReportSentinels  # noqa: PLC0415
        from ..models.survey_report_unmapped_flags import SurveyReportUnmappedFlags  # noqa: PLC0415

        d = dict(src_dict)
        survey = d.pop("survey")

        rows = d.pop("rows")

        wanted = d.pop("wanted")

        def _parse_release(data: object) -> None | str | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(None | str | Unset, data)

        release = _parse_release(d.pop("release", UNSET))

        z_frame = d.pop("z_frame", UNSET)

        def _parse_rules_version(data: object) -> int | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            return cast(int | None | Unset, data)

        rules_version = _parse_rules_version(d.pop("rules_version", UNSET))

        _quality = d.pop("quality", UNSET)
        quality: SurveyReportQuality | Unset
        if isinstance(_quality, Unset):
            quality = UNSET
        else:
            quality = SurveyReportQuality.from_dict(_quality)

        _instrument_types = d.pop("instrument_types", UNSET)
        instrument_types: SurveyReportInstrumentTypes | Unset
        if isinstance(_instrument_types, Unset):
            instrument_types = UNSET
        else:
            instrument_types = SurveyReportInstrumentTypes.from_dict(_instrument_types)

        _unmapped_flags = d.pop("unmapped_flags", UNSET)
        unmapped_flags: SurveyReportUnmappedFlags | Unset
        if isinstance(_unmapped_flags, Unset):
            unmapped_flags = UNSET
        else:
            unmapped_flags = SurveyReportUnmappedFlags.from_dict(_unmapped_flags)

        _sentinels = d.pop("sentinels", UNSET)
        sentinels: SurveyReportSentinels | Unset
        if isinstance(_sentinels, Unset):
            sentinels = UNSET
        else:
            sentinels = SurveyReportSentinels.from_dict(_sentinels)

        out_of_range = d.pop("out_of_range", UNSET)

        stars = d.pop("stars", UNSET)

        repeated_ids = d.pop("repeated_ids", UNSET)

        additional_properties = d
        return cls(
            survey=survey,
            rows=rows,
            wanted=wanted,
            release=release,
            z_frame=z_frame,
            rules_version=rules_version,
            quality=quality,
            instrument_types=instrument_types,
            unmapped_flags=unmapped_flags,
            sentinels=sentinels,
            out_of_range=out_of_range,
            stars=stars,
            repeated_ids=repeated_ids,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
