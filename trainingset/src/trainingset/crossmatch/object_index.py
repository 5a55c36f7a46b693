"""The HEALPix index of some objects, sorted, so that the objects of a pixel are found by binary search."""

from dataclasses import dataclass

import numpy as np

from trainingset.crossmatch.search_pixels import FINEST_ORDER
from trainingset.crossmatch.sky_positions import IntArray, SkyPositions
from trainingset.sky_index import sky_pixels

__all__ = ["ObjectIndex"]

_FROM_0 = np.zeros(1, np.int64)


@dataclass(frozen=True, slots=True)
class ObjectIndex:
    """Pixels of objects in their order, and the objects' row numbers.

    Row numbers are kept as runs, because half a million of them take longer to write down than to search.
    """

    order: int
    pixel: IntArray
    """NESTED pixels at `order`, ascending, shape (n,)."""
    given: IntArray | None
    """Place that each object had before it was sorted, shape (n,); None where all were in order."""
    run_start: IntArray
    """Places (before sorting) at which runs of consecutive rows begin."""
    run_row: IntArray
    """Row number of the first object of each run."""

    @classmethod
    def of_pixels(
        cls, pixel: IntArray, *, order: int = FINEST_ORDER, run_start: IntArray = _FROM_0, run_row: IntArray = _FROM_0
    ) -> "ObjectIndex":
        """Index objects whose pixels are known, sorted or not."""
        if bool(np.all(pixel[1:] >= pixel[:-1])):
            return cls(order, pixel, None, run_start, run_row)
        given = np.argsort(pixel, kind="stable")
        return cls(order, pixel[given], given, run_start, run_row)

    @classmethod
    def of_positions(cls, positions: SkyPositions, *, order: int = FINEST_ORDER, first_row: int = 0) -> "ObjectIndex":
        """Index objects by where they are; those that are nowhere are in no pixel."""
        is_placed = np.isfinite(positions.ra) & (np.abs(positions.dec) <= 90)
        pixel = np.full(len(positions), -1, np.int64)
        pixel[is_placed] = sky_pixels(positions.ra[is_placed], positions.dec[is_placed], order=order)
        return cls.of_pixels(pixel, order=order, run_row=np.array([first_row]))

    def __len__(self) -> int:
        return len(self.pixel)

    def find(self, first: IntArray, behind: IntArray) -> tuple[IntArray, IntArray]:
        """Start and stop among the sorted objects of each span of pixels at `order`."""
        if not len(self):
            return np.zeros(len(first), np.int64), np.zeros(len(first), np.int64)
        starts = np.searchsorted(self.pixel, first)
        stops = starts.copy()
        # Most pixels around redshifts are empty, and one look tells.
        filled = np.flatnonzero(self.pixel[np.minimum(starts, len(self) - 1)] < behind)
        stops[filled] = np.maximum(starts[filled], np.searchsorted(self.pixel, behind[filled]))
        return starts, stops

    def rows(self, places: IntArray) -> IntArray:
        """Row numbers of sorted objects."""
        before = places if self.given is None else self.given[places]
        run = np.searchsorted(self.run_start, before, side="right") - 1
        rows: IntArray = before + (self.run_row - self.run_start)[run]
        return rows
