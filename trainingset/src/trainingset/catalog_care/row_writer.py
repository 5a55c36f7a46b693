"""Writes rows of one partition with row groups of one size, so that only one of them is in memory."""

from pathlib import Path
from types import TracebackType
from typing import Any, Self

import pyarrow as pa
import pyarrow.parquet as pq
from hats.io.file_io.file_io import get_parquet_write_table_kwargs
from hats.pixel_math.spatial_index import SPATIAL_INDEX_COLUMN

from trainingset.catalog_care.row_hash import sum_of_rows

__all__ = ["RowWriter", "sum_of_file"]

_LEVEL = 3
"""Of compression: hats' own level makes files a few percent smaller and takes many times as long."""


class RowWriter:
    """A file that appears whole or not at all.

    Parameters
    ----------
    path
        Of the finished file.
    row_group_rows
        Rows of each row group but the last.
    """

    def __init__(self, path: Path, schema: pa.Schema, *, row_group_rows: int) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._unfinished = path.with_name(path.name + ".unfinished")
        self._rows_a_group = row_group_rows
        self._waiting: list[pa.Table] = []
        self._n_waiting = 0
        self._schema = schema
        self._writer = pq.ParquetWriter(self._unfinished, schema, **_options(schema))
        self.rows = 0

    def write(self, rows: pa.Table) -> None:
        """Add rows."""
        self._waiting.append(rows)
        self._n_waiting += rows.num_rows
        while self._n_waiting >= self._rows_a_group:
            self._write_group(self._rows_a_group)

    def _write_group(self, size: int) -> None:
        table = pa.concat_tables(self._waiting)
        self._writer.write_table(table.slice(0, size).combine_chunks(), row_group_size=size)
        self.rows += min(size, table.num_rows)
        rest = table.slice(size)
        self._waiting, self._n_waiting = ([rest] if rest.num_rows else []), rest.num_rows

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None and self._n_waiting:
            self._write_group(self._n_waiting)
        self._writer.close()
        if error is None and self.rows:
            self._unfinished.replace(self._path)
        else:
            self._unfinished.unlink(missing_ok=True)


def _options(schema: pa.Schema) -> dict[str, Any]:
    options: dict[str, Any] = get_parquet_write_table_kwargs(schema, write_table_kwargs={"compression_level": _LEVEL})
    options.pop("row_group_size", None)
    place = schema.get_field_index(SPATIAL_INDEX_COLUMN)
    return {**options, "write_page_index": True, "sorting_columns": [pq.SortingColumn(place)]}


def sum_of_file(path: Path) -> tuple[int, int]:
    """Rows of a file, and the sum of their numbers, one row group at a time."""
    total = 0
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            total += sum_of_rows(file.read_row_group(group, use_threads=False))
        return file.metadata.num_rows, total % 2**64
