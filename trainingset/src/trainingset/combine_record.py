"""What is told of a compilation besides its rows: counts of each stage, notes, citations, facts and provenance."""

from collections.abc import Iterable, Mapping, Sequence

from trainingset.citations import citations_of
from trainingset.combine_prepare import InputTable, PreparedCombination
from trainingset.combine_recipe import CombineRecipe, Mode, Ties
from trainingset.compiled import Account, RowCounts
from trainingset.embedded_record import UNKNOWN_CHECKSUM
from trainingset.formats import Info
from trainingset.order import Order
from trainingset.provenance import (
    InputUsed,
    Provenance,
    StageCount,
    SurveyRulesUsed,
    software_versions,
)
from trainingset.registry import Citation
from trainingset.specz.input_report import InputReport, SurveyReport
from trainingset.specz.survey import find_survey
from trainingset.table_infos import table_infos
from trainingset.tables import table_format_of, table_notes

__all__ = [
    "compilation_citations",
    "compilation_infos",
    "compilation_notes",
    "compilation_provenance",
    "compilation_stages",
    "inputs_used",
    "survey_rules_used",
]

_MOST_VALUES = 8
"""Flags or sentinels that a note names."""


def compilation_stages(
    counts: RowCounts, reports: Iterable[InputReport], prepared: PreparedCombination
) -> tuple[StageCount, ...]:
    """Rows in and out of each stage."""
    told = list(reports)
    surveys = [survey for report in told for survey in report.surveys]
    found = {
        "without_position": sum(report.without_position for report in told),
        "wrapped_ra": sum(report.wrapped_ra for report in told),
        "unmapped_flags": sum(sum(survey.unmapped_flags.values()) for survey in surveys),
        "sentinels": sum(sum(survey.sentinels.values()) for survey in surveys),
        "out_of_range": sum(survey.out_of_range for survey in surveys),
        "repeated_ids": sum(survey.repeated_ids for survey in surveys),
    }
    stages = [
        StageCount(stage="inputs", rows_in=counts.read, rows_out=counts.positioned, details=found),
        StageCount(
            stage="limits",
            rows_in=counts.positioned,
            rows_out=counts.wanted,
            details={name.lower(): count for name, count in counts.limits.items()},
        ),
    ]
    if prepared.recipe.mode is not Mode.CONCATENATE:
        marks = {f"tie_result_{mark}": count for mark, count in counts.marks.items()}
        details = {"repeated_galaxies": counts.groups, **marks}
        stages.append(StageCount(stage="duplicates", rows_in=counts.wanted, rows_out=counts.kept, details=details))
    return (*stages, StageCount(stage="compilation", rows_in=counts.kept, rows_out=counts.written))


def compilation_notes(
    counts: RowCounts, reports: Mapping[int, InputReport], prepared: PreparedCombination
) -> tuple[str, ...]:
    """What the owner of the result should know, in sentences."""
    notes: list[str] = []
    for item in prepared.inputs:
        report = reports[item.number]
        told = dict.fromkeys((*table_notes(item.table), *report.notes, *_input_notes(report)))
        notes += [f"Input {item.number}, {item.name}: {note}" for note in told]
    if tied := counts.marks.get("2", 0):
        notes.append(f"{tied} measurements contradict others that are as good{_tie_text(prepared.recipe)}.")
    if counts.written < counts.kept:
        notes.append(f"Only the first {counts.written} of {counts.kept} rows are here, as MAXREC asks for.")
    named = {survey.survey for report in reports.values() for survey in report.surveys}
    absent = sorted(set(prepared.recipe.survey_radius) - {name.upper() for name in named})
    if absent:
        notes.append(f"SURVEY_RADIUS names {', '.join(absent)}, of which there is no row.")
    return tuple(notes)


def compilation_citations(prepared: PreparedCombination, surveys: Iterable[str]) -> tuple[Citation, ...]:
    """What users of rows of these surveys are asked to cite: registered catalogs, and the surveys."""
    entries = [item.entry for item in prepared.inputs if item.entry is not None]
    return citations_of(entries, sorted(surveys), prepared.book.find)


