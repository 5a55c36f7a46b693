"""Lists of Python objects as columns of one kind; what cannot be one is told by row and value."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from trainingset.errors import Problem

__all__ = ["array_of_objects"]

_TEXT_LENGTH = 40
"""Characters of an odd value that a message quotes."""


def array_of_objects(column: str, values: Sequence[Any]) -> pa.ChunkedArray | Problem:
    """Objects as one column of numbers, texts or flags with nulls, or what stands against it."""
    if problem := _odd_objects(column, values):
        return problem
    try:
        return pa.chunked_array([pa.array(values, from_pandas=True)])
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        message = f"the column {column!r} holds objects that are no numbers, texts or flags; convert or leave it out."
        return Problem(parameter="REDSHIFTS", message=message, column=column)


def _odd_objects(column: str, values: Sequence[Any]) -> Problem | None:
    """The first value of another kind than the first one."""
    first = ""
    for row, value in enumerate(values, start=1):
        kind = _kind(value)
        if kind is None or kind == first:
            continue
        if kind not in _KINDS:
            return _not_single(column, row, value, kind)
        if first:
            return _mixed(column, row, value, kind, first)
        first = kind
    return None


_KINDS = frozenset({"numbers", "texts", "flags", "dates"})


def _kind(value: Any) -> str | None:
    """What a value is, None for null."""
    # Only scalars: `isna` of a list answers for each of its members.
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    match value:
        case bool() | np.bool_():
            return "flags"
        case str() | bytes():
            return "texts"
        case int() | float() | np.integer() | np.floating() | Decimal():
            return "numbers"
        case date() | np.datetime64():
            return "dates"
        case _:
            return type(value).__name__


def _mixed(column: str, row: int, value: Any, kind: str, first: str) -> Problem:
    message = (
        f"the column {column!r} mixes {first} and {kind}: row {row} holds {_quoted(value)}. Make all of them {first}, "
        "with None where there is no value."
    )
    return Problem(
        parameter="REDSHIFTS", message=message, column=column, rows=(row,), value=_quoted(value), limit=first
    )


def _not_single(column: str, row: int, value: Any, kind: str) -> Problem:
    if kind == "Quantity":
        advice = f"make it one quantity of one unit: u.Quantity(list(table[{column!r}])), and put it into a QTable."
    elif kind == "SkyCoord":
        advice = f"make it one column of positions: SkyCoord(list(table[{column!r}])), and put it into a QTable."
    else:
        advice = "leave it out or spread it over several columns."
    message = (
        f"the column {column!r} holds {kind} objects (row {row}: {_quoted(value)}) and no single numbers, texts or "
        f"flags; {advice}"
    )
    return Problem(parameter="REDSHIFTS", message=message, column=column, rows=(row,), value=_quoted(value))


def _quoted(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _TEXT_LENGTH else text[:_TEXT_LENGTH] + "..."
