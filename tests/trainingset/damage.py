"""Damage that is done to copies of a HATS collection, and the collections that it is done to."""

import shutil
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trainingset.catalog_care.faults import FaultKind

__all__ = ["DAMAGE", "INDEX", "copy_of", "largest_partition", "partitions", "rewrite"]

INDEX = "_healpix_29"
ROW_GROUP_ROWS = 50


def copy_of(collection: Path, folder: Path) -> Path:
    """A copy that may be damaged."""
    return Path(shutil.copytree(collection, folder / "damaged"))


def partitions(catalog: Path) -> list[Path]:
    return sorted((catalog / "dataset").rglob("Npix=*.parquet"))


def largest_partition(collection: Path, catalog: str = "object") -> Path:
    return max(partitions(collection / catalog), key=lambda path: pq.read_metadata(path).num_rows)


def rewrite(path: Path, change: Callable[[pa.Table], pa.Table]) -> None:
    """Write a partition again with other rows."""
    pq.write_table(change(pq.read_table(path)), path, row_group_size=ROW_GROUP_ROWS)


def _set(table: pa.Table, name: str, values: object) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), name, pa.array(values))


def remove_file(collection: Path) -> None:
    largest_partition(collection).unlink()


def truncate_file(collection: Path) -> None:
    path = largest_partition(collection)
    path.write_bytes(path.read_bytes()[:-40])


def empty_file(collection: Path) -> None:
    largest_partition(collection).write_bytes(b"")


def add_file(collection: Path) -> None:
    path = largest_partition(collection)
    other = path.with_name("Npix=9999.parquet")
    assert not other.exists()
    shutil.copy(path, other)


def drop_column(collection: Path) -> None:
    rewrite(largest_partition(collection), lambda table: table.drop_columns(["ebv"]))


def change_type(collection: Path) -> None:
    rewrite(
        largest_partition(collection),
        lambda table: _set(table, "ebv", [str(value) for value in table["ebv"].to_pylist()]),
    )


def lose_rows(collection: Path) -> None:
    rewrite(largest_partition(collection), lambda table: table.slice(3))


def turn_rows_round(collection: Path) -> None:
    rewrite(largest_partition(collection), lambda table: table.take(pa.array(np.arange(table.num_rows)[::-1])))


def shuffle_rows(collection: Path) -> None:
    order = np.random.default_rng(1).permutation
    rewrite(largest_partition(collection), lambda table: table.take(pa.array(order(table.num_rows))))


def falsify_statistics(collection: Path) -> None:
    """Each row group's greatest index becomes its least one, in the footer alone."""
    _write_statistics(collection, lambda least, _: (least, least))


def misplace_statistics(collection: Path) -> None:
    """By the footer, all row groups lie in one corner of the partition, where there are no objects."""
    path = largest_partition(collection)
    order, pixel = (int(path.parts[part].split("=")[1].partition(".")[0]) for part in (-3, -1))
    corner = pixel << 2 * (29 - order)
    _write_statistics(collection, lambda *_: (corner, corner))


def _write_statistics(collection: Path, change: Callable[[int, int], tuple[int, int]]) -> None:
    path = largest_partition(collection)
    content = path.read_bytes()
    (length,) = struct.unpack("<I", content[-8:-4])
    data, footer = content[: -8 - length], content[-8 - length :]
    metadata = pq.read_metadata(path)
    number = next(n for n in range(metadata.num_columns) if metadata.schema.column(n).path == INDEX)
    for group in range(metadata.num_row_groups):
        statistics = metadata.row_group(group).column(number).statistics
        before = (statistics.min, statistics.max)
        for value, other in zip(before, change(*before), strict=True):
            footer = footer.replace(struct.pack("<q", value), struct.pack("<q", other))
    path.write_bytes(data + footer)


def leave_statistics_out(collection: Path) -> None:
    path = largest_partition(collection)
    pq.write_table(pq.read_table(path), path, row_group_size=ROW_GROUP_ROWS, write_statistics=False)


