"""Parquet with VOTable metadata (VOParquet 1.0): the canonical file, made row by row."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trainingset.arrow_metadata import column_type
from trainingset.columns import ColumnType
from trainingset.formats.canonical import CanonicalTable, canonical_schema
from trainingset.formats.info import Info
from trainingset.formats.record import record_among
from trainingset.formats.votable_header import StringType, document_end, document_start
from trainingset.layout import layout_metadata
from trainingset.record_names import RECORD_INFO, record_metadata

__all__ = ["ParquetSink", "write_parquet"]

_ROW_GROUP_BYTES = 64 * 1024**2
"""Size in memory at which a row group is closed: large enough to read fast, small enough to hold."""
_ROW_GROUP_ROWS = 131_072
"""Rows at which a row group is closed; one batch more may be in it."""


class ParquetSink:
    """A Parquet file that grows by batches and is complete when closed.

    Small batches are gathered, so that row groups have a sensible size however the rows arrive. As a context
    manager it closes the file, or removes it when the block raised.

    Parameters
    ----------
    path
        File to make.
    schema
        Columns with unit, UCD and description as field metadata; types are made plain (`canonical_schema`).
    infos
        Facts about the table.
    overflow
        Whether rows were cut off by a limit.
    metadata
        Further texts for the footer, such as the layout (`trainingset.layout`) and the provenance record.

    Attributes
    ----------
    n_rows
        Rows written so far.
    overflow
        May be set until the file is closed, since a limit is met late.

    Raises
    ------
    ValueError
        If the schema has no plain form.
    """

    def __init__(
        self,
        path: Path,
        schema: pa.Schema,
        infos: Sequence[Info] = (),
        *,
        overflow: bool = False,
        metadata: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        self.schema = canonical_schema(schema)
        self.n_rows = 0
        self._path = path
        self._infos = tuple(infos)
        self._metadata = dict(metadata)
        self.overflow = overflow
        self._waiting: list[pa.RecordBatch] = []
        self._waiting_rows = 0
        self._waiting_bytes = 0
        self._is_ascii = {field.name: True for field in self.schema if column_type(field.type) is ColumnType.STRING}
        # Snappy, because it is the one compression that every reader of Parquet knows.
        self._writer = pq.ParquetWriter(path, self.schema, compression="snappy")

    def write(self, rows: pa.RecordBatch | pa.Table) -> None:
        """Append rows; columns are taken by name and may come in any order."""
        table = rows if isinstance(rows, pa.Table) else pa.Table.from_batches([rows])
        for batch in table.to_batches(max_chunksize=_ROW_GROUP_ROWS):
            plain = batch.select(self.schema.names).cast(self.schema)
            self._watch_strings(plain)
            self._waiting.append(plain)
            self._waiting_rows += plain.num_rows
            self._waiting_bytes += plain.nbytes
            self.n_rows += plain.num_rows
            if self._waiting_rows >= _ROW_GROUP_ROWS or self._waiting_bytes >= _ROW_GROUP_BYTES:
                self._flush()

    def add_metadata(self, texts: Mapping[str, str]) -> None:
        """Further texts for the footer, which are known late."""
        self._metadata |= texts

    def close(self) -> None:
        """Write what waits, the metadata and the footer; the file is complete after this."""
        self._flush()
        self._writer.add_key_value_metadata(
            {
                "IVOA.VOTable-Parquet.version": "1.0",
                "IVOA.VOTable-Parquet.content": self._votable(),
                **self._metadata,
            }
        )
        self._writer.close()

    def discard(self) -> None:
        """Close and remove the file."""
        self._waiting.clear()
        self._writer.close()
        self._path.unlink(missing_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.discard()

    def _flush(self) -> None:
        if self._waiting:
            group = pa.Table.from_batches(self._waiting)
            self._writer.write_table(group, row_group_size=max(len(group), 1))
            self._waiting.clear()
            self._waiting_rows = self._waiting_bytes = 0

    def _watch_strings(self, batch: pa.RecordBatch) -> None:
        for name, is_ascii in self._is_ascii.items():
            if is_ascii:
                self._is_ascii[name] = pc.all(pc.string_is_ascii(batch[name])).as_py() is not False

    def _votable(self) -> str:
        strings: dict[str, StringType] = {
            name: ("char" if is_ascii else "unicodeChar", "*") for name, is_ascii in self._is_ascii.items()
        }
        start = document_start(self.schema, n_rows=self.n_rows, infos=self._infos, strings=strings)
        return start + document_end(overflow=self.overflow)


def write_parquet(source: CanonicalTable, target: Path, *, infos: Sequence[Info], overflow: bool) -> None:
    """Copy the table with infos of its own."""
    metadata = {**layout_metadata(source.layout), **record_metadata(record_among(infos))}
    infos = [info for info in infos if info.name != RECORD_INFO]
    with ParquetSink(target, source.schema, infos, overflow=overflow, metadata=metadata) as sink:
        for batch in source.batches():
            sink.write(batch)
