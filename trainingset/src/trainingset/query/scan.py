"""Rows of a catalog that a query asks for: partitions and row groups that cannot hold any are not read.

Bytes are counted before anything is read: from the sizes in the catalog's card for the whole, and from the footers
as files are opened, which stops a query that finds its rows too late.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from astropy.coordinates import Angle, Latitude, Longitude
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_COLUMN
from mocpy import MOC

from trainingset.arrow_metadata import described
from trainingset.card import open_catalog
from trainingset.errors import RecipeError
from trainingset.expression_arrow import rows_where
from trainingset.order import Report, StageProgress
from trainingset.partition_files import OpenPartition, PartitionFiles
from trainingset.query.outputs import OBJECTS
from trainingset.query.plain import PlainQuery, necessary_bounds
from trainingset.query.regions import Region
from trainingset.query.syntax import refused
from trainingset.registry import CatalogCard

__all__ = ["passing_rows", "scan_catalog"]

IntArray = npt.NDArray[np.int64]

_INDEX_ORDER = 29
"""Order of the HEALPix index in the files."""
_FINE_STEPS = 3
"""How many orders finer than a circle its pixels are."""
_PIXEL_DEG = 58.6
"""Side of a pixel of order 0."""
_WIDEST_DEG = 80.0
"""Radius from which a circle leaves out no part of the sky."""
_SPARE_DEG = 1e-7
"""What a circle of pixels is wider than what is asked for, so that no rounding leaves a row out."""
_MOST_PARTITIONS = 2_000
"""Partitions that are opened at most: each takes a request or two where the catalog is behind a network."""


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What is read of each partition."""

    columns: tuple[str, ...]
    place: tuple[str, str]
    bounds: Mapping[str, tuple[float, float]]
    """Which values columns can have at all."""
    ranges: IntArray | None
    """Of the finest pixels in which rows may lie, shape (n, 2), without the second; None for the whole sky."""

    @classmethod
    def of(cls, query: PlainQuery, card: CatalogCard) -> "_Wanted":
        place = (card.entry.ra_column, card.entry.dec_column)
        conditions = query.condition.columns if query.condition is not None else ()
        needed = dict.fromkeys([*query.outputs.used_of(OBJECTS), *conditions, *(place if query.regions else ())])
        # A table without a column has no rows to count.
        columns = tuple(needed) or (card.entry.object_id_column,)
        bounds = necessary_bounds(query.condition)
        circles = [*query.regions, *_zone(bounds.get(place[0]), bounds.get(place[1]))]
        return cls(columns, place, bounds, _ranges(circles))


def scan_catalog(
    card: CatalogCard, query: PlainQuery, *, most_rows: int | None, most_bytes: int | None, report: Report
) -> Iterator[pa.Table]:
    """Rows of a catalog that a query asks for, in the order of the sky; at least one table, perhaps without rows.

    Parameters
    ----------
    most_rows
        Reading stops when so many were found; None where all are needed.
    most_bytes
        Most bytes of the files that may be read.

    Raises
    ------
    RecipeError
        If more bytes would be read.
    SourceUnavailableError
        If the catalog cannot be read now.
    """
    wanted = _Wanted.of(query, card)
    _, catalog = open_catalog(card.entry)
    files = PartitionFiles(folder=str(catalog.catalog_base_dir), suffix=catalog.catalog_info.npix_suffix)
    pixels = [pixel for pixel in sorted(catalog.get_healpix_pixels(), key=_first) if _touches(pixel, wanted.ranges)]
    if most_rows is None:
        _require_few(card, wanted, pixels, most_bytes)
    yield _empty(card, wanted)
    n_rows, n_bytes = 0, 0
    for number, pixel in enumerate(pixels):
        report(StageProgress(stage="reading", done=number, total=len(pixels), rows=n_rows))
        if number == _MOST_PARTITIONS:
            raise refused("QUERY", f"would open more than {_MOST_PARTITIONS} partitions of {card.entry.id}; {_ADVICE}")
        with files.open(pixel) as opened:
            for group in _groups(opened, wanted):
                n_bytes += opened.bytes_of(group, wanted.columns)
                if most_bytes is not None and n_bytes > most_bytes:
                    raise _too_much(card, n_bytes, most_bytes)
                rows = passing_rows(opened.read_groups(np.array([group]), wanted.columns), query, wanted.place)
                n_rows += rows.num_rows
                yield rows
                if most_rows is not None and n_rows >= most_rows:
                    return


_ADVICE = (
    "select fewer columns, ask for a smaller region (1=CONTAINS(POINT(...), CIRCLE(...))), or for the first rows alone "
    "(SELECT TOP 100 ... without ORDER BY)"
)


def passing_rows(rows: pa.Table, query: PlainQuery, place: tuple[str, str] | None) -> pa.Table:
    """The rows that lie in all regions of a query and fulfil its condition.

    Parameters
    ----------
    place
        Names of the columns with the coordinates; a query with regions needs them.
    """
    keep = np.ones(rows.num_rows, bool)
    if query.regions:
        assert place is not None, "regions were read with the columns of places"
        ra, dec = (rows[name].to_numpy(zero_copy_only=False).astype(np.float64) for name in place)
        for region in query.regions:
            keep &= region.contains(ra, dec)
    if query.condition is not None:
        keep &= rows_where(query.condition, rows)
    return rows.filter(pa.array(keep))


