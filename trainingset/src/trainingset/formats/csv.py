"""CSV by RFC 4180, in UTF-8."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.info import Info
from trainingset.formats.text import joined_rows, number_texts

__all__ = ["write_csv"]

_NEEDS_QUOTES = r'[",\r\n]|^\s|\s$|^$'
"""Besides what RFC 4180 demands, outer white space, which some readers strip, and the empty text, which is no null."""


def write_csv(source: CanonicalTable, target: Path, *, infos: Sequence[Info], overflow: bool) -> None:
    """Write a header and the rows, nothing else: a comment would break plain readers.

    Nulls are empty; an empty text is ``""``.
    """
    with target.open("wb") as file:
        file.write(_lines([_quoted(pa.array([name])) for name in source.schema.names]))
        for batch in source.batches():
            file.write(_lines([_cells(column) for column in batch.columns]))


def _lines(cells: list[pa.Array]) -> bytes:
    return joined_rows(cells, start="", separator=",", end="\r\n")


def _cells(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        return _quoted(column)
    return number_texts(column, words={"nan": "NaN"})


def _quoted(texts: pa.Array) -> pa.Array:
    needs_quotes = pc.match_substring_regex(texts, _NEEDS_QUOTES)
    if not pc.any(needs_quotes).as_py():
        return texts
    inside = pc.replace_substring(texts, '"', '""')
    return pc.if_else(needs_quotes, pc.binary_join_element_wise('"', inside, '"', ""), texts)
