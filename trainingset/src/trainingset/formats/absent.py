"""Integers that stand for null in formats that have no nulls: values that occur nowhere in the column."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.formats.canonical import CanonicalTable

__all__ = ["absent_integers", "type_that_holds"]


def absent_integers(source: CanonicalTable) -> dict[str, int]:
    """An integer that does not occur, for each integer column that has nulls.

    It lies outside the range of the column's type only if every value of the type occurs.
    """
    extremes = _extremes(source)
    return {name: _absent(source, name, lowest, highest) for name, (lowest, highest) in extremes.items()}


def _extremes(source: CanonicalTable) -> dict[str, tuple[int | None, int | None]]:
    """Smallest and largest value of each integer column that has nulls; None where all is null."""
    names = tuple(field.name for field in source.schema if pa.types.is_integer(field.type))
    found: dict[str, list[int]] = {name: [] for name in names}
    with_nulls: set[str] = set()
    for batch in source.batches(names) if names else ():
        for name in names:
            ends = pc.min_max(batch[name]).as_py()
            if ends["min"] is not None:
                found[name] = [min([ends["min"], *found[name]]), max([ends["max"], *found[name]])]
            if batch[name].null_count:
                with_nulls.add(name)
    return {name: (found[name][0], found[name][1]) if found[name] else (None, None) for name in sorted(with_nulls)}


def _absent(source: CanonicalTable, name: str, smallest: int | None, largest: int | None) -> int:
    limits = np.iinfo(source.schema.field(name).type.to_pandas_dtype())
    if smallest is None or smallest > limits.min:
        return int(limits.min)
    if largest is None or largest < limits.max:
        return int(limits.max)
    return _first_gap(source, name, int(limits.min), int(limits.max))


def _first_gap(source: CanonicalTable, name: str, lowest: int, highest: int) -> int:
    """Smallest absent value: among one more candidates than rows, one must be free."""
    is_taken = np.zeros(min(source.n_rows + 1, highest - lowest + 1), bool)
    for batch in source.batches((name,)):
        values = batch[name].drop_null().to_numpy().astype(np.int64)
        candidates = values[values < lowest + len(is_taken)] if lowest + len(is_taken) <= highest else values
        is_taken[candidates - lowest] = True
    free = np.flatnonzero(~is_taken)
    return lowest + int(free[0]) if len(free) else lowest - 1


def type_that_holds(null: int | None, datatype: pa.DataType) -> pa.DataType:
    """The column's own type, or a wider one if no value of it was left to stand for null."""
    if null is None or null >= np.iinfo(datatype.to_pandas_dtype()).min:
        return datatype
    return pa.int32() if pa.types.is_int16(datatype) else pa.int64()
