"""What a column is: name, type, unit, UCD and description, kept through every format."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict

__all__ = ["ColumnDescription", "ColumnType"]


class ColumnType(StrEnum):
    """Types that every format here can hold without loss."""

    BOOLEAN = "boolean"
    INT16 = "int16"
    INT32 = "int32"
    INT64 = "int64"
    FLOAT32 = "float32"
    FLOAT64 = "float64"
    STRING = "string"


class ColumnDescription(BaseModel):
    """Metadata of one column, in the field's own vocabulary (VOUnits, UCD1+)."""

    model_config = ConfigDict(frozen=True)

    name: str
    datatype: ColumnType
    unit: str | None = None
    ucd: str | None = None
    description: str | None = None
