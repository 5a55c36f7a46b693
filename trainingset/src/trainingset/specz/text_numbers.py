"""Numbers that a file holds as texts."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.positions import BoolArray, FloatArray

__all__ = ["numbers_of", "parse_texts"]

_NULLS = ("", "none", "null", "nan")
"""Texts that stand for no value, in lower case."""


def parse_texts(column: pa.ChunkedArray | pa.Array) -> tuple[FloatArray, BoolArray]:
    """Numbers of texts, and which texts are neither numbers nor stand for none.

    Returns
    -------
    tuple
        NaN for what is no number, and for null; both of shape (n,).
    """
    texts = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    # Flags and the like are few: each distinct text is read once.
    encoded = texts.dictionary_encode()
    words = encoded.dictionary.to_pylist()
    numbers = [_number(word) for word in words]
    known = np.array([*numbers, np.nan])
    is_null = [word.strip().lower() in _NULLS for word in words]
    wrong = np.append(np.isnan(known[:-1]) & ~np.array(is_null, np.bool_), False)
    codes = pc.fill_null(encoded.indices, len(words)).to_numpy(zero_copy_only=False)
    return known[codes], wrong[codes]


def numbers_of(column: pa.ChunkedArray) -> FloatArray:
    """Values as doubles, NaN for null and for texts that are no numbers, shape (n,)."""
    if pa.types.is_string(column.type):
        return parse_texts(column)[0]
    numbers: FloatArray = pc.fill_null(column.cast(pa.float64(), safe=False), np.nan).to_numpy()
    return numbers


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return np.nan
