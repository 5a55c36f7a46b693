"""Groups of rows: what functions of many rows make of them, batch by batch."""

from collections.abc import Iterable, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import acero

from trainingset.expression_arrow import Sources, compile_value
from trainingset.expression_tree import is_real
from trainingset.query.outputs import AGGREGATED, GROUPED, Grouping

__all__ = ["group_rows", "projected"]

_PARTS: dict[str, tuple[str, ...]] = {
    "COUNT": ("count",),
    "MIN": ("min",),
    "MAX": ("max",),
    "SUM": ("sum",),
    "AVG": ("sum", "count"),
}
"""What is kept of the rows of a batch."""
_MERGED = {"count": "sum", "sum": "sum", "min": "min", "max": "max"}
"""How what is kept of two batches becomes one."""


def group_rows(batches: Iterable[pa.Table], grouping: Grouping, sources: Sources) -> pa.Table:
    """Group rows, in the order of their keys; NaN is as unknown as null.

    Memory grows with the number of groups alone.

    Returns
    -------
    pa.Table
        Columns ``groups.N`` and ``aggregates.N``, one row for each group; without keys, one row.
    """
    keys = [f"{GROUPED}{number}" for number in range(len(grouping.keys))]
    kept = None
    for batch in batches:
        part = _part(batch, grouping, sources, keys)
        kept = part if kept is None else _merged(pa.concat_tables([kept, part]), keys)
    assert kept is not None, "a batch comes even where no row does"
    if keys:
        kept = kept.take(pc.sort_indices(kept, sort_keys=[(key, "ascending") for key in keys]))
    columns = {key: kept[key] for key in keys}
    for number, aggregate in enumerate(grouping.aggregates):
        parts = [kept[f"{number} {part}"] for part in _PARTS[aggregate.function]]
        columns[f"{AGGREGATED}{number}"] = _mean(*parts) if aggregate.function == "AVG" else parts[0]
    return pa.table(columns)


def projected(batch: pa.Table, values: Sequence[pc.Expression], names: Sequence[str]) -> pa.Table:
    """Values of each row."""
    plan = acero.Declaration.from_sequence(
        [
            acero.Declaration("table_source", acero.TableSourceNodeOptions(batch)),
            acero.Declaration("project", acero.ProjectNodeOptions(list(values), list(names))),
        ]
    )
    # One thread: several would hand the rows back in any order.
    return plan.to_table(use_threads=False)


def _part(batch: pa.Table, grouping: Grouping, sources: Sources, keys: Sequence[str]) -> pa.Table:
    values = [compile_value(key, sources=sources) for key in grouping.keys]
    names = [*keys]
    for number, aggregate in enumerate(grouping.aggregates):
        value = pc.scalar(1) if aggregate.argument is None else compile_value(aggregate.argument, sources=sources)
        if aggregate.argument is not None and is_real(aggregate.argument):
            value = pc.if_else(value.is_null(nan_is_null=True), pa.scalar(None, pa.float64()), value)
        values.append(value)
        names.append(str(number))
    wanted = [
        (str(number), part)
        for number, aggregate in enumerate(grouping.aggregates)
        for part in _PARTS[aggregate.function]
    ]
    return _grouped(projected(batch, values, names), keys, wanted, [f"{name} {part}" for name, part in wanted])


def _merged(parts: pa.Table, keys: Sequence[str]) -> pa.Table:
    names = [name for name in parts.column_names if name not in keys]
    return _grouped(parts, keys, [(name, _MERGED[name.split(" ")[1]]) for name in names], names)


def _grouped(rows: pa.Table, keys: Sequence[str], wanted: Sequence[tuple[str, str]], names: Sequence[str]) -> pa.Table:
    found = rows.group_by(list(keys), use_threads=False).aggregate(list(wanted))
    columns = {key: found[key] for key in keys}
    return pa.table(columns | {name: found[f"{of}_{part}"] for name, (of, part) in zip(names, wanted, strict=True)})


def _mean(total: pa.ChunkedArray, count: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.divide(total.cast(pa.float64()), pc.if_else(pc.equal(count, 0), None, count).cast(pa.float64()))
