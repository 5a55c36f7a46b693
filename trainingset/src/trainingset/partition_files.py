"""Where the rows of a catalog lie, and a partition of it that is open for reading some of its rows."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from hats.io import pixel_catalog_file
from hats.io.file_io import get_upath
from hats.pixel_math import HealpixPixel
from upath import UPath

from trainingset.errors import SourceUnavailableError
from trainingset.remote_parquet import RemoteParquet

__all__ = ["OpenPartition", "PartitionFiles"]

IntArray = npt.NDArray[np.int64]

_SLICE_BYTES = 64 << 20
"""Bytes that are decoded at a time. A partition of a survey's thousand columns would be gigabytes."""


@dataclass(frozen=True, slots=True)
class PartitionFiles:
    """Where the rows of a catalog lie.

    Plain values, because every task of a distributed computation carries one.
    """

    folder: str
    suffix: str
    """``/`` where a partition is a folder of files."""

    @contextmanager
    def open(self, partition: HealpixPixel) -> Iterator["OpenPartition"]:
        """Open the files of a partition and read their footers.

        Raises
        ------
        SourceUnavailableError
            If anything cannot be read, then or while it is open, or changed meanwhile.
        """
        place = f"{self.folder}: {partition}"
        try:
            with ExitStack() as files:
                yield OpenPartition([_open(path, files) for path in self._paths(partition)], place)
        except (OSError, pa.ArrowException) as error:
            raise SourceUnavailableError(f"{place} cannot be read: {error}") from error

    def read_rows(self, partition: HealpixPixel, rows: IntArray, columns: Sequence[str]) -> pa.Table:
        """Read some rows of one partition; row groups without any of them are not touched.

        Parameters
        ----------
        partition
            HEALPix pixel (NESTED) of the partition.
        rows
            Row numbers within the partition, counted from 0 in file order, ascending and without repetitions.
        columns
            Columns to read.

        Returns
        -------
        pa.Table
            One row for each of `rows`, in their order.

        Raises
        ------
        SourceUnavailableError
            If the partition cannot be read, or has fewer rows than it had.
        """
        with self.open(partition) as opened:
            return opened.read(rows, columns)

    def _paths(self, partition: HealpixPixel) -> list[Any]:
        path = pixel_catalog_file(_folder(self.folder), partition, None, self.suffix)
        if self.suffix != "/":
            return [path]
        # The order of names is the one in which the folder is read as a whole.
        return sorted((file for file in path.iterdir() if file.suffix == ".parquet"), key=str)


@lru_cache
def _folder(folder: str) -> UPath:
    # Made anew for each partition, it takes as long as opening a file.
    return get_upath(folder)


