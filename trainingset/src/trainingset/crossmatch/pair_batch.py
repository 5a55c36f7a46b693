"""Pairs of a partition on their way out of its task: one value, since a frame of many columns takes longer to make."""

from collections.abc import Iterable, Mapping

import pandas as pd
import pyarrow as pa

from trainingset.arrow_metadata import arrow_type
from trainingset.crossmatch.matching import Matching

__all__ = ["pack_pairs", "pair_schema", "unpack_pairs"]


def pair_schema(matching: Matching) -> pa.Schema:
    """Columns of pairs; nothing in them is null."""
    return pa.schema(
        {
            "site": pa.int64(),
            "object_ra": pa.float64(),
            "object_dec": pa.float64(),
            "part": pa.int64(),
            "part_row": pa.int64(),
            "object_id": arrow_type(matching.object_id_type),
            "separation_arcsec": pa.float64(),
            "match_rank": pa.int32(),
            "n_matchable": pa.int32(),
            "n_within_radius": pa.int32(),
            "second_separation_arcsec": pa.float64(),
            "brightest_within_radius": pa.int8(),
            "objects_in_pixel": pa.int32(),
            "passes": pa.bool_(),
        }
    )


def pack_pairs(values: Mapping[str, object], schema: pa.Schema) -> bytes:
    """Pairs as an Arrow stream."""
    columns = [_column(values[field.name], field.type) for field in schema]
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema) as writer:
        writer.write_table(pa.table(columns, schema=schema))
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack_pairs(packed: Iterable[bytes], schema: pa.Schema) -> pd.DataFrame:
    """All pairs, in the order given; texts stay in Arrow."""
    table = pa.concat_tables([schema.empty_table(), *(pa.ipc.open_stream(pairs).read_all() for pairs in packed)])
    return pd.DataFrame({field.name: _plain(table[field.name], field.type) for field in schema}, copy=False)


def _column(values: object, datatype: pa.DataType) -> pa.ChunkedArray | pa.Array:
    return values.cast(datatype) if isinstance(values, pa.ChunkedArray) else pa.array(values, datatype)


def _plain(column: pa.ChunkedArray, datatype: pa.DataType) -> object:
    return pd.arrays.ArrowExtensionArray(column) if pa.types.is_string(datatype) else column.to_numpy()
