"""Makes a compilation of redshift tables: the stages in order. The page to read first."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.combine_prepare import PreparedCombination, prepare_combination
from trainingset.combine_problems import nothing_kept, nothing_wanted
from trainingset.combine_recipe import CombineRecipe, Mode, validate_combine
from trainingset.combine_record import (
    compilation_citations,
    compilation_infos,
    compilation_notes,
    compilation_provenance,
    compilation_stages,
    inputs_used,
    survey_rules_used,
)
from trainingset.combine_rows import (
    concatenated,
    described_columns,
    in_order,
    limit_counts,
    survey_counts,
    with_footprints,
    with_keys,
    written_columns,
)
from trainingset.combine_tiles import TiledCompilation, combine_by_tiles
from trainingset.combine_verdict import require_sound
from trainingset.compiled import Compiled, RowCounts
from trainingset.deliver import Delivery, made_file, with_outputs, write_canonical, write_files
from trainingset.draft import Draft
from trainingset.errors import Problem, RecipeError
from trainingset.layout import TableLayout
from trainingset.order import MadeFile, Order, Report, StageProgress, TrainingSetFiles
from trainingset.provenance import write_provenance
from trainingset.redshift_keys import KEY_COLUMN
from trainingset.specz.compilation_table import MARKS, WANTED
from trainingset.specz.duplicates import keep_rows, mark_duplicates
from trainingset.specz.footprint import Footprint
from trainingset.specz.homogenize import Homogenized, homogenize
from trainingset.specz.large.compilation import LARGE_ROWS
from trainingset.specz.report.page import report_page

__all__ = ["COMPILATION_NAME", "Compiled", "combine_inputs", "combine_tables", "make_compilation"]

COMPILATION_NAME = "compilation.parquet"
"""Name of the canonical table."""
REPORT_NAME = "report.html"
"""Name of the quality report."""
NUMBERS_NAME = "report.json"
"""Name of the numbers that the report shows."""
PROVENANCE_NAME = "provenance.json"

_LAYOUT = TableLayout(ra="ra", dec="dec", redshift="z", object_id=KEY_COLUMN, bands={})


def make_compilation(
    order: Order, report: Report = lambda _: None, *, most_in_memory: int = LARGE_ROWS
) -> TrainingSetFiles:
    """Combine redshift tables and write the compilation.

    Parameters
    ----------
    order
        What is asked for (``request["kind"]`` is ``combine``), where the inputs lie, an empty folder for the files.
    report
        Told of progress.
    most_in_memory
        Inputs with more rows than this together are combined by tiles of the sky; the rows are the same.

    Raises
    ------
    RecipeError
        With every problem of the request and of its inputs.
    SourceUnavailableError
        If an input cannot be read now.
    """
    folder = Path(order.folder)
    draft = validate_combine(order.request)
    prepared = prepare_combination(draft, order, report, most_in_memory=most_in_memory)
    if prepared.rows <= most_in_memory:
        return _delivered(combine_inputs(prepared, report, problems=order.problems), order, report)
    with TemporaryDirectory(dir=folder, prefix="tiles-") as tiles:
        return _delivered(combine_by_tiles(prepared, Path(tiles), report, problems=order.problems), order, report)


def _delivered(compiled: Compiled | TiledCompilation, order: Order, report: Report) -> TrainingSetFiles:
    """Write the files of a compilation."""
    folder = Path(order.folder)
    rows = compiled.counts.written
    report(StageProgress(stage="writing", rows=rows))
    canonical = folder / COMPILATION_NAME
    infos = compilation_infos(compiled, order, provenance=PROVENANCE_NAME)
    record = write_canonical(
        canonical,
        compiled.schema,
        _LAYOUT,
        compiled.tables(),
        infos,
        overflow=compiled.overflow,
        record=compilation_provenance(compiled, order),
        key=KEY_COLUMN,
    )

    report(StageProgress(stage="formats", rows=rows))
    files = list(write_files(canonical, Delivery.of(compiled.recipe), infos, overflow=compiled.overflow))
    files += _write_report(compiled, folder)
    record = with_outputs(record, files)
    write_provenance(record, folder / PROVENANCE_NAME)
    return TrainingSetFiles(
        files=(*files, made_file("provenance", folder / PROVENANCE_NAME, "application/json")),
        provenance=record.model_dump(mode="json"),
        recipe=compiled.recipe.model_dump(mode="json"),
        rows=rows,
        notes=compiled.notes,
    )


def combine_tables(
    tables: Mapping[str, pa.Table],
    recipe: CombineRecipe,
    *,
    footprints: Iterable[Footprint] = (),
    report: Report = lambda _: None,
) -> Compiled:
    """Combine tables that are in memory.

    Parameters
    ----------
    tables
        By source as the recipe spells it; each as `trainingset.tables.read_table` or `trainingset.tables.tidied` gives
        it.
    footprints
        Footprints that the recipe may name besides ``dp1``.

    Raises
    ------
    RecipeError
        With every problem of the recipe and of its inputs.
    """
    order = Order(
        request={}, catalogs=(), folder="", footprints=tuple(footprint.model_dump() for footprint in footprints)
    )
    prepared = prepare_combination(Draft(recipe, (), frozenset()), order, report, tables=tables)
    return combine_inputs(prepared, report)


def combine_inputs(
    prepared: PreparedCombination, report: Report = lambda _: None, *, problems: Iterable[Problem] = ()
) -> Compiled:
    """Combine inputs that were read.

    Parameters
    ----------
    problems
        What was found wrong with the request before; reported with the rest.

    Raises
    ------
    RecipeError
        With every problem.
    """
    recipe = prepared.recipe
    homogenized = _homogenized(prepared, report, problems)
    reports = {number: result.report for number, result in homogenized.items()}
    rows = concatenated([result.table for result in homogenized.values()])
    rows = with_keys(rows)
    wanted = rows.filter(rows[WANTED]).drop_columns([WANTED])
    limits = limit_counts(rows, recipe)
    if not wanted.num_rows:
        raise RecipeError([nothing_wanted(rows.num_rows, limits, recipe)])

    report(StageProgress(stage="grouping", rows=wanted.num_rows))
    marked = _marked(wanted, prepared)
    marks = _mark_counts(marked)

    report(StageProgress(stage="resolving", rows=marked.num_rows))
    kept = keep_rows(marked, recipe) if recipe.mode is Mode.REMOVE else marked
    if not kept.num_rows:
        raise RecipeError([nothing_kept(marked.num_rows, marks, recipe)])
    table = kept[: recipe.maxrec]
    surveys = survey_counts(table)
    counts = RowCounts(
        read=prepared.rows,
        positioned=rows.num_rows,
        limits=limits,
        wanted=wanted.num_rows,
        marks=marks,
        groups=_repeated_groups(marked),
        kept=kept.num_rows,
        written=table.num_rows,
    )
    return Compiled(
        prepared=prepared,
        table=table,
        marked=marked,
        reports=tuple(reports.values()),
        counts=counts,
        rows_by_survey=surveys,
        stages=compilation_stages(counts, reports.values(), prepared),
        notes=compilation_notes(counts, reports, prepared),
        citations=compilation_citations(prepared, surveys),
        survey_rules=survey_rules_used(prepared, reports.values()),
        inputs_used=inputs_used(prepared.inputs, reports),
    )


def _write_report(compiled: Compiled | TiledCompilation, folder: Path) -> tuple[MadeFile, MadeFile]:
    """Write the quality report of all rows within the limits, and its numbers."""
    numbers = compiled.numbers()
    n_inputs, preset = len(compiled.prepared.inputs), compiled.recipe.preset
    title = f"Compilation of {n_inputs} {'table' if n_inputs == 1 else 'tables'} of redshifts (preset {preset})"
    page, data = folder / REPORT_NAME, folder / NUMBERS_NAME
    page.write_text(report_page(numbers, title=title), encoding="utf-8")
    data.write_text(numbers.model_dump_json(), encoding="utf-8")
    return made_file("report", page, "text/html"), made_file("numbers", data, "application/json")


def _homogenized(prepared: PreparedCombination, report: Report, problems: Iterable[Problem]) -> dict[int, Homogenized]:
    """Homogenized inputs by number, if nothing at all is wrong."""
    found: dict[int, Homogenized] = {}
    wrong: dict[int, tuple[Problem, ...]] = {}
    for item in prepared.inputs:
        report(StageProgress(stage="homogenizing", done=len(found), total=len(prepared.inputs)))
        try:
            found[item.number] = homogenize(item.table, item.given, prepared.recipe, prepared.book, name=item.name)
        except RecipeError as error:
            wrong[item.number] = error.problems
    require_sound(prepared, {number: result.report for number, result in found.items()}, wrong, problems)
    return found


def _marked(rows: pa.Table, prepared: PreparedCombination) -> pa.Table:
    """All rows in their order, with marks and footprints, described."""
    recipe = prepared.recipe
    if recipe.mode is Mode.CONCATENATE:
        # Marks of an earlier compilation say nothing of these rows together.
        marked = rows.select([name for name in rows.column_names if name not in MARKS.names])
    else:
        marked = mark_duplicates(rows, recipe)
    marked = with_footprints(in_order(marked), prepared.footprints)
    return described_columns(written_columns(marked, recipe.extra_sources))


def _mark_counts(marked: pa.Table) -> dict[str, int]:
    if "tie_result" not in marked.column_names:
        return {}
    counts = pc.value_counts(marked["tie_result"]).to_pylist()
    return {str(count["values"]): count["counts"] for count in sorted(counts, key=lambda count: count["values"])}


def _repeated_groups(marked: pa.Table) -> int:
    if "n_measurements" not in marked.column_names:
        return 0
    repeated = marked.filter(pc.greater(marked["n_measurements"], 1))
    return int(pc.count_distinct(repeated["group_id"]).as_py())
