"""The match of one partition: sites and objects in, ranked pairs and the rows of their objects out."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.crossmatch.candidates import BoolArray, Candidates, IntArray, SkyPositions, find_candidates
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.ranking import RankedPairs, rank_candidates
from trainingset.crossmatch.separation import FloatArray
from trainingset.selection import ObjectConstraint

__all__ = ["PartitionMatch", "ReadObjects", "keep_objects", "match_partition"]

ReadObjects = Callable[[IntArray, tuple[str, ...]], pa.Table]
"""Reads columns of the objects with these row numbers (ascending, no repetitions), in their order."""


@dataclass(frozen=True, slots=True)
class PartitionMatch:
    """Pairs of one partition and the rows of the objects in them."""

    pairs: RankedPairs
    """`object` counts rows of `objects`."""
    objects: pa.Table
    object_rows: IntArray
    """Row number of each of `objects` among all objects of the partition."""
    passes: BoolArray
    """For each pair, whether the constraint after matching holds for its object."""


def match_partition(
    sites: SkyPositions, objects: SkyPositions, matching: Matching, read: ReadObjects
) -> PartitionMatch | None:
    """Match sites with all objects that may be near them; None where no object is within the radius.

    Parameters
    ----------
    sites
        Distinct valid positions.
    objects
        Objects of the partition and of its margin; those without finite positions are never matched.
    read
        Fetches further columns; called once, for objects within the radius of a site only.
    """
    candidates = find_candidates(sites, objects, radius_arcsec=matching.radius_arcsec)
    if not len(candidates):
        return None
    near, place = np.unique(candidates.object, return_inverse=True)
    table = read(near, matching.read_columns)
    pairs = rank_candidates(
        Candidates(candidates.site, place.astype(np.int64), candidates.separation_arcsec),
        tie_order=_places_in_order(table[matching.object_id]),
        is_matchable=_holds(matching.before, table),
        flux=_reference_flux(matching, table),
    )
    return keep_objects(pairs.up_to(matching.n_neighbors), table, near, matching)


def keep_objects(pairs: RankedPairs, table: pa.Table, rows: IntArray, matching: Matching) -> PartitionMatch:
    """Leave only the rows of objects that are in a pair.

    Parameters
    ----------
    pairs
        `object` counts rows of `table`.
    table
        Rows of objects.
    rows
        Row number of each of them in the partition.
    """
    kept, place = np.unique(pairs.object, return_inverse=True)
    objects = table.take(pa.array(kept))
    passes = _holds(matching.after, objects)[place]
    pairs = pairs.with_objects(place.astype(np.int64))
    return PartitionMatch(pairs, objects.select(list(matching.columns)), rows[kept], passes)


def _holds(constraint: ObjectConstraint | None, table: pa.Table) -> BoolArray:
    return np.ones(table.num_rows, np.bool_) if constraint is None else constraint.holds(table)


def _places_in_order(ids: pa.ChunkedArray) -> IntArray:
    places: npt.NDArray[np.int64] = pc.rank(ids, tiebreaker="dense").to_numpy().astype(np.int64)
    return places


def _reference_flux(matching: Matching, table: pa.Table) -> FloatArray:
    if matching.reference_flux is None:
        return np.full(table.num_rows, np.nan)
    flux: FloatArray = table[matching.reference_flux].cast(pa.float64()).to_numpy()
    return flux
