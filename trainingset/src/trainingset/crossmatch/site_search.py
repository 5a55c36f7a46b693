"""Where objects near the sites of a task may be: found for all of them at once, and told for those of one partition."""

from dataclasses import dataclass, field
from typing import Self

from trainingset.crossmatch.partition import DENSITY_ORDER
from trainingset.crossmatch.search_pixels import SearchPixels
from trainingset.crossmatch.sky_positions import IntArray, SkyPositions
from trainingset.sky_index import sky_pixels

__all__ = ["SiteSearch"]


@dataclass(slots=True)
class SiteSearch:
    """Sites, with the pixels around them.

    A call of HEALPix takes 0.2 ms for ten sites as for a thousand, and a partition of a survey has ten.
    """

    sites: SkyPositions
    index_order: int
    """Of the pixels by which objects are sorted."""
    density: IntArray
    """For each site, its pixel of `DENSITY_ORDER`, or of the order of the index if that is coarser."""
    _whole: "tuple[SiteSearch, slice] | None" = None
    _around: dict[float, SearchPixels] = field(default_factory=dict)

    @classmethod
    def of(cls, sites: SkyPositions, *, index_order: int) -> Self:
        """Sites whose pixels are not known yet."""
        return cls(sites, index_order, sky_pixels(sites.ra, sites.dec, order=min(DENSITY_ORDER, index_order)))

    def part(self, rows: slice) -> "SiteSearch":
        """Some of the sites, counted from 0."""
        some = SkyPositions(self.sites.ra[rows], self.sites.dec[rows])
        return SiteSearch(some, self.index_order, self.density[rows], (self, rows))

    def around(self, radius_arcsec: float) -> SearchPixels:
        """Pixels in which objects within a radius may be."""
        if radius_arcsec not in self._around:
            if self._whole is None:
                found = SearchPixels.around(self.sites, radius_arcsec, finest_order=self.index_order)
            else:
                whole, rows = self._whole
                found = whole.around(radius_arcsec).among(rows)
            self._around[radius_arcsec] = found
        return self._around[radius_arcsec]
