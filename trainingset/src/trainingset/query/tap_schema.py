"""``TAP_SCHEMA`` (TAP 1.1, section 4): its tables, and the rows that describe the tables a user may see. Light."""

from collections.abc import Iterator, Sequence

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.listed_table import ForeignKey, ListedTable
from trainingset.query.identifiers import DEFAULT_SCHEMA, identifier, qualified_name, schema_name

__all__ = ["SCHEMA", "TAP_SCHEMA", "tap_schema_rows"]

SCHEMA = "TAP_SCHEMA"

_DESCRIPTIONS = {
    "TAP_SCHEMA": "Tables that describe the tables of this service.",
    DEFAULT_SCHEMA: "Catalogs whose names have no schema.",
    "compilations": "Published compilations of redshifts, each in its latest version.",
}
"""What is told of a schema."""

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


def _text(name: str, description: str) -> ColumnDescription:
    return ColumnDescription(name=name, datatype=ColumnType.STRING, description=description)


def _number(name: str, description: str) -> ColumnDescription:
    return ColumnDescription(name=name, datatype=ColumnType.INT32, description=description)


_SCHEMAS = (
    _text("schema_name", "Name of the schema."),
    _text("utype", "UTYPE of the schema."),
    _text("description", "What the schema holds."),
    _number("schema_index", "Place in which schemas are best shown."),
)
_TABLES = (
    _text("schema_name", "Schema of the table."),
    _text("table_name", "Name of the table, as it stands in queries."),
    _text("table_type", "Always table: there are no views."),
    _text("utype", "UTYPE of the table."),
    _text("description", "What the table holds."),
    _number("table_index", "Place in which tables are best shown."),
)
_COLUMNS = (
    _text("table_name", "Table of the column."),
    _text("column_name", "Name of the column, as it stands in queries."),
    _text("datatype", "Type, as VOTable calls it."),
    _text("arraysize", "Size of an array, as VOTable writes it; of a text, *."),
    _text("xtype", "Extended type."),
    _number("size", "Deprecated: length of a column of fixed size."),
    _text("description", "What the column holds."),
    _text("utype", "UTYPE of the column."),
    _text("unit", "Unit, as VOUnits writes it."),
    _text("ucd", "UCD of the column."),
    _number("indexed", "1 where conditions on the column are quick: coordinates of catalogs."),
    _number("principal", "1 where the column is among those best shown first."),
    _number("std", "1 where a standard defines the column."),
    _number("column_index", "Place in which columns are best shown."),
)
_KEYS = (
    _text("key_id", "Id of the foreign key."),
    _text("from_table", "Table that refers to another."),
    _text("target_table", "Table that it refers to."),
    _text("utype", "UTYPE of the key."),
    _text("description", "What the key means."),
)
_KEY_COLUMNS = (
    _text("key_id", "Id of the foreign key."),
    _text("from_column", "Column of the table that refers to another."),
    _text("target_column", "Column of the table that it refers to."),
)

_FOREIGN_KEYS = (
    ("tables", "schema_name", "schemas", "schema_name"),
    ("columns", "table_name", "tables", "table_name"),
    ("keys", "from_table", "tables", "table_name"),
    ("keys", "target_table", "tables", "table_name"),
    ("key_columns", "key_id", "keys", "key_id"),
)


def _listed(name: str, description: str, columns: tuple[ColumnDescription, ...]) -> ListedTable:
    keys = tuple(
        ForeignKey(column, f"{SCHEMA}.{target}", target_column)
        for table, column, target, target_column in _FOREIGN_KEYS
        if table == name
    )
    return ListedTable(f"{SCHEMA}.{name}", None, description, None, columns, keys=keys)


TAP_SCHEMA: tuple[ListedTable, ...] = (
    _listed("schemas", "Schemas of this service.", _SCHEMAS),
    _listed("tables", "Tables of this service.", _TABLES),
    _listed("columns", "Columns of these tables.", _COLUMNS),
    _listed("keys", "Foreign keys between these tables.", _KEYS),
    _listed("key_columns", "Columns of these foreign keys.", _KEY_COLUMNS),
)
"""The tables themselves, which describe themselves as well."""

Row = tuple[str | int | None, ...]


def tap_schema_rows(tables: Sequence[ListedTable]) -> dict[str, list[Row]]:
    """Rows of each table of ``TAP_SCHEMA``, by its name without the schema.

    Parameters
    ----------
    tables
        Tables that the user may see; those of ``TAP_SCHEMA`` itself are added.
    """
    shown = [*tables, *TAP_SCHEMA]
    return {
        "schemas": [
            (schema_name(name), None, _DESCRIPTIONS.get(name), number)
            for number, name in enumerate(dict.fromkeys(table.schema for table in shown))
        ],
        "tables": [
            (schema_name(table.schema), qualified_name(table.name), "table", None, table.description or table.title, at)
            for at, table in enumerate(shown)
        ],
        "columns": [row for table in shown for row in _column_rows(table)],
        "keys": [
            (f"key{number}", f"{SCHEMA}.{table}", f"{SCHEMA}.{target}", None, None)
            for number, (table, _, target, _) in enumerate(_FOREIGN_KEYS, start=1)
        ],
        "key_columns": [
            (f"key{number}", column, target_column)
            for number, (_, column, _, target_column) in enumerate(_FOREIGN_KEYS, start=1)
        ],
    }


def _column_rows(table: ListedTable) -> Iterator[Row]:
    is_standard = int(table.schema == SCHEMA)
    for number, column in enumerate(table.shown_columns()):
        is_main = int(column.name in table.main)
        yield (
            qualified_name(table.name),
            identifier(column.name),
            _DATATYPES[column.datatype],
            "*" if column.datatype is ColumnType.STRING else None,
            None,
            None,
            column.description,
            None,
            column.unit,
            column.ucd,
            is_main,
            is_main or is_standard,
            is_standard,
            number,
        )
