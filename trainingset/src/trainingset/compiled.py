"""A compilation in memory: its rows, and what is told of them."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from trainingset.combine_prepare import PreparedCombination
from trainingset.combine_recipe import CombineRecipe
from trainingset.provenance import InputUsed, StageCount, SurveyRulesUsed
from trainingset.registry import Citation
from trainingset.specz.input_report import InputReport
from trainingset.specz.report.numbers import CompilationNumbers, compilation_numbers

__all__ = ["Account", "Compiled", "RowCounts"]


@dataclass(frozen=True, slots=True)
class RowCounts:
    """Rows after each step."""

    read: int
    positioned: int
    """With a valid position."""
    limits: dict[str, int]
    """Rows that each limit alone takes away, by wire name."""
    wanted: int
    """Within all limits."""
    marks: dict[str, int]
    """Rows by ``tie_result``; empty where repeated measurements are not looked for."""
    groups: int
    """Galaxies measured several times."""
    kept: int
    """After resolving."""
    written: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What is told of a compilation besides its rows."""

    prepared: PreparedCombination
    reports: tuple[InputReport, ...]
    """What became of the rows of each input, in the order of the recipe."""
    counts: RowCounts
    rows_by_survey: dict[str, int]
    stages: tuple[StageCount, ...]
    notes: tuple[str, ...]
    citations: tuple[Citation, ...]
    survey_rules: tuple[SurveyRulesUsed, ...]
    inputs_used: tuple[InputUsed, ...]

    @property
    def recipe(self) -> CombineRecipe:
        """The recipe with every default resolved."""
        return self.prepared.recipe

    @property
    def overflow(self) -> bool:
        """Whether MAXREC cut rows off."""
        return self.counts.written < self.counts.kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled(Account):
    """A finished compilation in memory."""

    table: pa.Table
    """Its rows by place on the sky, with unit, UCD and description of each column."""
    marked: pa.Table
    """All rows within the limits, before repeated measurements were removed: what a quality report is drawn from."""

    @property
    def schema(self) -> pa.Schema:
        """Columns with unit, UCD and description."""
        return self.table.schema

    def tables(self) -> Iterator[pa.Table]:
        """The rows."""
        yield self.table

    def numbers(self) -> CompilationNumbers:
        """What its quality report tells; repeats that are removed tell how surveys agree."""
        return compilation_numbers(self.marked, self.reports)
