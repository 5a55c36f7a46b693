"""A look at one partition: its footers, and, if asked for, its index and coordinates, one row group at a time."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from cdshealpix.nested import healpix_to_lonlat
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import compute_spatial_index
from pydantic import BaseModel, ConfigDict
from upath import UPath

from trainingset.catalog_care.faults import CatalogFault, FaultKind
from trainingset.catalog_care.row_groups import RowGroup, digest_of_groups, groups_of
from trainingset.catalog_care.schema_drift import tell_drift
from trainingset.catalog_care.tree import CatalogTree, index_range, open_parquet
from trainingset.crossmatch.separation import separations_arcsec

__all__ = ["FileLook", "PartitionLook", "look_at_partition"]

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]

_DOUBLE_TOLERANCE_ARCSEC = 0.01
_FLOAT_TOLERANCE_ARCSEC = 0.2
"""Coordinates kept in 32 bits are rounded by up to 0.06 arcsec after the index was made of better ones."""


class FileLook(BaseModel):
    """What the footer of one file tells."""

    model_config = ConfigDict(frozen=True)

    file: str
    """Relative to the catalog's ``dataset``."""
    rows: int
    digest: str
    """Of its row groups; see `digest_of_groups`."""
    largest_group: int


class PartitionLook(BaseModel):
    """What was found in one partition."""

    model_config = ConfigDict(frozen=True)

    order: int
    pixel: int
    stamp: str
    """Sizes and times of its files: what was found stands while they are the same."""
    rows: int = 0
    rows_without_coordinates: int = 0
    were_rows_read: bool = False
    files: tuple[FileLook, ...] = ()
    faults: tuple[CatalogFault, ...] = ()


@dataclass(slots=True)
class _Look:
    tree: CatalogTree
    pixel: HealpixPixel
    path: UPath
    faults: list[CatalogFault]
    rows_without_coordinates: int = 0

    def tell(self, kind: FaultKind, message: str, **told: object) -> None:
        self.faults.append(CatalogFault.of(kind, self.tree.name, message, file=self.tree.relative(self.path), **told))


def look_at_partition(tree: CatalogTree, pixel: HealpixPixel, *, read_rows: bool) -> PartitionLook:
    """Look at all files of one partition.

    Parameters
    ----------
    read_rows
        Also read index and coordinates of every row, one row group at a time.
    """
    faults: list[CatalogFault] = []
    try:
        paths = tree.files(pixel)
    except OSError:
        file = f"{tree.name}/dataset/Norder={pixel.order}/Dir={pixel.dir}/Npix={pixel.pixel}"
        file += "" if tree.properties.npix_suffix == "/" else str(tree.properties.npix_suffix)
        missing = CatalogFault.of(FaultKind.FILE_MISSING, tree.name, "is listed, and is not there", file=file)
        return PartitionLook(order=pixel.order, pixel=pixel.pixel, stamp="missing", faults=(missing,))
    looks, without = [], 0
    stamp = stamp_of(paths)
    for path in paths:
        look = _Look(tree, pixel, path, faults)
        if (found := _look_at_file(look, read_rows=read_rows)) is not None:
            looks.append(found)
        without += look.rows_without_coordinates
    return PartitionLook(
        order=pixel.order,
        pixel=pixel.pixel,
        stamp=stamp,
        rows=sum(look.rows for look in looks),
        rows_without_coordinates=without,
        were_rows_read=read_rows,
        files=tuple(looks),
        faults=tuple(faults),
    )


def stamp_of(paths: list[UPath]) -> str:
    """What changes when files do, without reading them."""
    stats = [path.stat() for path in paths]
    return " ".join(f"{stat.st_size}:{getattr(stat, 'st_mtime', 0):.6f}" for stat in stats)


def _look_at_file(look: _Look, *, read_rows: bool) -> FileLook | None:
    try:
        with open_parquet(look.path) as file:
            return _look_at_open(look, file, read_rows=read_rows)
    except (OSError, pa.ArrowException) as error:
        look.tell(FaultKind.FILE_UNREADABLE, f"cannot be read: {error}", value=f"{look.path.stat().st_size:,} bytes")
        return None


def _look_at_open(look: _Look, file: pq.ParquetFile, *, read_rows: bool) -> FileLook:
    tree = look.tree
    for message in tell_drift(file.schema_arrow, tree.schema):
        look.tell(FaultKind.SCHEMA_DIFFERS, message)
    name = str(look.path)[len(str(tree.folder / "dataset")) :].lstrip("/")
    rows = file.metadata.num_rows
    try:
        groups = groups_of(file.metadata, tree.index_column)
    except KeyError:
        look.tell(FaultKind.INDEX_WRONG, f"has no column {tree.index_column}, which rows are found by")
        return FileLook(file=name, rows=rows, digest="", largest_group=0)
    _look_at_statistics(look, groups)
    if read_rows:
        _look_at_rows(look, file, groups)
    largest = max((group.rows for group in groups), default=0)
    return FileLook(file=name, rows=rows, digest=digest_of_groups(groups), largest_group=largest)


