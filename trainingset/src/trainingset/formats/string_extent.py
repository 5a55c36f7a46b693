"""How long and how plain the texts of a column are: one cheap pass that fixed-width formats need beforehand."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.text import content_of

__all__ = ["StringExtent", "escaped_texts", "measure_strings", "utf16_texts"]


@dataclass
class StringExtent:
    """Sizes over all rows of one string column."""

    longest: int = 0
    """Longest text, in characters if the column is ASCII, in UTF-16 units if not."""
    longest_escaped: int = 0
    """Longest text after `escaped_texts`, in characters."""
    total: int = 0
    """All texts together, in the unit of ``longest``."""
    is_ascii: bool = True
    is_printable: bool = True
    """Whether the column is ASCII from the space to the tilde."""


def measure_strings(source: CanonicalTable) -> dict[str, StringExtent]:
    """Read the string columns once and measure them, by name."""
    names = tuple(field.name for field in source.schema if pa.types.is_string(field.type))
    extents = {name: StringExtent() for name in names}
    for batch in source.batches(names) if names else ():
        for name in names:
            _widen(extents[name], batch[name])
    return extents


def utf16_texts(texts: pa.Array) -> pa.Array:
    """Texts in UTF-16 big-endian, null where the text is null; each different text is converted once."""
    return _converted(texts, pa.binary(), lambda text: text.encode("utf-16-be"))


def escaped_texts(texts: pa.Array) -> pa.Array:
    r"""Texts in printable ASCII by Python's ``unicode_escape``: ``\xe9`` for é, and a backslash doubled."""
    return _converted(texts, pa.string(), lambda text: text.encode("unicode_escape").decode("ascii"))


def _converted(texts: pa.Array, datatype: pa.DataType, convert: Callable[[str], str | bytes]) -> pa.Array:
    encoded = texts.dictionary_encode()
    values = pa.array([convert(text) for text in encoded.dictionary.to_pylist()], datatype)
    return values.take(encoded.indices)


def _widen(extent: StringExtent, texts: pa.Array) -> None:
    letters = np.frombuffer(content_of(pc.fill_null(texts, "")), np.uint8)
    is_ascii = not (letters > 0x7F).any()
    is_printable = not (letters - np.uint8(0x20) > 0x7E - 0x20).any()
    needs_escape = not is_printable or (letters == ord("\\")).any()
    lengths = pc.binary_length(texts) if is_ascii else pc.divide(pc.binary_length(utf16_texts(texts)), 2)
    escaped_lengths = pc.binary_length(escaped_texts(texts)) if needs_escape else lengths
    extent.longest = max(extent.longest, pc.max(lengths).as_py() or 0)
    extent.longest_escaped = max(extent.longest_escaped, pc.max(escaped_lengths).as_py() or 0)
    extent.total += pc.sum(lengths).as_py() or 0
    extent.is_ascii &= is_ascii
    extent.is_printable &= is_printable
