"""TABLEDATA: cells of text gathered row by row and turned into columns a block at a time."""

from collections.abc import Callable, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.errors import Problem, TableError
from trainingset.readers.raw import check_claim, refused
from trainingset.readers.votable_field import VotableField

__all__ = ["TextRows"]

_BLOCK_ROWS = 20_000
"""Rows held as Python texts at a time."""

_TYPES: dict[str, pa.DataType] = {
    "unsignedByte": pa.int16(),
    "short": pa.int16(),
    "int": pa.int32(),
    "long": pa.int64(),
    "float": pa.float32(),
    "double": pa.float64(),
    "char": pa.string(),
    "unicodeChar": pa.string(),
    "boolean": pa.bool_(),
    "bit": pa.bool_(),
}
_FLAGS = {"t": True, "true": True, "1": True, "f": False, "false": False, "0": False}


class TextRows:
    """Takes the cells of a TABLEDATA element in document order.

    Parameters
    ----------
    fields
        Columns of the table.
    name
        Name of the table, for problems.
    """

    def __init__(self, fields: Sequence[VotableField], *, name: str) -> None:
        self._fields = fields
        self._name = name
        self._cells: list[str] = []
        self._n_rows = 0
        self._blocks: list[list[pa.Array | None]] = []

    def add_row(self, cells: list[str]) -> None:
        """Take the cells of one row.

        Raises
        ------
        TableError
            If the row has another number of cells than the table has columns, or there are too many rows.
        """
        self._n_rows += 1
        if len(cells) != len(self._fields):
            message = (
                f"has {len(cells)} cells in row {self._n_rows}, but {len(self._fields)} columns. Complete the row."
            )
            problem = Problem(parameter=f"UPLOAD {self._name}", message=message, rows=(self._n_rows,))
            raise TableError([problem])
        self._cells += cells
        if self._n_rows % _BLOCK_ROWS == 0:
            check_claim(self._name, rows=self._n_rows, columns=len(self._fields))
            self._finish_block()

    def columns(self) -> list[pa.ChunkedArray | None]:
        """Values by column, None for those that are left out."""
        self._finish_block()
        columns: list[pa.ChunkedArray | None] = []
        for number, field in enumerate(self._fields):
            parts = [block[number] for block in self._blocks]
            columns.append(pa.chunked_array(parts, _TYPES[field.datatype]) if field.is_single else None)
        return columns

    def _finish_block(self) -> None:
        width = len(self._fields)
        first_row = self._n_rows - len(self._cells) // width + 1
        self._blocks.append(
            [
                self._column(field, self._cells[number::width], first_row) if field.is_single else None
                for number, field in enumerate(self._fields)
            ]
        )
        self._cells = []

    def _column(self, field: VotableField, cells: list[str], first_row: int) -> pa.Array:
        if field.is_text:
            return pa.array(cells, pa.string())
        texts = pc.utf8_trim_whitespace(pa.array(cells, pa.string()))
        is_absent = pc.equal(texts, "")
        if field.null is not None:
            is_absent = pc.or_(is_absent, pc.equal(texts, field.null.strip()))
        texts = pc.if_else(is_absent, pa.scalar(None, pa.string()), texts)
        datatype = _TYPES[field.datatype]
        if not pa.types.is_boolean(datatype):
            try:
                return texts.cast(datatype)
            except pa.ArrowInvalid:
                pass
        return pa.array(self._one_by_one(field, texts.to_pylist(), first_row), datatype)

    def _one_by_one(
        self, field: VotableField, texts: list[str | None], first_row: int
    ) -> list[int | float | bool | None]:
        """The slow way, for spellings that Arrow does not read and to name a cell that nobody can."""
        read = _reader(field.datatype)
        values: list[int | float | bool | None] = []
        for row, text in enumerate(texts, start=first_row):
            try:
                values.append(None if text is None else read(text))
            except (ValueError, OverflowError, KeyError) as error:
                what = f"row {row} of column {field.name!r} holds {text!r}, which is no {field.datatype}"
                raise refused(self._name, f"{what}. Mend the cell.", value=text) from error
        return values


def _reader(datatype: str) -> Callable[[str], int | float | bool | None]:
    if datatype in ("boolean", "bit"):
        return lambda text: None if text == "?" else _FLAGS[text.casefold()]
    if datatype in ("float", "double"):
        return float
    bits = {"unsignedByte": 8, "short": 16, "int": 32, "long": 64}[datatype]
    return lambda text: _whole(text, bits, is_signed=datatype != "unsignedByte")


def _whole(text: str, bits: int, *, is_signed: bool) -> int:
    """A whole number, in decimal or as ``0x`` bit pattern."""
    value = int(text, 16 if text.lower().startswith("0x") else 10)
    if text.lower().startswith("0x") and is_signed and value >= 2 ** (bits - 1):
        value -= 2**bits
    lowest, highest = (-(2 ** (bits - 1)), 2 ** (bits - 1)) if is_signed else (0, 2**bits)
    if not lowest <= value < highest:
        raise OverflowError
    return value
