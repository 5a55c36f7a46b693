"""Our matching on LSDB's hook: LSDB aligns pixels, this reads and matches the partitions in each of them."""

from collections.abc import Iterator

import lsdb
import nested_pandas as npd
import numpy as np
import pandas as pd
import pyarrow as pa
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_ORDER
from lsdb.core.crossmatch.crossmatch_args import CrossmatchArgs

from trainingset.crossmatch.late_match import match_partition
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_files import ObjectFiles, part_number
from trainingset.crossmatch.object_marks import MarkedFiles
from trainingset.crossmatch.object_rows import ObjectColumns
from trainingset.crossmatch.pair_batch import pack_pairs, pair_schema
from trainingset.crossmatch.partition import DENSITY_ORDER, PartitionMatch
from trainingset.crossmatch.reference import match_partition_by_lsdb
from trainingset.crossmatch.site_catalog import SITE_COLUMNS
from trainingset.crossmatch.sky_positions import IntArray, SkyPositions
from trainingset.partition_files import PartitionFiles
from trainingset.recipe import Engine

__all__ = ["DENSITY_ORDER", "N_PAIRS", "PAIRS", "ObjectCrossmatch"]


PAIRS, N_PAIRS = "pairs", "n_pairs"
"""Columns of the result, one row for each partition: `pack_pairs`, null where there are none, and how many they are."""
_EXTRA_COLUMNS = {N_PAIRS: pa.int64(), PAIRS: pa.large_binary()}


class ObjectCrossmatch(lsdb.AbstractCrossmatchAlgorithm):
    """Pairs of sites and objects; the rows of matched objects are left in files, not in the pairs.

    The right catalog is the one that `ObjectCatalog.right_side` gives.

    Parameters
    ----------
    matching
        What is asked for.
    partitions, margins
        Files of the objects.
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
            {name: pd.Series(dtype=pd.ArrowDtype(datatype)) for name, datatype in _EXTRA_COLUMNS.items()}
        )

    def __dask_tokenize__(self) -> tuple[str, str]:
        # The folder is that of one job. Dask would take apart every column and survey rule in the matching.
        return self.object_files.folder, repr(self.matching)

    def validate(self, left: lsdb.Catalog, right: lsdb.Catalog) -> None:
        """Look for coordinates, which ours does not have on the right side."""
        if self.matching.engine is Engine.LSDB:
            super().validate(left, right)

    def crossmatch(
        self, crossmatch_args: CrossmatchArgs, how: str, suffixes: tuple[str, str], suffix_method: str = "all_columns"
    ) -> npd.NestedFrame:
        """Match the partitions of one task.

        Written in full, and not `perform_crossmatch` alone, because the rows of objects are not in a frame of LSDB,
        and because its general way of putting the rows of both sides together costs more than the match: of its columns
        only the announced names are kept.
        """
        task = _Task(crossmatch_args, self)
        return task.frame(list(task.match()))


_Found = tuple[int, IntArray, PartitionMatch | None]
"""Number of a part, numbers of its sites, and what was found in it."""
_Packed = tuple[int, bytes | None]
"""Number of a part's pairs, and the pairs if there are any."""


class _Task:
    """Two aligned pixels, and all partitions of objects in them."""

    def __init__(self, args: CrossmatchArgs, algorithm: ObjectCrossmatch) -> None:
        self._args = args
        self._algorithm = algorithm
        self._matching = algorithm.matching
        info = args.right_catalog_info
        order: int = SPATIAL_INDEX_ORDER if info.healpix_order is None else info.healpix_order
        self._columns = ObjectColumns(str(info.ra_column), str(info.dec_column), info.healpix_column, order)
        numbers, ra, dec = (args.left_df[name].to_numpy() for name in SITE_COLUMNS)
        self._numbers: IntArray = numbers.astype(np.int64)
        self._sites = SkyPositions(ra.astype(np.float64), dec.astype(np.float64))

    def match(self) -> Iterator[_Packed]:
        """Match one partition after another, and leave the rows of matched objects in files."""
        found = self._by_lsdb() if self._matching.engine is Engine.LSDB else self._by_ours()
        for part, numbers, answer in found:
            if answer is None:
                yield 0, None
            else:
                self._algorithm.object_files.write(part, answer.objects)
                yield len(answer.pairs), self._pairs(part, numbers, answer)

    def _by_ours(self) -> Iterator[_Found]:
        algorithm = self._algorithm
        files = MarkedFiles.read(self._args.right_df.index.to_numpy(np.int64))
        for cut in files.cut(self._args.left_df.index.to_numpy(np.int64)):
            pixel = cut.partition or cut.margin
            assert pixel is not None, "sites without files are not cut"
            places = (
                None if cut.partition is None else algorithm.partitions,
                None if cut.margin is None else algorithm.margins,
            )
            sites = SkyPositions(self._sites.ra[cut.rows], self._sites.dec[cut.rows])
            answer = match_partition(sites, pixel, self._columns, places, self._matching)
            yield cut.part, self._numbers[cut.rows], answer

    def _by_lsdb(self) -> Iterator[_Found]:
        algorithm, args = self._algorithm, self._args
        pixel = _pixel(args.right_order, args.right_pixel)
        # The aligned pixel is the smaller one of both.
        left = _pixel(args.left_order, args.left_pixel)
        part = part_number(*max((left.order, left.pixel), (pixel.order, pixel.pixel)))
        answer = None
        if len(args.right_df):
            both = (algorithm.partitions, algorithm.margins)
            answer = match_partition_by_lsdb(args, self._sites, pixel, self._columns, both, self._matching)
        yield part, self._numbers, answer

    def frame(self, packed: list[_Packed]) -> npd.NestedFrame:
        """The columns that LSDB announced, in one row for each partition."""
        n_rows = len(packed)
        values = {N_PAIRS: [n_pairs for n_pairs, _ in packed], PAIRS: [pairs for _, pairs in packed]}
        frames = (self._args.left_df, self._args.right_df, self._algorithm.extra_columns)
        columns = {
            name: pd.arrays.ArrowExtensionArray(pa.array(values.get(name, [None] * n_rows), dtype.pyarrow_dtype))
            for frame in frames
            for name, dtype in frame.dtypes.items()
        }
        # Each partition has a site at least.
        return npd.NestedFrame(columns, index=self._args.left_df.index[:n_rows])

    def _pairs(self, part: int, numbers: IntArray, found: PartitionMatch) -> bytes:
        pairs = found.pairs
        objects = found.positions.take(pairs.object)
        values = {
            "site": numbers[pairs.site],
            "object_ra": objects.ra,
            "object_dec": objects.dec,
            "part": np.full(len(pairs), part),
            "part_row": pairs.object,
            "object_id": found.object_ids.take(pa.array(pairs.object)),
            "separation_arcsec": pairs.separation_arcsec,
            "match_rank": pairs.match_rank,
            "n_matchable": pairs.n_matchable,
            "n_within_radius": pairs.n_within_radius,
            "second_separation_arcsec": pairs.second_separation_arcsec,
            "brightest_within_radius": pairs.brightest_within_radius,
            "objects_in_pixel": found.objects_in_pixel,
            "passes": found.passes,
        }
        return pack_pairs(values, pair_schema(self._matching))


def _pixel(order: int | None, pixel: int | None) -> HealpixPixel:
    assert order is not None, "an inner match has a partition on either side"
    assert pixel is not None, "an inner match has a partition on either side"
    return HealpixPixel(int(order), int(pixel))
