"""Our matching on LSDB's hook: LSDB aligns pixels, this reads and matches the partitions in each of them."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import lsdb
import nested_pandas as npd
import numpy as np
import numpy.typing as npt
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
from trainingset.crossmatch.site_search import SiteSearch
from trainingset.crossmatch.sky_positions import IntArray, SkyPositions
from trainingset.partition_files import PartitionFiles
from trainingset.recipe import Engine

__all__ = ["DENSITY_ORDER", "N_PAIRS", "PAIRS", "ObjectCrossmatch"]


PAIRS, N_PAIRS = "pairs", "n_pairs"
"""Columns of the result, one row for each partition: how many pairs it has, and in the first row of a task all of its
pairs by `pack_pairs`, null if there are none."""
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
        return _Task(crossmatch_args, self).answer()


@dataclass(frozen=True, slots=True)
class _Found:
    """What was found in one part of a task."""

    part: int
    numbers: IntArray
    """Of its sites."""
    match: PartitionMatch | None


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

    def answer(self) -> npd.NestedFrame:
        """Match one partition after another, and leave the rows of all matched objects in one file: each takes a while.

        The frame has the columns that LSDB announced and a row for each partition, with all pairs in the first of them.
        """
        found = list(self._by_lsdb() if self._matching.engine is Engine.LSDB else self._by_ours())
        counts = [0 if one.match is None else len(one.match.pairs) for one in found]
        packed: list[bytes | None] = [None] * len(found)
        matched = [(one.numbers, one.match) for one in found if one.match is not None]
        if matched:
            part = found[0].part
            objects = [match.objects for _, match in matched]
            self._algorithm.object_files.write(part, pa.concat_tables(objects, promote_options="permissive"))
            packed[0] = self._pairs(part, matched)
        return self._frame({N_PAIRS: counts, PAIRS: packed}, len(found))

    def _by_ours(self) -> Iterator[_Found]:
        algorithm = self._algorithm
        where = SiteSearch.of(self._sites, index_order=self._columns.index_order)
        files = MarkedFiles.read(self._args.right_df.index.to_numpy(np.int64))
        for cut in files.cut(self._args.left_df.index.to_numpy(np.int64)):
            pixel = cut.partition or cut.margin
            assert pixel is not None, "sites without files are not cut"
            places = (
                None if cut.partition is None else algorithm.partitions,
                None if cut.margin is None else algorithm.margins,
            )
            match = match_partition(where.part(cut.rows), pixel, self._columns, places, self._matching)
            yield _Found(cut.part, self._numbers[cut.rows], match)

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
        yield _Found(part, self._numbers, answer)

    def _frame(self, values: Mapping[str, Sequence[object]], n_rows: int) -> npd.NestedFrame:
        frames = (self._args.left_df, self._args.right_df, self._algorithm.extra_columns)
        columns = {
            name: pd.arrays.ArrowExtensionArray(pa.array(values.get(name, [None] * n_rows), dtype.pyarrow_dtype))
            for frame in frames
            for name, dtype in frame.dtypes.items()
        }
        # Each partition has a site at least.
        return npd.NestedFrame(columns, index=self._args.left_df.index[:n_rows])

    def _pairs(self, part: int, matched: Sequence[tuple[IntArray, PartitionMatch]]) -> bytes:
        sizes = [match.objects.num_rows for _, match in matched]
        starts = np.cumsum([0, *sizes[:-1]])
        columns = [
            _pair_columns(numbers, match, int(start)) for (numbers, match), start in zip(matched, starts, strict=True)
        ]
        values: dict[str, object] = {name: np.concatenate([some[name] for some in columns]) for name in columns[0]}
        schema = pair_schema(self._matching)
        id_type = schema.field("object_id").type
        ids = [match.object_ids.take(pa.array(match.pairs.object)).cast(id_type) for _, match in matched]
        values["object_id"] = pa.chunked_array([chunk for some in ids for chunk in some.chunks], id_type)
        values["part"] = np.full(sum(len(match.pairs) for _, match in matched), part)
        return pack_pairs(values, schema)


def _pair_columns(numbers: IntArray, match: PartitionMatch, first_row: int) -> dict[str, npt.NDArray[np.generic]]:
    """Columns of the pairs of one partition whose objects begin at a row of their file."""
    pairs = match.pairs
    objects = match.positions.take(pairs.object)
    return {
        "site": numbers[pairs.site],
        "object_ra": objects.ra,
        "object_dec": objects.dec,
        "part_row": pairs.object + first_row,
        "separation_arcsec": pairs.separation_arcsec,
        "match_rank": pairs.match_rank,
        "n_matchable": pairs.n_matchable,
        "n_within_radius": pairs.n_within_radius,
        "second_separation_arcsec": pairs.second_separation_arcsec,
        "brightest_within_radius": pairs.brightest_within_radius,
        "objects_in_pixel": match.objects_in_pixel,
        "passes": match.passes,
    }


def _pixel(order: int | None, pixel: int | None) -> HealpixPixel:
    assert order is not None, "an inner match has a partition on either side"
    assert pixel is not None, "an inner match has a partition on either side"
    return HealpixPixel(int(order), int(pixel))
