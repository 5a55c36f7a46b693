"""The stock LSDB algorithm in the place of ours, as a reference (``ENGINE=lsdb``)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
from hats.pixel_math import HealpixPixel
from lsdb import KdTreeCrossmatch
from lsdb.core.crossmatch.crossmatch_args import CrossmatchArgs

from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_rows import ObjectColumns
from trainingset.crossmatch.partition import DENSITY_ORDER, PartitionMatch, keep_objects
from trainingset.crossmatch.ranking import RankedPairs
from trainingset.crossmatch.separation import FloatArray
from trainingset.crossmatch.sky_positions import BoolArray, IntArray, SkyPositions
from trainingset.errors import SourceUnavailableError
from trainingset.partition_files import PartitionFiles
from trainingset.sky_index import sky_pixels

__all__ = ["match_partition_by_lsdb"]


def match_partition_by_lsdb(
    args: CrossmatchArgs,
    sites: SkyPositions,
    pixel: HealpixPixel,
    columns: ObjectColumns,
    files: tuple[PartitionFiles, PartitionFiles],
    matching: Matching,
) -> PartitionMatch | None:
    """Match a partition by the stock algorithm; None where it finds nothing.

    It finds pairs and separations and nothing else: objects within the radius are not counted, the second nearest
    and the brightest are not known, separations are not rounded, and equal ones are in no defined order.

    Parameters
    ----------
    args
        With positions of all objects as LSDB read them.
    files
        Of partitions and margins, for the other columns.
    """
    read = _Reader(args.right_df, pixel, columns, files)
    usable = np.flatnonzero(_matchable(read, matching))
    stock = KdTreeCrossmatch(n_neighbors=matching.n_neighbors or 1, radius_arcsec=matching.radius_arcsec)
    site, found, extra = stock.perform_crossmatch(replace(args, right_df=args.right_df.iloc[usable]))
    if not len(site):
        return None
    separation: FloatArray = extra["_dist_arcsec"].to_numpy(np.float64)
    rows, place = np.unique(usable[found], return_inverse=True)
    table = read.rows(rows, matching.read_columns)
    pairs = _ranked(site.astype(np.int64), place.astype(np.int64), separation)
    density = read.objects_in_pixels(sky_pixels(sites.ra, sites.dec, order=DENSITY_ORDER), DENSITY_ORDER)
    return keep_objects(pairs, table, read.positions.take(rows), density, matching)


@dataclass(frozen=True, slots=True)
class _Reader:
    """Further columns of rows in a frame of LSDB: rows of the partition come first, those of the margin follow."""

    frame: pd.DataFrame
    pixel: HealpixPixel
    columns: ObjectColumns
    files: tuple[PartitionFiles, PartitionFiles]

    @property
    def positions(self) -> SkyPositions:
        names = (self.columns.ra, self.columns.dec)
        return SkyPositions(*(self.frame[name].to_numpy(np.float64, na_value=np.nan) for name in names))

    def rows(self, rows: IntArray, names: Sequence[str]) -> pa.Table:
        n_native = int(np.count_nonzero(self._pixels(self.pixel.order) == self.pixel.pixel))
        read = list(dict.fromkeys([*names, self.columns.ra, self.columns.dec]))
        places = zip(self.files, (rows[rows < n_native], rows[rows >= n_native] - n_native), strict=True)
        table = pa.concat_tables([files.read_rows(self.pixel, some, read) for files, some in places if len(some)])
        expected = self.positions.take(rows)
        pairs = ((table[self.columns.ra], expected.ra), (table[self.columns.dec], expected.dec))
        if not all(np.array_equal(read.cast(pa.float64()).to_numpy(), known, equal_nan=True) for read, known in pairs):
            raise SourceUnavailableError(f"{self.files[0].folder}: partition {self.pixel} changed while it was read")
        return table.select(list(names))

    def objects_in_pixels(self, pixels: IntArray, order: int) -> IntArray:
        """Number of objects in each of some pixels."""
        objects = np.sort(self._pixels(order))
        counts: IntArray = np.searchsorted(objects, pixels, side="right") - np.searchsorted(objects, pixels)
        return counts

    def _pixels(self, order: int) -> IntArray:
        """HEALPix pixels (NESTED) of the rows, from the spatial index that LSDB keeps beside them."""
        pixels: IntArray = self.frame.index.to_numpy(np.int64) >> 2 * (self.columns.index_order - order)
        return pixels


def _matchable(read: _Reader, matching: Matching) -> BoolArray:
    positions = read.positions
    usable: BoolArray = np.isfinite(positions.ra) & np.isfinite(positions.dec)
    if matching.before is not None:
        usable &= matching.before.holds(read.rows(np.arange(len(positions)), matching.before.columns))
    return usable


def _ranked(site: IntArray, obj: IntArray, separation: FloatArray) -> RankedPairs:
    order = np.lexsort((separation, site))
    starts = np.flatnonzero(np.diff(site[order], prepend=-1))
    sizes = np.diff(starts, append=len(order))
    n_pairs = len(order)
    return RankedPairs(
        site=site[order],
        object=obj[order],
        separation_arcsec=separation[order],
        match_rank=(np.arange(n_pairs) - np.repeat(starts, sizes) + 1).astype(np.int32),
        n_matchable=np.full(n_pairs, -1, np.int32),
        n_within_radius=np.full(n_pairs, -1, np.int32),
        second_separation_arcsec=np.full(n_pairs, np.nan),
        brightest_within_radius=np.full(n_pairs, -1, np.int8),
    )
