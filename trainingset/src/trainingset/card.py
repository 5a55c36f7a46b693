"""Opens a registered catalog and writes its card: columns, rows, margin and coverage, but no data."""

import hashlib
import json
from collections.abc import Iterable
from difflib import get_close_matches

import hats
import numpy as np
from hats.catalog import Catalog, CatalogCollection
from hats.io import get_common_metadata_pointer, get_parquet_metadata_pointer, get_partition_info_pointer
from hats.io.file_io import get_upath
from hats.pixel_math.spatial_index import SPATIAL_INDEX_COLUMN
from mocpy import MOC
from upath import UPath

from trainingset.arrow_metadata import schema_descriptions
from trainingset.columns import ColumnDescription
from trainingset.errors import SourceUnavailableError
from trainingset.registry import CatalogCard, CatalogEntry, RegistryError

__all__ = ["open_catalog", "read_card"]

_FINEST_COVERAGE_ORDER = 8
"""Pixels of 0.23 degrees: a field shows its shape, and two fields a degree apart are told apart."""
_MOST_COVERAGE_PIXELS = 30_000
"""A card stays below half a megabyte; wide catalogs are described by larger pixels instead."""
_CONTENT_LIMIT_BYTES = 4 << 20
"""Of larger metadata files only the size enters the fingerprint (``_metadata`` of a survey has gigabytes)."""


def read_card(entry: CatalogEntry) -> CatalogCard:
    """Open a catalog as far as its metadata and tell what is in it.

    Parameters
    ----------
    entry
        The registered catalog; its path is local, or any address that fsspec reads.

    Raises
    ------
    SourceUnavailableError
        If nothing can be read at the path now.
    RegistryError
        If what is there is no HATS catalog of objects, or lacks columns that the entry names.
    """
    collection, catalog = open_catalog(entry)
    if catalog.schema is None:
        raise RegistryError(
            f"catalog {entry.id}: {entry.path} has no dataset/_common_metadata, which tells its columns"
        )
    # The HEALPix index is how HATS sorts its files, nothing that was measured.
    described = (column for column in schema_descriptions(catalog.schema) if column.name != SPATIAL_INDEX_COLUMN)
    columns = tuple(_annotated(column, entry) for column in described)
    _require_columns(entry, [column.name for column in columns])
    order, pixels = _coverage(catalog)
    margins = _margins(entry, collection)
    return CatalogCard(
        entry=entry,
        columns=columns,
        n_rows=len(catalog),
        n_partitions=len(catalog.get_healpix_pixels()),
        margin_arcsec=max(margins.values(), default=None),
        coverage_order=order,
        coverage_pixels=pixels,
        fingerprint=_fingerprint(entry, collection, catalog, margins),
    )


def _margins(entry: CatalogEntry, collection: CatalogCollection | None) -> dict[str, float]:
    """Thresholds by name."""
    try:
        margins: dict[str, float] = collection.get_margin_thresholds() if collection is not None else {}
    except (OSError, ValueError, TypeError) as error:
        raise RegistryError(f"catalog {entry.id}: a margin of {entry.path} cannot be opened: {error}") from error
    return margins


def open_catalog(entry: CatalogEntry) -> tuple[CatalogCollection | None, Catalog]:
    """Open a catalog: the collection, None for a catalog without one, and the main catalog.

    Raises
    ------
    SourceUnavailableError, RegistryError
        As `read_card` does.
    """
    try:
        opened = hats.read_hats(entry.path)
    except FileNotFoundError as error:
        raise _explained(entry, error) from error
    except OSError as error:
        raise SourceUnavailableError(f"catalog {entry.id}: {entry.path} cannot be read now: {error}") from error
    # hats raises both for properties that are incomplete or contradict each other.
    except (ValueError, TypeError, NotImplementedError) as error:
        raise RegistryError(f"catalog {entry.id}: {entry.path} is no catalog of objects: {error}") from error
    match opened:
        case CatalogCollection():
            return opened, opened.main_catalog
        case Catalog():
            return None, opened
        case _:
            raise RegistryError(
                f"catalog {entry.id}: {entry.path} is a HATS {type(opened).__name__}; register the collection it "
                "belongs to"
            )


def _explained(entry: CatalogEntry, error: FileNotFoundError) -> SourceUnavailableError | RegistryError:
    """Say what is at the path instead of a HATS catalog."""
    path = get_upath(entry.path)
    if (path / "catalog_info.json").exists():
        return RegistryError(
            f"catalog {entry.id}: {entry.path} is a HiPSCat catalog, the format before HATS; convert it with "
            "`tsm-service catalog convert` and register the result"
        )
    if any((path / name).exists() for name in ("collection.properties", "hats.properties", "properties")):
        return RegistryError(f"catalog {entry.id}: {entry.path} is incomplete: {error}")
    if path.exists():
        return RegistryError(
            f"catalog {entry.id}: {entry.path} holds neither collection.properties nor hats.properties, "
            "so it is no HATS catalog; import it with hats-import and register the collection"
        )
    return SourceUnavailableError(f"catalog {entry.id}: there is nothing at {entry.path}, or it cannot be reached now")


