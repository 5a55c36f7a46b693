"""What holds for a catalog as a whole: files that nobody listed, numbers of rows, and its metadata files."""

from collections.abc import Iterable, Iterator, Mapping

import pyarrow as pa
import pyarrow.parquet as pq
from hats.io import get_parquet_metadata_pointer
from hats.io.paths import get_healpix_from_path
from hats.pixel_math import HealpixPixel

from trainingset.catalog_care.faults import CatalogFault, FaultKind
from trainingset.catalog_care.partition_look import FileLook, PartitionLook
from trainingset.catalog_care.row_groups import RowGroup, digest_of_groups, groups_of
from trainingset.catalog_care.tree import CatalogTree

__all__ = ["look_at_whole", "unlisted_files"]

_LARGEST_METADATA = 256 << 20
"""Bytes of ``_metadata`` that is compared; that of a survey has gigabytes, and parsing takes ten times as much."""
_STATISTICS = "per_partition_statistics.parquet"


def look_at_whole(tree: CatalogTree, looks: Iterable[PartitionLook]) -> Iterator[CatalogFault]:
    """Compare what footers told with what the catalog tells of itself.

    Parameters
    ----------
    looks
        At every partition.
    """
    looks = list(looks)
    is_complete = all(look.files for look in looks)
    rows = sum(look.rows for look in looks)
    if is_complete and tree.properties.total_rows is not None and int(tree.properties.total_rows) != rows:
        yield CatalogFault.of(
            FaultKind.ROW_COUNT,
            tree.name,
            f"files hold {rows:,} rows, and the catalog announces {int(tree.properties.total_rows):,}",
            file=f"{tree.name}/hats.properties",
            value=rows,
            limit=tree.properties.total_rows,
        )
    yield from _look_at_metadata(tree, looks)
    yield from _look_at_statistics(tree, looks)


def unlisted_files(tree: CatalogTree) -> Iterator[CatalogFault]:
    """Data files of no partition; nothing where files cannot be listed, as by HTTP."""
    root = tree.folder / "dataset"
    try:
        names = root.fs.find(root.path)
    except (OSError, NotImplementedError):
        return
    for name in sorted(names):
        if not name.endswith(".parquet") and "/Npix=" not in name:
            continue
        pixel = get_healpix_from_path(name)
        if HealpixPixel(int(pixel.order), int(pixel.pixel)) not in tree.members:
            file = f"{tree.name}/dataset{name.split('/dataset', 1)[-1]}"
            yield CatalogFault.of(FaultKind.FILE_EXTRA, tree.name, "belongs to no partition that is listed", file=file)


def _look_at_metadata(tree: CatalogTree, looks: list[PartitionLook]) -> Iterator[CatalogFault]:
    path = get_parquet_metadata_pointer(tree.folder)
    told_file = f"{tree.name}/dataset/_metadata"
    if not path.exists():
        # Large surveys leave it out, if they tell the same in the statistics of partitions.
        if not (tree.folder / _STATISTICS).exists():
            message = f"there is neither _metadata nor {_STATISTICS}: rows of partitions are not known"
            yield CatalogFault.of(FaultKind.METADATA_MISSING, tree.name, message, file=told_file)
        return
    if path.stat().st_size > _LARGEST_METADATA:
        return
    try:
        with path.open("rb") as file:
            footer = pq.read_metadata(file)
        announced = _by_file(footer, tree.index_column)
    except (OSError, pa.ArrowException, KeyError) as error:
        yield CatalogFault.of(FaultKind.METADATA_DIFFERS, tree.name, f"cannot be read: {error}", file=told_file)
        return
    found = {file.file: file for look in looks for file in look.files if file.digest}
    yield from _differences(tree, announced, found, "_metadata")
    unheard = announced.keys() - found.keys() if all(look.files for look in looks) else ()
    for name in sorted(unheard):
        message = "is in _metadata and belongs to no partition that is listed"
        yield CatalogFault.of(FaultKind.METADATA_DIFFERS, tree.name, message, file=f"{tree.name}/dataset/{name}")


def _by_file(footer: pq.FileMetaData, index_column: str) -> dict[str, list[RowGroup]]:
    groups: dict[str, list[RowGroup]] = {}
    for number, group in enumerate(groups_of(footer, index_column) if footer.num_row_groups else []):
        groups.setdefault(footer.row_group(number).column(0).file_path, []).append(group)
    return groups


def _differences(
    tree: CatalogTree, announced: Mapping[str, list[RowGroup]], found: Mapping[str, FileLook], where: str
) -> Iterator[CatalogFault]:
    for name, look in found.items():
        file = f"{tree.name}/dataset/{name}"
        groups = announced.get(name)
        rows = sum(group.rows for group in groups or ())
        if groups is None:
            yield CatalogFault.of(FaultKind.METADATA_DIFFERS, tree.name, f"is not in {where}", file=file)
        elif rows != look.rows:
            message = f"holds {look.rows:,} rows, and {where} tells {rows:,}"
            yield CatalogFault.of(FaultKind.ROW_COUNT, tree.name, message, file=file, value=look.rows, limit=rows)
        elif digest_of_groups(groups) != look.digest and _is_comparable(groups):
            message = f"has other row groups or ranges of {tree.index_column} than {where} tells"
            yield CatalogFault.of(FaultKind.METADATA_DIFFERS, tree.name, message, file=file)


def _is_comparable(groups: list[RowGroup]) -> bool:
    return all(group.is_known for group in groups)


def _look_at_statistics(tree: CatalogTree, looks: list[PartitionLook]) -> Iterator[CatalogFault]:
    """Rows of partitions in the statistics that plans are made of; catalogs of folders have none by file."""
    path = tree.folder / _STATISTICS
    if not path.exists():
        return
    try:
        announced = _rows_by_partition(tree)
    except (OSError, pa.ArrowException, KeyError, StopIteration) as error:
        message = f"cannot be read: {error}"
        yield CatalogFault.of(FaultKind.METADATA_DIFFERS, tree.name, message, file=f"{tree.name}/{_STATISTICS}")
        return
    for look in looks:
        told = announced.get((look.order, look.pixel))
        if look.files and told != look.rows:
            file = f"{tree.name}/dataset/{look.files[0].file}"
            message = f"holds {look.rows:,} rows, and {_STATISTICS} tells {told if told is not None else 'nothing'}"
            yield CatalogFault.of(FaultKind.ROW_COUNT, tree.name, message, file=file, value=look.rows, limit=told)


def _rows_by_partition(tree: CatalogTree) -> dict[tuple[int, int], int]:
    with (tree.folder / _STATISTICS).open("rb") as file:
        parquet = pq.ParquetFile(file)
        # Of a column that has one value a row: nested ones count their members.
        plain = (field.name for field in tree.schema if not pa.types.is_nested(field.type))
        known = set(parquet.schema_arrow.names)
        count = next(name for column in plain if (name := f"{column}::row_count") in known)
        table = parquet.read(columns=["Norder", "Npix", count])
    summed = table.group_by(["Norder", "Npix"]).aggregate([(count, "sum")])
    orders, pixels, rows = (summed[name].to_pylist() for name in ("Norder", "Npix", f"{count}_sum"))
    return dict(zip(zip(orders, pixels, strict=True), rows, strict=True))
