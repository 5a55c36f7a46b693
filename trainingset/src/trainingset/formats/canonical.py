"""The canonical table: a Parquet file with plain column types, read batch by batch by every other writer."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.arrow_metadata import described, description_of
from trainingset.columns import ColumnDescription
from trainingset.layout import TableLayout, read_layout
from trainingset.record_names import RECORD_KEY

__all__ = ["BATCH_BYTES", "CanonicalTable", "canonical_schema"]

BATCH_BYTES = 8 * 1024**2
"""Aimed size of a batch in memory; small enough that a few copies of it do not matter."""
_MOST_BATCH_ROWS = 32_768
_FEWEST_BATCH_ROWS = 256


def canonical_schema(schema: pa.Schema) -> pa.Schema:
    """The same columns with plain types: no dictionaries, no large strings, no types that only some formats hold.

    Raises
    ------
    ValueError
        If a type has no plain form (lists, structs, uint64), two columns share a name, or there is no column.
    """
    if not len(schema):
        raise ValueError("a table needs at least one column")
    if len(set(schema.names)) < len(schema):
        repeated = sorted({name for name in schema.names if schema.names.count(name) > 1})
        raise ValueError(f"columns share a name: {', '.join(repeated)}")
    return pa.schema([_canonical_field(field) for field in schema])


def _canonical_field(field: pa.Field) -> pa.Field:
    return described(description_of(field)).with_metadata(field.metadata)


class CanonicalTable:
    """A Parquet file as the source of other formats.

    Parameters
    ----------
    path
        Any Parquet file whose columns have a `ColumnType`.

    Attributes
    ----------
    schema
        Plain types with the metadata of each field; every batch has exactly this schema.
    n_rows
        Number of rows.
    layout
        What the columns mean; None in a file that was not made as a training set.
    record
        The provenance record as JSON; None in a file that has none.
    row_bytes
        Size of a row in memory, on average.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        with pq.ParquetFile(path) as file:
            self.schema = canonical_schema(file.schema_arrow)
            self.n_rows: int = file.metadata.num_rows
            self.layout: TableLayout | None = read_layout(file.metadata.metadata)
            self.record: str | None = _record(file.metadata.metadata)
            groups = [file.metadata.row_group(index) for index in range(file.metadata.num_row_groups)]
        n_bytes = sum(group.total_byte_size for group in groups)
        self.row_bytes: int = max(n_bytes // max(self.n_rows, 1), 1)
        self._batch_rows = min(max(BATCH_BYTES // self.row_bytes, _FEWEST_BATCH_ROWS), _MOST_BATCH_ROWS)

    @property
    def columns(self) -> tuple[ColumnDescription, ...]:
        """Metadata of every column, in file order."""
        return tuple(description_of(field) for field in self.schema)

    def batches(self, names: tuple[str, ...] | None = None) -> Iterator[pa.RecordBatch]:
        """Read the rows in file order, a few MiB at a time.

        Parameters
        ----------
        names
            Columns to read; None for all.
        """
        wanted = self.schema.names if names is None else list(names)
        schema = pa.schema([self.schema.field(name) for name in wanted])
        with pq.ParquetFile(self._path) as file:
            # One row group after the other: a reader of all of them may fetch ahead without bound.
            for group in range(file.metadata.num_row_groups):
                for batch in file.iter_batches(self._batch_rows, row_groups=[group], columns=wanted):
                    if batch.num_rows:
                        yield batch.select(wanted).cast(schema)


def _record(metadata: Mapping[bytes, bytes] | None) -> str | None:
    """The record in one line of printable ASCII, which headers of FITS can hold; earlier releases wrote several."""
    content = (metadata or {}).get(RECORD_KEY.encode())
    try:
        return None if content is None else json.dumps(json.loads(content), separators=(",", ":"))
    except ValueError:
        return None
