"""Which rows belong in the margin of a partition: those in the ring of small pixels around it."""

from collections.abc import Sequence
from functools import lru_cache

import hats.pixel_math.healpix_shim as healpix
import numpy as np
import numpy.typing as npt
from hats.pixel_math import HealpixPixel
from hats.pixel_math.pixel_margins import get_margin
from hats.pixel_math.spatial_index import SPATIAL_INDEX_ORDER

__all__ = ["Neighbors", "ring_around", "ring_order"]

IntArray = npt.NDArray[np.int64]


def ring_order(threshold_arcsec: float) -> int:
    """HEALPix order of the smallest pixels that are nowhere narrower than a threshold."""
    return int(healpix.margin2order(margin_thr_arcmin=np.array([threshold_arcsec / 60]))[0])


def ring_around(pixel: HealpixPixel, order: int) -> list[int]:
    """NESTED pixels of an order that touch a coarser pixel from outside."""
    return _ring(pixel.order, pixel.pixel, order)


@lru_cache(maxsize=256)
def _ring(order: int, pixel: int, ring: int) -> list[int]:
    margin: list[int] = get_margin(order, pixel, ring - order)  # type: ignore[no-untyped-call]  # hats has no types here
    return margin


class Neighbors:
    """The partitions that a ring meets, found without a look at all of them.

    Parameters
    ----------
    pixels
        All partitions, in the order of the sky.
    """

    def __init__(self, pixels: Sequence[HealpixPixel]) -> None:
        self._pixels = pixels
        shifts = [2 * (SPATIAL_INDEX_ORDER - pixel.order) for pixel in pixels]
        self._starts = np.array([pixel.pixel << shift for pixel, shift in zip(pixels, shifts, strict=True)], np.int64)
        self._ends = np.array([pixel.pixel + 1 << shift for pixel, shift in zip(pixels, shifts, strict=True)], np.int64)

    def of(self, ring: Sequence[int], order: int) -> list[HealpixPixel]:
        """Partitions that hold one of these pixels, in the order of the sky."""
        shift = 2 * (SPATIAL_INDEX_ORDER - order)
        starts = np.asarray(ring, np.int64) << shift
        place = np.searchsorted(self._starts, starts, side="right") - 1
        is_held = (place >= 0) & (starts < self._ends[np.maximum(place, 0)])
        return [self._pixels[number] for number in np.unique(place[is_held])]