def move_rows_to_another_pixel(collection: Path) -> None:
    path = largest_partition(collection)
    rewrite(path, lambda table: _set(table, INDEX, pc.add(table[INDEX].combine_chunks(), 1 << 50)))


def move_coordinates(collection: Path) -> None:
    def moved(table: pa.Table) -> pa.Table:
        dec = table["coord_dec"].to_numpy().copy()
        dec[5] = -dec[5]
        return _set(table, "coord_dec", dec)

    rewrite(largest_partition(collection), moved)


def lose_coordinates(collection: Path) -> None:
    def without(table: pa.Table) -> pa.Table:
        ra = table["coord_ra"].to_numpy().copy()
        ra[::7] = np.nan
        return _set(table, "coord_ra", ra)

    rewrite(largest_partition(collection), without)


def lose_margin(collection: Path) -> None:
    path = collection / "collection.properties"
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(line for line in lines if "margin" not in line))
    shutil.rmtree(margin_of(collection))


def lose_margin_folder(collection: Path) -> None:
    shutil.rmtree(margin_of(collection))


def margin_of(collection: Path) -> Path:
    return next(path for path in collection.iterdir() if path.name.startswith("object_") and path.is_dir())


def take_margin_of_another_release(collection: Path) -> None:
    """Objects of the margin have other ids and places; what it says of itself is as it should be."""

    def other(table: pa.Table) -> pa.Table:
        table = _set(table, "objectId", pc.add(table["objectId"].combine_chunks(), 10**6))
        return _set(table, "coord_dec", pc.add(table["coord_dec"].combine_chunks(), 0.3 / 3600))

    for path in partitions(margin_of(collection)):
        rewrite(path, other)


def take_margin_of_another_catalog(collection: Path) -> None:
    path = margin_of(collection) / "hats.properties"
    path.write_text(path.read_text().replace("hats_primary_table_url=object", "hats_primary_table_url=source"))


def lose_rows_of_the_margin(collection: Path) -> None:
    for path in partitions(margin_of(collection)):
        pq.write_table(pq.read_table(path).slice(0, 0), path)


DAMAGE: dict[Callable[[Path], None], frozenset[FaultKind]] = {
    remove_file: frozenset({FaultKind.FILE_MISSING}),
    truncate_file: frozenset({FaultKind.FILE_UNREADABLE}),
    empty_file: frozenset({FaultKind.FILE_UNREADABLE}),
    add_file: frozenset({FaultKind.FILE_EXTRA}),
    drop_column: frozenset({FaultKind.SCHEMA_DIFFERS}),
    change_type: frozenset({FaultKind.SCHEMA_DIFFERS}),
    lose_rows: frozenset({FaultKind.ROW_COUNT}),
    turn_rows_round: frozenset({FaultKind.UNSORTED}),
    shuffle_rows: frozenset({FaultKind.UNSORTED}),
    falsify_statistics: frozenset({FaultKind.STATISTICS_WRONG}),
    misplace_statistics: frozenset({FaultKind.STATISTICS_WRONG}),
    leave_statistics_out: frozenset({FaultKind.STATISTICS_MISSING}),
    move_rows_to_another_pixel: frozenset({FaultKind.OUTSIDE_PIXEL}),
    move_coordinates: frozenset({FaultKind.INDEX_WRONG}),
    lose_coordinates: frozenset({FaultKind.NO_COORDINATES}),
    lose_margin: frozenset({FaultKind.MARGIN_MISSING}),
    lose_margin_folder: frozenset({FaultKind.PROPERTIES}),
    take_margin_of_another_release: frozenset({FaultKind.MARGIN_OF_ANOTHER}),
    take_margin_of_another_catalog: frozenset({FaultKind.MARGIN_OF_ANOTHER}),
    lose_rows_of_the_margin: frozenset({FaultKind.MARGIN_INCOMPLETE}),
}
"""Each damage, and the kinds of faults that must be told of it (others may come with it)."""
