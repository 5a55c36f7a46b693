"""Whether two tables are one and the same, by what they hold: it may be given under two names, or saved twice."""

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["are_same_rows"]


def are_same_rows(one: pa.Table, other: pa.Table) -> bool:
    """Whether two tables have the same columns with the same values in the same order of rows.

    Descriptions and units of columns do not count, and NaN is NaN.
    """
    if one is other:
        return True
    if one.num_rows != other.num_rows or not one.schema.equals(other.schema, check_metadata=False):
        return False
    return all(_are_same_values(left, right) for left, right in zip(one.columns, other.columns, strict=True))


def _are_same_values(one: pa.ChunkedArray, other: pa.ChunkedArray) -> bool:
    if one.equals(other):
        return True
    if not pa.types.is_floating(one.type):
        return False
    # Arrow takes NaN for different from itself: they are compared by their places.
    nans = pc.is_nan(one)
    if not nans.equals(pc.is_nan(other)) or not pc.any(nans).as_py():
        return False
    zero = pa.scalar(0.0, one.type)
    return bool(pc.if_else(nans, zero, one).equals(pc.if_else(nans, zero, other)))
