"""Combines inputs of tens of millions of rows with bounded memory; the rows are exactly those of `combine_tables`.

Marking repeated measurements is local: rows of different chains of near rows do not know of each other. So the few rows
that may have a neighbor are marked together in memory, wherever borders lie, and all others tile by tile.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
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
from trainingset.specz.large.tiles import Tile, TileWork, finish_tile, mark_counts, part_tile
from trainingset.specz.large.witnesses import witnesses
from trainingset.specz.survey_book import SurveyBook

__all__ = ["LARGE_ROWS", "LargeCompilation", "combine_at_scale", "is_large"]

LARGE_ROWS = 5_000_000
"""Rows of all inputs above which a compilation is made by tiles: so many take some 5 GB at once in memory."""

_TILE_ROWS = 200_000


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
    """Combine inputs of any size.

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
    parts, alone, finished = (_folder(folder / name) for name in ("parts", "alone", "finished"))
    works, witness_reports = _part_works(inputs, recipe, book, parts, report)
    done = _homogenized(inputs, works, report)
    flat = [part for of_input in done for part in of_input]
    positioned = sum(int(part.counts[1].sum()) for part in flat)
    wanted = sum(part.wanted for part in flat)
    limits = dict(sum((Counter(part.limits) for part in flat), Counter()))
    limits = {name: limits.get(name, 0) for part in flat[:1] for name in part.limits}
    if not wanted:
        raise RecipeError([nothing_wanted(positioned, limits, recipe)])

    report(StageProgress(stage="grouping", rows=wanted))
    numbers = range(len(flat))
    shared, renamed = rows_with_repeated_keys(parts, numbers, repeated_hashes(parts, numbers))
    order = cell_order(max(part.largest_radius_arcsec for part in flat))
    work = TileWork(recipe, tuple(footprints), parts, len(flat), order, alone, finished)
    tiles = cut_sky([part.counts for part in flat], tile_rows=tile_rows)
    near = pa.concat_tables(_tasks((part_tile, work, tile, n, renamed) for n, tile in enumerate(tiles)))

    report(StageProgress(stage="resolving", rows=near.num_rows))
    marked = None if recipe.mode is Mode.CONCATENATE else mark_duplicates(near.combine_chunks(), recipe)
    ends = _tasks(
        (finish_tile, work, tile, n, rows, tuple(recipe.extra_sources))
        for (n, tile), rows in zip(enumerate(tiles), _by_tile(marked, tiles, recipe), strict=True)
    )
    marks = sum((Counter(end.marks) for end in ends), Counter(mark_counts(marked) if marked is not None else {}))
    told_marks = {name: marks[name] for name in sorted(marks)}
    kept = sum(end.kept for end in ends)
    if not kept:
        raise RecipeError([nothing_kept(wanted, told_marks, recipe)])
    reports = tuple(_reports(done, witness_reports, shared))
    surveys = sum((Counter(end.surveys) for end in ends), Counter[str]())
    counts = RowCounts(
        read=sum(one.rows for one in reports),
        positioned=positioned,
        limits=limits,
        wanted=wanted,
        marks=told_marks,
        groups=_repeated_groups(marked),
        kept=kept,
        written=kept if recipe.maxrec is None else min(kept, recipe.maxrec),
    )
    return LargeCompilation(
        finished.rows(0).schema, reports, counts, dict(sorted(surveys.items())), finished, len(tiles)
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
) -> tuple[list[PartWork], list[InputReport]]:
    """What the parts of each input have in common: how the whole of it is to be read."""
    report(StageProgress(stage="reading", done=0, total=len(inputs)))
    works: list[PartWork] = []
    found: list[Homogenized] = []
    problems: list[Problem] = []
    for number, item in enumerate(inputs, start=1):
        seen = _tasks((part_witnesses, part) for part in item.parts)
        witness = witnesses(pa.concat_tables(seen))
        work = PartWork(item.given, item.name, recipe, book, witness, 0, pa.schema([]), rows)
        works.append(work)
        try:
            found.append(work.homogenized(item.parts[0], witness))
        except RecipeError as error:
            problems += _of_input(error.problems, number, item.name)
    if problems:
        raise RecipeError(problems)
    schema = concatenated([one.table for one in found]).schema
    complete = [
        PartWork(work.given, work.name, recipe, book, work.witness, one.table.num_rows, schema, rows)
        for work, one in zip(works, found, strict=True)
    ]
    return complete, [one.report for one in found]


def _homogenized(inputs: Sequence[LargeInput], works: Sequence[PartWork], report: Report) -> list[list[PartDone]]:
    done: list[list[PartDone]] = []
    problems: list[Problem] = []
    number = 0
    for place, (item, work) in enumerate(zip(inputs, works, strict=True), start=1):
        report(StageProgress(stage="homogenizing", done=place - 1, total=len(inputs)))
        calls = [(homogenize_part, work, part, number + n) for n, part in enumerate(item.parts)]
        done.append(_tasks(calls))
        number += len(calls)
        wrong = dict.fromkeys(problem for part in done[-1] for problem in part.problems)
        problems += _of_input(wrong, place, item.name)
    if problems:
        raise RecipeError(problems)
    return done


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


def _reports(
    done: Sequence[Sequence[PartDone]], witness: Sequence[InputReport], shared: pa.Table
) -> Iterator[InputReport]:
    start = 0
    for parts, one in zip(done, witness, strict=True):
        files = range(start, start + len(parts))
        start += len(parts)
        found = [part.report for part in parts if part.report is not None]
        yield merged_report(found, one, _repeated_ids(shared, files))


def _repeated_ids(shared: pa.Table, files: range) -> dict[str, int]:
    """Rows by survey that share their id with an earlier one; all of them share their key as well."""
    if not shared.num_rows:
        return {}
    its = shared.filter(pc.is_in(shared["file"], value_set=pa.array(files, pa.int64())))
    its = its.filter(pc.is_valid(its["id"]))
    counts = its.group_by("survey").aggregate([("id", "count"), ("id", "count_distinct")]).to_pylist()
    return {row["survey"] or "unknown": row["id_count"] - row["id_count_distinct"] for row in counts}
