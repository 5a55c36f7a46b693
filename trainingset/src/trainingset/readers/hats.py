"""Registered HATS catalogs as tables of redshifts: all their leaf files, within the limits of any other table."""

import csv
import io
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.dataset as ds
from pyarrow.fs import FSSpecHandler, PyFileSystem

from trainingset.errors import SourceUnavailableError
from trainingset.readers.raw import RawTable, check_claim, raw_column
from trainingset.sky_index import FINEST_ORDER

__all__ = ["hats_leaves", "open_files", "read_hats"]

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
        files, leaves = open_files(address), hats_leaves(address)
        dataset = ds.dataset(leaves, filesystem=files, format="parquet")
        check_claim(name, rows=dataset.count_rows(), columns=len(dataset.schema))
        flat = [field.name for field in dataset.schema if not pa.types.is_nested(field.type)]
        table = dataset.to_table(columns=flat)
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise SourceUnavailableError(f"catalog {name} at {address} cannot be read: {error}") from error
    return RawTable(
        "hats", tuple(raw_column(field, table[field.name] if field.name in flat else None) for field in dataset.schema)
    )


def hats_leaves(address: str) -> list[str]:
    """Paths of all leaf files of a HATS catalog, or of the main catalog of a collection, in the order of the sky.

    Parameters
    ----------
    address
        Folder, or address that fsspec reads. The paths are those of its file system (`open_files`).

    Raises
    ------
    OSError, KeyError, ValueError
        If it is not there, or no HATS catalog.
    """
    filesystem, root = fsspec.core.url_to_fs(address)
    main = _main_catalog(filesystem, PurePosixPath(root))
    return [leaf for pixel in _leaves(filesystem, main) for leaf in _files(filesystem, str(main / pixel))]


def open_files(address: str) -> PyFileSystem:
    """The file system in which an address lies, as pyarrow takes it."""
    return PyFileSystem(FSSpecHandler(fsspec.core.url_to_fs(address)[0]))


def _files(filesystem: Any, leaf: str) -> Iterator[str]:
    """A leaf itself, or the files in it where the catalog keeps its leaves as folders."""
    if leaf.endswith(".parquet"):
        yield leaf
    else:
        yield from sorted(filesystem.glob(f"{leaf}/*.parquet"))


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
    pixels.sort(key=lambda pixel: (pixel[1] << 2 * (FINEST_ORDER - pixel[0]), pixel[0]))
    return [_leaf(order, pixel, suffix.rstrip("/")) for order, pixel in pixels]


def _leaf(order: int, pixel: int, suffix: str) -> str:
    folder = pixel // _PIXELS_IN_FOLDER * _PIXELS_IN_FOLDER
    return f"dataset/Norder={order}/Dir={folder}/Npix={pixel}{suffix}"


def _properties(filesystem: Any, path: PurePosixPath) -> dict[str, str]:
    """Java-style ``key=value`` lines."""
    lines = filesystem.read_text(str(path)).splitlines()
    pairs = (line.partition("=") for line in lines if "=" in line and not line.startswith("#"))
    return {key.strip(): value.strip() for key, _, value in pairs}
