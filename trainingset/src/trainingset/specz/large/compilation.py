"""Combines inputs of tens of millions of rows with bounded memory; the rows are exactly those of `combine_tables`.

Marking repeated measurements is local: rows of different chains of near rows do not know of each other. So the few rows
that may have a neighbor are marked together in memory, wherever borders lie, and all others tile by tile.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import dask
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.combine_problems import nothing_kept, nothing_wanted
from trainingset.combine_recipe import CombineRecipe, Mode
from trainingset.combine_rows import concatenated
from trainingset.compiled import RowCounts
from trainingset.errors import Problem, RecipeError
from trainingset.order import Report, StageProgress
from trainingset.sky_index import sky_pixels
from trainingset.specz.duplicates import keep_rows, mark_duplicates
from trainingset.specz.footprint import Footprint
from trainingset.specz.homogenize import Homogenized
from trainingset.specz.input_report import InputReport
from trainingset.specz.large.crowds import cell_order
from trainingset.specz.large.input_reports import merged_report
from trainingset.specz.large.keys import repeated_hashes, rows_with_repeated_keys
from trainingset.specz.large.parts import PartDone, PartWork, homogenize_part, part_witnesses
from trainingset.specz.large.sorted_rows import SortedRows, cut_sky
from trainingset.specz.large.source import LargeInput
from trainingset.specz.large.tiles import Tile, TileWork, finish_tile, part_tile
from trainingset.specz.large.witnesses import witnesses
from trainingset.specz.report.numbers import Agreement, CompilationNumbers, agreement, numbers_of
from trainingset.specz.report.tally import RowTally, tally_rows, total
from trainingset.specz.survey_book import SurveyBook

__all__ = [
    "LARGE_ROWS",
    "HomogenizedInputs",
    "LargeCompilation",
    "combine_at_scale",
    "compile_inputs",
    "homogenize_inputs",
    "is_large",
]

LARGE_ROWS = 5_000_000
"""Rows of all inputs above which a compilation is made by tiles: so many take some 5 GB at once in memory."""

_TILE_ROWS = 200_000


@dataclass(frozen=True, slots=True)
class HomogenizedInputs:
    """Inputs of which every row lies homogenized on disk, and what is wrong with the others."""

    inputs: Sequence[LargeInput]
    folder: Path
    rows: SortedRows
    done: Mapping[int, list[PartDone]]
    """Of the sound inputs, by place from 0."""
    witness_reports: Mapping[int, InputReport]
    """Of the sound inputs: which surveys, releases and roles each has."""
    problems: Mapping[int, tuple[Problem, ...]]
    """By place from 0, without the input's name."""


@dataclass(frozen=True, slots=True)
class LargeCompilation:
    """A compilation on disk: its rows by tile, in the order of the sky."""

    schema: pa.Schema
    """Columns with unit, UCD and description."""
    reports: tuple[InputReport, ...]
    """What became of the rows of each input, in their order."""
    counts: RowCounts
    rows_by_survey: dict[str, int]
    """Of the rows kept."""
    tally: RowTally
    """Of all rows within the limits, before any is removed."""
    agreements: tuple[Agreement, ...]
    finished: SortedRows
    n_tiles: int

    def tables(self) -> Iterator[pa.Table]:
        """The rows, tile by tile, as many as ``maxrec`` lets through."""
        left = self.counts.written
        for number in range(self.n_tiles):
            table = self.finished.rows(number)[:left]
            left -= table.num_rows
            if table.num_rows:
                yield table

    def numbers(self) -> CompilationNumbers:
        """What its quality report tells."""
        return numbers_of(self.tally, self.agreements, self.reports)


def is_large(n_rows: int) -> bool:
    """Whether inputs of so many rows in all are combined by tiles. The rows that come out are the same."""
    return n_rows > LARGE_ROWS