class OpenPartition:
    """The files of one partition, as one sequence of row groups; rows count from 0 through all of them.

    Parameters
    ----------
    files
        In the order of their rows.
    place
        What to call the partition in messages.
    """

    def __init__(self, files: Sequence["_LocalParquet | RemoteParquet"], place: str) -> None:
        self._files = files
        self.place = place
        groups = [
            (number, group, file.metadata.row_group(group).num_rows)
            for number, file in enumerate(files)
            for group in range(file.metadata.num_row_groups)
        ]
        table = np.array(groups, np.int64).reshape(-1, 3)
        self._file, self._group, self.group_rows = table.T
        self.group_starts: IntArray = np.concatenate([[0], np.cumsum(self.group_rows)]).astype(np.int64)
        """Row number of each row group's first row, and number of all rows."""

    @property
    def n_rows(self) -> int:
        return int(self.group_starts[-1])

    def schema(self) -> pa.Schema:
        """Columns of the first file; the others have the same, or reading says so."""
        return self._files[0].schema if self._files else pa.schema([])

    def extremes(self, column: str) -> npt.NDArray[np.int64] | None:
        """Least and greatest value of an integer column in each row group, shape (groups, 2); None if not all tell."""
        found = []
        for number, group in zip(self._file, self._group, strict=True):
            metadata = self._files[number].metadata
            place = _leaf(metadata, column)
            statistics = metadata.row_group(int(group)).column(place).statistics if place is not None else None
            if statistics is None or not statistics.has_min_max:
                return None
            found.append((statistics.min, statistics.max))
        return np.array(found, np.int64).reshape(-1, 2)

    def limits(self, column: str) -> npt.NDArray[np.float64] | None:
        """Least and greatest number of a column in each row group, shape (groups, 2); None if not all tell."""
        found = []
        for number, group in zip(self._file, self._group, strict=True):
            metadata = self._files[number].metadata
            place = _leaf(metadata, column)
            statistics = metadata.row_group(int(group)).column(place).statistics if place is not None else None
            if statistics is None or not statistics.has_min_max:
                return None
            found.append((float(statistics.min), float(statistics.max)))
        return np.array(found, np.float64).reshape(-1, 2)

    def bytes_of(self, group: int, columns: Sequence[str]) -> int:
        """Bytes of some columns of a row group, as they lie in the file."""
        metadata = self._files[self._file[group]].metadata
        places = [place for name in columns if (place := _leaf(metadata, name)) is not None]
        chunks = metadata.row_group(int(self._group[group]))
        return sum(int(chunks.column(place).total_compressed_size) for place in places)

    def read_groups(self, groups: IntArray, columns: Sequence[str]) -> pa.Table:
        """Read whole row groups (ascending).

        Raises
        ------
        SourceUnavailableError
            If a file lacks a column.
        """
        pieces = []
        for number in np.unique(self._file[groups]):
            file = self._files[number]
            missing = [name for name in columns if file.schema.get_field_index(name) < 0]
            if missing:
                raise SourceUnavailableError(
                    f"{self.place} has no column {', '.join(missing)} in {file.name}: its columns differ from those "
                    "of the catalog, which must be mended by its operator"
                )
            inside = self._group[groups[self._file[groups] == number]]
            pieces.append(file.read(inside.tolist(), list(columns)))
        return pa.concat_tables(pieces, promote_options="permissive")

    def read(self, rows: IntArray, columns: Sequence[str]) -> pa.Table:
        """Read some rows (ascending, without repetitions); row groups without any of them are not touched.

        Raises
        ------
        SourceUnavailableError
            If there are fewer rows than asked for, or a file lacks a column.
        """
        if len(rows) and rows[-1] >= self.n_rows:
            raise SourceUnavailableError(f"{self.place} changed while it was read")
        group_of_row = np.searchsorted(self.group_starts, rows, side="right") - 1
        groups = np.unique(group_of_row)
        if not len(groups):
            return self.schema().empty_table().select(list(columns))
        pieces = []
        for some in self._slices(groups, len(columns)):
            wanted = rows[np.searchsorted(group_of_row, some[0]) : np.searchsorted(group_of_row, some[-1], "right")]
            pieces.append(self._take(some, wanted, columns))
        return pa.concat_tables(pieces, promote_options="permissive").combine_chunks()

    def _take(self, groups: IntArray, rows: IntArray, columns: Sequence[str]) -> pa.Table:
        """Rows out of some row groups, some columns at a time."""
        # A row's place among the rows read: its number less the rows of the groups left out before it.
        sizes = self.group_rows[groups]
        skipped = self.group_starts[groups] - (np.cumsum(sizes) - sizes)
        group = np.searchsorted(self.group_starts[groups], rows, side="right") - 1
        places = pa.array(rows - skipped[group])
        step = max(1, int(_SLICE_BYTES / max(self._column_bytes(groups), 1)))
        columns = list(columns)
        parts = [columns[start : start + step] for start in range(0, len(columns), step)]
        taken = [self.read_groups(groups, part).select(part).take(places) for part in parts]
        if len(taken) == 1:
            return taken[0]
        arrays = {name: table[name] for table in taken for name in table.column_names}
        return pa.table({name: arrays[name] for name in columns})

    def _slices(self, groups: IntArray, n_columns: int) -> Iterator[IntArray]:
        """Row groups that fit into memory together."""
        sizes = np.array([self._column_bytes(groups[place : place + 1]) for place in range(len(groups))]) * n_columns
        slices = np.floor(np.cumsum(sizes) / _SLICE_BYTES).astype(np.int64)
        for number in np.unique(slices):
            yield groups[slices == number]

    def _column_bytes(self, groups: IntArray) -> float:
        """Bytes that a column of some row groups takes in memory, on the average."""
        metadata = [self._files[number].metadata for number in self._file[groups]]
        sizes = (
            file.row_group(int(group)).total_byte_size / file.num_columns
            for file, group in zip(metadata, self._group[groups], strict=True)
        )
        return float(sum(sizes))


class _LocalParquet:
    """A file of this machine; it stays the one that was opened, even if another takes its name."""

    def __init__(self, path: str) -> None:
        self.name = path
        self._file = pq.ParquetFile(path)
        self.metadata: pq.FileMetaData = self._file.metadata
        self.schema: pa.Schema = self._file.schema_arrow

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self, groups: list[int], columns: list[str]) -> pa.Table:
        """Read columns of row groups; tasks are the threads."""
        return self._file.read_row_groups(groups, columns=columns, use_threads=False)


def _leaf(metadata: pq.FileMetaData, column: str) -> int | None:
    """Number of a plain column among the leaves of the schema; None if there is no such column."""
    schema = metadata.schema
    return next((number for number in range(metadata.num_columns) if schema.column(number).path == column), None)


def _open(path: Any, files: ExitStack) -> "_LocalParquet | RemoteParquet":
    if path.protocol in ("", "file", "local"):
        return files.enter_context(_LocalParquet(path.path))
    return files.enter_context(RemoteParquet(path.fs, path.path))
