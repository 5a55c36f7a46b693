"""What footers tell of the index: rows, least and greatest index of each row group; compared as one digest a file."""

import hashlib
from collections.abc import Iterable
from typing import NamedTuple

import pyarrow.parquet as pq

__all__ = ["RowGroup", "digest_of_groups", "groups_of"]


class RowGroup(NamedTuple):
    """One row group, by its footer."""

    rows: int
    least: int | None
    """Least index, None without statistics."""
    greatest: int | None

    @property
    def is_known(self) -> bool:
        """Whether the footer tells the range of the index."""
        return self.least is not None and self.greatest is not None

    def overlaps(self, first: int, behind: int) -> bool:
        """Whether rows may have an index in [first, behind)."""
        return self.least is None or self.greatest is None or (self.least < behind and self.greatest >= first)


def groups_of(footer: pq.FileMetaData, index_column: str) -> list[RowGroup]:
    """The row groups of a file.

    Raises
    ------
    KeyError
        If the file has no such column.
    """
    # By path: a member of a nested column may have the same name.
    paths = (number for number in range(footer.num_columns) if footer.schema.column(number).path == index_column)
    number = next(paths, None)
    if number is None:
        raise KeyError(index_column)
    return [_group(footer.row_group(group), number) for group in range(footer.num_row_groups)]


def _group(group: pq.RowGroupMetaData, column: int) -> RowGroup:
    statistics = group.column(column).statistics
    if statistics is None or not statistics.has_min_max:
        return RowGroup(group.num_rows, None, None)
    return RowGroup(group.num_rows, int(statistics.min), int(statistics.max))


def digest_of_groups(groups: Iterable[RowGroup]) -> str:
    """A few letters that differ when any number of any row group does."""
    digest = hashlib.blake2b(digest_size=8)
    for group in groups:
        digest.update(f"{group.rows} {group.least} {group.greatest}\n".encode())
    return digest.hexdigest()
