"""Opens registered object catalogs: positions through LSDB, other columns only for the rows that are wanted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import lsdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from hats.io import pixel_catalog_file
from hats.pixel_math import HealpixPixel

from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from trainingset.registry import CatalogEntry

__all__ = ["ObjectCatalog", "PartitionFiles", "open_objects"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class PartitionFiles:
    """Where the rows of a catalog lie, so that single rows of a partition can be fetched.

    Plain values, because every task of a distributed computation carries one.
    """

    folder: str
    suffix: str
    """``/`` where a partition is a folder of files."""

    def read_rows(self, partition: HealpixPixel, rows: IntArray, columns: Sequence[str]) -> pa.Table:
        """Read some rows of one partition; row groups without any of them are not touched.

        Parameters
        ----------
        partition
            HEALPix pixel (NESTED) of the partition.
        rows
            Row numbers within the partition, counted from 0 in file order, ascending and without repetitions.
        columns
            Columns to read.

        Returns
        -------
        pa.Table
            One row for each of `rows`, in their order.

        Raises
        ------
        SourceUnavailableError
            If the partition cannot be read, or has fewer rows than it had.
        """
        try:
            pieces = list(self._pieces(partition, rows, list(columns)))
        except (OSError, pa.ArrowException, KeyError) as error:
            raise SourceUnavailableError(f"{self.folder}: {partition} cannot be read: {error}") from error
        if sum(piece.num_rows for piece in pieces) < len(rows):
            raise SourceUnavailableError(f"{self.folder}: {partition} changed while it was read")
        return pa.concat_tables(pieces).combine_chunks()

    def _pieces(self, partition: HealpixPixel, rows: IntArray, columns: list[str]) -> Iterator[pa.Table]:
        start = 0
        for path in self._paths(partition):
            with pq.ParquetFile(path.path if _is_local(path) else path.open("rb")) as file:
                stop = start + file.metadata.num_rows
                wanted = rows[np.searchsorted(rows, start) : np.searchsorted(rows, stop)] - start
                yield _take_rows(file, wanted, columns)
                start = stop

    def _paths(self, partition: HealpixPixel) -> list[Any]:
        path = pixel_catalog_file(self.folder, partition, None, self.suffix)
        if self.suffix != "/":
            return [path]
        # The order of names is the one in which the folder is read as a whole.
        return sorted((file for file in path.iterdir() if file.suffix == ".parquet"), key=str)


def _is_local(path: Any) -> bool:
    return path.protocol in ("", "file")


def _take_rows(file: pq.ParquetFile, rows: IntArray, columns: list[str]) -> pa.Table:
    sizes = [file.metadata.row_group(group).num_rows for group in range(file.metadata.num_row_groups)]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    groups = np.searchsorted(starts, rows, side="right") - 1
    read = np.unique(groups)
    # A row's place among the rows read: its place in the file less the rows of the groups left out before it.
    skipped = starts[read] - np.concatenate([[0], np.cumsum(np.asarray(sizes, np.int64)[read])])[:-1]
    places = rows - skipped[np.searchsorted(read, groups)]
    table = file.read_row_groups(read.tolist(), columns=columns, use_threads=False)
    return table.select(columns).take(pa.array(places))


@dataclass(frozen=True, slots=True)
class ObjectCatalog:
    """An object catalog, opened lazily."""

    entry: CatalogEntry
    positions: lsdb.Catalog
    """Coordinate columns alone, with a margin."""
    margin_arcsec: float
    partitions: PartitionFiles
    margins: PartitionFiles


def open_objects(entry: CatalogEntry, *, fingerprint: str, radius_arcsec: float) -> ObjectCatalog:
    """Open a catalog for a match, with a margin that holds every pair.

    Parameters
    ----------
    fingerprint
        Of the catalog's card: while it is the same, what was opened before serves again. Opening reads no data, but
        takes 0.1 s for a small catalog and seconds for one of a hundred thousand partitions.

    Raises
    ------
    RecipeError
        If every margin is narrower than the radius: pairs across partition edges would be lost.
    SourceUnavailableError
        If the catalog cannot be read now.
    """
    try:
        positions = _open_positions(entry.path, (entry.ra_column, entry.dec_column), None, fingerprint)
        if _margin_threshold(positions) < radius_arcsec:
            margin = _wide_margin(positions, entry, radius_arcsec)
            positions = _open_positions(entry.path, (entry.ra_column, entry.dec_column), margin, fingerprint)
    except (OSError, ValueError, KeyError) as error:
        raise SourceUnavailableError(f"catalog {entry.id} at {entry.path} cannot be opened: {error}") from error
    if positions.meta.index.name is None:
        message = f"catalog {entry.id} at {entry.path} has no spatial index (_healpix_29); it must be imported anew"
        raise SourceUnavailableError(message)
    return ObjectCatalog(
        entry=entry,
        positions=positions,
        margin_arcsec=_margin_threshold(positions),
        partitions=_files_of(positions),
        margins=_files_of(positions.margin),
    )


@lru_cache(maxsize=16)
def _open_positions(path: str, columns: tuple[str, ...], margin: str | None, _fingerprint: str) -> lsdb.Catalog:
    """Coordinates with a margin of the collection, None for its default one."""
    return lsdb.open_catalog(path, columns=list(columns), margin_cache=margin, use_threads=False)


def _margin_threshold(catalog: lsdb.Catalog) -> float:
    if catalog.margin is None:
        return 0.0
    return catalog.margin.hc_structure.catalog_info.margin_threshold or 0.0


def _wide_margin(catalog: lsdb.Catalog, entry: CatalogEntry, radius_arcsec: float) -> str:
    """The narrowest margin that is wide enough."""
    collection = catalog.hc_collection
    thresholds: dict[str, float] = {} if collection is None else collection.get_margin_thresholds()
    wide = [name for name in thresholds if thresholds[name] >= radius_arcsec]
    if not wide:
        raise RecipeError([_too_narrow(entry, radius_arcsec, max(thresholds.values(), default=None))])
    return min(wide, key=thresholds.__getitem__)


def _files_of(catalog: Any) -> PartitionFiles:
    structure = catalog.hc_structure
    return PartitionFiles(folder=str(structure.catalog_base_dir), suffix=structure.catalog_info.npix_suffix)


def _too_narrow(entry: CatalogEntry, radius_arcsec: float, margin_arcsec: float | None) -> Problem:
    if margin_arcsec is None:
        message = (
            f"{entry.id} has no margin, so pairs across partition edges would be lost; ask its operator to add one."
        )
        return Problem(parameter="CATALOG", message=message, value=entry.id)
    message = (
        f"{radius_arcsec:g} arcsec is above {margin_arcsec:g} arcsec, the margin of {entry.id}: pairs across partition "
        f"edges would be lost. Ask for at most {margin_arcsec:g} arcsec."
    )
    return Problem(parameter="RADIUS", message=message, value=f"{radius_arcsec:g}", limit=f"{margin_arcsec:g} arcsec")
