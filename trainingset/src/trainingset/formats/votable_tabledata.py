"""VOTable in its TABLEDATA serialization: readable by everything that reads VOTables at all."""

from collections.abc import Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.info import Info
from trainingset.formats.string_extent import measure_strings
from trainingset.formats.text import joined_rows, number_texts
from trainingset.formats.votable_header import ILLEGAL_CHARACTERS, StringType, document_end, document_start

__all__ = ["write_tabledata"]

_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}
"""A bare carriage return would be read as a newline."""


def write_tabledata(source: CanonicalTable, target: Path, *, infos: Sequence[Info], overflow: bool) -> None:
    """Write the table as a VOTable 1.4 document with the rows as XML elements.

    An empty cell is null; so an empty text reads as null. A null float is empty and a NaN is ``NaN``.
    """
    strings: dict[str, StringType] = {
        name: ("char" if extent.is_ascii else "unicodeChar", f"{extent.longest}*" if extent.longest else "*")
        for name, extent in measure_strings(source).items()
    }
    with target.open("wb") as file:
        start = document_start(source.schema, n_rows=source.n_rows, infos=infos, strings=strings)
        file.write(start.encode())
        file.write(b"<DATA><TABLEDATA>\n")
        for batch in source.batches():
            cells = [_cells(column) for column in batch.columns]
            file.write(joined_rows(cells, start="<TR><TD>", separator="</TD><TD>", end="</TD></TR>\n"))
        file.write(b"</TABLEDATA></DATA>\n")
        file.write(document_end(overflow=overflow).encode())


def _cells(column: pa.Array) -> pa.Array:
    if pa.types.is_string(column.type):
        return _escaped(column)
    return number_texts(column, words={"nan": "NaN", "inf": "+Inf", "-inf": "-Inf"})


def _escaped(texts: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(texts, f"[&<>\r{ILLEGAL_CHARACTERS}]")).as_py():
        return texts
    for character, entity in _ESCAPES.items():
        texts = pc.replace_substring(texts, character, entity)
    return pc.replace_substring_regex(texts, f"[{ILLEGAL_CHARACTERS}]", "?")
