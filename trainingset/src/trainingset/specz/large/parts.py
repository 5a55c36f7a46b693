"""The work on one part of an input: homogenize its rows and lay them down by place on the sky."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trainingset.combine_recipe import CombineInput, CombineRecipe
from trainingset.combine_rows import limit_counts
from trainingset.errors import Problem, RecipeError
from trainingset.sky_index import IntArray, sky_pixels
from trainingset.specz.compilation_table import WANTED
from trainingset.specz.homogenize import Homogenized, homogenize
from trainingset.specz.input_report import InputReport
from trainingset.specz.large.keys import BASE_KEY, key_hashes, local_keys
from trainingset.specz.large.sorted_rows import SortedRows, coarse_counts
from trainingset.specz.large.source import Part
from trainingset.specz.large.witnesses import witnesses
from trainingset.specz.survey_book import SurveyBook

__all__ = ["PartDone", "PartWork", "homogenize_part", "part_witnesses"]


@dataclass(frozen=True, slots=True)
class PartWork:
    """What all parts of one input have in common."""

    given: CombineInput
    name: str
    recipe: CombineRecipe
    book: SurveyBook
    witness: pa.Table
    """Raw rows by which the whole input decides."""
    n_witnesses: int
    """Those of them with a valid position."""
    schema: pa.Schema
    """Of the homogenized rows of all inputs."""
    rows: SortedRows

    def homogenized(self, part: Part, raw: pa.Table) -> Homogenized:
        """Homogenize raw rows of a part."""
        return homogenize(part.tidy(raw), self.given, self.recipe, self.book, name=self.name)


@dataclass(frozen=True, slots=True)
class PartDone:
    """What became of one part."""

    report: InputReport | None
    """With the witnesses; None where something is wrong."""
    counts: tuple[IntArray, IntArray]
    """Coarse pixels and their rows."""
    limits: dict[str, int]
    wanted: int
    surveys: tuple[str, ...] = ()
    largest_radius_arcsec: float = 0.0
    problems: tuple[Problem, ...] = ()


def part_witnesses(part: Part) -> pa.Table:
    """Raw rows by which this part's input decides."""
    return witnesses(part.raw())


def homogenize_part(work: PartWork, part: Part, number: int) -> PartDone:
    """Homogenize the rows of one part, with keys, and keep them sorted."""
    raw = part.raw()
    both = pa.concat_tables([raw, work.witness.cast(raw.schema)])
    try:
        found = work.homogenized(part, both)
    except RecipeError as error:
        return PartDone(None, _no_rows(), {}, 0, problems=tuple(error.problems))
    table = _in_schema(found.table.slice(0, found.table.num_rows - work.n_witnesses), work.schema)
    pixels = sky_pixels(table["ra"].to_numpy(), table["dec"].to_numpy())
    order = np.argsort(pixels, kind="stable")
    table, pixels = table.take(pa.array(order)).combine_chunks(), pixels[order]
    keys = local_keys(table)
    work.rows.write_hashes(number, key_hashes(table, keys))
    work.rows.write(number, table.append_column(BASE_KEY, keys), pixels)
    radii = table["match_radius_arcsec"].to_numpy()
    return PartDone(
        found.report,
        coarse_counts(pixels),
        limit_counts(table, work.recipe),
        int(np.count_nonzero(table[WANTED].to_numpy())),
        found.surveys,
        float(radii.max(initial=0.0)),
    )


def _no_rows() -> tuple[IntArray, IntArray]:
    return np.zeros(0, np.int64), np.zeros(0, np.int64)


def _in_schema(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
