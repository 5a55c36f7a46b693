"""The stock LSDB algorithm in the place of ours, as a reference (``ENGINE=lsdb``)."""

from dataclasses import replace

import numpy as np
from lsdb import KdTreeCrossmatch
from lsdb.core.crossmatch.crossmatch_args import CrossmatchArgs

from trainingset.crossmatch.candidates import BoolArray, IntArray, SkyPositions
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.partition import PartitionMatch, ReadObjects, keep_objects
from trainingset.crossmatch.ranking import RankedPairs
from trainingset.crossmatch.separation import FloatArray

__all__ = ["match_partition_by_lsdb"]


def match_partition_by_lsdb(
    args: CrossmatchArgs, objects: SkyPositions, matching: Matching, read: ReadObjects
) -> PartitionMatch | None:
    """Match a partition by the stock algorithm; None where it finds nothing.

    It finds pairs and separations and nothing else: objects within the radius are not counted, the second nearest
    and the brightest are not known, separations are not rounded, and equal ones are in no defined order.
    """
    usable = np.flatnonzero(_matchable(objects, matching, read))
    stock = KdTreeCrossmatch(n_neighbors=matching.n_neighbors or 1, radius_arcsec=matching.radius_arcsec)
    site, found, extra = stock.perform_crossmatch(replace(args, right_df=args.right_df.iloc[usable]))
    if not len(site):
        return None
    separation: FloatArray = extra["_dist_arcsec"].to_numpy(np.float64)
    rows, place = np.unique(usable[found], return_inverse=True)
    table = read(rows, matching.read_columns)
    pairs = _ranked(site.astype(np.int64), place.astype(np.int64), separation)
    return keep_objects(pairs, table, rows, matching)


def _matchable(objects: SkyPositions, matching: Matching, read: ReadObjects) -> BoolArray:
    usable: BoolArray = np.isfinite(objects.ra) & np.isfinite(objects.dec)
    if matching.before is not None:
        usable &= matching.before.holds(read(np.arange(len(objects)), matching.before.columns))
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
