"""The key of a row of a compilation: survey and native id, or rounded position; the same in the next release."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.redshift_keys import KEY_COLUMN, redshift_keys
from trainingset.specz.compilation_table import HOMOGENIZED
from trainingset.specz.priority import column_numbers

__all__ = ["CONTENT", "row_keys"]

_OF_THIS_RUN = frozenset({"source", "match_radius_arcsec", "z_precision", "z_flag_homogenized"})
CONTENT = tuple(name for name in HOMOGENIZED.names if name not in _OF_THIS_RUN)
"""Columns whose values number the rows that share survey and id: what was measured, and neither where the row was
found nor what a recipe made of it."""


def row_keys(table: pa.Table) -> pa.StringArray:
    """Keys of all rows, unique, whatever the order of the rows.

    Parameters
    ----------
    table
        Homogenized rows. Those that an earlier compilation made keep their key: it is in a column ``redshift_key``,
        or it is the row's id, which then starts with the row's survey and a colon.

    Notes
    -----
    ``{survey}:{id}``, or ``{survey}:J{ra}{dec}`` without an id, as a cross-match names its redshifts. Rows that share
    it are numbered ``#2``, ``#3``, ... in the order of their content (`CONTENT`).
    """
    content = table.select(CONTENT).combine_chunks()
    ra, dec = column_numbers(content, "ra"), column_numbers(content, "dec")
    fresh = redshift_keys(content, {"survey": "survey", "id": "id"}, ra=ra, dec=dec)
    earlier = _earlier_keys(table)
    if earlier.null_count == len(earlier):
        return fresh
    bases = pc.replace_substring_regex(fresh, "#[0-9]+$", "")
    return _numbered(pc.coalesce(earlier, bases), fresh, is_fresh=pc.is_null(earlier).to_pylist())


def _earlier_keys(table: pa.Table) -> pa.Array:
    """Keys that rows have already; null for the others."""
    native = table["id"].combine_chunks().cast(pa.string())
    survey = pc.fill_null(table["survey"].combine_chunks().cast(pa.string()), "")
    start = pc.binary_join_element_wise(survey, "", ":")
    # Compared by slices, since Arrow has no search for a pattern that differs from row to row.
    is_key = _starts_with(native, start)
    of_id = pc.if_else(pa.array(is_key), native, pa.scalar(None, pa.string()))
    if KEY_COLUMN not in table.column_names:
        return of_id
    return pc.coalesce(table[KEY_COLUMN].combine_chunks().cast(pa.string()), of_id)


def _starts_with(texts: pa.Array, starts: pa.Array) -> npt.NDArray[np.bool_]:
    result = np.zeros(len(texts), np.bool_)
    encoded = starts.dictionary_encode()
    codes = encoded.indices.to_numpy(zero_copy_only=False)
    for code, start in enumerate(encoded.dictionary.to_pylist()):
        if len(start) > 1:
            found = pc.fill_null(pc.starts_with(texts, start), False).to_numpy(zero_copy_only=False)
            result |= (codes == code) & found
    return result


def _numbered(keys: pa.Array, fresh: pa.Array, *, is_fresh: list[bool]) -> pa.StringArray:
    """Number keys that are there twice: fresh ones after earlier ones, by numbers that no key has yet."""
    counts = keys.value_counts()
    repeated = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    rows = np.flatnonzero(pc.is_in(keys, value_set=repeated).to_numpy(zero_copy_only=False)).tolist()
    texts, contents = keys.to_pylist(), fresh.to_pylist()
    taken, seen = set(texts), set[str]()
    for row in sorted(rows, key=lambda row: (texts[row], is_fresh[row], *_place_by_content(contents[row]))):
        key, number = texts[row], 2
        if key not in seen:
            seen.add(key)
            continue
        while (numbered := f"{key}#{number}") in taken:
            number += 1
        texts[row] = numbered
        taken.add(numbered)
    return pa.array(texts, pa.string())


def _place_by_content(fresh: str) -> tuple[int, str]:
    """What a fresh key tells of its row's content: the number that it got by it."""
    _, _, number = fresh.partition("#")
    return int(number or 1), fresh
