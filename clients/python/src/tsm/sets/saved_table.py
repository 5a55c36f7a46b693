"""The rows of a training set where they lie: a Parquet file, read by row group and by column."""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from tsm.errors import DiskError, NotATrainingSetError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["SUBSET_COLUMN", "SavedTable"]

SUBSET_COLUMN = "subset"


class SavedTable:
    """A table in a Parquet file, or the rows of one subset of it.

    Only the footer is read before rows are asked for, and then the columns that are asked for.

    Parameters
    ----------
    path
        The file.
    subset
        Name of the subset; None for all rows.
    """

    def __init__(self, path: Path, subset: str | None = None) -> None:
        self.path = path
        self.subset = subset

    @cached_property
    def schema(self) -> "pa.Schema":
        """Columns with unit, UCD and description as metadata of their fields."""
        with self._open() as file:
            return file.schema_arrow.remove_metadata()

    @cached_property
    def footer(self) -> dict[bytes, bytes]:
        """Texts in the footer of the file."""
        with self._open() as file:
            return dict(file.metadata.metadata or {})

    @cached_property
    def n_rows(self) -> int:
        """Number of rows; those of a subset are counted in one column."""
        if self.subset is not None:
            return sum(len(batch) for batch in self.batches([SUBSET_COLUMN]))
        with self._open() as file:
            return int(file.metadata.num_rows)

    def batches(self, names: Sequence[str] | None = None) -> "Iterator[pa.Table]":
        """Rows, one row group of the file after the other.

        Parameters
        ----------
        names
            Columns to read; None for all.
        """
        import pyarrow.compute as pc

        wanted = self.schema.names if names is None else list(names)
        needed = wanted if self.subset is None else list(dict.fromkeys([*wanted, SUBSET_COLUMN]))
        with self._open() as file:
            for group in range(file.metadata.num_row_groups):
                rows = file.read_row_group(group, columns=needed)
                if self.subset is not None:
                    rows = rows.filter(pc.equal(rows[SUBSET_COLUMN], self.subset))
                yield rows.select(wanted)

    def read(self, names: Sequence[str] | None = None) -> "pa.Table":
        """All rows of these columns; None for all columns."""
        import pyarrow as pa

        wanted = self.schema.names if names is None else list(names)
        schema = pa.schema([self.schema.field(name) for name in wanted])
        return pa.concat_tables([schema.empty_table(), *(rows.cast(schema) for rows in self.batches(wanted))])

    def head(self, n_rows: int) -> "pa.Table":
        """The first rows."""
        import pyarrow as pa

        found = self.schema.empty_table()
        for rows in self.batches():
            found = pa.concat_tables([found, rows.cast(self.schema).slice(0, n_rows - len(found))])
            if len(found) == n_rows:
                break
        return found

    def counts(self, name: str) -> dict[str, int]:
        """Number of rows by value of a column, nulls left out, in the order of the values."""
        import pyarrow.compute as pc

        counts: Counter[str] = Counter()
        for rows in self.batches([name]):
            for found in pc.value_counts(rows[name].drop_null()).to_pylist():
                counts[str(found["values"])] += found["counts"]
        return dict(sorted(counts.items()))

    def _open(self) -> "pq.ParquetFile":
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return pq.ParquetFile(self.path)
        except OSError as error:
            reason = error.strerror or error
            raise DiskError(f"the training set {self.path} cannot be read: {reason}") from error
        except pa.ArrowInvalid as error:
            raise NotATrainingSetError(f"{self.path} is no Parquet file, so it holds no training set") from error