def _look_at_statistics(look: _Look, groups: list[RowGroup]) -> None:
    """What footers tell without a look at rows: whether the index lies within the pixel, and goes up."""
    if unknown := sum(not group.is_known for group in groups):
        look.tell(FaultKind.STATISTICS_MISSING, f"{unknown} of {len(groups)} row groups tell no range of the index")
    known = [group for group in groups if group.is_known]
    first, behind = index_range(look.pixel, look.tree.index_order)
    if not look.tree.is_margin:
        outside = [group for group in known if not (first <= (group.least or 0) and (group.greatest or 0) < behind)]
        if outside:
            value = f"{outside[0].least} to {outside[0].greatest}"
            message = f"row groups reach beyond pixel {look.pixel}: index {value}"
            look.tell(FaultKind.OUTSIDE_PIXEL, message, value=value, limit=f"{first} to {behind - 1}")
    falls = [pair for pair in pairwise(known) if (pair[1].least or 0) < (pair[0].greatest or 0)]
    if falls:
        message = f"row groups are not in the order of {look.tree.index_column}"
        look.tell(FaultKind.UNSORTED, message, value=falls[0][1].least, limit=f"at least {falls[0][0].greatest}")


def _look_at_rows(look: _Look, file: pq.ParquetFile, groups: list[RowGroup]) -> None:
    """Read index and coordinates; each fault is told once a file, by its first row."""
    told: set[FaultKind] = {fault.kind for fault in look.faults if fault.file == look.tree.relative(look.path)}
    names = [look.tree.index_column, *look.tree.coordinates]
    absent = [name for name in names if name not in file.schema_arrow.names]
    if absent:
        return  # the schema has told so
    start = 0
    for number, group in enumerate(groups):
        table = file.read_row_group(number, columns=names, use_threads=False)
        for kind, message, value, limit in _faults_of_rows(look, table, group, start):
            if kind not in told:
                told.add(kind)
                look.tell(kind, message, value=value, limit=limit)
        start += group.rows


_Told = tuple[FaultKind, str, object, object]


def _faults_of_rows(look: _Look, table: pa.Table, group: RowGroup, start: int) -> Iterator[_Told]:
    tree = look.tree
    if (nulls := table[tree.index_column].null_count) or not table.num_rows:
        if nulls:
            yield FaultKind.INDEX_WRONG, f"{nulls} rows have no {tree.index_column}", nulls, 0
        return
    index: IntArray = table[tree.index_column].to_numpy().astype(np.int64)
    yield from _faults_of_index(look, index, group, start)
    ra, dec = (_doubles(table[name]) for name in tree.coordinates)
    is_placed = np.isfinite(ra) & np.isfinite(dec) & (np.abs(dec) <= 90)
    look.rows_without_coordinates += int(np.count_nonzero(~is_placed))
    yield from _faults_of_places(look, index, (ra, dec), np.flatnonzero(is_placed), start, table)


def _doubles(column: pa.ChunkedArray) -> FloatArray:
    values: FloatArray = column.cast(pa.float64(), safe=False).to_numpy()
    return values


def _faults_of_index(look: _Look, index: IntArray, group: RowGroup, start: int) -> Iterator[_Told]:
    if len(falls := np.flatnonzero(np.diff(index) < 0)):
        row = int(falls[0]) + 1
        message = f"rows are not sorted by {look.tree.index_column}: row {start + row + 1} is less than the row before"
        yield FaultKind.UNSORTED, message, int(index[row]), f"at least {index[row - 1]}"
    least, greatest = int(index.min()), int(index.max())
    if group.is_known and (group.least, group.greatest) != (least, greatest):
        message = f"the row group at row {start + 1} has other indexes than its statistics tell"
        yield FaultKind.STATISTICS_WRONG, message, f"{least} to {greatest}", f"{group.least} to {group.greatest}"
    first, behind = index_range(look.pixel, look.tree.index_order)
    is_inside = (index >= first) & (index < behind)
    if len(astray := np.flatnonzero(is_inside if look.tree.is_margin else ~is_inside)):
        row = int(astray[0])
        where = "inside of" if look.tree.is_margin else "outside of"
        message = f"{len(astray)} rows lie {where} pixel {look.pixel}, the first is row {start + row + 1}"
        yield FaultKind.OUTSIDE_PIXEL, message, int(index[row]), f"{first} to {behind - 1}"


def _faults_of_places(
    look: _Look, index: IntArray, places: tuple[FloatArray, FloatArray], rows: IntArray, start: int, table: pa.Table
) -> Iterator[_Told]:
    """Whether the index says where the coordinates are."""
    order = look.tree.index_order
    ra, dec = (axis[rows] for axis in places)
    here = index[rows]
    # Nearly all are equal to the bit; only the others are measured.
    differ = np.flatnonzero(compute_spatial_index(ra, dec, order) != here)
    differ = differ[(here[differ] >= 0) & (here[differ] < 12 << 2 * order)]
    lon, lat = healpix_to_lonlat(here[differ].astype(np.uint64), order)
    off = separations_arcsec(lon.deg, lat.deg, ra[differ], dec[differ])
    is_float = any(pa.types.is_float32(table.schema.field(name).type) for name in look.tree.coordinates)
    pixel_arcsec = 211_000 / 2**order
    limit = pixel_arcsec + (_FLOAT_TOLERANCE_ARCSEC if is_float else _DOUBLE_TOLERANCE_ARCSEC)
    if len(wrong := np.flatnonzero(off > limit)):
        row = int(rows[differ[wrong[0]]])
        name = look.tree.index_column
        message = (
            f"{len(wrong)} rows have coordinates elsewhere than their {name}, the first is row {start + row + 1} at "
            f"ra {places[0][row]:.6f}, dec {places[1][row]:.6f}"
        )
        yield FaultKind.INDEX_WRONG, message, f"{off[wrong[0]]:.3g} arcsec off", f"{limit:.3g} arcsec"
