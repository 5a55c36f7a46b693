"""The answer of one partition: ranked pairs, and the rows of the objects in them."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.crossmatch.candidates import Candidates
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.ranking import RankedPairs, rank_candidates
from trainingset.crossmatch.separation import FloatArray
from trainingset.crossmatch.sky_positions import BoolArray, IntArray, SkyPositions
from trainingset.selection import ObjectConstraint

__all__ = ["DENSITY_ORDER", "PartitionMatch", "keep_objects", "rank_partition"]

DENSITY_ORDER = 12
"""HEALPix order of the pixels in which objects are counted for the local density: 51.5 arcsec across."""


@dataclass(frozen=True, slots=True)
class PartitionMatch:
    """Pairs of one partition and the rows of the objects in them."""

    pairs: RankedPairs
    """`object` counts rows of `objects`."""
    objects: pa.Table
    positions: SkyPositions
    """Of each of `objects`."""
    object_ids: pa.ChunkedArray
    """Of each of `objects`, which need not have that column."""
    passes: BoolArray
    """For each pair, whether the constraint after matching holds for its object."""
    objects_in_pixel: IntArray
    """For each pair, number of objects in the pixel of `DENSITY_ORDER` of its site."""


def rank_partition(
    candidates: Candidates, table: pa.Table, positions: SkyPositions, objects_in_pixel: IntArray, matching: Matching
) -> PartitionMatch:
    """Rank all objects that are near sites, and keep the pairs that are asked for.

    Parameters
    ----------
    candidates
        Every pair within the radius; `object` counts rows of `table`.
    table, positions
        Rows of every object in them, with the columns that the matching reads, and where they are.
    objects_in_pixel
        For each site, number of objects in its pixel of `DENSITY_ORDER`.
    """
    pairs = rank_candidates(
        candidates,
        tie_order=_places_in_order(table[matching.object_id]),
        is_matchable=_holds(matching.before, table),
        flux=_reference_flux(matching, table),
    )
    return keep_objects(pairs.up_to(matching.n_neighbors), table, positions, objects_in_pixel, matching)


def keep_objects(
    pairs: RankedPairs, table: pa.Table, positions: SkyPositions, objects_in_pixel: IntArray, matching: Matching
) -> PartitionMatch:
    """Leave only the rows of objects that are in a pair.

    Parameters
    ----------
    pairs
        `object` counts rows of `table`.
    table, positions
        Rows of objects, and where they are.
    objects_in_pixel
        For each site.
    """
    kept, place = np.unique(pairs.object, return_inverse=True)
    objects = table.take(pa.array(kept))
    passes = _holds(matching.after, objects)[place]
    pairs = pairs.with_objects(place.astype(np.int64))
    return PartitionMatch(
        pairs=pairs,
        objects=objects.select(list(matching.columns)),
        positions=positions.take(kept),
        object_ids=objects[matching.object_id],
        passes=passes,
        objects_in_pixel=objects_in_pixel[pairs.site],
    )


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
