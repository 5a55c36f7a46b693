"""Rows of matched objects between matching and writing: one Arrow file for each task of the match."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from hats.pixel_math import HealpixPixel
from pyarrow import ipc

__all__ = ["ObjectFiles", "part_number", "part_pixel"]


def part_number(order: int, pixel: int) -> int:
    """One number for a HEALPix pixel of any order (NUNIQ)."""
    return (4 << 2 * order) + pixel


def part_pixel(number: int) -> HealpixPixel:
    """The HEALPix pixel that has a `part_number`."""
    order = (number.bit_length() - 3) // 2
    return HealpixPixel(order, number - (4 << 2 * order))


@dataclass(frozen=True, slots=True)
class ObjectFiles:
    """A folder that every task can write to; on a cluster it is a shared one.

    Files are not compressed, so that they are mapped into memory and only what is used of them is read.
    """

    folder: str

    def write(self, part: int, objects: pa.Table) -> None:
        """Keep the rows of one part; a part written again is replaced, so that a task may run twice."""
        path = self._path(part)
        unfinished = path.with_suffix(".unfinished")
        with pa.OSFile(str(unfinished), "wb") as file, ipc.new_file(file, objects.schema) as writer:
            writer.write_table(objects)
        unfinished.replace(path)

    def read(self, part: int) -> pa.Table:
        """The rows of one part, in the order in which they were written."""
        with pa.memory_map(str(self._path(part))) as file:
            return ipc.open_file(file).read_all()

    def _path(self, part: int) -> Path:
        return Path(self.folder) / f"{part}.arrow"
