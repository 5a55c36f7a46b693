from typing import Literal, cast

ColumnType = Literal["boolean", "float32", "float64", "int16", "int32", "int64", "string"]


def check_column_type(value: object) -> ColumnType:
    return cast(ColumnType, value)
