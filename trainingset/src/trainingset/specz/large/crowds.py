"""Which rows may have a neighbor: found by counting rows in small cells, across all files and borders of tiles."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from cdshealpix.nested import neighbours

from trainingset.sky_index import FINEST_ORDER, IntArray
from trainingset.specz.large.sorted_rows import CUT_ORDER, SortedRows

__all__ = ["cell_order", "may_have_neighbors"]

BoolArray = npt.NDArray[np.bool_]

_SIDE_OF_BASE_ARCSEC = 58.632 * 3600
"""Square root of the area of a HEALPix base cell."""
_RADII = 6
"""Least side of a cell in match radii: cells near the poles are not half as wide as they are long."""


def cell_order(radius_arcsec: float) -> int:
    """Order of the smallest cells of which a row's own and those around it hold all rows within this radius."""
    return max(0, min(FINEST_ORDER - 1, int(np.floor(np.log2(_SIDE_OF_BASE_ARCSEC / (_RADII * radius_arcsec))))))


def may_have_neighbors(pixels: IntArray, rows: SortedRows, numbers: Sequence[int], *, order: int) -> BoolArray:
    """Whether there is another row in the cell of each row or in those around it, shape (n,).

    Every row that has another one within the radius is among them, and some that have none.

    Parameters
    ----------
    pixels
        Of the rows of one tile, at the finest order, sorted.
    rows, numbers
        All files.
    order
        As `cell_order` gives it.
    """
    if order < CUT_ORDER:
        # Cells that tiles cut; no radius of a recipe is so wide.
        return np.ones(len(pixels), np.bool_)
    shift = 2 * (FINEST_ORDER - order)
    cells, of_row, counts = np.unique(pixels >> shift, return_inverse=True, return_counts=True)
    around = neighbours(cells.astype(np.uint64), order).astype(np.int64)
    others = np.delete(around, 4, axis=1)
    crowded = (counts > 1) | (_is_among(others, cells) & (others >= 0)).any(axis=1)
    low, high = (int(cells[0]), int(cells[-1])) if len(cells) else (0, -1)
    outside = ~crowded[:, np.newaxis] & (others >= 0) & ((others < low) | (others > high))
    asked = np.unique(others[outside])
    occupied = asked[_is_occupied(asked, rows, numbers, shift)]
    crowded |= (outside & _is_among(others, occupied)).any(axis=1)
    found: BoolArray = crowded[of_row]
    return found


def _is_among(values: IntArray, ordered: IntArray) -> BoolArray:
    if not len(ordered):
        return np.zeros(values.shape, np.bool_)
    places = np.minimum(np.searchsorted(ordered, values), len(ordered) - 1)
    found: BoolArray = ordered[places] == values
    return found


def _is_occupied(cells: IntArray, rows: SortedRows, numbers: Sequence[int], shift: int) -> BoolArray:
    """Whether any file has a row in each of these cells."""
    found = np.zeros(len(cells), np.bool_)
    for number in numbers:
        pixels = rows.pixels(number)
        if len(pixels) and len(cells):
            found |= np.searchsorted(pixels, cells << shift) < np.searchsorted(pixels, (cells + 1) << shift)
    return found
