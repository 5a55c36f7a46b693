"""Objects of one partition and of its margin, in files: columns are read late, and only where they are needed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.crossmatch.object_index import ObjectIndex
from trainingset.crossmatch.separation import FloatArray
from trainingset.crossmatch.sky_positions import BoolArray, IntArray, SkyPositions
from trainingset.errors import SourceUnavailableError
from trainingset.partition_files import OpenPartition

__all__ = ["SINGLE_PRECISION_ARCSEC", "ObjectColumns", "ObjectRows"]

SINGLE_PRECISION_ARCSEC = 0.1
"""How far a position in single precision may lie from the one that its index was made of, and a little more."""


@dataclass(frozen=True, slots=True)
class ObjectColumns:
    """Columns that tell where objects are."""

    ra: str
    dec: str
    index: str | None
    """HEALPix pixel at `index_order`; None, or a column that a file lacks, where only coordinates tell."""
    index_order: int


@dataclass(slots=True)
class ObjectRows:
    """Rows of some open partitions, counted through all of them."""

    parts: Sequence[OpenPartition]
    columns: ObjectColumns
    _near: IntArray = field(default_factory=lambda: np.empty(0, np.int64))
    _coordinates: pa.Table | None = None
    """Of the rows `_near`, so that no coordinate is decoded twice."""

    @property
    def is_single_precision(self) -> bool:
        """Whether any file holds coordinates in single precision."""
        schemas = [part.schema() for part in self.parts]
        names = (self.columns.ra, self.columns.dec)
        return any(pa.types.is_float32(schema.field(name).type) for schema in schemas for name in names if len(schema))

    def indexes(self, first: IntArray, behind: IntArray) -> list[ObjectIndex]:
        """Index the objects of those row groups that may hold some in spans of pixels, part by part.

        Parameters
        ----------
        first, behind
            Pixels of the files' index, shape (n,).
        """
        spans = _union(first, behind)
        return [
            self._index_of(part, int(offset), *spans) for part, offset in zip(self.parts, self._offsets(), strict=True)
        ]

    def positions(self, rows: IntArray) -> SkyPositions:
        """Positions of some rows (ascending, no repetitions); their columns are kept for `read`."""
        self._near, self._coordinates = rows, self._read(rows, self._coordinate_columns)
        return self._positions(self._coordinates)

    def read(self, rows: IntArray, columns: Sequence[str]) -> pa.Table:
        """Read columns of some rows (ascending, no repetitions), all of them among those of `positions`."""
        assert self._coordinates is not None, "positions are read before columns"
        known = self._coordinates.take(pa.array(np.searchsorted(self._near, rows)))
        further = [name for name in dict.fromkeys(columns) if name not in self._coordinate_columns]
        read = self._read(rows, further) if further else known
        return pa.table({name: (read if name in further else known)[name] for name in columns})

    def known_positions(self, rows: IntArray) -> SkyPositions:
        """Positions of some rows, all of them among those of `positions`."""
        assert self._coordinates is not None, "positions are read before columns"
        return self._positions(self._coordinates.take(pa.array(np.searchsorted(self._near, rows))))

    @property
    def _coordinate_columns(self) -> list[str]:
        return [self.columns.ra, self.columns.dec]

    def _offsets(self) -> IntArray:
        """Number of each part's first row."""
        sizes = np.array([part.n_rows for part in self.parts], np.int64)
        return np.cumsum(sizes) - sizes

    def _read(self, rows: IntArray, columns: Sequence[str]) -> pa.Table:
        pieces: list[pa.Table] = []
        for part, offset in zip(self.parts, self._offsets(), strict=True):
            inside = rows[np.searchsorted(rows, offset) : np.searchsorted(rows, offset + part.n_rows)]
            if len(inside) or not pieces:
                pieces.append(part.read(inside - offset, columns))
        return pa.concat_tables(pieces, promote_options="permissive")

    def _positions(self, table: pa.Table) -> SkyPositions:
        return SkyPositions(*(_doubles(table[name]) for name in self._coordinate_columns))

    def _index_of(self, part: OpenPartition, offset: int, first: IntArray, behind: IntArray) -> ObjectIndex:
        name, order = self.columns.index, self.columns.index_order
        # Writing down the names of a thousand columns takes as long as reading one.
        if name is None or part.schema().get_field_index(name) < 0:
            positions = self._positions(part.read(np.arange(part.n_rows), self._coordinate_columns))
            return ObjectIndex.of_positions(positions, order=order, first_row=offset)
        extremes = part.extremes(name)
        groups = np.arange(len(part.group_rows))
        if extremes is not None:
            # Statistics that hide a whole file are wrong as likely as any: one row group is read all the same.
            is_near = _overlaps(extremes, first, behind)
            groups = groups[is_near] if is_near.any() else groups[:1]
        if not len(groups):
            return ObjectIndex.of_pixels(np.empty(0, np.int64), order=order)
        column = part.read_groups(groups, [name])[name]
        pixel = (pc.fill_null(column, -1) if column.null_count else column).to_numpy().astype(np.int64, copy=False)
        sizes = part.group_rows[groups]
        starts = np.cumsum(sizes) - sizes
        if extremes is not None:
            _check(pixel, starts, extremes[groups], part.place)
        return ObjectIndex.of_pixels(pixel, order=order, run_start=starts, run_row=part.group_starts[groups] + offset)


def _doubles(column: pa.ChunkedArray) -> FloatArray:
    values: FloatArray = column.cast(pa.float64()).to_numpy()
    return values


def _union(first: IntArray, behind: IntArray) -> tuple[IntArray, IntArray]:
    """Spans in order, those that touch as one."""
    in_order = np.argsort(first, kind="stable")
    first, behind = first[in_order], np.maximum.accumulate(behind[in_order])
    starts = np.flatnonzero(np.append(True, first[1:] > behind[:-1])) if len(first) else np.empty(0, np.int64)
    return first[starts], behind[np.append(starts[1:], len(first))[: len(starts)] - 1]


def _overlaps(extremes: IntArray, first: IntArray, behind: IntArray) -> BoolArray:
    """Which row groups may hold pixels of disjoint spans in order."""
    if not len(first):
        return np.zeros(len(extremes), np.bool_)
    next_span = np.searchsorted(behind, extremes[:, 0], side="right")
    is_before_end = next_span < len(first)
    overlapping: BoolArray = is_before_end & (first[np.minimum(next_span, len(first) - 1)] <= extremes[:, 1])
    return overlapping


def _check(pixel: IntArray, starts: IntArray, extremes: IntArray, place: str) -> None:
    """Statistics that are wrong would hide objects; row groups are never empty."""
    least, greatest = np.minimum.reduceat(pixel, starts), np.maximum.reduceat(pixel, starts)
    if np.any((least < extremes[:, 0]) | (greatest > extremes[:, 1])):
        raise SourceUnavailableError(
            f"{place}: the statistics of its HEALPix index do not fit its rows, so that objects would be overlooked; "
            "the catalog's operator must write the file again"
        )
