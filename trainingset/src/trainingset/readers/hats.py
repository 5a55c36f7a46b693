"""Registered HATS catalogs as tables of redshifts: all their leaf files, within the limits of any other table."""

import csv
import io
from pathlib import PurePosixPath
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow.fs import FSSpecHandler, PyFileSystem

from trainingset.errors import SourceUnavailableError
from trainingset.readers.raw import RawTable, check_claim, raw_column

__all__ = ["read_hats"]

_PIXELS_IN_FOLDER = 10_000
"""HATS groups its files by ten thousand pixels."""


def read_hats(address: str, *, name: str) -> RawTable:
    """Read every row of a HATS catalog or of the main catalog of a collection.

    Parameters
    ----------
    address
        Folder, or address that fsspec reads.

    Raises
    ------
    TableError
        If it has more rows or columns than a table of redshifts may have.
    SourceUnavailableError
        If it is not there, or no HATS catalog.
    """
    try:
        filesystem, root = fsspec.core.url_to_fs(address)
        main = _main_catalog(filesystem, PurePosixPath(root))
        dataset = ds.dataset(
            [str(main / leaf) for leaf in _leaves(filesystem, main)],
            filesystem=PyFileSystem(FSSpecHandler(filesystem)),
            format="parquet",
        )
        check_claim(name, rows=dataset.count_rows(), columns=len(dataset.schema))
        flat = [field.name for field in dataset.schema if not pa.types.is_nested(field.type)]
        table = dataset.to_table(columns=flat)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise SourceUnavailableError(f"catalog {name} at {address} cannot be read: {error}") from error
    return RawTable(
        "hats", tuple(raw_column(field, table[field.name] if field.name in flat else None) for field in dataset.schema)
    )


def _main_catalog(filesystem: Any, root: PurePosixPath) -> PurePosixPath:
    """Folder of the catalog itself: a collection names its main one."""
    collection = root / "collection.properties"
    if not filesystem.exists(str(collection)):
        return root
    return root / _properties(filesystem, collection)["hats_primary_table_url"]


def _leaves(filesystem: Any, main: PurePosixPath) -> list[str]:
    """Paths of the leaf files, by the catalog's own list of pixels: not every store can list folders."""
    properties = _properties(filesystem, main / "hats.properties")
    suffix = properties.get("hats_npix_suffix", ".parquet")
    listed = csv.DictReader(io.StringIO(filesystem.read_text(str(main / "partition_info.csv"))))
    pixels = [(int(row["Norder"]), int(row["Npix"])) for row in listed]
    return [_leaf(order, pixel, suffix.rstrip("/")) for order, pixel in pixels]


def _leaf(order: int, pixel: int, suffix: str) -> str:
    folder = pixel // _PIXELS_IN_FOLDER * _PIXELS_IN_FOLDER
    return f"dataset/Norder={order}/Dir={folder}/Npix={pixel}{suffix}"


def _properties(filesystem: Any, path: PurePosixPath) -> dict[str, str]:
    """Java-style ``key=value`` lines."""
    lines = filesystem.read_text(str(path)).splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}
