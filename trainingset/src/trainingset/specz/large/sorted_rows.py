"""Homogenized rows on disk, sorted by place on the sky: files from which a stretch of the sky is mapped into memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pyarrow import ipc

from trainingset.sky_index import FINEST_ORDER, IntArray

__all__ = ["CUT_ORDER", "SortedRows", "coarse_counts", "cut_sky"]

CUT_ORDER = 10
"""Order of the finest tiles, 3.4 arcmin."""
_TILE_ROWS = 200_000
"""Most rows of a tile: with working copies some hundred MB for each thread."""


@dataclass(frozen=True, slots=True)
class SortedRows:
    """A folder of numbered files that every task can read and write; on a cluster it is a shared one."""

    folder: str

    def write(self, number: int, rows: pa.Table, pixels: IntArray) -> None:
        """Keep rows that are sorted by pixel; a file written again is replaced, so that a task may run twice."""
        self._write_array(f"{number}.pixels", pixels)
        self._write_table(str(number), rows)

    def write_hashes(self, number: int, hashes: npt.NDArray[np.uint64]) -> None:
        """Keep hashes of keys, shape (k, n)."""
        self._write_array(f"{number}.hashes", hashes)

    def write_keys(self, number: int, places: IntArray, keys: pa.Array) -> None:
        """Keep the final keys of some rows of one file, by their places in it, sorted."""
        self._write_array(f"{number}.renamed", places)
        self._write_table(f"{number}.keys", pa.table({"key": keys}))

    def keys(self, number: int) -> tuple[IntArray, pa.Array] | None:
        """What `write_keys` kept, mapped; None where nothing was."""
        if not self._path(f"{number}.keys.arrow").exists():
            return None
        return self._array(f"{number}.renamed"), self._table(f"{number}.keys")["key"].combine_chunks()

    def rows(self, number: int) -> pa.Table:
        """All rows of one file, mapped."""
        return self._table(str(number))

    def pixels(self, number: int) -> IntArray:
        """Pixels of the rows of one file, mapped."""
        return self._array(f"{number}.pixels")

    def hashes(self, number: int) -> npt.NDArray[np.uint64]:
        """What `write_hashes` kept, mapped."""
        return self._array(f"{number}.hashes")

    def stretch(self, number: int, first: int, stop: int) -> tuple[int, int]:
        """Rows of one file whose pixels are within these limits."""
        start, end = np.searchsorted(self.pixels(number), [first, stop])
        return int(start), int(end)

    def _path(self, name: str) -> Path:
        return Path(self.folder) / name

    def _write_table(self, name: str, rows: pa.Table) -> None:
        unfinished = self._path(f"{name}.arrow.unfinished")
        with pa.OSFile(str(unfinished), "wb") as file, ipc.new_file(file, rows.schema) as writer:
            writer.write_table(rows.combine_chunks())
        unfinished.replace(self._path(f"{name}.arrow"))

    def _table(self, name: str) -> pa.Table:
        with pa.memory_map(str(self._path(f"{name}.arrow"))) as file:
            return ipc.open_file(file).read_all()

    def _write_array(self, name: str, values: np.ndarray) -> None:
        unfinished = self._path(f"{name}.unfinished")
        with unfinished.open("wb") as file:
            np.save(file, values)
        unfinished.replace(self._path(f"{name}.npy"))

    def _array(self, name: str) -> np.ndarray:
        path = self._path(f"{name}.npy")
        # An empty array cannot be mapped: its file has a header of 128 bytes alone.
        values: np.ndarray = np.load(path, mmap_mode="r" if path.stat().st_size > 128 else None)
        return values


def cut_sky(counts: Sequence[tuple[IntArray, IntArray]], *, tile_rows: int = _TILE_ROWS) -> list[tuple[int, int]]:
    """Tiles that hold all rows, in the order of the sky: first pixel and the one after the last, of the finest order.

    Parameters
    ----------
    counts
        Of each file the pixels that hold rows, as `coarse_counts` gives them, and how many.
    """
    every, n_rows = (np.concatenate(columns) for columns in zip(*counts, strict=True))
    pixels, places = np.unique(every, return_inverse=True)
    before = np.cumsum(np.bincount(places, n_rows, len(pixels)).astype(np.int64))
    edges = [int(pixels[0])]
    taken = 0
    for pixel, total in zip(pixels.tolist(), before.tolist(), strict=True):
        # The rows of one coarse pixel are never parted.
        if total - taken > tile_rows and pixel > edges[-1]:
            edges.append(pixel)
            taken = int(before[np.searchsorted(pixels, pixel) - 1])
    edges.append(int(pixels[-1]) + 1)
    shift = 2 * (FINEST_ORDER - CUT_ORDER)
    return [(first << shift, stop << shift) for first, stop in pairwise(edges)]


def coarse_counts(pixels: IntArray) -> tuple[IntArray, IntArray]:
    """Coarse pixels that hold rows, and how many."""
    found, counts = np.unique(pixels >> 2 * (FINEST_ORDER - CUT_ORDER), return_counts=True)
    return found, counts.astype(np.int64)
