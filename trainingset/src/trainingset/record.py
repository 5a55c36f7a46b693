"""What is told of a training set besides its rows: counts of each stage, notes, facts and provenance."""

from collections.abc import Sequence

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.citations import citations_of
from trainingset.embedded_record import UNKNOWN_CHECKSUM
from trainingset.formats import Info
from trainingset.pair_columns import UNMATCHED
from trainingset.prepare import Prepared
from trainingset.provenance import CatalogUsed, Provenance, StageCount, software_versions
from trainingset.registry import Citation
from trainingset.resolve import Resolved
from trainingset.specz.survey import find_survey
from trainingset.split_counts import SplitCounts
from trainingset.table_infos import table_infos

__all__ = ["PROVENANCE_NAME", "cited", "provenance_of", "result_infos", "stage_counts", "table_notes"]

PROVENANCE_NAME = "provenance.json"
"""Name of the record that lies beside the files."""


def stage_counts(prepared: Prepared, pairs: pd.DataFrame, resolved: Resolved, n_rows: int) -> tuple[StageCount, ...]:
    """Rows in and out of each stage.

    Parameters
    ----------
    n_rows
        Rows that were written.
    """
    counts = prepared.redshifts.counts
    matched = int(pairs["row"].nunique())
    unmatched = int((resolved.rows["part"] == UNMATCHED).sum())
    dropped = {
        "not_wanted": counts.cut,
        "without_position": counts.without_position,
        "without_redshift": counts.without_redshift,
    }
    found = {
        "redshifts_matched": matched,
        "redshifts_unmatched": counts.kept - matched,
        "ambiguous_pairs": int((pairs["n_within_radius"] > 1).sum()),
    }
    shared = {
        "objects_with_several_redshifts": resolved.n_shared,
        "objects_with_conflicting_redshifts": resolved.n_conflicts,
    }
    n_kept = resolved.n_kept
    split = () if resolved.split is None else (_split_count(resolved.split, resolved.n_split),)
    cap, weight = _cap_count(resolved), _weight_count(resolved)
    combined = () if prepared.compiled is None else prepared.compiled.stages
    return (
        *combined,
        StageCount(stage="redshifts", rows_in=counts.read, rows_out=counts.kept, details=dropped),
        StageCount(stage="match", rows_in=counts.kept, rows_out=len(pairs), details=found),
        StageCount(stage="constraint", rows_in=len(pairs), rows_out=resolved.n_passing),
        StageCount(stage="unique", rows_in=resolved.n_passing, rows_out=n_kept, details=shared),
        *(split if prepared.recipe.cap_subsets else ()),
        *cap,
        *(() if prepared.recipe.cap_subsets else split),
        *weight,
        StageCount(
            stage="output", rows_in=len(resolved.rows), rows_out=n_rows, details={"unmatched_redshifts": unmatched}
        ),
    )


def cited(prepared: Prepared, rows: pd.DataFrame) -> tuple[Citation, ...]:
    """What users of these rows are asked to cite: the catalogs, and the surveys whose redshifts are in them."""
    entries = [prepared.card.entry, prepared.redshift_catalog]
    find = find_survey
    if prepared.compiled is not None:
        entries += [item.entry for item in prepared.compiled.prepared.inputs]
        find = prepared.compiled.prepared.book.find
    column = prepared.redshifts.roles.get("survey")
    if column is not None:
        found = prepared.redshifts.table[column].take(pa.array(rows["row"])).unique().drop_null()
        surveys = sorted(map(str, found.to_pylist()))
    else:
        surveys = list(prepared.redshift_catalog.surveys) if prepared.redshift_catalog is not None else []
    return citations_of([entry for entry in entries if entry is not None], surveys, find)


def result_infos(prepared: Prepared, resolved: Resolved, citations: Sequence[Citation]) -> tuple[Info, ...]:
    """Facts that travel inside every file."""
    name = ", ".join(item.name for item in prepared.inputs_used)
    facts = {**prepared.order.facts, "redshifts_name": name, "provenance": PROVENANCE_NAME}
    if resolved.split is not None:
        facts["split_units"] = f"{resolved.split.n_units} ({resolved.split.kind})"
    if prepared.recipe.magnitudes:
        facts |= prepared.corrections.facts()
    return table_infos(prepared.recipe, catalogs=[_catalog_used(prepared)], citations=citations, facts=facts)