def _require_few(card: CatalogCard, wanted: _Wanted, pixels: Sequence[HealpixPixel], most_bytes: int | None) -> None:
    """Refuse at once what is too much by the sizes in the card, before any file is opened."""
    listed = card.partitions
    # Where values are limited, row groups may be left out that nobody knows yet: bytes are counted as files open.
    if listed is None or most_bytes is None or set(wanted.bounds) - set(wanted.place):
        return
    rows = dict(zip(zip(listed.orders, listed.pixels, strict=True), listed.rows, strict=True))
    touched = 0.0
    for pixel in pixels:
        n_rows = rows.get((pixel.order, pixel.pixel), 0)
        # A row group at either end of each part is read besides what lies in the region.
        touched += min(n_rows, n_rows * _share(pixel, wanted.ranges) + 2 * listed.row_group_rows)
    n_bytes = touched * sum(listed.bytes_per_row.get(name, 0.0) for name in wanted.columns)
    if n_bytes > most_bytes:
        raise _too_much(card, round(n_bytes), most_bytes)


def _too_much(card: CatalogCard, n_bytes: int, most_bytes: int) -> RecipeError:
    limit = f"{most_bytes / 1e9:.3g} GB"
    message = f"would read {n_bytes / 1e9:.3g} GB or more of {card.entry.id}; at most {limit} are read; {_ADVICE}"
    (problem,) = refused("QUERY", message).problems
    return RecipeError([problem.model_copy(update={"limit": limit})])


def _groups(opened: OpenPartition, wanted: _Wanted) -> Iterator[int]:
    """Numbers of the row groups that may hold rows."""
    may = np.ones(len(opened.group_rows), bool)
    if wanted.ranges is not None and (extremes := opened.extremes(SPATIAL_INDEX_COLUMN)) is not None:
        may &= _overlap(extremes[:, 0], extremes[:, 1] + 1, wanted.ranges)
    for name, (low, high) in wanted.bounds.items():
        if (limits := opened.limits(name)) is not None:
            may &= (limits[:, 1] >= low) & (limits[:, 0] <= high)
    yield from np.flatnonzero(may).tolist()


def _empty(card: CatalogCard, wanted: _Wanted) -> pa.Table:
    described_columns = {column.name: column for column in card.columns}
    return pa.schema([described(described_columns[name]) for name in wanted.columns]).empty_table()


def _zone(ra: tuple[float, float] | None, dec: tuple[float, float] | None) -> Iterator[Region]:
    """A circle that holds a range of right ascension and one of declination; none if they are too wide."""
    if ra is None or dec is None or not 0 <= ra[1] - ra[0] <= 2 * _WIDEST_DEG:
        return
    low, high = max(dec[0], -90.0), min(dec[1], 90.0)
    if low > high:
        return
    center = Region((ra[0] + ra[1]) / 2, (low + high) / 2, 0.0)
    corners = np.array([(lon, lat) for lon in ra for lat in (low, high)])
    yield Region(center.ra, center.dec, float(center.distance_deg(corners[:, 0], corners[:, 1]).max()) + 1e-6)


def _ranges(circles: Sequence[Region]) -> IntArray | None:
    found = None
    for circle in circles:
        if circle.radius_deg > _WIDEST_DEG:
            continue
        radius = circle.radius_deg + _SPARE_DEG
        depth = int(np.clip(math.floor(math.log2(_PIXEL_DEG / radius)) + _FINE_STEPS, 0, _INDEX_ORDER - 3))
        place = Longitude(circle.ra, "deg"), Latitude(circle.dec, "deg")
        moc = MOC.from_cone(*place, radius=Angle(radius, "deg"), max_depth=depth)
        found = moc if found is None else found.intersection(moc)
    return None if found is None else np.asarray(found.to_depth29_ranges, np.int64).reshape(-1, 2)


def _first(pixel: HealpixPixel) -> int:
    return int(pixel.pixel) << 2 * (_INDEX_ORDER - int(pixel.order))


def _touches(pixel: HealpixPixel, ranges: IntArray | None) -> bool:
    if ranges is None:
        return True
    start = _first(pixel)
    stop = start + (1 << 2 * (_INDEX_ORDER - int(pixel.order)))
    return bool(_overlap(np.array([start]), np.array([stop]), ranges)[0])


def _overlap(starts: IntArray, stops: IntArray, ranges: IntArray) -> npt.NDArray[np.bool_]:
    """Whether each span has a pixel in one of the ranges, which are sorted and apart."""
    behind = np.searchsorted(ranges[:, 1], starts, side="right")
    before = np.searchsorted(ranges[:, 0], stops, side="left")
    overlap: npt.NDArray[np.bool_] = behind < before
    return overlap


def _share(pixel: HealpixPixel, ranges: IntArray | None) -> float:
    """How much of a partition's area the ranges cover."""
    if ranges is None:
        return 1.0
    start, size = _first(pixel), 1 << 2 * (_INDEX_ORDER - int(pixel.order))
    inside = np.clip(ranges, start, start + size)
    return float((inside[:, 1] - inside[:, 0]).sum()) / size
