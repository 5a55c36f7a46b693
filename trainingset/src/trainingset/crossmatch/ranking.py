"""Ranks the objects around each site and says how crowded it is there."""

from dataclasses import dataclass, fields, replace

import numpy as np
import numpy.typing as npt

from trainingset.crossmatch.candidates import BoolArray, Candidates, IntArray
from trainingset.crossmatch.separation import FloatArray

__all__ = ["RankedPairs", "rank_candidates"]


@dataclass(frozen=True, slots=True)
class RankedPairs:
    """Pairs by site and rank; arrays of one length."""

    site: IntArray
    object: IntArray
    separation_arcsec: FloatArray
    match_rank: npt.NDArray[np.int32]
    """1 for the nearest object that may be matched, 2 for the next; equal separations by object id."""
    n_matchable: npt.NDArray[np.int32]
    """Objects within the radius that may be matched; -1 where nobody counted."""
    n_within_radius: npt.NDArray[np.int32]
    """Objects within the radius, cut or not; -1 where nobody counted."""
    second_separation_arcsec: FloatArray
    """Separation of the second nearest object, cut or not; NaN where there is none."""
    brightest_within_radius: npt.NDArray[np.int8]
    """1 where no object within the radius is brighter, 0 where one is, -1 where its own flux is unknown."""

    def __len__(self) -> int:
        return len(self.site)

    def up_to(self, n_neighbors: int | None) -> "RankedPairs":
        """The pairs of the first ranks; all for None."""
        if n_neighbors is None:
            return self
        kept = self.match_rank <= n_neighbors
        return RankedPairs(*(getattr(self, field.name)[kept] for field in fields(self)))

    def with_objects(self, rows: IntArray) -> "RankedPairs":
        """The same pairs with other row numbers of objects."""
        return replace(self, object=rows)


def rank_candidates(
    candidates: Candidates, *, tie_order: IntArray, is_matchable: BoolArray, flux: FloatArray
) -> RankedPairs:
    """Rank the matchable objects of each site; crowding counts all.

    Parameters
    ----------
    candidates
        Every pair within the radius.
    tie_order
        For each object (by its row number), its place in the order of object ids.
    is_matchable
        For each object, whether a constraint applied before matching leaves it in.
    flux
        For each object, flux in the reference band; NaN where unknown.

    Returns
    -------
    RankedPairs
        Pairs of matchable objects, by site and rank.
    """
    order = np.lexsort((tie_order[candidates.object], candidates.separation_arcsec, candidates.site))
    site, obj = candidates.site[order], candidates.object[order]
    separation = candidates.separation_arcsec[order]
    starts = np.flatnonzero(np.diff(site, prepend=-1))
    sizes = np.diff(starts, append=len(site))

    second = np.full(len(starts), np.nan)
    second[sizes > 1] = separation[starts[sizes > 1] + 1]
    matchable = is_matchable[obj]
    n_before: IntArray = np.cumsum(matchable) - matchable
    rank: IntArray = n_before - np.repeat(n_before[starts], sizes) + 1
    n_matchable = np.add.reduceat(matchable, starts, dtype=np.int32) if len(starts) else np.empty(0, np.int32)
    return RankedPairs(
        site=site[matchable],
        object=obj[matchable],
        separation_arcsec=separation[matchable],
        match_rank=rank[matchable].astype(np.int32),
        n_matchable=np.repeat(n_matchable, sizes)[matchable],
        n_within_radius=np.repeat(sizes, sizes)[matchable].astype(np.int32),
        second_separation_arcsec=np.repeat(second, sizes)[matchable],
        brightest_within_radius=_is_brightest(flux[obj], starts, sizes)[matchable],
    )


def _is_brightest(flux: FloatArray, starts: IntArray, sizes: IntArray) -> npt.NDArray[np.int8]:
    if not len(starts):
        return np.empty(0, np.int8)
    known = np.isfinite(flux)
    brightest = np.maximum.reduceat(np.where(known, flux, -np.inf), starts)
    return np.where(known, flux == np.repeat(brightest, sizes), -1).astype(np.int8)
