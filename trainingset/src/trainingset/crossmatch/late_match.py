"""Matches one partition and reads little of it: the index, then positions, then other columns of what is matched."""

from collections.abc import Sequence
from contextlib import ExitStack

import numpy as np
from hats.pixel_math import HealpixPixel

from trainingset.crossmatch.candidates import Candidates, search_indexes
from trainingset.crossmatch.matching import Matching
from trainingset.crossmatch.object_index import ObjectIndex
from trainingset.crossmatch.object_rows import SINGLE_PRECISION_ARCSEC, ObjectColumns, ObjectRows
from trainingset.crossmatch.partition import DENSITY_ORDER, PartitionMatch, rank_partition
from trainingset.crossmatch.search_pixels import SearchPixels
from trainingset.crossmatch.site_search import SiteSearch
from trainingset.crossmatch.sky_positions import BoolArray, IntArray
from trainingset.partition_files import PartitionFiles

__all__ = ["match_partition"]

Spans = tuple[IntArray, IntArray]


def match_partition(
    where: SiteSearch,
    pixel: HealpixPixel,
    columns: ObjectColumns,
    files: tuple[PartitionFiles | None, PartitionFiles | None],
    matching: Matching,
) -> PartitionMatch | None:
    """Match sites with all objects that may be near them; None where no object is within the radius.

    Parameters
    ----------
    where
        Distinct valid positions in the partition, and the pixels around them.
    pixel
        Of the partition.
    files
        Where its rows and those of its margin are; None where it has none.

    Raises
    ------
    SourceUnavailableError
        If its files cannot be read.
    """
    with ExitStack() as opened:
        search, rows = _near(where, pixel, columns, files, matching.radius_arcsec, opened)
        if not rows.parts:
            return None
        counted = _spans(where.density, columns)
        looked_at = zip(search.spans(columns.index_order), counted, strict=True)
        indexes = rows.indexes(*(np.concatenate(both) for both in looked_at))
        candidates = search_indexes(where.sites, search, indexes, rows.positions, radius_arcsec=matching.radius_arcsec)
        if not len(candidates):
            return None
        near, place = np.unique(candidates.object, return_inverse=True)
        table = rows.read(near, matching.read_columns)
    return rank_partition(
        Candidates(candidates.site, place.astype(np.int64), candidates.separation_arcsec),
        table,
        rows.known_positions(near),
        _counts(indexes, counted),
        matching,
    )


def _near(
    where: SiteSearch,
    pixel: HealpixPixel,
    columns: ObjectColumns,
    files: tuple[PartitionFiles | None, PartitionFiles | None],
    radius_arcsec: float,
    opened: ExitStack,
) -> tuple[SearchPixels, ObjectRows]:
    """Where to look, and the files to look into."""
    search = where.around(radius_arcsec)
    rows = _open(pixel, columns, files, search, opened)
    if not rows.is_single_precision:
        return search, rows
    search = where.around(radius_arcsec + SINGLE_PRECISION_ARCSEC)
    return search, _open(pixel, columns, files, search, opened)


def _open(
    pixel: HealpixPixel,
    columns: ObjectColumns,
    files: tuple[PartitionFiles | None, PartitionFiles | None],
    search: SearchPixels,
    opened: ExitStack,
) -> ObjectRows:
    """The partition if any site may be near its objects, and its margin if any is near its border."""
    first, behind = search.spans(columns.index_order)
    shift = 2 * (columns.index_order - pixel.order)
    # A partition finer than the pixels of the density does not hold all objects of one.
    starts, stops = pixel.pixel << shift, (pixel.pixel + 1) << shift
    is_inside, is_outside = (first < stops) & (behind > starts), (first < starts) | (behind > stops)
    needed: tuple[BoolArray, BoolArray] = (is_inside, is_outside | (pixel.order > DENSITY_ORDER))
    return ObjectRows(
        [
            opened.enter_context(place.open(pixel))
            for place, is_needed in zip(files, needed, strict=True)
            if place is not None and is_needed.any()
        ],
        columns,
    )


def _spans(density: IntArray, columns: ObjectColumns) -> Spans:
    shift = 2 * max(columns.index_order - DENSITY_ORDER, 0)
    return density << shift, (density + 1) << shift


def _counts(indexes: Sequence[ObjectIndex], spans: Spans) -> IntArray:
    counts = np.zeros(len(spans[0]), np.int64)
    for index in indexes:
        starts, stops = index.find(*spans)
        counts += stops - starts
    return counts