def survey_rules_used(prepared: PreparedCombination, reports: Iterable[InputReport]) -> tuple[SurveyRulesUsed, ...]:
    """Rules that made flags and types of the rows, each once, by survey."""
    used: dict[str, SurveyRulesUsed] = {}
    for survey in (survey for report in reports for survey in report.surveys):
        known, rules = prepared.book.find(survey.survey), prepared.book.rules(survey.survey)
        if survey.rules_version is None or known is None or rules is None:
            continue
        used[survey.survey] = SurveyRulesUsed(
            survey=survey.survey,
            release=known.release,
            version=rules.version,
            source=rules.source,
            is_given=known != find_survey(survey.survey),
        )
    return tuple(used[name] for name in sorted(used))


def inputs_used(inputs: Sequence[InputTable], reports: Mapping[int, InputReport]) -> tuple[InputUsed, ...]:
    """The tables that went in, with their checksums and roles."""
    return tuple(
        InputUsed(
            source=item.given.source,
            name=item.name,
            sha256=item.file.sha256,
            size=item.file.size,
            rows=item.rows,
            table_format=table_format_of(item.table) or None,
            roles=reports[item.number].roles,
        )
        for item in inputs
    )


def compilation_infos(compiled: Account, order: Order, *, provenance: str) -> tuple[Info, ...]:
    """Facts that travel inside every file."""
    facts = {**order.facts, "inputs": ", ".join(item.name for item in compiled.prepared.inputs)}
    return table_infos(compiled.recipe, citations=compiled.citations, facts=facts | {"provenance": provenance})


def compilation_provenance(compiled: Account, order: Order) -> Provenance:
    """The record, but for what only the finished files tell."""
    recipe = compiled.recipe
    return Provenance(
        kind="combine",
        request=order.request,
        recipe=recipe.model_dump(mode="json"),
        seed=recipe.seed,
        inputs=compiled.inputs_used,
        stages=compiled.stages,
        survey_rules=compiled.survey_rules,
        input_reports=compiled.reports,
        rows=compiled.counts.written,
        rows_by_survey=compiled.rows_by_survey,
        row_checksum=UNKNOWN_CHECKSUM,
        citations=compiled.citations,
        notes=compiled.notes,
        software=dict(software_versions()),
        facts=order.facts,
    )


def _tie_text(recipe: CombineRecipe) -> str:
    """What became of ties."""
    if recipe.mode is Mode.MARK or recipe.ties is Ties.KEEP_ALL:
        return ": see tie_result = 2"
    drawn = "one of each galaxy was drawn by the seed" if recipe.ties is Ties.DRAW_ONE else "all were left out"
    return f"; {drawn} (TIES={recipe.ties})"


def _input_notes(report: InputReport) -> Iterable[str]:
    if report.without_position:
        yield f"left out {report.without_position} of {report.rows} rows without a valid position."
    if report.wrapped_ra:
        yield f"brought {report.wrapped_ra} right ascensions back into 0 to 360 degrees by a full turn."
    for survey in report.surveys:
        yield from _survey_notes(survey)
    wanted = sum(survey.wanted for survey in report.surveys)
    if report.kept and not wanted:
        yield f"none of its {report.kept} rows is within the limits of the recipe, so nothing of it is here."


def _survey_notes(survey: SurveyReport) -> Iterable[str]:
    name = survey.survey
    if survey.unmapped_flags:
        n_rows = sum(survey.unmapped_flags.values())
        yield (
            f"{n_rows} rows of {name} have flags that no rule covers: {_counted(survey.unmapped_flags)}; their "
            "homogenized flag is null."
        )
    if survey.sentinels:
        n_rows = sum(survey.sentinels.values())
        yield f"{n_rows} rows of {name} have values that stand for no redshift: {_counted(survey.sentinels)}."
    if survey.out_of_range:
        yield f"{survey.out_of_range} rows of {name} have redshifts below -0.1 or above 20."
    if survey.repeated_ids:
        yield f"{survey.repeated_ids} rows of {name} share their id with an earlier one; their keys are numbered."


def _counted(values: Mapping[str, int]) -> str:
    """``-9 (18 rows), 7 (2 rows)``, the most frequent first."""
    ranked = sorted(values.items(), key=lambda item: (-item[1], item[0]))
    told = ", ".join(f"{value} ({count})" for value, count in ranked[:_MOST_VALUES])
    return told + (f" and {len(ranked) - _MOST_VALUES} more" if len(ranked) > _MOST_VALUES else "")
