"""Checksums: of files, and of rows whatever file they lie in."""

import hashlib
import struct
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trainingset.arrow_metadata import description_of
from trainingset.columns import ColumnType
from trainingset.formats.canonical import canonical_schema

__all__ = ["checksum_rows", "sha256_of"]

_NUMPY_TYPES: dict[ColumnType, str] = {
    ColumnType.BOOLEAN: "|u1",
    ColumnType.INT16: "<i2",
    ColumnType.INT32: "<i4",
    ColumnType.INT64: "<i8",
    ColumnType.FLOAT32: "<f4",
    ColumnType.FLOAT64: "<f8",
}
_VERSION = b"rows-1\n"


def sha256_of(path: Path) -> str:
    """SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def checksum_rows(path: Path, *, key: str | None = "row_key") -> str:
    """SHA-256 of the rows of a Parquet file, the same however they are ordered, grouped or compressed.

    One column is in memory at a time, and the order of the rows (8 bytes a row).

    Parameters
    ----------
    key
        Text column that orders the rows; its values differ. None takes them in the order in which they lie.

    Returns
    -------
    str
        ``sha256:`` and 64 hexadecimal digits.

    Raises
    ------
    ValueError
        If the key is missing, null or repeated: then the rows have no order of their own.

    Notes
    -----
    The bytes that are hashed: ``rows-1`` and a newline; the number of rows and of columns (unsigned 64-bit). Then
    each column, by name in the order of UTF-8 bytes: length of the name (unsigned 64-bit), name, length of its type,
    type (`ColumnType`), one byte for each row that is 1 where the value is null, then the values with rows in the
    order of the key's UTF-8 bytes. Numbers and booleans (one byte) are little-endian, nulls are 0 and every NaN is
    the one with only the quiet bit set, since processors differ in the others. Texts are their lengths in bytes
    (unsigned 64-bit, nulls 0), then all bytes. Every other bit counts: 0.0 and -0.0 differ.
    """
    with pq.ParquetFile(path) as file:
        schema = canonical_schema(file.schema_arrow)
        order = _order(file, schema, key)
        digest = hashlib.sha256(_VERSION + struct.pack("<QQ", len(order), len(schema)))
        for field in sorted(schema, key=lambda field: field.name.encode()):
            _add_column(digest, field, _column(file, field).take(order))
    return f"sha256:{digest.hexdigest()}"


def _order(file: pq.ParquetFile, schema: pa.Schema, key: str | None) -> pa.Array:
    if key is None:
        return pa.array(np.arange(file.metadata.num_rows))
    if key not in schema.names or not pa.types.is_string(schema.field(key).type):
        raise ValueError(f"rows are ordered by the text column {key!r}, which is missing")
    keys = _column(file, schema.field(key))
    if keys.null_count or pc.count_distinct(keys).as_py() < len(keys):
        raise ValueError(f"rows are ordered by {key!r}, which has nulls or repeated values")
    return pc.sort_indices(keys)


def _column(file: pq.ParquetFile, field: pa.Field) -> pa.Array:
    """One whole column with its plain type; texts with 64-bit offsets, so that any number of them fits."""
    datatype = pa.large_string() if pa.types.is_string(field.type) else field.type
    return file.read(columns=[field.name])[field.name].cast(datatype).combine_chunks()


def _add_column(digest: "hashlib._Hash", field: pa.Field, values: pa.Array) -> None:
    datatype = description_of(field).datatype
    for text in (field.name.encode(), datatype.value.encode()):
        digest.update(struct.pack("<Q", len(text)) + text)
    digest.update(pc.is_null(values).to_numpy(zero_copy_only=False).astype(np.uint8).tobytes())
    if datatype is ColumnType.STRING:
        texts = pc.fill_null(values, "")
        digest.update(pc.binary_length(texts).to_numpy().astype("<u8").tobytes())
        digest.update(_bytes_of(texts))
    else:
        digest.update(_numbers(values, datatype).tobytes())


def _bytes_of(texts: pa.LargeStringArray) -> memoryview:
    """All bytes of the texts, in row order."""
    _, offset_buffer, content = texts.buffers()
    offsets = memoryview(offset_buffer).cast("q")
    return memoryview(content or b"")[offsets[texts.offset] : offsets[texts.offset + len(texts)]]


def _numbers(values: pa.Array, datatype: ColumnType) -> npt.NDArray[np.generic]:
    filled = pc.fill_null(values, pa.scalar(0).cast(values.type)).to_numpy(zero_copy_only=False)
    numbers = np.array(filled, _NUMPY_TYPES[datatype])
    if datatype in (ColumnType.FLOAT32, ColumnType.FLOAT64):
        numbers[np.isnan(numbers)] = np.nan
    return numbers
