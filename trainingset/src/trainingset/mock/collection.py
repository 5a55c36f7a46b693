"""Writes a table with positions as a HATS collection, through LSDB."""

from pathlib import Path

import lsdb
import numpy as np
import pandas as pd
import pyarrow as pa
from hats.pixel_math.spatial_index import SPATIAL_INDEX_ORDER, compute_spatial_index

__all__ = ["write_collection"]

_FINEST_ORDER = 8
"""HEALPix order beyond which partitions are not cut; laying out finer ones takes LSDB four times longer an order."""
_ROW_GROUP_ROWS = 16_384
"""Row groups let a match read only the parts of a partition where redshifts are; smaller ones cost more to read
than they spare."""


def write_collection(
    table: pa.Table,
    folder: Path,
    *,
    name: str,
    ra_column: str,
    dec_column: str,
    margin_arcsec: float | None,
    partition_rows: int,
    default_columns: tuple[str, ...] = (),
) -> Path:
    """Write a table as a HATS collection.

    Parameters
    ----------
    table
        Rows with positions in ICRS degrees; nulls and NaN are both kept as they are.
    folder
        Folder of the collection; it must not exist or be empty.
    name
        Name of the main catalog within the collection.
    margin_arcsec
        Objects this close to a partition's edge are kept in a margin as well; None makes no margin.
    partition_rows
        Most rows of one partition; more only where a pixel of the finest order holds more.

    Returns
    -------
    Path
        The collection's folder.
    """
    # Arrow types keep a measured NaN apart from a missing value; plain pandas columns would make nulls of both.
    pixel = compute_spatial_index(table[ra_column].to_numpy(), table[dec_column].to_numpy()) >> 2 * (
        SPATIAL_INDEX_ORDER - _FINEST_ORDER
    )
    fullest = int(np.unique(pixel, return_counts=True)[1].max())
    frame = table.to_pandas(types_mapper=pd.ArrowDtype)
    catalog = lsdb.from_dataframe(
        frame,
        ra_column=ra_column,
        dec_column=dec_column,
        catalog_name=name,
        partition_rows=max(partition_rows, fullest),
        highest_order=_FINEST_ORDER,
        margin_threshold=margin_arcsec,
    )
    catalog.write_catalog(
        folder,
        catalog_name=name,
        as_collection=True,
        default_columns=list(default_columns) or None,
        row_group_kwargs={"num_rows": _ROW_GROUP_ROWS},
        # hats' default level makes files 3 % smaller and takes three times as long.
        write_table_kwargs={"compression_level": 1},
        progress_bar=False,
    )
    return folder
