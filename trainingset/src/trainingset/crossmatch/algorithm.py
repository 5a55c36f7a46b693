"""Our matching on LSDB's hook: LSDB aligns and reads the partitions, this matches each of them."""

import lsdb
import nested_pandas as npd
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_ORDER
from lsdb.core.crossmatch.crossmatch_args import CrossmatchArgs

from trainingset.arrow_metadata import arrow_type
from trainingset.catalogs import PartitionFiles
from trainingset.crossmatch.candidates import IntArray, SkyPositions
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_files import ObjectFiles, part_number
from trainingset.crossmatch.partition import PartitionMatch, match_partition
from trainingset.crossmatch.reference import match_partition_by_lsdb
from trainingset.crossmatch.separation import FloatArray
from trainingset.errors import SourceUnavailableError
from trainingset.recipe import Engine

__all__ = ["DENSITY_ORDER", "SITE_COLUMNS", "ObjectCrossmatch"]

SITE_COLUMNS = ("_site", "_site_ra", "_site_dec")
"""Columns of the left catalog: number of the site, ICRS degrees."""
DENSITY_ORDER = 12
"""HEALPix order of the pixels in which objects are counted for the local density: 51.5 arcsec across."""


class ObjectCrossmatch(lsdb.AbstractCrossmatchAlgorithm):
    """Pairs of sites and objects; the rows of matched objects are left in files, not in the pairs.

    Parameters
    ----------
    matching
        What is asked for.
    partitions, margins
        Files that further object columns are fetched from.
    object_files
        Where the rows of matched objects go.
    """

    def __init__(
        self, matching: Matching, *, partitions: PartitionFiles, margins: PartitionFiles, object_files: ObjectFiles
    ) -> None:
        super().__init__()
        self.radius_arcsec = matching.radius_arcsec
        self.matching = matching
        self.partitions = partitions
        self.margins = margins
        self.object_files = object_files
        self.extra_columns: pd.DataFrame = pd.DataFrame(
            {name: pd.Series(dtype=pd.ArrowDtype(datatype)) for name, datatype in _pair_types(matching).items()}
        )

    def crossmatch(
        self, crossmatch_args: CrossmatchArgs, how: str, suffixes: tuple[str, str], suffix_method: str = "all_columns"
    ) -> npd.NestedFrame:
        """Match one partition.

        Written in full, and not `perform_crossmatch` alone, because the general way of putting the rows of both
        sides together costs more than the match.
        """
        partition = _Partition(crossmatch_args, self)
        found = partition.match() if len(crossmatch_args.right_df) else None
        return partition.no_pairs() if found is None else partition.pairs(found)


def _pair_types(matching: Matching) -> dict[str, pa.DataType]:
    return {
        "part": pa.int64(),
        "part_row": pa.int64(),
        "object_id": arrow_type(matching.object_id_type),
        "separation_arcsec": pa.float64(),
        "match_rank": pa.int32(),
        "n_matchable": pa.int32(),
        "n_within_radius": pa.int32(),
        "second_separation_arcsec": pa.float64(),
        "brightest_within_radius": pa.int8(),
        "objects_in_pixel": pa.int32(),
        "passes": pa.bool_(),
    }


