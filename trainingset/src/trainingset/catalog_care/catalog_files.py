"""The files beside the partitions of a catalog: properties, list of partitions, metadata and map of the sky."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hats.catalog import PartitionInfo, TableProperties
from hats.catalog.dataset.collection_properties import CollectionProperties
from hats.io import get_common_metadata_pointer, get_partition_info_pointer, pixel_catalog_file
from hats.io.file_io import get_upath
from hats.io.parquet_metadata import write_parquet_metadata
from hats.io.skymap import write_skymap
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_COLUMN, SPATIAL_INDEX_ORDER

from trainingset.catalog_care.row_groups import groups_of

__all__ = ["finish_catalog", "write_collection_properties"]

_BUILDER = "pz-trainingset catalog convert"
_SKYMAP_ORDER = 8
"""Pixels of 0.23 degrees: six megabytes."""
_MOST_CHUNKS = 2_000_000
"""Row groups times columns whose statistics are collected in memory, some kilobyte each."""


def finish_catalog(
    folder: Path,
    properties: TableProperties,
    schema: pa.Schema,
    rows: Mapping[HealpixPixel, int],
    *,
    has_skymap: bool,
) -> None:
    """Write everything that a catalog needs beside its partitions, which are there.

    Parameters
    ----------
    properties
        What is true of the catalog already; numbers of rows and orders are filled in.
    rows
        Rows of each partition.
    has_skymap
        Whether to count objects on the sky, which reads the index of all rows.
    """
    pixels = list(rows)
    (folder / "dataset").mkdir(parents=True, exist_ok=True)
    info = PartitionInfo.from_healpix(pixels)
    info.write_to_file(get_partition_info_pointer(folder))
    _write_metadata(folder, schema, rows)
    extra: dict[str, Any] = {
        "total_rows": sum(rows.values()),
        "hats_order": max((pixel.order for pixel in pixels), default=0),
        "moc_sky_fraction": round(_sky_fraction(pixels), 5),
        "hats_max_rows": max(rows.values(), default=0),
        "npix_suffix": ".parquet",
    }
    if has_skymap:
        write_skymap(_histogram(folder, pixels), folder)
        extra["skymap_order"] = _SKYMAP_ORDER
    extra |= TableProperties.new_provenance_dict(folder, builder=_BUILDER)
    TableProperties(**{**properties.model_dump(by_alias=False, exclude_none=True), **extra}).to_properties_file(folder)


def _sky_fraction(pixels: list[HealpixPixel]) -> float:
    return float(sum(1 / (12 << 2 * pixel.order) for pixel in pixels))


def _write_metadata(folder: Path, schema: pa.Schema, rows: Mapping[HealpixPixel, int]) -> None:
    common = get_common_metadata_pointer(folder)
    if rows:
        first = pq.read_metadata(pixel_catalog_file(folder, next(iter(rows))).path)
        groups = sum(-(-count // max(first.row_group(0).num_rows, 1)) for count in rows.values())
        if groups * first.num_columns <= _MOST_CHUNKS:
            write_parquet_metadata(folder, create_thumbnail=True, create_per_partition_stats=True)
        else:
            _write_few_statistics(folder, list(rows))
    # Written last, over what hats made of the files: units and descriptions are only here.
    pq.write_metadata(schema, common.path)


def _write_few_statistics(folder: Path, pixels: list[HealpixPixel]) -> None:
    """Rows and index of row groups alone, a partition at a time: of all columns, those of a survey fill the memory."""
    name = SPATIAL_INDEX_COLUMN
    kinds = ("min_value", "max_value", "null_count", "row_count", "disk_bytes", "memory_bytes")
    fields = ["Norder", "Npix", "row_group_index", *(f"{name}::{kind}" for kind in kinds)]
    schema = pa.schema([(field, pa.int64()) for field in fields])
    with pq.ParquetWriter(folder / "per_partition_statistics.parquet", schema) as writer:
        for pixel in pixels:
            footer = pq.read_metadata(pixel_catalog_file(folder, pixel).path)
            lines = [
                (pixel.order, pixel.pixel, number, group.least, group.greatest, 0, group.rows, *_sizes(footer, number))
                for number, group in enumerate(groups_of(footer, name))
            ]
            writer.write_table(pa.table(list(map(list, zip(*lines, strict=True))), schema=schema))


def _sizes(footer: pq.FileMetaData, group: int) -> tuple[int, int]:
    column = footer.row_group(group).column(footer.schema.names.index(SPATIAL_INDEX_COLUMN))
    return column.total_compressed_size, column.total_uncompressed_size


def _histogram(folder: Path, pixels: list[HealpixPixel]) -> Any:
    counts = np.zeros(12 << 2 * _SKYMAP_ORDER, np.int32)
    for pixel in pixels:
        with pq.ParquetFile(pixel_catalog_file(folder, pixel).path) as file:
            for batch in file.iter_batches(batch_size=1 << 20, columns=[SPATIAL_INDEX_COLUMN]):
                cells = batch.column(0).to_numpy() >> 2 * (SPATIAL_INDEX_ORDER - _SKYMAP_ORDER)
                found, times = np.unique(cells, return_counts=True)
                counts[found] += times
    return counts


def write_collection_properties(
    folder: Path, *, name: str, main: str, margins: Mapping[str, float], indexes: Mapping[str, str]
) -> None:
    """Write ``collection.properties``; the narrowest margin is the default one.

    Parameters
    ----------
    margins
        Thresholds by name.
    indexes
        Folders of indexes by column.
    """
    CollectionProperties(
        name=name,
        hats_primary_table_url=main,
        all_margins=sorted(margins, key=margins.__getitem__) or None,
        default_margin=min(margins, key=margins.__getitem__, default=None),
        all_indexes=dict(indexes) or None,
        **CollectionProperties.new_provenance_dict(builder=_BUILDER),
    ).to_properties_file(get_upath(folder))
