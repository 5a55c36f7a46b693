"""Columns as big-endian fixed-width numpy arrays: the byte order of both FITS and VOTable BINARY2."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["NUMBER_TYPES", "logicals", "numbers", "padded"]

NUMBER_TYPES: dict[pa.DataType, str] = {
    pa.int16(): ">i2",
    pa.int32(): ">i4",
    pa.int64(): ">i8",
    pa.float32(): ">f4",
    pa.float64(): ">f8",
}
"""numpy's name of the big-endian form of each number type."""


def numbers(column: pa.Array, *, null: int | float) -> npt.NDArray[Any]:
    """Numbers in the machine's own byte order, with a stand-in for null, shape (n,)."""
    return np.asarray(pc.fill_null(column, pa.scalar(null, column.type)).to_numpy(zero_copy_only=False))


def logicals(column: pa.Array, *, null: bytes) -> npt.NDArray[np.uint8]:
    """``T``, ``F`` or the given byte for null, shape (n,)."""
    is_true = pc.fill_null(column, False).to_numpy(zero_copy_only=False)
    letters = np.where(is_true, np.uint8(ord("T")), np.uint8(ord("F")))
    if column.null_count:
        letters[pc.is_null(column).to_numpy(zero_copy_only=False)] = null[0]
    return letters


def padded(texts: pa.Array, width: int) -> npt.NDArray[np.uint8]:
    """Bytes of each text followed by NUL up to the width, shape (n, width); nulls are all NUL.

    Raises
    ------
    ValueError
        If a text is longer than the width.
    """
    values = pc.fill_null(texts.cast(pa.binary()), b"")
    offsets = np.frombuffer(values.buffers()[1], np.int32, len(values) + 1, values.offset * 4)
    lengths = np.diff(offsets)
    if len(lengths) and lengths.max() > width:
        raise ValueError(f"a text of {lengths.max()} bytes does not fit into {width}")
    cells = np.zeros((len(values), width), np.uint8)
    n_bytes = int(offsets[-1] - offsets[0])
    if n_bytes:
        # The bytes lie in row order, and a mask is filled in row order: no loop is needed.
        content = np.frombuffer(values.buffers()[2], np.uint8, n_bytes, int(offsets[0]))
        cells[np.arange(width) < lengths[:, None]] = content
    return cells
