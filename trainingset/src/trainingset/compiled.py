"""A compilation in memory: its rows, and what is told of them."""

from dataclasses import dataclass

import pyarrow as pa

from trainingset.combine_prepare import PreparedCombination
from trainingset.combine_recipe import CombineRecipe
from trainingset.provenance import InputUsed, StageCount, SurveyRulesUsed
from trainingset.registry import Citation
from trainingset.specz.input_report import InputReport

__all__ = ["Compiled", "RowCounts"]


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


@dataclass(frozen=True, slots=True)
class Compiled:
    """A finished compilation."""

    prepared: PreparedCombination
    table: pa.Table
    """Its rows by place on the sky, with unit, UCD and description of each column."""
    marked: pa.Table
    """All rows within the limits, before repeated measurements were removed: what a quality report is drawn from."""
    reports: tuple[InputReport, ...]
    """What became of the rows of each input, in the order of the recipe."""
    counts: RowCounts
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
