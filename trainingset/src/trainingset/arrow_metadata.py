"""Unit, UCD and description carried as Arrow field metadata, so that they survive every step and format."""

import pyarrow as pa

from trainingset.columns import ColumnDescription, ColumnType

__all__ = ["arrow_type", "column_type", "described", "description_of", "schema_descriptions"]

_ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    ColumnType.BOOLEAN: pa.bool_(),
    ColumnType.INT16: pa.int16(),
    ColumnType.INT32: pa.int32(),
    ColumnType.INT64: pa.int64(),
    ColumnType.FLOAT32: pa.float32(),
    ColumnType.FLOAT64: pa.float64(),
    ColumnType.STRING: pa.string(),
}


def arrow_type(datatype: ColumnType) -> pa.DataType:
    """The Arrow type of a column type."""
    return _ARROW_TYPES[datatype]


def column_type(datatype: pa.DataType) -> ColumnType | None:
    """The column type that holds an Arrow type without loss, None where there is none (lists, structs)."""
    types = pa.types
    if types.is_dictionary(datatype):
        return column_type(datatype.value_type)
    if types.is_boolean(datatype):
        return ColumnType.BOOLEAN
    if types.is_int8(datatype) or types.is_uint8(datatype) or types.is_int16(datatype):
        return ColumnType.INT16
    if types.is_uint16(datatype) or types.is_int32(datatype):
        return ColumnType.INT32
    if types.is_uint32(datatype) or types.is_int64(datatype):
        return ColumnType.INT64
    if types.is_float16(datatype) or types.is_float32(datatype):
        return ColumnType.FLOAT32
    if types.is_float64(datatype):
        return ColumnType.FLOAT64
    if types.is_string(datatype) or types.is_large_string(datatype) or types.is_string_view(datatype):
        return ColumnType.STRING
    return None


def described(description: ColumnDescription) -> pa.Field:
    """An Arrow field of this name and type that carries the metadata."""
    texts = {"unit": description.unit, "ucd": description.ucd, "description": description.description}
    metadata = {key: text for key, text in texts.items() if text}
    return pa.field(description.name, _ARROW_TYPES[description.datatype], metadata=metadata or None)


def description_of(field: pa.Field) -> ColumnDescription:
    """The metadata that an Arrow field carries.

    Raises
    ------
    ValueError
        If no column type holds the field's type without loss.
    """
    datatype = column_type(field.type)
    if datatype is None:
        raise ValueError(f"column {field.name!r} has type {field.type}, which no table format here can hold")
    metadata = {key.decode(): value.decode() for key, value in (field.metadata or {}).items()}
    texts = {key: metadata.get(key) for key in ("unit", "ucd", "description")}
    return ColumnDescription(name=field.name, datatype=datatype, **texts)


def schema_descriptions(schema: pa.Schema) -> tuple[ColumnDescription, ...]:
    """Metadata of every column that has a type of ours, in order; others are left out."""
    return tuple(description_of(field) for field in schema if column_type(field.type) is not None)
