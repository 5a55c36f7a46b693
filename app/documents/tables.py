"""The VOSI tables documents: object catalogs and their columns.

Written here and not by vo-models (0.5.4), which escapes names and descriptions twice.
"""

import re
from collections.abc import Iterable
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement

from vo_models.adql.misc import ADQL_SQL_KEYWORDS

from app.documents.markup import add_text, legal_text, serialize
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.registry import CatalogCard

__all__ = ["table_document", "tables_document"]

_NAMESPACES = {
    "xmlns:vosi": "http://www.ivoa.net/xml/VOSITables/v1.0",
    "xmlns:vs": "http://www.ivoa.net/xml/VODataService/v1.1",
    "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
}

_DATATYPES = {
    ColumnType.BOOLEAN: "boolean",
    ColumnType.INT16: "short",
    ColumnType.INT32: "int",
    ColumnType.INT64: "long",
    ColumnType.FLOAT32: "float",
    ColumnType.FLOAT64: "double",
    ColumnType.STRING: "char",
}
"""Types in the words of VOTable."""

_REGULAR = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_KEYWORDS = frozenset(ADQL_SQL_KEYWORDS)


def tables_document(cards: Iterable[CatalogCard], *, with_columns: bool) -> bytes:
    """Write all catalogs, grouped by what stands before the first dot of their ids."""
    root = Element("vosi:tableset", _NAMESPACES)
    for schema_name, members in groupby(sorted(cards, key=_schema_name), key=_schema_name):
        schema = SubElement(root, "schema")
        add_text(schema, "name", schema_name)
        for card in members:
            _fill_table(SubElement(schema, "table"), card, with_columns=with_columns)
    if len(root) == 0:
        # The schema wants one, also where there is nothing to show.
        add_text(SubElement(root, "schema"), "name", "default")
    return serialize(root)


def table_document(card: CatalogCard) -> bytes:
    """Write one catalog with its columns."""
    root = Element("vosi:table", _NAMESPACES)
    _fill_table(root, card, with_columns=True)
    return serialize(root)


def _schema_name(card: CatalogCard) -> str:
    schema, dot, _ = card.entry.id.partition(".")
    return schema if dot else "default"


def _fill_table(table: Element, card: CatalogCard, *, with_columns: bool) -> None:
    table.set("type", "base_table")
    add_text(table, "name", card.entry.id)
    _add_optional(table, "title", card.entry.title)
    _add_optional(table, "description", card.entry.description)
    add_text(table, "nrows", str(card.n_rows))
    if with_columns:
        for column in card.columns:
            _add_column(table, column, _main_ucd(card, column.name))


def _add_column(table: Element, column: ColumnDescription, main_ucd: str | None) -> None:
    element = SubElement(table, "column")
    add_text(element, "name", _identifier(column.name))
    _add_optional(element, "description", column.description)
    _add_optional(element, "unit", column.unit or ("deg" if main_ucd else None))
    _add_optional(element, "ucd", main_ucd or column.ucd)
    datatype = add_text(element, "dataType", _DATATYPES[column.datatype])
    datatype.set("xsi:type", "vs:VOTableType")
    if column.datatype is ColumnType.STRING:
        datatype.set("arraysize", "*")


def _main_ucd(card: CatalogCard, name: str) -> str | None:
    """UCD of the coordinates that are matched: TOPCAT looks for "main" before it proposes a match."""
    return {
        card.entry.ra_column: "pos.eq.ra;meta.main",
        card.entry.dec_column: "pos.eq.dec;meta.main",
    }.get(name)


def _identifier(name: str) -> str:
    """The name as ADQL would need it: quoted if it is no regular identifier."""
    if _REGULAR.fullmatch(name) and name.upper() not in _KEYWORDS:
        return name
    return '"' + name.replace('"', '""') + '"'


def _add_optional(parent: Element, tag: str, text: str | None) -> None:
    if text:
        add_text(parent, tag, legal_text(text))