def _annotated(column: ColumnDescription, entry: CatalogEntry) -> ColumnDescription:
    """The column with what the entry tells; the operator's word wins over the file's."""
    note = entry.note(column.name)
    flux_units = {
        name: kind.unit
        for kind_name, kind in entry.fluxes.items()
        for band in entry.bands
        for name in entry.flux_columns(kind_name, band)[:2]
    }
    return column.model_copy(
        update={
            "unit": note.unit or column.unit or flux_units.get(column.name),
            "ucd": note.ucd or column.ucd,
            "description": note.description or column.description,
        }
    )


def _require_columns(entry: CatalogEntry, names: list[str]) -> None:
    """Refuse an entry that names columns which do not exist, and name them all."""
    known = set(names)
    wanted: dict[str, str] = {
        entry.ra_column: "ra_column",
        entry.dec_column: "dec_column",
        entry.object_id_column: "object_id_column",
    }
    if entry.ebv_column is not None:
        wanted[entry.ebv_column] = "ebv_column"
    wanted |= dict.fromkeys(entry.expand(entry.default_columns), "default_columns")
    for group, members in entry.groups.items():
        wanted |= dict.fromkeys(entry.expand(members), f"groups: {group}")
    for kind in entry.fluxes:
        wanted |= dict.fromkeys(_required_of_kind(entry, kind, known), f"fluxes: {kind}")
    missing = [f"{where} names {name}{_closest(name, names)}" for name, where in wanted.items() if name not in known]
    if missing:
        raise RegistryError(f"catalog {entry.id}: {entry.path} has no such columns: {'; '.join(missing)}")


def _required_of_kind(entry: CatalogEntry, kind: str, known: set[str]) -> list[str]:
    """Columns of a flux kind in the bands that have it; in all bands if none has, so that a wrong name shows."""
    bands = [entry.flux_columns(kind, band) for band in entry.bands]
    measured = [band for band in bands if not known.isdisjoint(band[:2])]
    return [name for flux, error, flags in measured or bands for name in (flux, error, *flags)]


def _closest(name: str, names: Iterable[str]) -> str:
    close = get_close_matches(name, names, n=1)
    return f" (is it {close[0]}?)" if close else ""


def _coverage(catalog: Catalog) -> tuple[int, tuple[int, ...]]:
    """HEALPix order and NESTED pixels that hold objects, in at most `_MOST_COVERAGE_PIXELS` pixels."""
    moc = catalog.moc if catalog.moc is not None else _partition_moc(catalog)
    order = min(_FINEST_COVERAGE_ORDER, moc.max_order)
    pixels = (moc.degrade_to_order(order) if order < moc.max_order else moc).flatten()
    while len(pixels) > _MOST_COVERAGE_PIXELS:
        order -= 1
        pixels = np.unique(pixels >> 2)
    return order, tuple(int(pixel) for pixel in np.sort(pixels))


def _partition_moc(catalog: Catalog) -> MOC:
    """Coverage by whole partitions, for catalogs without a point map."""
    pixels = catalog.get_healpix_pixels()
    orders = np.array([pixel.order for pixel in pixels], dtype=np.uint8)
    numbers = np.array([pixel.pixel for pixel in pixels], dtype=np.uint64)
    return MOC.from_healpix_cells(numbers, orders, int(orders.max(initial=0)))


def _fingerprint(
    entry: CatalogEntry, collection: CatalogCollection | None, catalog: Catalog, margins: Iterable[str]
) -> str:
    """SHA-256 over the entry and the metadata files, small ones by content, all by size."""
    digest = hashlib.sha256(json.dumps(entry.model_dump(mode="json"), sort_keys=True).encode())
    files: list[UPath] = []
    folders = [get_upath(catalog.catalog_base_dir)]
    if collection is not None:
        files.append(collection.collection_path / "collection.properties")
        folders += [collection.collection_path / margin for margin in sorted(margins)]
    for folder in folders:
        files += [
            folder / "hats.properties",
            get_partition_info_pointer(folder),
            get_common_metadata_pointer(folder),
            get_parquet_metadata_pointer(folder),
        ]
    for file in files:
        if file.exists():
            size = file.stat().st_size
            digest.update(f"{file.name} {size}\n".encode())
            if size <= _CONTENT_LIMIT_BYTES:
                digest.update(file.read_bytes())
    return digest.hexdigest()