def combine_at_scale(
    inputs: Sequence[LargeInput],
    recipe: CombineRecipe,
    book: SurveyBook,
    *,
    folder: Path,
    footprints: Iterable[Footprint] = (),
    report: Report = lambda _: None,
    tile_rows: int = _TILE_ROWS,
) -> LargeCompilation:
    """Combine inputs of any size: `homogenize_inputs`, then `compile_inputs`.

    Runs where Dask runs: in threads, or on the cluster whose client is active.

    Parameters
    ----------
    inputs
        HATS catalogs and tables in memory.
    recipe
        With everything set (`CombineRecipe.resolved`).
    folder
        An empty folder for rows between the stages and in the end; on a cluster a shared one. It takes about three
        times the size of the compilation.
    tile_rows
        Rows that one task holds at once, about.

    Raises
    ------
    RecipeError
        With every problem of all inputs.
    SourceUnavailableError
        If a catalog cannot be read now.
    """
    found = homogenize_inputs(inputs, recipe, book, folder=folder, report=report)
    if found.problems:
        raise RecipeError(
            problem
            for place, problems in found.problems.items()
            for problem in _of_input(problems, place + 1, inputs[place].name)
        )
    return compile_inputs(found, recipe, footprints=footprints, report=report, tile_rows=tile_rows)


def homogenize_inputs(
    inputs: Sequence[LargeInput],
    recipe: CombineRecipe,
    book: SurveyBook,
    *,
    folder: Path,
    report: Report = lambda _: None,
) -> HomogenizedInputs:
    """Homogenize the rows of all inputs, part by part.

    Raises
    ------
    SourceUnavailableError
        If a catalog cannot be read now.
    """
    rows = _folder(folder / "parts")
    works, reports, problems = _part_works(inputs, recipe, book, rows, report)
    done: dict[int, list[PartDone]] = {}
    number = 0
    for place, work in works.items():
        report(StageProgress(stage="homogenizing", done=place, total=len(inputs)))
        calls = [(homogenize_part, work, part, number + n) for n, part in enumerate(inputs[place].parts)]
        number += len(calls)
        done[place] = _tasks(calls)
        wrong = dict.fromkeys(problem for part in done[place] for problem in part.problems)
        if wrong:
            problems[place] = tuple(wrong)
    return HomogenizedInputs(inputs, folder, rows, done, reports, problems)


def compile_inputs(
    homogenized: HomogenizedInputs,
    recipe: CombineRecipe,
    *,
    footprints: Iterable[Footprint] = (),
    report: Report = lambda _: None,
    tile_rows: int = _TILE_ROWS,
) -> LargeCompilation:
    """Find and resolve repeated measurements among inputs with which nothing is wrong.

    Raises
    ------
    RecipeError
        If the recipe leaves no row.
    """
    flat = [part for of_input in homogenized.done.values() for part in of_input]
    positioned = sum(int(part.counts[1].sum()) for part in flat)
    wanted = sum(part.wanted for part in flat)
    limits = dict(sum((Counter(part.limits) for part in flat), Counter()))
    limits = {name: limits.get(name, 0) for part in flat[:1] for name in part.limits}
    if not wanted:
        raise RecipeError([nothing_wanted(positioned, limits, recipe)])

    report(StageProgress(stage="grouping", rows=wanted))
    parts, numbers = homogenized.rows, range(len(flat))
    shared = rows_with_repeated_keys(parts, numbers, repeated_hashes(parts, numbers))
    order = cell_order(max(part.largest_radius_arcsec for part in flat))
    alone, finished = (_folder(homogenized.folder / name) for name in ("alone", "finished"))
    work = TileWork(recipe, tuple(footprints), parts, len(flat), order, alone, finished)
    tiles = cut_sky([part.counts for part in flat], tile_rows=tile_rows)
    near = pa.concat_tables(_tasks((part_tile, work, tile, n) for n, tile in enumerate(tiles)))

    report(StageProgress(stage="resolving", rows=near.num_rows))
    marked = None if recipe.mode is Mode.CONCATENATE else mark_duplicates(near.combine_chunks(), recipe)
    ends = _tasks(
        (finish_tile, work, tile, n, rows, tuple(recipe.extra_sources))
        for (n, tile), rows in zip(enumerate(tiles), _by_tile(marked, tiles, recipe), strict=True)
    )
    tally = total([end.tally for end in ends] + ([] if marked is None else [tally_rows(marked)]))
    kept = sum(end.kept for end in ends)
    marks = dict(sorted(tally.tie_results.items()))
    if not kept:
        raise RecipeError([nothing_kept(wanted, marks, recipe)])
    reports = tuple(_reports(homogenized, shared))
    counts = RowCounts(
        read=sum(one.rows for one in reports),
        positioned=positioned,
        limits=limits,
        wanted=wanted,
        marks=marks,
        groups=_repeated_groups(marked),
        kept=kept,
        written=kept if recipe.maxrec is None else min(kept, recipe.maxrec),
    )
    return LargeCompilation(
        schema=finished.rows(0).schema,
        reports=reports,
        counts=counts,
        rows_by_survey=dict(sorted(sum((Counter(end.surveys) for end in ends), Counter[str]()).items())),
        tally=tally,
        agreements=() if marked is None else agreement(marked),
        finished=finished,
        n_tiles=len(tiles),
    )