class _Partition:
    """One task: the frames of two aligned partitions."""

    def __init__(self, args: CrossmatchArgs, algorithm: ObjectCrossmatch) -> None:
        self._args = args
        self._algorithm = algorithm
        self._matching = algorithm.matching
        self._pixel = _pixel(args.right_order, args.right_pixel)
        info = args.right_catalog_info
        self._index_order: int = info.healpix_order or SPATIAL_INDEX_ORDER
        self._coordinates = (str(info.ra_column), str(info.dec_column))
        self._sites = _positions(args.left_df, *SITE_COLUMNS[1:])
        self._objects = _positions(args.right_df, *self._coordinates)
        # The aligned pixel is the smaller one of both.
        left = _pixel(args.left_order, args.left_pixel)
        self._part = part_number(*max((left.order, left.pixel), (self._pixel.order, self._pixel.pixel)))

    def match(self) -> PartitionMatch | None:
        """Match, and leave the rows of matched objects in a file."""
        if self._matching.engine is Engine.LSDB:
            found = match_partition_by_lsdb(self._args, self._objects, self._matching, self._read)
        else:
            found = match_partition(self._sites, self._objects, self._matching, self._read)
        if found is not None:
            self._algorithm.object_files.write(self._part, found.objects)
        return found

    def no_pairs(self) -> npd.NestedFrame:
        """No rows of the columns that LSDB announced."""
        left, right = self._args.left_df.iloc[:0], self._args.right_df.iloc[:0]
        columns = {name: frame[name].array for frame in (left, right, self._algorithm.extra_columns) for name in frame}
        return npd.NestedFrame(columns, index=left.index)

    def pairs(self, found: PartitionMatch) -> npd.NestedFrame:
        """Pairs with the coordinates of both sides, as LSDB announced them."""
        pairs = found.pairs
        sites, objects = self._sites.take(pairs.site), self._objects.take(found.object_rows[pairs.object])
        values = {
            SITE_COLUMNS[0]: self._args.left_df[SITE_COLUMNS[0]].to_numpy()[pairs.site],
            **dict(zip(SITE_COLUMNS[1:], (sites.ra, sites.dec), strict=True)),
            **dict(zip(self._coordinates, (objects.ra, objects.dec), strict=True)),
            "part": np.full(len(pairs), self._part),
            "part_row": pairs.object,
            "object_id": found.objects[self._matching.object_id].take(pa.array(pairs.object)),
            "separation_arcsec": pairs.separation_arcsec,
            "match_rank": pairs.match_rank,
            "n_matchable": pairs.n_matchable,
            "n_within_radius": pairs.n_within_radius,
            "second_separation_arcsec": pairs.second_separation_arcsec,
            "brightest_within_radius": pairs.brightest_within_radius,
            "objects_in_pixel": self._objects_in_pixel()[pairs.site],
            "passes": found.passes,
        }
        frames = (self._args.left_df, self._args.right_df, self._algorithm.extra_columns)
        types = {name: dtype for frame in frames for name, dtype in frame.dtypes.items()}
        columns = {name: _as_column(values[name], dtype) for name, dtype in types.items()}
        return npd.NestedFrame(columns, index=self._args.left_df.index.take(pairs.site))

    def _read(self, rows: IntArray, columns: tuple[str, ...]) -> pa.Table:
        """Rows of the partition come first in its frame, in file order; those of the margin follow."""
        inside = self._object_pixels(self._pixel.order) == self._pixel.pixel
        n_native = int(np.count_nonzero(inside))
        read = list(dict.fromkeys([*columns, *self._coordinates]))
        places = (
            (self._algorithm.partitions, rows[rows < n_native]),
            (self._algorithm.margins, rows[rows >= n_native] - n_native),
        )
        table = pa.concat_tables(
            [files.read_rows(self._pixel, wanted, read) for files, wanted in places if len(wanted)]
        )
        ra, dec = (_doubles(table[name]) for name in self._coordinates)
        expected = self._objects.take(rows)
        if not (np.array_equal(ra, expected.ra, equal_nan=True) and np.array_equal(dec, expected.dec, equal_nan=True)):
            folder = self._algorithm.partitions.folder
            raise SourceUnavailableError(f"{folder}: partition {self._pixel} changed while it was read")
        return table.select(list(columns))

    def _objects_in_pixel(self) -> npt.NDArray[np.int32]:
        """For each site, number of objects in its pixel of `DENSITY_ORDER`."""
        sites = _pixels(self._args.left_df, DENSITY_ORDER, SPATIAL_INDEX_ORDER)
        objects = self._object_pixels(DENSITY_ORDER)
        pixels, place = np.unique(sites, return_inverse=True)
        found = np.minimum(np.searchsorted(pixels, objects), len(pixels) - 1)
        counts = np.bincount(found[pixels[found] == objects], minlength=len(pixels))
        return counts[place].astype(np.int32)

    def _object_pixels(self, order: int) -> IntArray:
        return _pixels(self._args.right_df, order, self._index_order)


def _pixel(order: int | None, pixel: int | None) -> HealpixPixel:
    assert order is not None, "an inner match has a partition on either side"
    assert pixel is not None, "an inner match has a partition on either side"
    return HealpixPixel(int(order), int(pixel))


def _positions(frame: pd.DataFrame, ra: str, dec: str) -> SkyPositions:
    return SkyPositions(*(frame[name].to_numpy(np.float64, na_value=np.nan) for name in (ra, dec)))


def _doubles(column: pa.ChunkedArray) -> FloatArray:
    values: FloatArray = column.cast(pa.float64()).to_numpy()
    return values


def _pixels(frame: pd.DataFrame, order: int, index_order: int) -> IntArray:
    """HEALPix pixels (NESTED) of the rows, from the spatial index that LSDB keeps beside them."""
    pixels: IntArray = frame.index.to_numpy(np.int64) >> 2 * (index_order - order)
    return pixels


def _as_column(values: object, dtype: pd.ArrowDtype) -> pd.api.extensions.ExtensionArray:
    if isinstance(values, pa.ChunkedArray):
        return pd.arrays.ArrowExtensionArray(values.cast(dtype.pyarrow_dtype))
    return pd.arrays.ArrowExtensionArray(pa.array(values, dtype.pyarrow_dtype))
