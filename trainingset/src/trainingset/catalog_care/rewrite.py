"""Writes one partition anew: sorted by its index, in row groups of one size, and compared with what went in."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_COLUMN
from pyarrow import ipc

from trainingset.catalog_care.convert_source import ConversionSource
from trainingset.catalog_care.errors import ConversionError
from trainingset.catalog_care.row_hash import sum_of_rows
from trainingset.catalog_care.row_writer import RowWriter, sum_of_file
from trainingset.catalog_care.tree import open_parquet

__all__ = ["Rewritten", "rewrite_partition"]

_BATCH_ROWS = 16_384


class Rewritten(NamedTuple):
    """What a partition holds."""

    rows: int
    checksum: int
    """Sum of the numbers of its rows; see `trainingset.catalog_care.row_hash`."""


def rewrite_partition(
    source: ConversionSource, pixel: HealpixPixel, path: Path, *, row_group_rows: int, scratch: Path
) -> Rewritten:
    """Write a partition anew; one batch and one row group are in memory, and an index of eight bytes a row.

    Parameters
    ----------
    path
        Of the new file.
    scratch
        Folder for the rows of a partition that must be sorted.

    Raises
    ------
    ConversionError
        If the partition cannot be read, or what was written is not what was read.
    """
    try:
        expected = _write(source, pixel, path, row_group_rows, scratch)
    except (OSError, pa.ArrowException, KeyError) as error:
        raise ConversionError(f"partition {pixel} of {source.name} cannot be rewritten: {error}") from error
    if expected.rows and (found := Rewritten(*sum_of_file(path))) != expected:
        raise ConversionError(
            f"{path}: {found.rows:,} rows with checksum {found.checksum:016x} were written, and {expected.rows:,} "
            f"with checksum {expected.checksum:016x} were read: run it again, and mistrust this disk"
        )
    return expected


def _write(source: ConversionSource, pixel: HealpixPixel, path: Path, row_group_rows: int, scratch: Path) -> Rewritten:
    checksum = rows = 0
    with RowWriter(path, source.schema, row_group_rows=row_group_rows) as writer:
        batches = _batches(source, pixel)
        is_sorted = _is_sorted(source, pixel)
        for batch in batches if is_sorted else _sorted(batches, source.schema, scratch, row_group_rows):
            checksum += sum_of_rows(batch)
            rows += batch.num_rows
            writer.write(batch)
    return Rewritten(rows, checksum % 2**64)


def _batches(source: ConversionSource, pixel: HealpixPixel) -> Iterator[pa.Table]:
    for path in source.files(pixel):
        with open_parquet(path) as file:
            for batch in file.iter_batches(batch_size=_BATCH_ROWS, use_threads=False):
                yield source.rows_of(pa.Table.from_batches([batch]), pixel)


def _is_sorted(source: ConversionSource, pixel: HealpixPixel) -> bool:
    """Whether the rows come in the order of their index; that of HiPSCat is made anew, and never trusted."""
    if source.is_hipscat:
        return False
    last = -1
    for path in source.files(pixel):
        with open_parquet(path) as file:
            if SPATIAL_INDEX_COLUMN not in file.schema_arrow.names:
                return False
            for batch in file.iter_batches(batch_size=1 << 20, columns=[SPATIAL_INDEX_COLUMN], use_threads=False):
                index = np.concatenate([[last], batch.column(0).to_numpy(zero_copy_only=False)])
                if (np.diff(index) < 0).any():
                    return False
                last = index[-1]
    return True


def _sorted(batches: Iterator[pa.Table], schema: pa.Schema, scratch: Path, rows: int) -> Iterator[pa.Table]:
    """Rows in the order of their index, through a file that is mapped into memory."""
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        path = Path(folder) / "rows.arrow"
        index: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
        with pa.OSFile(str(path), "wb") as file, ipc.new_file(file, schema) as writer:
            for batch in batches:
                index.append(batch[SPATIAL_INDEX_COLUMN].to_numpy())
                writer.write_table(batch)
        order = np.argsort(np.concatenate(index), kind="stable")
        with pa.memory_map(str(path)) as mapped:
            table = ipc.open_file(mapped).read_all()
            for start in range(0, len(order), rows):
                yield pc.take(table, pa.array(order[start : start + rows]))
            del table
