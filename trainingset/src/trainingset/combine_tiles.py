"""Makes a compilation of more rows than memory holds at once, tile by tile of the sky, with the same rows."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from trainingset.combine_prepare import InputTable, PreparedCombination
from trainingset.combine_record import (
    compilation_citations,
    compilation_notes,
    compilation_stages,
    inputs_used,
    survey_rules_used,
)
from trainingset.combine_rows import survey_counts
from trainingset.combine_verdict import require_sound
from trainingset.compiled import Account
from trainingset.errors import Problem
from trainingset.order import Report
from trainingset.specz.large.compilation import LargeCompilation, compile_inputs, homogenize_inputs
from trainingset.specz.large.source import LargeInput
from trainingset.specz.report.numbers import CompilationNumbers

__all__ = ["TiledCompilation", "combine_by_tiles"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TiledCompilation(Account):
    """A finished compilation on disk."""

    large: LargeCompilation

    @property
    def schema(self) -> pa.Schema:
        """Columns with unit, UCD and description."""
        return self.large.schema

    def tables(self) -> Iterator[pa.Table]:
        """The rows, tile by tile."""
        return self.large.tables()

    def numbers(self) -> CompilationNumbers:
        """What its quality report tells."""
        return self.large.numbers()


def combine_by_tiles(
    prepared: PreparedCombination, folder: Path, report: Report = lambda _: None, *, problems: Iterable[Problem] = ()
) -> TiledCompilation:
    """Combine inputs of any size.

    Parameters
    ----------
    folder
        An empty folder for rows between the stages and in the end: the compilation is read from there.
    problems
        What was found wrong with the request before; reported with the rest.

    Raises
    ------
    RecipeError
        With every problem.
    SourceUnavailableError
        If a catalog cannot be read now.
    """
    recipe, inputs = prepared.recipe, prepared.inputs
    parts = [_large_input(item) for item in inputs]
    found = homogenize_inputs(parts, recipe, prepared.book, folder=folder, report=report)
    require_sound(
        prepared,
        {inputs[place].number: one for place, one in found.witness_reports.items()},
        {inputs[place].number: wrong for place, wrong in found.problems.items()},
        problems,
    )
    made = compile_inputs(found, recipe, footprints=prepared.footprints, report=report)
    reports = {item.number: one for item, one in zip(inputs, made.reports, strict=True)}
    surveys = _surveys_written(made)
    return TiledCompilation(
        prepared=prepared,
        reports=made.reports,
        counts=made.counts,
        rows_by_survey=surveys,
        stages=compilation_stages(made.counts, made.reports, prepared),
        notes=compilation_notes(made.counts, reports, prepared),
        citations=compilation_citations(prepared, surveys),
        survey_rules=survey_rules_used(prepared, made.reports),
        inputs_used=inputs_used(inputs, reports),
        large=made,
    )


def _large_input(item: InputTable) -> LargeInput:
    if item.leaves:
        return LargeInput(item.given, item.name, item.leaves)
    return LargeInput.of_table(item.given, item.table, name=item.name)


def _surveys_written(made: LargeCompilation) -> dict[str, int]:
    if made.counts.written == made.counts.kept:
        return made.rows_by_survey
    # MAXREC cut the sky, and perhaps all rows of a survey with it.
    return survey_counts(pa.concat_tables(table.select(["survey"]) for table in made.tables()))
