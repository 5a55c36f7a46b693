"""Makes a training set: the stages in order. The page to read first."""

import shutil
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.deliver import CANONICAL_NAME, Delivery, made_file, with_outputs, write_canonical, write_files
from trainingset.formats import Info
from trainingset.order import MadeFile, Order, Report, StageProgress, TrainingSetFiles
from trainingset.pair_columns import UNMATCHED, pair_table
from trainingset.pairing import find_pairs, sky_positions
from trainingset.prepare import Prepared, prepare
from trainingset.provenance import Provenance, write_provenance
from trainingset.recipe import Match
from trainingset.record import PROVENANCE_NAME, cited, provenance_of, result_infos, stage_counts, table_notes
from trainingset.resolve import resolve_pairs
from trainingset.result_layout import result_layout
from trainingset.row_limits import RowLimits
from trainingset.rows import stream_rows
from trainingset.set_report.images import write_images
from trainingset.set_report.report import set_report
from trainingset.target_photometry import target_magnitudes

__all__ = ["Report", "make_training_set"]

ANSWER_NAME = "answer.parquet"
"""Name of the table that a select list makes."""
REPORT_NAME = "report.html"
"""Name of the quality report."""
IMAGES_NAME = "report_figures.zip"
"""Name of its figures as PNG."""


def make_training_set(order: Order, report: Report = lambda _: None) -> TrainingSetFiles:
    """Match redshifts with an object catalog and write the training set.

    Runs where Dask runs: in threads of this process, or on the cluster whose client is active; then the order's
    folder is one that all of its workers share.

    Parameters
    ----------
    order
        What is asked for, where the inputs lie, and an empty folder for the files.
    report
        Told of progress.

    Raises
    ------
    RecipeError
        With every problem of the request, found before anything is computed.
    SourceUnavailableError
        If an input or the catalog cannot be read now.
    """
    folder = Path(order.folder)
    report(StageProgress(stage="checking"))
    prepared = prepare(order, report)

    report(StageProgress(stage="matching", rows=prepared.redshifts.table.num_rows))
    objects = folder / "objects"
    objects.mkdir()
    pairs, object_files = find_pairs(prepared, objects, _partition_progress(report))

    report(StageProgress(stage="selecting", rows=len(pairs)))
    resolved = resolve_pairs(prepared, pairs, object_files)
    limits = RowLimits.of(prepared.recipe)
    rows = resolved.rows[: limits.most_rows]
    overflow = limits.are_cut(resolved.rows)

    report(StageProgress(stage="writing", rows=len(rows)))
    citations = cited(prepared, rows)
    infos = result_infos(prepared, resolved, citations)
    notes = table_notes(prepared, pairs, resolved, len(rows))
    counts = stage_counts(prepared, pairs, resolved, len(rows))
    canonical = folder / CANONICAL_NAME
    record = provenance_of(prepared, resolved, rows, counts, notes, citations)
    record = _write_rows(prepared, rows, object_files, canonical, infos, record, overflow=overflow)
    shutil.rmtree(objects)

    report(StageProgress(stage="formats", rows=len(rows)))
    answer = _write_answer(prepared, canonical, infos)
    files = list(write_files(canonical, Delivery.of(prepared.recipe), infos, overflow=overflow, answer=answer))
    if prepared.recipe.report:
        files += _write_report(prepared, canonical)
    record = with_outputs(record, files)
    write_provenance(record, folder / PROVENANCE_NAME)
    return TrainingSetFiles(
        files=(*files, made_file("provenance", folder / PROVENANCE_NAME, "application/json")),
        provenance=record.model_dump(mode="json"),
        recipe=prepared.recipe.model_dump(mode="json"),
        rows=len(rows),
        notes=notes,
    )


def _partition_progress(report: Report) -> Callable[[int, int, int], None]:
    def progress(done: int, total: int, pairs: int) -> None:
        report(StageProgress(stage="matching", done=done, total=total, rows=pairs))

    return progress


def _write_answer(prepared: Prepared, canonical: Path, infos: Sequence[Info]) -> Path | None:
    """The table that the select list asks for; None without one."""
    if prepared.recipe.select is None:
        return None
    # A late import: the parser takes a third of a second to load, which only those who use one should pay.
    from trainingset.query.answer import write_answer

    answer = canonical.with_name(ANSWER_NAME)
    write_answer(prepared, canonical, answer, infos)
    return answer


def _write_report(prepared: Prepared, canonical: Path) -> list[MadeFile]:
    """Write the quality report of all rows within the limits, and its figures where they can be drawn."""
    survey = prepared.redshifts.roles.get("survey")
    target = target_magnitudes(prepared)
    report = set_report(
        canonical,
        survey=None if survey is None else prepared.columns.redshifts[survey].name,
        subset="subset" if prepared.recipe.split else None,
        title=f"Quality of a training set from {prepared.card.entry.id}",
        target=None if target is None else target.rows,
    )
    path = canonical.with_name(REPORT_NAME)
    path.write_text(report.page, encoding="utf-8")
    files = [made_file("report", path, "text/html")]
    # It is no part of the light installation, where the page has to do.
    if find_spec("matplotlib") is not None:
        images = canonical.with_name(IMAGES_NAME)
        write_images(report, images)
        files.append(made_file("report_figures", images, "application/zip"))
    return files


def _write_rows(
    prepared: Prepared,
    rows: pd.DataFrame,
    object_files: ObjectFiles,
    canonical: Path,
    infos: Sequence[Info],
    record: Provenance,
    *,
    overflow: bool,
) -> Provenance:
    redshifts = prepared.redshifts.table
    positions = sky_positions(prepared)
    pairs = pair_table(
        rows,
        positions=(positions.ra, positions.dec),
        keys=redshifts["redshift_key"],
        release=prepared.card.entry.release,
        extra=_asked_columns(prepared, rows),
    )
    columns = prepared.columns
    batches = stream_rows(
        redshifts,
        *(rows[name].to_numpy(np.int64) for name in ("row", "part", "part_row")),
        columns=columns,
        object_files=object_files,
        pairs=pairs,
    )
    layout, schema = result_layout(prepared), columns.schema(pairs.schema)
    return write_canonical(canonical, schema, layout, batches, infos, overflow=overflow, record=record, key="row_key")


def _asked_columns(prepared: Prepared, rows: pd.DataFrame) -> dict[str, pa.Array]:
    """Columns that only some recipes have."""
    recipe = prepared.recipe
    columns: dict[str, pa.Array] = {}
    if recipe.match is Match.ALL:
        n_matchable = rows["n_matchable"].to_numpy()
        columns["neighbors_truncated"] = pa.array(n_matchable > recipe.neighbors, mask=n_matchable <= 0)
    if recipe.split:
        columns["subset"] = pa.array(rows["subset"], pa.string())
        columns["split_unit"] = pa.array(rows["split_unit"], pa.string())
        columns["is_training_set"] = pc.equal(columns["subset"], "train")
    if recipe.weights:
        columns["weight"] = pa.array(rows["weight"], mask=(rows["part"] == UNMATCHED).to_numpy())
    return columns