def _folder(path: Path) -> SortedRows:
    path.mkdir(parents=True)
    return SortedRows(str(path))


def _tasks(calls: Iterable[tuple[Any, ...]]) -> list[Any]:
    """Results of these calls, in their order."""
    delayed: Callable[..., Any] = dask.delayed  # type: ignore[attr-defined]  # dask has no types
    compute: Callable[..., Any] = dask.compute  # type: ignore[attr-defined]
    return list(compute(*[delayed(function, pure=False)(*given) for function, *given in calls]))


def _part_works(
    inputs: Sequence[LargeInput], recipe: CombineRecipe, book: SurveyBook, rows: SortedRows, report: Report
) -> tuple[dict[int, PartWork], dict[int, InputReport], dict[int, tuple[Problem, ...]]]:
    """What the parts of each sound input have in common, what its witnesses tell, and what is wrong with the others."""
    works: dict[int, PartWork] = {}
    found: dict[int, Homogenized] = {}
    problems: dict[int, tuple[Problem, ...]] = {}
    for place, item in enumerate(inputs):
        report(StageProgress(stage="reading", done=place, total=len(inputs)))
        seen = _tasks((part_witnesses, part) for part in item.parts)
        witness = witnesses(pa.concat_tables(seen))
        work = PartWork(item.given, item.name, recipe, book, witness, 0, pa.schema([]), rows)
        try:
            found[place] = work.homogenized(item.parts[0], witness)
        except RecipeError as error:
            problems[place] = error.problems
        else:
            works[place] = work
    if not found:
        return {}, {}, problems
    schema = concatenated([one.table for one in found.values()]).schema
    complete = {
        place: replace(work, n_witnesses=found[place].table.num_rows, schema=schema) for place, work in works.items()
    }
    return complete, {place: one.report for place, one in found.items()}, problems


def _of_input(problems: Iterable[Problem], number: int, name: str) -> Iterator[Problem]:
    for problem in problems:
        message = f"input {number}, {name}: {problem.message}"
        yield problem.model_copy(update={"parameter": "INPUT", "message": message})


def _by_tile(marked: pa.Table | None, tiles: Sequence[Tile], recipe: CombineRecipe) -> Iterator[pa.Table | None]:
    """Rows that were marked together and are kept, of each tile."""
    if marked is None:
        yield from [None] * len(tiles)
        return
    kept = keep_rows(marked, recipe)
    pixels = sky_pixels(kept["ra"].to_numpy(), kept["dec"].to_numpy())
    order = np.argsort(pixels, kind="stable")
    kept, pixels = kept.take(pa.array(order)), pixels[order]
    for first, stop in tiles:
        start, end = np.searchsorted(pixels, [first, stop])
        yield kept.slice(int(start), int(end - start)).combine_chunks()


def _repeated_groups(marked: pa.Table | None) -> int:
    if marked is None:
        return 0
    repeated = marked.filter(pc.greater(marked["n_measurements"], 1))
    return int(pc.count_distinct(repeated["group_id"]).as_py())


def _reports(homogenized: HomogenizedInputs, shared: pa.Table) -> Iterator[InputReport]:
    start = 0
    for place, parts in homogenized.done.items():
        files = range(start, start + len(parts))
        start += len(parts)
        found = [part.report for part in parts if part.report is not None]
        yield merged_report(found, homogenized.witness_reports[place], _repeated_ids(shared, files))


def _repeated_ids(shared: pa.Table, files: range) -> dict[str, int]:
    """Rows by survey that share their id with an earlier one; all of them share their key as well."""
    if not shared.num_rows:
        return {}
    its = shared.filter(pc.is_in(shared["file"], value_set=pa.array(files, pa.int64())))
    its = its.filter(pc.is_valid(its["id"]))
    counts = its.group_by("survey").aggregate([("id", "count"), ("id", "count_distinct")]).to_pylist()
    return {row["survey"] or "unknown": row["id_count"] - row["id_count_distinct"] for row in counts}
