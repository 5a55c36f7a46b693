"""The XML around the rows of a VOTable: infos, fields, and what follows the data."""

import re
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

import pyarrow as pa

from trainingset.arrow_metadata import description_of
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.formats.info import Info

__all__ = ["ILLEGAL_CHARACTERS", "StringType", "document_end", "document_start"]

ILLEGAL_CHARACTERS = "\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff"
"""Characters that XML 1.0 cannot hold, not even escaped, as the inside of a regular expression's brackets."""

_ILLEGAL = re.compile(f"[{ILLEGAL_CHARACTERS}]")
_UCD = re.compile(r"[A-Za-z0-9_.:;-]+")

StringType = tuple[str, str]
"""VOTable datatype (``char`` or ``unicodeChar``) and arraysize of a string column."""

_DATATYPES: dict[ColumnType, str] = {
    ColumnType.BOOLEAN: "boolean",
    ColumnType.INT16: "short",
    ColumnType.INT32: "int",
    ColumnType.INT64: "long",
    ColumnType.FLOAT32: "float",
    ColumnType.FLOAT64: "double",
}


def document_start(
    schema: pa.Schema, *, n_rows: int | None, infos: Sequence[Info], strings: Mapping[str, StringType]
) -> str:
    """Everything from the XML declaration to the last FIELD.

    Parameters
    ----------
    n_rows
        Value of ``nrows``; None leaves it out.
    strings
        Datatype and arraysize of each string column, by name.
    """
    count = "" if n_rows is None else f' nrows="{n_rows}"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3">',
        '<RESOURCE type="results">',
        # Clients differ in looking for the name or the ID.
        '<INFO ID="QUERY_STATUS" name="QUERY_STATUS" value="OK"/>',
        *(_info(info) for info in infos),
        f'<TABLE name="training_set"{count}>',
        *(_field(field, strings) for field in schema),
    ]
    return "\n".join(lines) + "\n"


def document_end(*, overflow: bool) -> str:
    """Everything after the data; truncation is said here, as DALI demands."""
    truncated = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>\n' if overflow else ""
    return f"</TABLE>\n{truncated}</RESOURCE>\n</VOTABLE>\n"


def _info(info: Info) -> str:
    return f"<INFO{_attributes(name=_token(info.name), value=info.value, ucd=_ucd(info.ucd))}/>"


def _field(field: pa.Field, strings: Mapping[str, StringType]) -> str:
    column = description_of(field)
    datatype, arraysize = _datatype(column, strings)
    attributes = _attributes(
        name=_token(column.name),
        datatype=datatype,
        arraysize=arraysize,
        unit=_token(column.unit),
        ucd=_ucd(column.ucd),
        xtype=_token((field.metadata or {}).get(b"xtype", b"").decode()),
    )
    if column.description is None:
        return f"<FIELD{attributes}/>"
    return f"<FIELD{attributes}><DESCRIPTION>{escape(_legal(column.description))}</DESCRIPTION></FIELD>"


def _datatype(column: ColumnDescription, strings: Mapping[str, StringType]) -> tuple[str, str | None]:
    if column.datatype is ColumnType.STRING:
        return strings[column.name]
    return _DATATYPES[column.datatype], None


def _attributes(**values: str | None) -> str:
    return "".join(f" {name}={quoteattr(_legal(value))}" for name, value in values.items() if value is not None)


def _token(text: str | None) -> str | None:
    """Text without the white space that XML would collapse anyway; None if nothing remains."""
    return " ".join(text.split()) or None if text is not None else None


def _ucd(ucd: str | None) -> str | None:
    """The UCD, unless the schema forbids a character of it: a document that is not valid helps nobody."""
    return ucd if ucd is not None and _UCD.fullmatch(ucd) else None


def _legal(text: str) -> str:
    return _ILLEGAL.sub("?", text)
