"""What is converted: a HATS collection or a HiPSCat catalog, both seen as partitions of rows with ``_healpix_29``."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from hats.catalog import CatalogType, PartitionInfo, TableProperties
from hats.io.file_io import get_upath
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_COLUMN, SPATIAL_INDEX_ORDER, compute_spatial_index
from upath import UPath

from trainingset.catalog_care.errors import ConversionError
from trainingset.catalog_care.faults import FaultList
from trainingset.catalog_care.tree import CollectionTree, index_range, open_collection

__all__ = ["ConversionSource", "open_source"]

_OF_HIPSCAT = ("_hipscat_index", "Norder", "Dir", "Npix")
"""Columns that HiPSCat kept in every file, and that break matches of HATS catalogs."""
_INDEX: dict[str, Any] = {"healpix_column": SPATIAL_INDEX_COLUMN, "healpix_order": SPATIAL_INDEX_ORDER}
_PANDAS = b"pandas"


@dataclass(frozen=True)
class ConversionSource:
    """A catalog that is read to be written anew."""

    name: str
    properties: TableProperties
    pixels: tuple[HealpixPixel, ...]
    schema: pa.Schema
    """As it is written: with the index first and without what only HiPSCat had."""
    files: Callable[[HealpixPixel], list[UPath]]
    collection: CollectionTree | None
    """None for a HiPSCat catalog."""

    @property
    def is_hipscat(self) -> bool:
        """Whether it has the format before HATS."""
        return self.collection is None

    @property
    def margins_arcsec(self) -> tuple[float, ...]:
        """Thresholds of the margins that it has."""
        if self.collection is None:
            return ()
        return tuple(float(margin.properties.margin_threshold or 0) for margin in self.collection.margins)

    def rows_of(self, batch: pa.Table, pixel: HealpixPixel) -> pa.Table:
        """Rows as they are written; without an index of order 29, it is made of the coordinates."""
        index = SPATIAL_INDEX_COLUMN
        if index not in batch.schema.names or self.is_hipscat:
            ra, dec = (_doubles(batch[str(name)]) for name in (self.properties.ra_column, self.properties.dec_column))
            batch = batch.drop_columns([index]) if index in batch.schema.names else batch
            batch = batch.append_column(index, pa.array(_index_of(ra, dec, pixel)))
        return batch.select(self.schema.names).cast(self.schema)


def _doubles(column: pa.ChunkedArray) -> npt.NDArray[np.float64]:
    values: npt.NDArray[np.float64] = column.cast(pa.float64()).to_numpy()
    return values


def _index_of(ra: npt.NDArray[np.float64], dec: npt.NDArray[np.float64], pixel: HealpixPixel) -> npt.NDArray[np.int64]:
    """Index of each row, in the pixel's range: rows stay where they are though coordinates are rounded or absent."""
    first, behind = index_range(pixel, SPATIAL_INDEX_ORDER)
    is_placed = np.isfinite(ra) & np.isfinite(dec) & (np.abs(dec) <= 90)
    index = np.full(len(ra), first, np.int64)
    index[is_placed] = compute_spatial_index(ra[is_placed], dec[is_placed])
    return np.clip(index, first, behind - 1)


def open_source(path: str) -> ConversionSource:
    """Open what is at a path.

    Raises
    ------
    ConversionError
        If it is neither a HATS collection nor a HiPSCat catalog of objects.
    """
    folder = get_upath(path)
    if (folder / "catalog_info.json").exists():
        return _open_hipscat(folder)
    faults = FaultList()
    collection = open_collection(path, faults)
    if collection is None:
        raise ConversionError(f"{path} cannot be converted: {'; '.join(map(str, faults.told()))}")
    main = collection.main
    index = main.index_column
    if index != SPATIAL_INDEX_COLUMN or main.index_order != SPATIAL_INDEX_ORDER:
        # Older catalogs have coarser indexes under other names; the new one has the one that all tools know.
        told = main.properties.model_dump(by_alias=False, exclude_none=True)
        properties = TableProperties(**{**told, **_INDEX})
    else:
        properties = main.properties
    return ConversionSource(main.name, properties, main.pixels, _written(main.schema), main.files, collection)


def _open_hipscat(folder: UPath) -> ConversionSource:
    try:
        info: dict[str, Any] = json.loads((folder / "catalog_info.json").read_text())
        if CatalogType(info["catalog_type"]) not in (CatalogType.OBJECT, CatalogType.SOURCE):
            raise ConversionError(
                f"{folder} is a HiPSCat {info['catalog_type']}: convert the catalog that it belongs to; margins are "
                "made again with it"
            )
        names = ("catalog_name", "catalog_type", "total_rows", "ra_column", "dec_column")
        properties = TableProperties(**{name: info[name] for name in names}, **_INDEX)
        pixels = PartitionInfo.read_from_csv(folder / "partition_info.csv").get_healpix_pixels()
        with (folder / "_common_metadata").open("rb") as file:
            schema = pq.read_schema(file)
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as error:
        raise ConversionError(f"{folder} is a HiPSCat catalog that cannot be read: {error}") from error
    plain = sorted(
        {HealpixPixel(int(pixel.order), int(pixel.pixel)) for pixel in pixels},
        key=lambda pixel: pixel.pixel << 2 * (SPATIAL_INDEX_ORDER - pixel.order),
    )

    def files(pixel: HealpixPixel) -> list[UPath]:
        return [folder / f"Norder={pixel.order}" / f"Dir={pixel.dir}" / f"Npix={pixel.pixel}.parquet"]

    return ConversionSource(str(info["catalog_name"]), properties, tuple(plain), _written(schema), files, None)


def _written(schema: pa.Schema) -> pa.Schema:
    """Columns as they are written: the index is the first, as most readers want it first of all."""
    kept = [field for field in schema if field.name not in (*_OF_HIPSCAT, SPATIAL_INDEX_COLUMN)]
    # What pandas noted of its own index is no longer true.
    notes = {key: value for key, value in (schema.metadata or {}).items() if key != _PANDAS}
    return pa.schema([pa.field(SPATIAL_INDEX_COLUMN, pa.int64()), *kept], metadata=notes or None)
