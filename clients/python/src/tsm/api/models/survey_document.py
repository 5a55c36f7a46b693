from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.instrument_type import InstrumentType, check_instrument_type

if TYPE_CHECKING:
    from ..models.citation import Citation
    from ..models.survey_rules_document import SurveyRulesDocument


T = TypeVar("T", bound="SurveyDocument")


@_attrs_define(frozen=True)
class SurveyDocument:
    """One survey or compilation of redshifts.

    Example:
        {'family': 'VIPERS', 'instrument': 'VLT/VIMOS', 'instrument_types': ['s'], 'name': 'VIPERS_PDR2', 'notes': '',
            'references': [{'bibcode': '2018A&A...609A..84S', 'doi': '10.1051/0004-6361/201630114', 'text': 'Scodeggio et
            al. 2018, A&A 609, A84'}], 'release': 'PDR-2', 'rules': {'columns': {'dec': 'delta', 'id': ['id_IAU'], 'ra':
            'alpha', 'z': 'zspec', 'z_flag': 'zflg'}, 'flags': {'3, 4': 'secure, above 99 %'}, 'precision': 0.00054,
            'source': 'Scodeggio et al. 2018', 'version': 1, 'z_frame': 'unknown'}, 'title': 'VIMOS Public Extragalactic
            Redshift Survey', 'vizier': ['J/A+A/609/A84']}

    Attributes:
        name (str): As the column `survey` of a redshift table spells it, in any case of letters.
        title (str):
        release (None | str):
        instrument (None | str): Telescope and instrument.
        instrument_types (list[InstrumentType]): `s` spectroscopic, `g` grism or prism, `p` photometric; several where
            rows differ.
        vizier (list[str]): VizieR catalogs that hold it.
        notes (str): What to know before using its redshifts.
        references (list[Citation]): What its users are asked to cite.
        family (str): Name that all releases of one survey share.
        rules (None | SurveyRulesDocument): How its rows enter a compilation, also where that is as for another survey.
    """

    name: str
    title: str
    release: None | str
    instrument: None | str
    instrument_types: list[InstrumentType]
    vizier: list[str]
    notes: str
    references: list[Citation]
    family: str
    rules: None | SurveyRulesDocument
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, repr=False, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        from ..models.survey_rules_document import SurveyRulesDocument  # noqa: PLC0415

        name = self.name

        title = self.title

        release: None | str
        release = self.release

        instrument: None | str
        instrument = self.instrument

        instrument_types = []
        for instrument_types_item_data in self.instrument_types:
            instrument_types_item: str = instrument_types_item_data
            instrument_types.append(instrument_types_item)

        vizier = self.vizier

        notes = self.notes

        references = []
        for references_item_data in self.references:
            references_item = references_item_data.to_dict()
            references.append(references_item)

        family = self.family

        rules: dict[str, Any] | None
        if isinstance(self.rules, SurveyRulesDocument):
            rules = self.rules.to_dict()
        else:
            rules = self.rules

        field_dict: dict[str, Any] = {}
        field_dict.update(self.additional_properties)
        field_dict.update(
            {
                "name": name,
                "title": title,
                "release": release,
                "instrument": instrument,
                "instrument_types": instrument_types,
                "vizier": vizier,
                "notes": notes,
                "references": references,
                "family": family,
                "rules": rules,
            }
        )

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.citation import Citation  # noqa: PLC0415
        from ..models.survey_rules_document import SurveyRulesDocument  # noqa: PLC0415

        d = dict(src_dict)
        name = d.pop("name")

        title = d.pop("title")

        def _parse_release(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        release = _parse_release(d.pop("release"))

        def _parse_instrument(data: object) -> None | str:
            if data is None:
                return data
            return cast(None | str, data)

        instrument = _parse_instrument(d.pop("instrument"))

        instrument_types = []
        _instrument_types = d.pop("instrument_types")
        for instrument_types_item_data in _instrument_types:
            instrument_types_item = check_instrument_type(instrument_types_item_data)

            instrument_types.append(instrument_types_item)

        vizier = cast(list[str], d.pop("vizier"))

        notes = d.pop("notes")

        references = []
        _references = d.pop("references")
        for references_item_data in _references:
            references_item = Citation.from_dict(references_item_data)

            references.append(references_item)

        family = d.pop("family")

        def _parse_rules(data: object) -> None | SurveyRulesDocument:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                rules_type_0 = SurveyRulesDocument.from_dict(data)

                return rules_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | SurveyRulesDocument, data)

        rules = _parse_rules(d.pop("rules"))

        additional_properties = d
        return cls(
            name=name,
            title=title,
            release=release,
            instrument=instrument,
            instrument_types=instrument_types,
            vizier=vizier,
            notes=notes,
            references=references,
            family=family,
            rules=rules,
            additional_properties=additional_properties,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
