"""What an earlier compilation found out about its rows: their ``tie_result``, and whether it is one."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from trainingset.errors import Problem
from trainingset.positions import BoolArray, FloatArray
from trainingset.specz.release_roles import is_earlier_output
from trainingset.specz.text_numbers import numbers_of, parse_texts

__all__ = ["earlier_marks", "mark_problems"]

_MARK = "tie_result"
_MARKS = (0.0, 1.0, 2.0, 3.0)
_SHOWN = 5
"""Rows that a problem names."""


def earlier_marks(table: pa.Table) -> pa.Array | None:
    """Marks of rows that an earlier compilation made; None where it made none."""
    if not _has_marks(table):
        return None
    marks, is_wrong = _read(table)
    return pa.array(np.where(is_wrong, np.nan, marks), from_pandas=True).cast(pa.int8())


def mark_problems(table: pa.Table) -> Iterator[Problem]:
    """Marks that do not exist."""
    if not _has_marks(table):
        return
    rows = np.flatnonzero(_read(table)[1])
    if len(rows):
        first = str(table[_MARK][int(rows[0])].as_py())
        message = (
            f"the column {_MARK!r} of an earlier compilation holds what is no mark in {len(rows)} of {table.num_rows} "
            f"rows (the first is row {rows[0] + 1} with {first}); its values are 0 to 3, or null. Mend them, or leave "
            "the column out."
        )
        told = tuple(int(row) + 1 for row in rows[:_SHOWN])
        yield Problem(parameter="INPUT", message=message, column=_MARK, rows=told, value=first, limit="0 to 3, or null")


def _has_marks(table: pa.Table) -> bool:
    return is_earlier_output(table) and _MARK in table.column_names


def _read(table: pa.Table) -> tuple[FloatArray, BoolArray]:
    """Marks, NaN for none, and which values are no marks."""
    column = table[_MARK]
    if pa.types.is_string(column.type):
        marks, is_wrong = parse_texts(column)
    else:
        marks, is_wrong = numbers_of(column), np.zeros(len(column), np.bool_)
    return marks, is_wrong | ~(np.isnan(marks) | np.isin(marks, _MARKS))
