"""An object catalog that is not read, cut to the files that a batch needs: what LSDB aligns with sites."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Self

import lsdb
import nested_pandas as npd
import numpy as np
import pandas as pd
import pyarrow as pa
from hats.catalog import Catalog, MarginCatalog
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_COLUMN
from hats.pixel_tree.pixel_tree import PixelTree
from lsdb.operations.lsdb_ops import FromHealpixMap

from trainingset.crossmatch.object_files import part_number, part_pixel
from trainingset.crossmatch.sky_positions import IntArray
from trainingset.sky_index import FINEST_ORDER

__all__ = ["MarkedFiles", "ObjectMarks", "SiteCut"]

Areas = Sequence[HealpixPixel]
"""Neighbors along the sky, each of them in one partition at the most, and in one margin."""


@dataclass(frozen=True, slots=True)
class _Pixels:
    """Pixels that do not overlap, in the order of the sky."""

    pixels: list[HealpixPixel]
    first: IntArray
    behind: IntArray
    """Of the finest pixels in each."""
    numbers: IntArray
    """`part_number` of each."""

    @classmethod
    def of(cls, pixels: Sequence[HealpixPixel]) -> Self:
        first, behind = _spans(pixels)
        in_order = np.argsort(first, kind="stable")
        ordered = [pixels[place] for place in in_order]
        numbers = np.array([part_number(pixel.order, pixel.pixel) for pixel in ordered], np.int64)
        return cls(ordered, first[in_order], behind[in_order], numbers)

    def holding(self, first: IntArray) -> IntArray:
        """For each of some finest pixels, the place of the one that holds it; -1 if none does."""
        place = np.searchsorted(self.first, first, side="right") - 1
        is_inside = (place >= 0) & (first < np.append(self.behind, 0)[place])
        return np.where(is_inside, place, -1)


@dataclass(frozen=True, slots=True)
class SiteCut:
    """Sites of a task that share their files."""

    rows: slice
    partition: HealpixPixel | None
    margin: HealpixPixel | None
    """Pixels of the files that may have objects near the sites, None where there is no file; a margin has the pixel of
    its partition."""

    @property
    def part(self) -> int:
        """The `part_number` of the area, which is the smaller one of both pixels."""
        pixels = [pixel for pixel in (self.partition, self.margin) if pixel is not None]
        return max(part_number(pixel.order, pixel.pixel) for pixel in pixels)


@dataclass(frozen=True, slots=True)
class MarkedFiles:
    """The files of a task, as the index of its right side names them."""

    partitions: _Pixels
    margins: _Pixels

    @classmethod
    def read(cls, marks: IntArray) -> Self:
        """Read the index of rows that `ObjectMarks` has made."""
        both = [[part_pixel(int(mark) >> 1) for mark in marks if mark & 1 == is_margin] for is_margin in (0, 1)]
        return cls(*(_Pixels.of(pixels) for pixels in both))

    def cut(self, pixel: IntArray) -> Iterator[SiteCut]:
        """Cut sites by their files; sites that have none are left out.

        Parameters
        ----------
        pixel
            Finest pixels of the sites, ascending.
        """
        partition, margin = self.partitions.holding(pixel), self.margins.holding(pixel)
        is_first = (np.diff(partition, prepend=-2) != 0) | (np.diff(margin, prepend=-2) != 0)
        for start, stop in pairwise((*np.flatnonzero(is_first), len(pixel))):
            here, beyond = int(partition[start]), int(margin[start])
            if here >= 0 or beyond >= 0:
                yield SiteCut(
                    slice(start, stop),
                    self.partitions.pixels[here] if here >= 0 else None,
                    self.margins.pixels[beyond] if beyond >= 0 else None,
                )


@dataclass(frozen=True, slots=True)
class ObjectMarks:
    """An object catalog with a row for each file in the place of its objects, by which tasks know what to open."""

    positions: lsdb.Catalog
    """The catalog as LSDB opened it."""
    partitions: _Pixels
    margins: _Pixels

    @classmethod
    def of(cls, positions: lsdb.Catalog) -> Self:
        """The marks of a catalog that is open."""
        margin = positions.margin
        return cls(
            positions,
            _Pixels.of(positions.hc_structure.get_healpix_pixels()),
            _Pixels.of([] if margin is None else margin.hc_structure.get_healpix_pixels()),
        )

    def around(self, pixels: Sequence[HealpixPixel], areas: Sequence[Areas]) -> lsdb.Catalog:
        """A catalog of some pixels with marks of what holds their areas; laying out a match takes as long as it is.

        Parameters
        ----------
        pixels
            Of tasks: no two of them overlap.
        areas
            Of each task.
        """
        whole = self.positions.hc_structure
        # By default LSDB takes the partitions for all that a catalog covers, and drops what lies farther from them than
        # the margin reaches; here that would be margins of partitions that this batch has not.
        covered = PixelTree.from_healpix(list(pixels)).to_moc()
        cut = Catalog(whole.catalog_info, list(pixels), moc=covered, schema=whole.schema)
        marks = {"marks": [_Marks(numbers) for numbers in self._marks(areas)]}
        operation = FromHealpixMap(_frame, list(pixels), meta=self._meta, map_kwargs=marks, verify_meta=False)  # type: ignore[no-untyped-call]  # LSDB
        return lsdb.catalog.Catalog(operation, cut, margin=self._empty_margin())

    @property
    def _meta(self) -> npd.NestedFrame:
        """An index alone: every column costs each task more than its match."""
        return npd.NestedFrame(index=self.positions.meta.index[:0])

    def _marks(self, areas: Sequence[Areas]) -> Iterator[IntArray]:
        """Numbers of the files of each task."""
        first, _ = _spans([area for some in areas for area in some])
        edges = np.cumsum([0, *(len(some) for some in areas)])
        found = [(pixels.numbers, pixels.holding(first)) for pixels in (self.partitions, self.margins)]
        for start, stop in pairwise(edges):
            marks = [
                numbers[places[places >= 0]] << 1 | is_margin
                for is_margin, (numbers, places) in enumerate((n, np.unique(p[start:stop])) for n, p in found)
            ]
            yield np.concatenate(marks)

    def _empty_margin(self) -> lsdb.catalog.MarginCatalog | None:
        """LSDB asks whether there is one that is wide enough; marks tell which files it has."""
        beyond = self.positions.margin
        if beyond is None:
            return None
        around = beyond.hc_structure
        structure = MarginCatalog(around.catalog_info, [], schema=around.schema)
        operation = FromHealpixMap(_frame, [], meta=self._meta, verify_meta=False)  # type: ignore[no-untyped-call]  # LSDB
        return lsdb.catalog.MarginCatalog(operation, structure)


@dataclass(frozen=True, slots=True)
class _Marks:
    """Numbers of the files of one task."""

    numbers: IntArray

    def __dask_tokenize__(self) -> bytes:
        return self.numbers.tobytes()


def _frame(_pixel: HealpixPixel, marks: _Marks) -> npd.NestedFrame:
    index = pd.Index(pd.arrays.ArrowExtensionArray(pa.array(marks.numbers)), name=SPATIAL_INDEX_COLUMN)
    return npd.NestedFrame(index=index)


def _spans(pixels: Sequence[HealpixPixel]) -> tuple[IntArray, IntArray]:
    """First and one after the last of the finest pixels in each."""
    order = np.array([pixel.order for pixel in pixels], np.int64)
    number = np.array([pixel.pixel for pixel in pixels], np.int64)
    shift = 2 * (FINEST_ORDER - order)
    return number << shift, (number + 1) << shift
