"""A close look at a registered catalog: its card with partitions and sizes, and the profile of one of redshifts."""

from collections import Counter
from collections.abc import Iterator, Sequence

import hats
import pyarrow as pa
import pyarrow.parquet as pq
from hats.catalog import Catalog
from hats.catalog.healpix_dataset.healpix_dataset import HealpixDataset
from hats.io import get_parquet_metadata_pointer, pixel_catalog_file
from hats.io.file_io import get_upath
from hats.pixel_math import HealpixPixel
from upath import UPath

from trainingset.card import open_catalog, read_card
from trainingset.catalog_care.margin_trust import doubts_about_margin
from trainingset.errors import SourceUnavailableError
from trainingset.inspection import profile_table
from trainingset.partitions import PartitionList
from trainingset.profile import TableProfile
from trainingset.registry import CARD_VERSION, CatalogCard, CatalogContent, CatalogEntry, RegistryError
from trainingset.tables import read_catalog

__all__ = ["inspect_catalog"]

_FOOTERS = 4
"""Partitions whose footers are read for the sizes of columns."""
_ROW_GROUPS = 2
"""Row groups of each that are looked at: wide catalogs have a thousand columns in each."""
_LARGEST_FOOTERS = 64 << 20
"""Bytes of ``_metadata`` that is read for the rows of partitions; that of a survey has gigabytes."""
_FINEST_ORDER = 29


def inspect_catalog(entry: CatalogEntry, *, known: CatalogCard | None = None) -> CatalogCard:
    """Open a catalog and tell what is in it, with all that a plan needs.

    Parameters
    ----------
    known
        The card that was written last: while the catalog is the same, it stands and nothing more is read.

    Raises
    ------
    SourceUnavailableError, RegistryError
        As `trainingset.card.read_card` does.
    TableError
        If it is a catalog of redshifts that is too large for one table.
    """
    card = read_card(entry)
    if known is not None and known.fingerprint == card.fingerprint and known.version >= CARD_VERSION:
        return known
    _trust_margins(entry)
    partitions = _partition_list(entry, card)
    profile = _profile(entry, card) if entry.content is CatalogContent.REDSHIFTS else None
    return card.model_copy(update={"version": CARD_VERSION, "partitions": partitions, "profile": profile})


def _trust_margins(entry: CatalogEntry) -> None:
    """Refuse margins of another catalog before anybody matches with them; each match looks at its own again."""
    collection, catalog = open_catalog(entry)
    if collection is None:
        return
    for name in collection.all_margins or ():
        try:
            margin = hats.read_hats(collection.collection_path / name)
        except (OSError, ValueError, TypeError) as error:
            message = f"catalog {entry.id}: its margin {name} cannot be read now: {error}"
            raise SourceUnavailableError(message) from error
        if not isinstance(margin, HealpixDataset):
            raise RegistryError(f"catalog {entry.id}: its margin {name} is a HATS {type(margin).__name__}")
        for doubt in doubts_about_margin(catalog, margin):
            raise RegistryError(f"catalog {entry.id}: {doubt}. {doubt.advice}")


def _profile(entry: CatalogEntry, card: CatalogCard) -> TableProfile:
    table = read_catalog(entry.path, name=entry.id)
    return profile_table(table, name=entry.id, roles=entry.redshift_roles, sha256=card.fingerprint)


def _partition_list(entry: CatalogEntry, card: CatalogCard) -> PartitionList:
    _, catalog = open_catalog(entry)
    pixels = sorted(catalog.get_healpix_pixels(), key=lambda pixel: pixel.pixel << 2 * (_FINEST_ORDER - pixel.order))
    try:
        rows = _rows(catalog, entry.object_id_column)
        row_group_rows, bytes_per_row = _sizes(catalog, pixels)
    except (OSError, pa.ArrowException) as error:
        raise SourceUnavailableError(f"catalog {entry.id}: {entry.path} cannot be read now: {error}") from error
    even = card.n_rows // max(len(pixels), 1)
    return PartitionList(
        orders=tuple(int(pixel.order) for pixel in pixels),
        pixels=tuple(int(pixel.pixel) for pixel in pixels),
        rows=tuple(even if rows is None else rows.get(pixel, 0) for pixel in pixels),
        rows_are_even=rows is None,
        row_group_rows=row_group_rows,
        bytes_per_row=bytes_per_row,
    )


def _rows(catalog: Catalog, column: str) -> dict[HealpixPixel, int] | None:
    """Rows by partition from the catalog's own statistics, None where they would take too long to read."""
    statistics = get_upath(catalog.catalog_base_dir) / "per_partition_statistics.parquet"
    footers = get_parquet_metadata_pointer(catalog.catalog_base_dir)
    if not statistics.exists() and not (footers.exists() and footers.stat().st_size <= _LARGEST_FOOTERS):
        return None
    counts = catalog.per_partition_statistics(include_columns=[column], include_stats=["row_count"])
    return {pixel: int(count) for pixel, count in counts[f"{column}: row_count"].items()}


def _sizes(catalog: Catalog, pixels: Sequence[HealpixPixel]) -> tuple[int, dict[str, float]]:
    """Mean rows of a row group, and mean bytes of one row by column, of some partitions all over the sky."""
    n_bytes: Counter[str] = Counter()
    n_rows = n_groups = 0
    for pixel in pixels[:: max(1, len(pixels) // _FOOTERS)][:_FOOTERS]:
        for path in _files(catalog, pixel):
            with path.open("rb") as file:
                footer = pq.read_metadata(file)
            for group in map(footer.row_group, range(min(footer.num_row_groups, _ROW_GROUPS))):
                n_groups, n_rows = n_groups + 1, n_rows + group.num_rows
                for number in range(group.num_columns):
                    chunk = group.column(number)
                    # A nested column is stored in several.
                    n_bytes[chunk.path_in_schema.partition(".")[0]] += chunk.total_compressed_size
    per_row = {name: round(size / n_rows, 3) for name, size in n_bytes.items()} if n_rows else {}
    return max(1, n_rows // max(n_groups, 1)), per_row


def _files(catalog: Catalog, pixel: HealpixPixel) -> Iterator[UPath]:
    """The file of a partition; the first of a partition that is a folder."""
    suffix = catalog.catalog_info.npix_suffix
    path = pixel_catalog_file(catalog.catalog_base_dir, pixel, None, suffix)
    if suffix != "/":
        yield path
        return
    yield from sorted((file for file in path.iterdir() if file.suffix == ".parquet"), key=str)[:1]
