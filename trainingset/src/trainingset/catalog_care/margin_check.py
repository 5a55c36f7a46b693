"""Whether a margin belongs to its catalog: by its properties, and, in a few partitions, by its rows."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_ORDER, compute_spatial_index

from trainingset.catalog_care.faults import CatalogFault, FaultKind
from trainingset.catalog_care.gather import IndexRanges, gather_rows
from trainingset.catalog_care.margin_ring import Neighbors, ring_around, ring_order
from trainingset.catalog_care.row_hash import hash_rows
from trainingset.catalog_care.tree import CatalogTree, open_parquet

__all__ = ["look_at_margin_properties", "look_at_margin_rows", "look_for_strangers"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

_DIRECTIONS = 16
_SURELY = 0.98
"""Of the threshold: rows that are nearer are in every margin, however its maker rounded."""
_COMPARED_COLUMNS = 32
_COMPARED_ROWS = 100_000


def look_at_margin_properties(main: CatalogTree, margin: CatalogTree) -> Iterator[CatalogFault]:
    """What a margin says of itself."""
    file = f"{margin.name}/hats.properties"
    primary = str(margin.properties.primary_catalog or "").rstrip("/").rsplit("/", 1)[-1]
    names = {main.name, str(main.properties.catalog_name)}
    if primary and primary not in names:
        yield CatalogFault.of(
            FaultKind.MARGIN_OF_ANOTHER,
            margin.name,
            f"is the margin of {primary}, not of {main.name}",
            file=file,
            value=primary,
            limit=main.name,
        )
    if not (margin.properties.margin_threshold or 0) > 0:
        message = "tells no hats_margin_threshold"
        yield CatalogFault.of(FaultKind.PROPERTIES, margin.name, message, file=file, limit="above 0 arcsec")
    if drift := sorted(set(main.schema.names) ^ set(margin.schema.names)):
        message = f"has other columns than {main.name}: {', '.join(drift[:5])}"
        yield CatalogFault.of(FaultKind.MARGIN_OF_ANOTHER, margin.name, message, file=file)


def look_at_margin_rows(
    main: CatalogTree, margin: CatalogTree, pixels: Sequence[HealpixPixel]
) -> Iterator[CatalogFault]:
    """Compare the margins of some partitions with the rows around them; unreadable files are told elsewhere."""
    threshold = margin.properties.margin_threshold or 0.0
    order = max(ring_order(threshold), max(pixel.order for pixel in main.pixels) + 1) if threshold > 0 else 0
    neighbors = Neighbors(main.pixels)
    for pixel in pixels if order else ():
        try:
            yield from _look_at_one(main, margin, pixel, order, neighbors)
        except (OSError, pa.ArrowException, KeyError):
            continue


def look_for_strangers(
    main: CatalogTree,
    margin: CatalogTree,
    pixels: Sequence[HealpixPixel],
    *,
    most_rows: int = _COMPARED_ROWS,
    most_columns: int = _COMPARED_COLUMNS,
) -> Iterator[CatalogFault]:
    """Rows in the margins of some partitions that the catalog does not have, or has with other values."""
    neighbors = Neighbors(main.pixels)
    columns = _compared(main, margin, most_columns)
    for pixel in pixels:
        try:
            kept = _margin_rows(margin, pixel, columns, most_rows)
            yield from _strangers(main, margin, pixel, kept, neighbors)
        except (OSError, pa.ArrowException, KeyError):
            continue


def _look_at_one(
    main: CatalogTree, margin: CatalogTree, pixel: HealpixPixel, order: int, neighbors: Neighbors
) -> Iterator[CatalogFault]:
    columns = _compared(main, margin, _COMPARED_COLUMNS)
    kept = _margin_rows(margin, pixel, columns, None)
    yield from _strangers(main, margin, pixel, kept.slice(0, _COMPARED_ROWS), neighbors)
    if pixel in main.members:
        yield from _missing(main, margin, pixel, order, kept, neighbors)


def _compared(main: CatalogTree, margin: CatalogTree, most: int) -> list[str]:
    """Index, coordinates, and further columns of plain types."""
    known = set(margin.schema.names)
    first = [main.index_column, *main.coordinates]
    further = [field.name for field in main.schema if field.name in known and not pa.types.is_nested(field.type)]
    return list(dict.fromkeys([*first, *further]))[:most]


def _margin_rows(margin: CatalogTree, pixel: HealpixPixel, columns: list[str], most: int | None) -> pa.Table:
    """Rows of one margin; the first row group alone if only so many are wanted."""
    empty = pa.schema([margin.schema.field(name) for name in columns]).empty_table()
    if pixel not in margin.members:
        return empty
    pieces = []
    for path in margin.files(pixel):
        with open_parquet(path) as file:
            if most is None:
                pieces.append(file.read(columns=columns, use_threads=False).select(columns))
            elif file.num_row_groups:
                pieces.append(file.read_row_group(0, columns=columns, use_threads=False).select(columns))
    return pa.concat_tables(pieces or [empty]).slice(0, most)


def _strangers(
    main: CatalogTree, margin: CatalogTree, pixel: HealpixPixel, kept: pa.Table, neighbors: Neighbors
) -> Iterator[CatalogFault]:
    """Rows of the margin that the catalog does not have, or has with other values."""
    index: IntArray = kept[main.index_column].to_numpy().astype(np.int64)
    if not len(index):
        return
    ranges = IndexRanges(index, main.index_order, main.index_order)
    around = neighbors.of(index.tolist(), main.index_order)
    found = list(gather_rows(main, around, ranges, kept.schema.names))
    known = np.concatenate([hash_rows(table) for table in found]) if found else np.empty(0, np.uint64)
    strange = np.flatnonzero(~np.isin(hash_rows(kept), known))
    if len(strange):
        first = kept.slice(int(strange[0]), 1).select(list(main.coordinates)).to_pylist()[0]
        message = (
            f"{len(strange)} of {len(index)} rows of the margin of {pixel} are not those of {main.name}, the first at "
            f"{', '.join(f'{name} {value}' for name, value in first.items())}: it is of another catalog or release"
        )
        yield CatalogFault.of(
            FaultKind.MARGIN_OF_ANOTHER,
            margin.name,
            message,
            file=_told_file(margin, pixel),
            value=len(strange),
            limit=0,
        )


def _missing(
    main: CatalogTree, margin: CatalogTree, pixel: HealpixPixel, order: int, kept: pa.Table, neighbors: Neighbors
) -> Iterator[CatalogFault]:
    """Rows around the partition that the margin lacks."""
    ring = ring_around(pixel, order)
    around = neighbors.of(ring, order)
    names = [main.index_column, *main.coordinates]
    threshold = float(margin.properties.margin_threshold or 0)
    have: IntArray = kept[main.index_column].to_numpy().astype(np.int64)
    ras, decs = [np.empty(0)], [np.empty(0)]
    for table in gather_rows(main, around, IndexRanges(ring, order, main.index_order), names):
        absent = ~np.isin(table[names[0]].to_numpy().astype(np.int64), have)
        ra, dec = (table[name].cast(pa.float64()).to_numpy()[absent] for name in names[1:])
        ras.append(ra)
        decs.append(dec)
    near = _are_near(np.concatenate(ras), np.concatenate(decs), pixel, threshold * _SURELY)
    missing = int(np.count_nonzero(near))
    if missing:
        message = f"{missing} rows within {threshold:g} arcsec of {pixel} are not in its margin: pairs would be lost"
        yield CatalogFault.of(
            FaultKind.MARGIN_INCOMPLETE, margin.name, message, file=_told_file(margin, pixel), value=missing, limit=0
        )


def _are_near(
    ra: npt.NDArray[np.float64], dec: npt.NDArray[np.float64], pixel: HealpixPixel, reach_arcsec: float
) -> BoolArray:
    """Whether a point at this distance in any of some directions lies in the pixel: never true for those too far."""
    is_placed = np.isfinite(ra) & np.isfinite(dec) & (np.abs(dec) <= 90)
    if not is_placed.any():
        return is_placed
    east, north, reach = np.radians(ra[is_placed]), np.radians(dec[is_placed]), np.radians(reach_arcsec / 3600)
    angle = (np.arange(_DIRECTIONS) * 2 * np.pi / _DIRECTIONS)[:, np.newaxis]
    there = np.arcsin(np.clip(np.sin(north) * np.cos(reach) + np.cos(north) * np.sin(reach) * np.cos(angle), -1, 1))
    turn = np.arctan2(np.sin(angle) * np.sin(reach) * np.cos(north), np.cos(reach) - np.sin(north) * np.sin(there))
    index = compute_spatial_index((np.degrees(east + turn) % 360).ravel(), np.degrees(there).ravel())
    is_in = (index >> 2 * (SPATIAL_INDEX_ORDER - pixel.order) == pixel.pixel).reshape(there.shape)
    near = np.zeros(len(ra), np.bool_)
    near[is_placed] = is_in.any(axis=0)
    return near


def _told_file(margin: CatalogTree, pixel: HealpixPixel) -> str:
    return f"{margin.name}/dataset/Norder={pixel.order}/Dir={pixel.dir}/Npix={pixel.pixel}"
