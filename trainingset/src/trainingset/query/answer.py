"""The answer of a recipe with a select list: exactly its columns, made of the canonical table."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import described, schema_descriptions
from trainingset.expression_arrow import Sources, compile_value
from trainingset.formats import Info, ParquetSink
from trainingset.formats.canonical import CanonicalTable
from trainingset.pair_descriptions import pair_columns_of
from trainingset.prepare import Prepared
from trainingset.query.grouping import group_rows, projected
from trainingset.query.outputs import OBJECTS, PAIRS, REDSHIFTS, Outputs, read_outputs
from trainingset.record_names import record_metadata
from trainingset.row_limits import RowLimits

__all__ = ["answer_rows", "answer_schema", "write_answer"]

_SORTED_AT_ONCE = 1_000_000
"""Rows that are gathered before those too many are left out."""


def write_answer(prepared: Prepared, canonical: Path, target: Path, infos: Sequence[Info]) -> None:
    """Write what the select list asks for, row by row of the canonical table, or sorted.

    Rows that are to be sorted are held in memory, the columns of the list alone.

    Parameters
    ----------
    canonical
        The table with all rows and every column that the list needs.
    target
        Parquet file to make.
    """
    outputs, sources = _outputs(prepared)
    most = RowLimits.of(prepared.recipe).most_answered
    source = CanonicalTable(canonical)
    batches = (pa.Table.from_batches([batch]) for batch in source.batches())
    with ParquetSink(target, answer_schema(outputs), infos, metadata=record_metadata(source.record)) as sink:
        for rows in answer_rows(batches, outputs, sources, most):
            sink.write(rows)


def answer_schema(outputs: Outputs) -> pa.Schema:
    """The columns that come out."""
    return pa.schema([described(output.column) for output in outputs.columns])


def answer_rows(
    batches: Iterable[pa.Table], outputs: Outputs, sources: Sources, most: int | None
) -> Iterator[pa.Table]:
    """What a select list makes of some rows, a table at a time.

    Parameters
    ----------
    sources
        Expression of each column that the list may name, with its origin.
    most
        Rows that are wanted, of sorted or grouped ones; others are cut by who sends them.
    """
    schema = answer_schema(outputs)
    if outputs.grouping is not None:
        batches, sources = [group_rows(batches, outputs.grouping, sources)], {}
    values = [compile_value(output.value, sources=sources) for output in outputs.columns]
    answers = (projected(batch, values, schema.names).cast(schema) for batch in batches)
    if outputs.order:
        yield from _sorted(answers, schema, outputs, most)
    elif outputs.grouping is not None:
        yield from (answer[:most] for answer in answers)
    else:
        yield from answers


def _sorted(batches: Iterable[pa.Table], schema: pa.Schema, outputs: Outputs, most: int | None) -> Iterator[pa.Table]:
    """All rows in the order that is asked for, as many as are wanted; equal ones by their place on the sky."""
    rows = schema.empty_table()
    for batch in batches:
        rows = pa.concat_tables([rows, batch])
        if most is not None and rows.num_rows > 2 * most + _SORTED_AT_ONCE:
            rows = _first_of(rows, outputs, most)
    yield _first_of(rows, outputs, most)


def _first_of(rows: pa.Table, outputs: Outputs, most: int | None) -> pa.Table:
    keys = [(name, "descending" if is_descending else "ascending") for name, is_descending in outputs.order]
    # A last key makes the sort a stable one.
    numbered = rows.select([name for name, _ in keys]).append_column("", pa.array(range(rows.num_rows), pa.int64()))
    order = pc.sort_indices(numbered, sort_keys=[*keys, ("", "ascending")])
    return rows.take(order[:most])


def _outputs(prepared: Prepared) -> tuple[Outputs, Sources]:
    """The select list, and the canonical column that each column in it is."""
    recipe, card, columns = prepared.recipe, prepared.card, prepared.columns
    assert recipe.select is not None, "only recipes with a select list have such an answer"
    redshifts = prepared.redshifts
    described_redshifts = {
        sent: column
        for sent, name in redshifts.names.items()
        for column in schema_descriptions(pa.schema([redshifts.table.schema.field(name)]))
    }
    known = {
        OBJECTS: {column.name: column for column in card.columns},
        REDSHIFTS: {sent: column.model_copy(update={"name": sent}) for sent, column in described_redshifts.items()},
        PAIRS: {column.name: column for column in pair_columns_of(recipe)},
    }
    fields = {
        **{f"{OBJECTS}.{name}": field.name for name, field in columns.objects.items()},
        **{f"{REDSHIFTS}.{sent}": columns.redshifts[redshifts.names[sent]].name for sent in described_redshifts},
        **{f"{PAIRS}.{name}": name for name in known[PAIRS]},
    }
    return read_outputs(recipe.select, known), {name: pc.field(field) for name, field in fields.items()}
