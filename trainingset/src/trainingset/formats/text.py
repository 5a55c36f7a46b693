"""Values as text: numbers that read back to the same bits, and rows joined without a Python loop."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["content_of", "joined_rows", "number_texts"]


def number_texts(column: pa.Array, *, words: Mapping[str, str]) -> pa.StringArray:
    """Booleans and numbers as text, null where the value is null.

    Floats are as short as they can be and still read back exactly.

    Parameters
    ----------
    words
        Spelling in the format at hand of ``nan``, ``inf``, ``-inf``, ``true`` and ``false``, where it differs.
    """
    texts = pc.cast(column, pa.string())
    if pa.types.is_integer(column.type):
        return texts
    if pa.types.is_floating(column.type) and pc.all(pc.is_finite(column)).as_py() is not False:
        return texts
    for spelling, word in words.items():
        texts = pc.if_else(pc.equal(texts, spelling), word, texts)
    return texts


def joined_rows(cells: Sequence[pa.Array], *, start: str, separator: str, end: str) -> bytes:
    """Text of all rows, one after the other; null cells are empty."""
    middle = pc.binary_join_element_wise(*cells, separator, null_handling="replace", null_replacement="")
    rows = pc.binary_join_element_wise(start, middle, end, "")
    return content_of(rows)


def content_of(rows: pa.Array) -> bytes:
    """The bytes of all values of a string or binary array without nulls, one after the other."""
    _, offset_buffer, content = rows.buffers()
    if content is None or not len(rows):
        return b""
    offsets = memoryview(offset_buffer).cast("i")
    return bytes(memoryview(content)[offsets[rows.offset] : offsets[rows.offset + len(rows)]])
