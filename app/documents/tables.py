"""The VOSI tables documents: catalogs, compilations and their columns.

Written here and not by vo-models (0.5.4), which escapes names and descriptions twice.
"""

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter
from xml.etree.ElementTree import Element, SubElement

from app.documents.markup import add_text, legal_text, serialize
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.listed_table import ForeignKey, ListedTable
from trainingset.query.identifiers import DEFAULT_SCHEMA, identifier, qualified_name, schema_name

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


def tables_document(tables: Iterable[ListedTable], *, with_columns: bool) -> bytes:
    """Write all tables, grouped by schema."""
    root = Element("vosi:tableset", _NAMESPACES)
    by_schema = attrgetter("schema")
    for name, members in groupby(sorted(tables, key=by_schema), key=by_schema):
        schema = SubElement(root, "schema")
        add_text(schema, "name", schema_name(name))
        for table in members:
            _fill_table(SubElement(schema, "table"), table, with_columns=with_columns)
    if len(root) == 0:
        # The schema wants one, also where there is nothing to show.
        add_text(SubElement(root, "schema"), "name", DEFAULT_SCHEMA)
    return serialize(root)


def table_document(table: ListedTable) -> bytes:
    """Write one table with its columns."""
    root = Element("vosi:table", _NAMESPACES)
    _fill_table(root, table, with_columns=True)
    return serialize(root)


def _fill_table(element: Element, table: ListedTable, *, with_columns: bool) -> None:
    element.set("type", "base_table")
    add_text(element, "name", qualified_name(table.name))
    _add_optional(element, "title", table.title)
    _add_optional(element, "description", table.description)
    if table.n_rows is not None:
        add_text(element, "nrows", str(table.n_rows))
    if with_columns:
        for column in table.shown_columns():
            _add_column(element, column, is_indexed=column.name in table.main)
        for key in table.keys:
            _add_key(element, key)


def _add_column(table: Element, column: ColumnDescription, *, is_indexed: bool) -> None:
    element = SubElement(table, "column")
    add_text(element, "name", identifier(column.name))
    _add_optional(element, "description", column.description)
    _add_optional(element, "unit", column.unit)
    _add_optional(element, "ucd", column.ucd)
    datatype = add_text(element, "dataType", _DATATYPES[column.datatype])
    datatype.set("xsi:type", "vs:VOTableType")
    if column.datatype is ColumnType.STRING:
        datatype.set("arraysize", "*")
    if is_indexed:
        add_text(element, "flag", "indexed")


def _add_key(table: Element, key: ForeignKey) -> None:
    element = SubElement(table, "foreignKey")
    add_text(element, "targetTable", qualified_name(key.target_table))
    columns = SubElement(element, "fkColumn")
    add_text(columns, "fromColumn", identifier(key.column))
    add_text(columns, "targetColumn", identifier(key.target_column))


def _add_optional(parent: Element, tag: str, text: str | None) -> None:
    if text:
        add_text(parent, tag, legal_text(text))
