"""Sites as a catalog of LSDB in the pixels of its tasks: nothing is left to align but equal pixels."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import lsdb
import nested_pandas as npd
import numpy as np
import pandas as pd
import pyarrow as pa
from hats.catalog import Catalog, CatalogType, TableProperties
from hats.pixel_math import HealpixPixel
from hats.pixel_tree import PixelAlignmentType, align_trees
from hats.pixel_tree.pixel_tree import PixelTree
from lsdb.operations.lsdb_ops import FromHealpixMap

from trainingset.crossmatch.separation import FloatArray
from trainingset.crossmatch.sky_positions import IntArray, SkyPositions
from trainingset.match_cost import task_bytes
from trainingset.sky_index import FINEST_ORDER, sky_pixels

__all__ = ["SITE_COLUMNS", "SiteBlocks", "cut_sites", "object_areas"]

SITE_COLUMNS = ("_site", "_site_ra", "_site_dec")
"""Number of the site, ICRS degrees."""
_INDEX = "_healpix_29"

_MOST_AREAS = 64
_MOST_SITES = 1_000
"""Of a task. LSDB and Dask take as long for each task as it takes to match some hundred sites, and a survey's
partitions are small; more would make steps of progress long."""
_FEWEST_TASKS = 4
"""Where a few sites are all there are: threads work side by side."""


@dataclass(frozen=True, slots=True)
class _Sites:
    """The sites of one task, in the order of their finest pixels."""

    pixel: IntArray
    site: IntArray
    ra: FloatArray
    dec: FloatArray

    def __dask_tokenize__(self) -> tuple[object, ...]:
        # Dask would look at every value in all its parts, and write out what it is given as text.
        digest = hashlib.blake2b()
        for values in (self.pixel, self.site, self.ra, self.dec):
            digest.update(np.ascontiguousarray(values).data)
        return len(self.site), digest.hexdigest()


def object_areas(objects: lsdb.Catalog) -> PixelTree:
    """Pixels of partitions, and of margins where there is no partition: sites elsewhere have no object near them."""
    tree = objects.hc_structure.pixel_tree
    if objects.margin is None:
        return tree
    beyond = objects.margin.hc_structure.pixel_tree
    return align_trees(tree, beyond, alignment_type=PixelAlignmentType.OUTER).pixel_tree


@dataclass(frozen=True, slots=True)
class SiteBlocks:
    """Sites cut by the pixels of tasks, in the order of the sky."""

    pixels: list[HealpixPixel]
    blocks: list[_Sites]
    areas: list[tuple[HealpixPixel, ...]]
    """Those areas of the object catalog in each pixel that have sites."""

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def n_areas(self) -> int:
        """Number of areas in all."""
        return sum(map(len, self.areas))

    def gathered(self) -> "SiteBlocks":
        """The same with fewer and larger tasks, where neighbors have few sites."""
        order = np.array([pixel.order for pixel in self.pixels], np.int64)
        shift = 2 * (FINEST_ORDER - order)
        first = np.array([pixel.pixel for pixel in self.pixels], np.int64) << shift
        sites = np.cumsum([0, *(len(block.site) for block in self.blocks)])
        most_sites = min(_MOST_SITES, int(sites[-1]) // _FEWEST_TASKS)
        found = [piece for base in range(12) for piece in _gather(HealpixPixel(0, base), first, sites, most_sites)]
        return SiteBlocks(
            # One area is a task as it is: the pixel in which it is alone may be far larger.
            [self.pixels[start] if stop == start + 1 else pixel for pixel, start, stop in found],
            [_together(self.blocks[start:stop]) for _, start, stop in found],
            [tuple(area for some in self.areas[start:stop] for area in some) for _, start, stop in found],
        )

    def batches(self, most_bytes: int, *, n_neighbors: int) -> Iterator["SiteBlocks"]:
        """All of them in pieces along the sky whose match takes so much memory, or has a single task."""
        start, total = 0, 0
        for stop, (block, areas) in enumerate(zip(self.blocks, self.areas, strict=True)):
            size = task_bytes(len(areas), len(block.site), n_neighbors)
            if stop > start and total + size > most_bytes:
                yield self._between(start, stop)
                start, total = stop, 0
            total += size
        if len(self) > start:
            yield self._between(start, len(self))

    def _between(self, start: int, stop: int) -> "SiteBlocks":
        return SiteBlocks(self.pixels[start:stop], self.blocks[start:stop], self.areas[start:stop])

    def catalog(self) -> lsdb.Catalog:
        """At least one as a catalog with a partition for each."""
        return _catalog(self.pixels, self.blocks)


def _gather(
    pixel: HealpixPixel, first: IntArray, sites: IntArray, most_sites: int
) -> Iterator[tuple[HealpixPixel, int, int]]:
    """Pixels in one that have few enough areas and sites, or a single area; and where their areas start and stop."""
    shift = 2 * (FINEST_ORDER - pixel.order)
    start, stop = (int(edge) for edge in np.searchsorted(first, [pixel.pixel << shift, (pixel.pixel + 1) << shift]))
    is_small = stop - start <= _MOST_AREAS and sites[stop] - sites[start] <= most_sites
    if stop - start == 1 or (stop > start and is_small):
        yield pixel, start, stop
    elif stop > start:
        for child in range(4):
            yield from _gather(HealpixPixel(pixel.order + 1, 4 * pixel.pixel + child), first, sites, most_sites)


def _together(blocks: list[_Sites]) -> _Sites:
    if len(blocks) == 1:
        return blocks[0]
    columns = ((block.pixel, block.site, block.ra, block.dec) for block in blocks)
    return _Sites(*(np.concatenate(column) for column in zip(*columns, strict=True)))


def cut_sites(sites: SkyPositions, areas: PixelTree) -> SiteBlocks:
    """Cut sites by the areas of an object catalog, a task for each; those in none are left out.

    Parameters
    ----------
    sites
        Distinct valid positions.
    areas
        What `object_areas` gives, which for a survey takes long.
    """
    order = areas.tree_order
    first, behind = areas.tree.T
    pixel = sky_pixels(sites.ra, sites.dec)
    in_order = np.argsort(pixel, kind="stable")
    pixel = pixel[in_order]
    there = pixel >> 2 * (FINEST_ORDER - order)
    area = np.searchsorted(first, there, side="right") - 1
    is_inside = (area >= 0) & (there < behind[np.maximum(area, 0)])
    pixel, area, row = pixel[is_inside], area[is_inside], in_order[is_inside]
    ra, dec = sites.ra[row], sites.dec[row]
    starts = np.flatnonzero(np.diff(area, prepend=-1))
    spans = [slice(*edges) for edges in pairwise((*starts, len(row)))]
    blocks = [_Sites(pixel[span], row[span], ra[span], dec[span]) for span in spans]
    pixels = _pixels(first[area[starts]], behind[area[starts]], order)
    return SiteBlocks(pixels, blocks, [(pixel,) for pixel in pixels])


def _pixels(first: IntArray, behind: IntArray, tree_order: int) -> list[HealpixPixel]:
    depth = np.round(np.log2(behind - first) / 2).astype(np.int64)
    return [
        HealpixPixel(int(order), int(pixel))
        for order, pixel in zip(tree_order - depth, first >> 2 * depth, strict=True)
    ]


def _catalog(pixels: list[HealpixPixel], blocks: list[_Sites]) -> lsdb.Catalog:
    nothing = np.empty(0, np.int64)
    meta = _frame(pixels[0], _Sites(nothing, nothing, np.empty(0), np.empty(0)))
    operation = FromHealpixMap(  # type: ignore[no-untyped-call]  # LSDB
        _frame, pixels, meta=meta, map_kwargs={"sites": blocks}, verify_meta=False
    )
    info = TableProperties(
        catalog_name="sites",
        catalog_type=CatalogType.OBJECT,
        total_rows=sum(len(block.site) for block in blocks),
        ra_column=SITE_COLUMNS[1],
        dec_column=SITE_COLUMNS[2],
        healpix_column=_INDEX,
        healpix_order=FINEST_ORDER,
        default_columns=None,
        extra_columns=None,
        skymap_alt_orders=None,
    )
    schema = pa.schema([(name, meta[name].dtype.pyarrow_dtype) for name in meta.columns])
    return lsdb.catalog.Catalog(operation, Catalog(info, pixels, schema=schema))


def _frame(_pixel: HealpixPixel, sites: _Sites) -> npd.NestedFrame:
    values = zip(SITE_COLUMNS, (sites.site, sites.ra, sites.dec), strict=True)
    columns = {name: pd.arrays.ArrowExtensionArray(pa.array(column)) for name, column in values}
    return npd.NestedFrame(columns, index=pd.Index(pd.arrays.ArrowExtensionArray(pa.array(sites.pixel)), name=_INDEX))
