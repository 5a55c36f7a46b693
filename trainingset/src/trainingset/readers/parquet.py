"""Parquet: the footer's claims first, then one row group after the other."""

import math
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.readers.raw import MAX_UNPACKED_BYTES, RawTable, check_claim, raw_column, refused

__all__ = ["read_parquet"]


def read_parquet(path: Path, *, name: str) -> RawTable:
    """Read a Parquet file.

    Raises
    ------
    TableError
        If it is truncated, damaged or too large.
    """
    try:
        with pq.ParquetFile(path) as file:
            metadata = file.metadata
            check_claim(name, rows=metadata.num_rows, columns=len(file.schema_arrow))
            _check_bytes(metadata, name)
            schema = file.schema_arrow
            counts = Counter(schema.names)
            flat = [field.name for field in schema if counts[field.name] == 1 and not pa.types.is_nested(field.type)]
            table = _read_flat(file, flat, name)
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        raise refused(name, "is a damaged Parquet file: it is truncated or was changed. Send it again.") from error
    return RawTable(
        "parquet",
        tuple(raw_column(field, table.column(field.name) if field.name in flat else None) for field in schema),
    )


def _read_flat(file: pq.ParquetFile, names: list[str], name: str) -> pa.Table:
    """Read the columns that are no lists or structures, watching what they grow to."""
    tables, size = [], 0
    for group in range(file.num_row_groups):
        table = file.read_row_group(group, columns=names)
        size += table.nbytes
        _check_size(size, name)
        tables.append(table)
    return pa.concat_tables(tables) if tables else file.schema_arrow.empty_table()


def _check_bytes(metadata: pq.FileMetaData, name: str) -> None:
    sizes = (metadata.row_group(group).total_byte_size for group in range(metadata.num_row_groups))
    _check_size(math.fsum(sizes), name)


def _check_size(size: float, name: str) -> None:
    if size > MAX_UNPACKED_BYTES:
        limit = f"{MAX_UNPACKED_BYTES / 2**30:g} GiB"
        message = f"unpacks to {size / 2**30:.1f} GiB; at most {limit} can be read. Keep the columns that you need."
        raise refused(name, message, value=f"{size / 2**30:.1f} GiB", limit=limit)
