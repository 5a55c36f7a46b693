"""Keys of rows that no memory holds at once: few share a key, and only these are looked at together."""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.redshift_keys import KEY_COLUMN, redshift_keys
from trainingset.specz.key_hash import hash_keys
from trainingset.specz.large.sorted_rows import SortedRows
from trainingset.specz.row_keys import CONTENT, row_keys

__all__ = [
    "BASE_KEY",
    "key_hashes",
    "local_keys",
    "renamed_keys",
    "repeated_hashes",
    "rows_with_repeated_keys",
]

UIntArray = npt.NDArray[np.uint64]

BASE_KEY = "redshift_key_of_part"
"""Column of the keys that rows have among those of their part; never written."""

_NUMBER = "(#[0-9]+)+$"
_BUCKETS = 64
"""Hashes are compared in so many portions: at 40 million rows, ten MB each."""


def local_keys(table: pa.Table) -> pa.Array:
    """Keys of the rows of one part, numbered as if there were no other parts."""
    return row_keys(table)


def key_hashes(table: pa.Table, keys: pa.Array) -> UIntArray:
    """Hash of each row's key without number, and of the key that it would have without an earlier one, shape (2, n)."""
    content = table.select(CONTENT)
    ra, dec = table["ra"].to_numpy(), table["dec"].to_numpy()
    fresh = redshift_keys(content, {"survey": "survey", "id": "id"}, ra=ra, dec=dec)
    return np.stack([hash_keys(pc.replace_substring_regex(texts, _NUMBER, "")) for texts in (keys, fresh)])


def repeated_hashes(rows: SortedRows, numbers: Sequence[int]) -> UIntArray:
    """Hashes that more than one row has, sorted."""
    found = [_repeated(rows, numbers, bucket) for bucket in range(_BUCKETS)]
    return np.concatenate(found) if found else np.zeros(0, np.uint64)


def rows_with_repeated_keys(rows: SortedRows, numbers: Sequence[int], repeated: UIntArray) -> pa.Table:
    """Rows that share their key with another; their final keys are laid beside the files.

    Notes
    -----
    Rows that share a key, or would without an earlier one, are all among them, so that their numbers are final.
    """
    places, tables = {}, []
    for number in numbers:
        hashes = rows.hashes(number)
        found = np.flatnonzero(np.isin(hashes[0], repeated) | np.isin(hashes[1], repeated))
        if len(found):
            places[number] = found
            tables.append(
                rows.rows(number).take(pa.array(found)).append_column("file", pa.array([number] * len(found)))
            )
    if not tables:
        return pa.table({})
    together = pa.concat_tables(tables).combine_chunks()
    keys = row_keys(together)
    start = 0
    for number, found in places.items():
        rows.write_keys(number, found, keys.slice(start, len(found)))
        start += len(found)
    return together.select(["id", "survey", "file"])


def _repeated(rows: SortedRows, numbers: Sequence[int], bucket: int) -> UIntArray:
    hashes = np.concatenate([np.zeros(0, np.uint64), *_of_bucket(rows, numbers, bucket)])
    values, counts = np.unique(hashes, return_counts=True)
    return values[counts > 1]


def _of_bucket(rows: SortedRows, numbers: Sequence[int], bucket: int) -> Iterator[UIntArray]:
    for number in numbers:
        final, fresh = rows.hashes(number)
        yield final[final % _BUCKETS == bucket]
        # A row is not to meet itself.
        is_other = (fresh % _BUCKETS == bucket) & (fresh != final)
        yield fresh[is_other]


def renamed_keys(table: pa.Table, first: int, renamed: tuple[npt.NDArray[np.int64], pa.Array] | None) -> pa.Table:
    """A stretch of one file, beginning with its row `first`, with its final keys and none of earlier ones."""
    keys = table[BASE_KEY].combine_chunks()
    if renamed is not None:
        places, texts = renamed
        start, stop = np.searchsorted(places, [first, first + table.num_rows])
        is_new = np.zeros(table.num_rows, np.bool_)
        is_new[places[start:stop] - first] = True
        keys = pc.replace_with_mask(keys, pa.array(is_new), texts.slice(start, stop - start))
    bare = table.drop_columns([name for name in (BASE_KEY, KEY_COLUMN) if name in table.column_names])
    return bare.append_column(KEY_COLUMN, keys)