def table_notes(prepared: Prepared, pairs: pd.DataFrame, resolved: Resolved, n_rows: int) -> tuple[str, ...]:
    """What the owner of the result should know."""
    notes = [*prepared.notes, *prepared.redshifts.notes]
    if not len(pairs):
        notes.append(
            f"No object of {prepared.card.entry.id} lies within {prepared.radius_arcsec:g} arcsec of any redshift."
        )
    elif not resolved.n_passing:
        notes.append(f"None of the {len(pairs)} pairs has an object that fulfils WHERE.")
    if resolved.n_conflicts:
        notes.append(f"{resolved.n_conflicts} objects have redshifts that contradict each other: see z_conflict.")
    notes += resolved.split.notes() if resolved.split is not None and resolved.n_kept else ()
    if n_rows < len(resolved.rows):
        notes.append(f"Only the first {n_rows} of {len(resolved.rows)} rows are here, as MAXREC asks for.")
    return tuple(notes)


def provenance_of(
    prepared: Prepared,
    resolved: Resolved,
    rows: pd.DataFrame,
    stages: Sequence[StageCount],
    notes: Sequence[str],
    citations: Sequence[Citation],
) -> Provenance:
    """The record, but for what only the finished files tell.

    Parameters
    ----------
    rows
        Those that are written.
    """
    order, recipe, compiled = prepared.order, prepared.recipe, prepared.compiled
    survey = prepared.redshifts.roles.get("survey")
    return Provenance(
        request=order.request,
        recipe=recipe.model_dump(mode="json"),
        preset=recipe.preset_used,
        seed=recipe.seed,
        inputs=prepared.inputs_used,
        catalogs=(_catalog_used(prepared),),
        stages=tuple(stages),
        capped_cells=() if resolved.caps is None else resolved.caps.capped,
        survey_rules=() if compiled is None else compiled.survey_rules,
        input_reports=() if compiled is None else compiled.reports,
        rows=stages[-1].rows_out,
        rows_by_survey={} if survey is None else _rows_by(prepared.redshifts.table[survey].take(pa.array(rows["row"]))),
        rows_by_subset=_rows_by(pa.array(rows["subset"], pa.string())) if recipe.split else {},
        corrections=prepared.corrections if recipe.magnitudes else None,
        row_checksum=UNKNOWN_CHECKSUM,
        citations=tuple(citations),
        notes=tuple(notes),
        software=dict(software_versions()),
        facts=order.facts,
    )


def _split_count(split: SplitCounts, n_rows: int) -> StageCount:
    by_subset = {f"units_{subset}": count for subset, count in split.units_by_subset.items()}
    return StageCount(stage="split", rows_in=n_rows, rows_out=n_rows, details={"units": split.n_units, **by_subset})


def _cap_count(resolved: Resolved) -> tuple[StageCount, ...]:
    caps = resolved.caps
    if caps is None:
        return ()
    return (StageCount(stage="cap", rows_in=caps.rows_in, rows_out=caps.rows_out, details=caps.details()),)


def _weight_count(resolved: Resolved) -> tuple[StageCount, ...]:
    if resolved.weights is None:
        return ()
    n_rows = int((resolved.rows["part"] != UNMATCHED).sum())
    return (StageCount(stage="weight", rows_in=n_rows, rows_out=n_rows, details=resolved.weights.details()),)


def _catalog_used(prepared: Prepared) -> CatalogUsed:
    entry, card = prepared.card.entry, prepared.card
    return CatalogUsed(
        id=entry.id,
        release=entry.release,
        path=entry.path,
        fingerprint=card.fingerprint,
        rows=card.n_rows,
        margin_arcsec=card.margin_arcsec,
    )


def _rows_by(values: pa.Array | pa.ChunkedArray) -> dict[str, int]:
    """Number of rows by value; rows without one are not counted."""
    counts = pc.value_counts(values.drop_null()).to_pylist()
    return {str(count["values"]): count["counts"] for count in sorted(counts, key=lambda count: str(count["values"]))}
