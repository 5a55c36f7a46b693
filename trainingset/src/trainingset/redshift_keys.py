"""The key of a redshift: what names it in this table, in the next release and in every split.

``{survey}:{native id}``, or the rounded position where there is no id; nothing stands before the colon where no
column tells the survey. It depends on a row's own content alone, never on its place in the file or on the file's
name, because the side of a split is decided by it.
"""

import re
from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.positions import FloatArray

__all__ = ["KEY_COLUMN", "key_texts", "redshift_keys"]

KEY_COLUMN = "redshift_key"


def redshift_keys(table: pa.Table, roles: Mapping[str, str], *, ra: FloatArray, dec: FloatArray) -> pa.StringArray:
    """Keys of all rows, unique.

    Parameters
    ----------
    table
        Every column, as it was sent.
    ra, dec
        Degrees, shape (n,).
    """
    survey = _escaped(key_texts(table, roles.get("survey")), r"[:#%|]")
    survey = pc.fill_null(survey, "")
    native = _escaped(key_texts(table, roles.get("id")), r"[#%|]")
    if native.null_count:
        native = pc.coalesce(native, _positions(ra, dec))
    keys = pc.binary_join_element_wise(survey, native, ":")
    if roles.get("id") == KEY_COLUMN:
        # A result of ours that is matched again keeps its keys, and with them its side of a split.
        keys = pc.coalesce(key_texts(table, KEY_COLUMN), keys)
    return _numbered(keys, table)


def key_texts(table: pa.Table, column: str | None) -> pa.Array:
    """Values of a column that names rows or their survey as texts; all null without such a column."""
    if column is None:
        return pa.nulls(table.num_rows, pa.string())
    values = table[column].combine_chunks()
    if pa.types.is_floating(values.type):
        # Ids that a missing value made real numbers: 17.0 is 17.
        as_whole = pc.cast(values, pa.int64(), safe=False)
        is_whole = pc.equal(pc.cast(as_whole, pa.float64(), safe=False), values)
        return pc.if_else(is_whole, pc.cast(as_whole, pa.string()), pc.cast(values, pa.string()))
    return pc.cast(values, pa.string())


def _positions(ra: FloatArray, dec: FloatArray) -> pa.Array:
    """Positions rounded to 0.04 arcsec, far below the distance of any two sources."""
    return pa.array([f"J{x:.5f}{y:+.5f}" for x, y in zip(ra.tolist(), dec.tolist(), strict=True)], pa.string())


def _escaped(texts: pa.Array, signs: str) -> pa.Array:
    """Texts with the signs that build keys written as in URLs, so that no two pairs give one key."""
    if not pc.any(pc.match_substring_regex(texts, signs)).as_py():
        return texts
    return pa.array(
        [
            None if text is None else re.sub(signs, lambda sign: f"%{ord(sign[0]):02X}", text)
            for text in texts.to_pylist()
        ],
        pa.string(),
    )


def _numbered(keys: pa.Array, table: pa.Table) -> pa.StringArray:
    """Append ``#2``, ``#3``, ... to repetitions, in the order of the rows' content."""
    counts = keys.value_counts()
    repeated = counts.field("values").filter(pc.greater(counts.field("counts"), 1))
    if not len(repeated):
        return keys
    rows = np.flatnonzero(pc.is_in(keys, value_set=repeated).to_numpy(zero_copy_only=False))
    content = _content(table.take(pa.array(rows)))
    order = pc.sort_indices(
        pa.table({"key": keys.take(pa.array(rows)), "content": content}),
        sort_keys=[("key", "ascending"), ("content", "ascending")],
    ).to_numpy()
    numbered = keys.to_pylist()
    previous, repetition = None, 1
    for row in rows[order]:
        key = numbered[row]
        repetition = repetition + 1 if key == previous else 1
        previous = key
        numbered[row] = key if repetition == 1 else f"{key}#{repetition}"
    return pa.array(numbered, pa.string())


def _content(rows: pa.Table) -> pa.Array:
    """All values of each row as one text, columns in the order of their names."""
    texts = [pc.cast(rows[name], pa.string()).combine_chunks() for name in sorted(rows.column_names)]
    return pc.binary_join_element_wise(*texts, "\x1f", null_handling="replace", null_replacement="\x00")
