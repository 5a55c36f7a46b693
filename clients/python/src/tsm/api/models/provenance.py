from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast

from attrs import define as _attrs_define

from ..models.provenance_kind import ProvenanceKind, check_provenance_kind
from ..types import UNSET, Unset

if TYPE_CHECKING:
    from ..models.capped_cell import CappedCell
    from ..models.catalog_used import CatalogUsed
    from ..models.citation import Citation
    from ..models.corrections import Corrections
    from ..models.input_report import InputReport
    from ..models.input_used import InputUsed
    from ..models.output_made import OutputMade
    from ..models.preset_used import PresetUsed
    from ..models.provenance_facts import ProvenanceFacts
    from ..models.provenance_recipe import ProvenanceRecipe
    from ..models.provenance_request import ProvenanceRequest
    from ..models.provenance_rows_by_subset import ProvenanceRowsBySubset
    from ..models.provenance_rows_by_survey import ProvenanceRowsBySurvey
    from ..models.provenance_software import ProvenanceSoftware
    from ..models.stage_count import StageCount
    from ..models.survey_rules_used import SurveyRulesUsed


T = TypeVar("T", bound="Provenance")


@_attrs_define(frozen=True)
class Provenance:
    """The record that lies beside every training set; it reads no clock, so equal work gives equal records.

    Example:
        {'catalogs': [{'fingerprint': 'a3bf4f1b...', 'id': 'mock.object', 'margin_arcsec': 5.0, 'path':
            's3://catalogs/mock', 'release': 'mock', 'rows': 300000}], 'citations': [{'bibcode': '2018A&A...609A..84S',
            'text': 'Scodeggio et al. 2018, A&A 609, A84'}], 'inputs': [{'name': 'widez.vot', 'rows': 9, 'sha256':
            '9f86d081...', 'size': 12038, 'source': 'mine'}], 'kind': 'crossmatch', 'recipe': {'catalog': 'mock.object',
            'match': 'nearest', 'radius_arcsec': 1.0, 'redshifts': 'mine'}, 'request': {'catalog': 'mock.object',
            'radius_arcsec': 1.0, 'redshifts': 'mine'}, 'row_checksum': '1d1c7f0a...', 'rows': 8, 'schema_version': 1,
            'seed': 0, 'software': {'pz-trainingset': '0.1.0'}, 'stages': [{'details': {}, 'rows_in': 9, 'rows_out': 9,
            'stage': 'redshifts'}]}

    Attributes:
        request (ProvenanceRequest):
        recipe (ProvenanceRecipe):
        seed (int):
        inputs (list[InputUsed]):
        stages (list[StageCount]):
        rows (int):
        row_checksum (str):
        software (ProvenanceSoftware):
        schema_version (Literal[1] | Unset):  Default: 1.
        kind (ProvenanceKind | Unset):  Default: 'crossmatch'.
        preset (None | PresetUsed | Unset):
        catalogs (list[CatalogUsed] | Unset):
        capped_cells (list[CappedCell] | Unset):
        corrections (Corrections | None | Unset):
        survey_rules (list[SurveyRulesUsed] | Unset):
        input_reports (list[InputReport] | Unset):
        rows_by_survey (ProvenanceRowsBySurvey | Unset):
        rows_by_subset (ProvenanceRowsBySubset | Unset):
        outputs (list[OutputMade] | Unset):
        citations (list[Citation] | Unset):
        notes (list[str] | Unset):
        facts (ProvenanceFacts | Unset):
    """

    request: ProvenanceRequest
    recipe: ProvenanceRecipe
    seed: int
    inputs: list[InputUsed]
    stages: list[StageCount]
    rows: int
    row_checksum: str
    software: ProvenanceSoftware
    schema_version: Literal[1] | Unset = 1
    kind: ProvenanceKind | Unset = "crossmatch"
    preset: None | PresetUsed | Unset = UNSET
    catalogs: list[CatalogUsed] | Unset = UNSET
    capped_cells: list[CappedCell] | Unset = UNSET
    corrections: Corrections | None | Unset = UNSET
    survey_rules: list[SurveyRulesUsed] | Unset = UNSET
    input_reports: list[InputReport] | Unset = UNSET
    rows_by_survey: ProvenanceRowsBySurvey | Unset = UNSET
    rows_by_subset: ProvenanceRowsBySubset | Unset = UNSET
    outputs: list[OutputMade] | Unset = UNSET
    citations: list[Citation] | Unset = UNSET
    notes: list[str] | Unset = UNSET
    facts: ProvenanceFacts | Unset = UNSET

    def to_dict(self) -> dict[str, Any]:
        from ..models.corrections import Corrections  # noqa: PLC0415
        from ..models.preset_used import PresetUsed  # noqa: PLC0415

        request = self.request.to_dict()

        recipe = self.recipe.to_dict()

        seed = self.seed

        inputs = []
        for inputs_item_data in self.inputs:
            inputs_item = inputs_item_data.to_dict()
            inputs.append(inputs_item)

        stages = []
        for stages_item_data in self.stages:
            stages_item = stages_item_data.to_dict()
            stages.append(stages_item)

        rows = self.rows

        row_checksum = self.row_checksum

        software = self.software.to_dict()

        schema_version = self.schema_version

        kind: str | Unset = UNSET
        if not isinstance(self.kind, Unset):
            kind = self.kind

        preset: dict[str, Any] | None | Unset
        if isinstance(self.preset, Unset):
            preset = UNSET
        elif isinstance(self.preset, PresetUsed):
            preset = self.preset.to_dict()
        else:
            preset = self.preset

        catalogs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.catalogs, Unset):
            catalogs = []
            for catalogs_item_data in self.catalogs:
                catalogs_item = catalogs_item_data.to_dict()
                catalogs.append(catalogs_item)

        capped_cells: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.capped_cells, Unset):
            capped_cells = []
            for capped_cells_item_data in self.capped_cells:
                capped_cells_item = capped_cells_item_data.to_dict()
                capped_cells.append(capped_cells_item)

        corrections: dict[str, Any] | None | Unset
        if isinstance(self.corrections, Unset):
            corrections = UNSET
        elif isinstance(self.corrections, Corrections):
            corrections = self.corrections.to_dict()
        else:
            corrections = self.corrections

        survey_rules: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.survey_rules, Unset):
            survey_rules = []
            for survey_rules_item_data in self.survey_rules:
                survey_rules_item = survey_rules_item_data.to_dict()
                survey_rules.append(survey_rules_item)

        input_reports: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.input_reports, Unset):
            input_reports = []
            for input_reports_item_data in self.input_reports:
                input_reports_item = input_reports_item_data.to_dict()
                input_reports.append(input_reports_item)

        rows_by_survey: dict[str, Any] | Unset = UNSET
        if not isinstance(self.rows_by_survey, Unset):
            rows_by_survey = self.rows_by_survey.to_dict()

        rows_by_subset: dict[str, Any] | Unset = UNSET
        if not isinstance(self.rows_by_subset, Unset):
            rows_by_subset = self.rows_by_subset.to_dict()

        outputs: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.outputs, Unset):
            outputs = []
            for outputs_item_data in self.outputs:
                outputs_item = outputs_item_data.to_dict()
                outputs.append(outputs_item)

        citations: list[dict[str, Any]] | Unset = UNSET
        if not isinstance(self.citations, Unset):
            citations = []
            for citations_item_data in self.citations:
                citations_item = citations_item_data.to_dict()
                citations.append(citations_item)

        notes: list[str] | Unset = UNSET
        if not isinstance(self.notes, Unset):
            notes = self.notes

        facts: dict[str, Any] | Unset = UNSET
        if not isinstance(self.facts, Unset):
            facts = self.facts.to_dict()

        field_dict: dict[str, Any] = {}

        field_dict.update(
            {
                "request": request,
                "recipe": recipe,
                "seed": seed,
                "inputs": inputs,
                "stages": stages,
                "rows": rows,
                "row_checksum": row_checksum,
                "software": software,
            }
        )
        if schema_version is not UNSET:
            field_dict["schema_version"] = schema_version
        if kind is not UNSET:
            field_dict["kind"] = kind
        if preset is not UNSET:
            field_dict["preset"] = preset
        if catalogs is not UNSET:
            field_dict["catalogs"] = catalogs
        if capped_cells is not UNSET:
            field_dict["capped_cells"] = capped_cells
        if corrections is not UNSET:
            field_dict["corrections"] = corrections
        if survey_rules is not UNSET:
            field_dict["survey_rules"] = survey_rules
        if input_reports is not UNSET:
            field_dict["input_reports"] = input_reports
        if rows_by_survey is not UNSET:
            field_dict["rows_by_survey"] = rows_by_survey
        if rows_by_subset is not UNSET:
            field_dict["rows_by_subset"] = rows_by_subset
        if outputs is not UNSET:
            field_dict["outputs"] = outputs
        if citations is not UNSET:
            field_dict["citations"] = citations
        if notes is not UNSET:
            field_dict["notes"] = notes
        if facts is not UNSET:
            field_dict["facts"] = facts

        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.capped_cell import CappedCell  # noqa: PLC0415
        from ..models.catalog_used import CatalogUsed  # noqa: PLC0415
        from ..models.citation import Citation  # noqa: PLC0415
        from ..models.corrections import Corrections  # noqa: PLC0415
        from ..models.input_report import InputReport  # noqa: PLC0415
        from ..models.input_used import InputUsed  # noqa: PLC0415
        from ..models.output_made import OutputMade  # noqa: PLC0415
        from ..models.preset_used import PresetUsed  # noqa: PLC0415
        from ..models.provenance_facts import ProvenanceFacts  # noqa: PLC0415
        from ..models.provenance_recipe import ProvenanceRecipe  # noqa: PLC0415
        from ..models.provenance_request import ProvenanceRequest  # noqa: PLC0415
        from ..models.provenance_rows_by_subset import ProvenanceRowsBySubset  # noqa: PLC0415
        from ..models.provenance_rows_by_survey import ProvenanceRowsBySurvey  # noqa: PLC0415
        from ..models.provenance_software import ProvenanceSoftware  # noqa: PLC0415
        from ..models.stage_count import StageCount  # noqa: PLC0415
        from ..models.survey_rules_used import SurveyRulesUsed  # noqa: PLC0415

        d = dict(src_dict)
        request = ProvenanceRequest.from_dict(d.pop("request"))

        recipe = ProvenanceRecipe.from_dict(d.pop("recipe"))

        seed = d.pop("seed")

        inputs = []
        _inputs = d.pop("inputs")
        for inputs_item_data in _inputs:
            inputs_item = InputUsed.from_dict(inputs_item_data)

            inputs.append(inputs_item)

        stages = []
        _stages = d.pop("stages")
        for stages_item_data in _stages:
            stages_item = StageCount.from_dict(stages_item_data)

            stages.append(stages_item)

        rows = d.pop("rows")

        row_checksum = d.pop("row_checksum")

        software = ProvenanceSoftware.from_dict(d.pop("software"))

        schema_version = cast(Literal[1] | Unset, d.pop("schema_version", UNSET))

        _kind = d.pop("kind", UNSET)
        kind: ProvenanceKind | Unset
        if isinstance(_kind, Unset):
            kind = UNSET
        else:
            kind = check_provenance_kind(_kind)

        def _parse_preset(data: object) -> None | PresetUsed | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                preset_type_0 = PresetUsed.from_dict(data)

                return preset_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(None | PresetUsed | Unset, data)

        preset = _parse_preset(d.pop("preset", UNSET))

        _catalogs = d.pop("catalogs", UNSET)
        catalogs: list[CatalogUsed] | Unset = UNSET
        if _catalogs is not UNSET:
            catalogs = []
            for catalogs_item_data in _catalogs:
                catalogs_item = CatalogUsed.from_dict(catalogs_item_data)

                catalogs.append(catalogs_item)

        _capped_cells = d.pop("capped_cells", UNSET)
        capped_cells: list[CappedCell] | Unset = UNSET
        if _capped_cells is not UNSET:
            capped_cells = []
            for capped_cells_item_data in _capped_cells:
                capped_cells_item = CappedCell.from_dict(capped_cells_item_data)

                capped_cells.append(capped_cells_item)

        def _parse_corrections(data: object) -> Corrections | None | Unset:
            if data is None:
                return data
            if isinstance(data, Unset):
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                corrections_type_0 = Corrections.from_dict(data)

                return corrections_type_0
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(Corrections | None | Unset, data)

        corrections = _parse_corrections(d.pop("corrections", UNSET))

        _survey_rules = d.pop("survey_rules", UNSET)
        survey_rules: list[SurveyRulesUsed] | Unset = UNSET
        if _survey_rules is not UNSET:
            survey_rules = []
            for survey_rules_item_data in _survey_rules:
                survey_rules_item = SurveyRulesUsed.from_dict(survey_rules_item_data)

                survey_rules.append(survey_rules_item)

        _input_reports = d.pop("input_reports", UNSET)
        input_reports: list[InputReport] | Unset = UNSET
        if _input_reports is not UNSET:
            input_reports = []
            for input_reports_item_data in _input_reports:
                input_reports_item = InputReport.from_dict(input_reports_item_data)

                input_reports.append(input_reports_item)

        _rows_by_survey = d.pop("rows_by_survey", UNSET)
        rows_by_survey: ProvenanceRowsBySurvey | Unset
        if isinstance(_rows_by_survey, Unset):
            rows_by_survey = UNSET
        else:
            rows_by_survey = ProvenanceRowsBySurvey.from_dict(_rows_by_survey)

        _rows_by_subset = d.pop("rows_by_subset", UNSET)
        rows_by_subset: ProvenanceRowsBySubset | Unset
        if isinstance(_rows_by_subset, Unset):
            rows_by_subset = UNSET
        else:
            rows_by_subset = ProvenanceRowsBySubset.from_dict(_rows_by_subset)

        _outputs = d.pop("outputs", UNSET)
        outputs: list[OutputMade] | Unset = UNSET
        if _outputs is not UNSET:
            outputs = []
            for outputs_item_data in _outputs:
                outputs_item = OutputMade.from_dict(outputs_item_data)

                outputs.append(outputs_item)

        _citations = d.pop("citations", UNSET)
        citations: list[Citation] | Unset = UNSET
        if _citations is not UNSET:
            citations = []
            for citations_item_data in _citations:
                citations_item = Citation.from_dict(citations_item_data)

                citations.append(citations_item)

        notes = cast(list[str], d.pop("notes", UNSET))

        _facts = d.pop("facts", UNSET)
        facts: ProvenanceFacts | Unset
        if isinstance(_facts, Unset):
            facts = UNSET
        else:
            facts = ProvenanceFacts.from_dict(_facts)

        return cls(
            request=request,
            recipe=recipe,
            seed=seed,
            inputs=inputs,
            stages=stages,
            rows=rows,
            row_checksum=row_checksum,
            software=software,
            schema_version=schema_version,
            kind=kind,
            preset=preset,
            catalogs=catalogs,
            capped_cells=capped_cells,
            corrections=corrections,
            survey_rules=survey_rules,
            input_reports=input_reports,
            rows_by_survey=rows_by_survey,
            rows_by_subset=rows_by_subset,
            outputs=outputs,
            citations=citations,
            notes=notes,
            facts=facts,
        )
