"""Rows of a catalog whose index lies in given ranges, one row group at a time."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from hats.pixel_math import HealpixPixel

from trainingset.catalog_care.row_groups import groups_of
from trainingset.catalog_care.tree import CatalogTree, index_range, open_parquet

__all__ = ["IndexRanges", "gather_rows"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


class IndexRanges:
    """Ranges of the index, from pixels of one order.

    Parameters
    ----------
    pixels
        NESTED, at `order`.
    index_order
        HEALPix order of the index.
    """

    def __init__(self, pixels: npt.ArrayLike, order: int, index_order: int) -> None:
        self._pixels: IntArray = np.unique(np.asarray(pixels, np.int64))
        self._shift = 2 * (index_order - order)

    def has(self, index: IntArray) -> BoolArray:
        """For each index, whether it lies in one of the ranges."""
        found = np.searchsorted(self._pixels, index >> self._shift)
        found = np.minimum(found, len(self._pixels) - 1)
        is_in: BoolArray = self._pixels[found] == index >> self._shift
        return is_in

    def meets(self, first: int, behind: int) -> bool:
        """Whether any range has an index in [first, behind)."""
        start = np.searchsorted(self._pixels, first >> self._shift)
        return bool(start < len(self._pixels) and self._pixels[start] << self._shift < behind)


def gather_rows(
    tree: CatalogTree, pixels: Sequence[HealpixPixel], ranges: IndexRanges, columns: Sequence[str]
) -> Iterator[pa.Table]:
    """Rows of some partitions whose index is in the ranges; row groups without any are not read."""
    for pixel in pixels:
        if not ranges.meets(*index_range(pixel, tree.index_order)):
            continue
        for path in tree.files(pixel):
            with open_parquet(path) as file:
                yield from _rows_of_file(tree, file, ranges, list(columns))


def _rows_of_file(
    tree: CatalogTree, file: pq.ParquetFile, ranges: IndexRanges, columns: list[str]
) -> Iterator[pa.Table]:
    for number, group in enumerate(groups_of(file.metadata, tree.index_column)):
        if group.least is not None and group.greatest is not None and not ranges.meets(group.least, group.greatest + 1):
            continue
        index = file.read_row_group(number, columns=[tree.index_column], use_threads=False)[tree.index_column]
        wanted = np.flatnonzero(ranges.has(index.to_numpy().astype(np.int64)))
        if len(wanted):
            yield file.read_row_group(number, columns=columns, use_threads=False).select(columns).take(pa.array(wanted))
