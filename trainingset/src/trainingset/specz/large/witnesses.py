"""Rows of a table by which every decision about the whole table is made alike in each of its parts.

Homogenizing decides some things from all values of a column: whether flags are probabilities, whether a text column
holds types, which surveys there are. A part of a table, with the witnesses behind it, decides as the whole.
"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["witnesses"]

_MOST_VALUES = 256
"""Of a column with up to so many values each has a witness: flags, types and surveys have fewer."""


def witnesses(table: pa.Table) -> pa.Table:
    """Rows that tell for each column which values, or within which limits, it holds; in their order.

    Witnesses of parts, put together, have the witnesses of the whole among them.
    """
    table = table.combine_chunks()
    rows = [row for column in table.columns for row in _rows_of(column.combine_chunks())]
    return table.take(pa.array(np.unique(np.array([0, *rows] if table.num_rows else [], np.int64))))


def _rows_of(values: pa.Array) -> Iterator[int]:
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    encoded = values.dictionary_encode(null_encoding="encode")
    if len(encoded.dictionary) <= _MOST_VALUES:
        codes = encoded.indices.to_numpy(zero_copy_only=False)
        yield from np.unique(codes, return_index=True)[1].tolist()
        return
    yield from np.flatnonzero(pc.is_valid(values).to_numpy(zero_copy_only=False))[:_MOST_VALUES].tolist()
    if pa.types.is_integer(values.type) or pa.types.is_floating(values.type):
        yield from _limits(values.to_numpy(zero_copy_only=False))


def _limits(values: np.ndarray) -> Iterator[int]:
    """Rows with the least and the largest number, and one strictly between 0 and 1."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known):
        yield int(known[np.argmin(values[known])])
        yield int(known[np.argmax(values[known])])
    with np.errstate(invalid="ignore"):
        yield from np.flatnonzero((values > 0) & (values < 1))[:1].tolist()
