"""Finds every pair of site and object within the radius; a site is a distinct position of redshifts."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from trainingset.crossmatch.object_index import ObjectIndex
from trainingset.crossmatch.search_pixels import SearchPixels
from trainingset.crossmatch.separation import RESOLUTION_ARCSEC, FloatArray, separations_arcsec, unit_vectors
from trainingset.crossmatch.sky_positions import BoolArray, IntArray, SkyPositions

__all__ = ["BoolArray", "Candidates", "IntArray", "ReadPositions", "SkyPositions", "find_candidates", "search_indexes"]

ReadPositions = Callable[[IntArray], SkyPositions]
"""Reads the positions of the objects with these row numbers (ascending, no repetitions), in their order."""

_PAIRS_AT_ONCE = 1 << 20
"""Proposed pairs that are weighed at a time: some 60 MB. In a crowd there are many times as many as are kept."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Pairs within the radius, in no particular order; three arrays of one length."""

    site: IntArray
    """Row numbers of sites."""
    object: IntArray
    """Row numbers of objects."""
    separation_arcsec: FloatArray

    def __len__(self) -> int:
        return len(self.site)


def find_candidates(sites: SkyPositions, objects: SkyPositions, *, radius_arcsec: float) -> Candidates:
    """Find every pair within the radius, the radius itself included.

    Parameters
    ----------
    sites
        Valid positions.
    objects
        Positions of objects; those that are not finite have no pairs.
    """
    index = ObjectIndex.of_positions(objects)
    search = SearchPixels.around(sites, radius_arcsec, finest_order=index.order)
    return search_indexes(sites, search, [index], objects.take, radius_arcsec=radius_arcsec)


def search_indexes(
    sites: SkyPositions,
    search: SearchPixels,
    indexes: Sequence[ObjectIndex],
    read: ReadPositions,
    *,
    radius_arcsec: float,
) -> Candidates:
    """Find every pair within the radius among the objects of some indexes.

    Parameters
    ----------
    search
        Where objects near the sites may be.
    indexes
        Of different objects, by ascending row numbers.
    read
        Reads positions; called once, for objects in these pixels only.
    """
    proposals = [_Proposals.find(search, index) for index in indexes]
    # Positions are read in the order of rows, which need not be that of an index.
    rows_of = [index.rows(proposal.places) for proposal, index in zip(proposals, indexes, strict=True)]
    rows = np.sort(np.concatenate([_NOTHING[1], *rows_of]))
    near = _Nearness(sites, read(rows), radius_arcsec)
    found = [_NOTHING]
    for proposal, its_rows in zip(proposals, rows_of, strict=True):
        object_of_place = np.searchsorted(rows, its_rows)
        found += [near.pairs(site, object_of_place[place]) for site, place in proposal.pairs()]
    site, obj, separation = (np.concatenate(values) for values in zip(*found, strict=True))
    return Candidates(site, rows[obj], separation)


_NOTHING = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))


@dataclass(frozen=True, slots=True)
class _Proposals:
    """Pairs of a site and each object in one of its pixels."""

    site: IntArray
    start: IntArray
    stop: IntArray
    """Of the objects in `places`."""
    places: IntArray
    """Places of all these objects in the index, ascending."""

    @classmethod
    def find(cls, search: SearchPixels, index: ObjectIndex) -> "_Proposals":
        starts, stops = index.find(*search.spans(index.order))
        filled = np.flatnonzero(stops > starts)
        starts, stops = starts[filled], stops[filled]
        # Pixels are in order and either the same or disjoint, and so are their objects.
        is_new = np.append(True, starts[1:] != starts[:-1])[: len(starts)]
        sizes = (stops - starts) * is_new
        ends = np.cumsum(sizes)
        begin = np.maximum.accumulate(np.where(is_new, ends - sizes, 0))
        return cls(search.site[filled], begin, begin + stops - starts, _counted_up(starts[is_new], stops[is_new]))

    def pairs(self) -> Iterator[tuple[IntArray, IntArray]]:
        """Site and number among `places` of each pair, a bounded number at a time; one span is never cut."""
        ends = np.cumsum(self.stop - self.start)
        first = 0
        while first < len(ends):
            before = ends[first] - (self.stop[first] - self.start[first])
            last = max(first + 1, int(np.searchsorted(ends, before + _PAIRS_AT_ONCE, side="right")))
            start, stop = self.start[first:last], self.stop[first:last]
            yield np.repeat(self.site[first:last], stop - start), _counted_up(start, stop)
            first = last


def _counted_up(starts: IntArray, stops: IntArray) -> IntArray:
    """All numbers of some spans, one span after the other."""
    sizes = stops - starts
    ends = np.cumsum(sizes)
    numbers: IntArray = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - (ends - sizes), sizes)
    return numbers


class _Nearness:
    """Weighs proposed pairs."""

    def __init__(self, sites: SkyPositions, objects: SkyPositions, radius_arcsec: float) -> None:
        self._sites, self._objects, self._radius_arcsec = sites, objects, radius_arcsec
        self._site_vectors, self._object_vectors = unit_vectors(sites.ra, sites.dec), unit_vectors(*_finite(objects))
        # Chords only sort out: their reach is wider than the radius by more than they can err.
        self._reach = 2 * np.sin(np.radians((radius_arcsec + RESOLUTION_ARCSEC) / 3600) / 2) + _CHORD_ERROR

    def pairs(self, site: IntArray, obj: IntArray) -> tuple[IntArray, IntArray, FloatArray]:
        """Those that are near enough, with their separations."""
        chords = self._site_vectors[site] - self._object_vectors[obj]
        near = np.flatnonzero(np.einsum("ij,ij->i", chords, chords) <= self._reach**2)
        site, obj = site[near], obj[near]
        there, here = self._sites.take(site), self._objects.take(obj)
        separation = separations_arcsec(there.ra, there.dec, here.ra, here.dec)
        within = separation <= self._radius_arcsec
        return site[within], obj[within], separation[within]


def _finite(positions: SkyPositions) -> tuple[FloatArray, FloatArray]:
    """What is infinite as NaN, which is near nothing and no cause for a warning."""
    ra, dec = (np.where(np.isfinite(values), values, np.nan) for values in (positions.ra, positions.dec))
    return ra, dec


_CHORD_ERROR = 1e-15
"""Rounding of a chord between unit vectors: some units in the last place, 0.2 microarcseconds."""
