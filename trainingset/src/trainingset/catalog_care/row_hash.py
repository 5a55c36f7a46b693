"""A number for each row, from all of its values: the sum over rows does not depend on their order or grouping."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.specz.key_hash import hash_keys

__all__ = ["hash_rows", "sum_of_rows"]

UIntArray = npt.NDArray[np.uint64]

_NULL = np.uint64(0x6E756C6C)
_STEP = np.uint64(0x9E3779B97F4A7C15)


def sum_of_rows(batch: pa.RecordBatch | pa.Table) -> int:
    """Sum of the numbers of all rows modulo 2**64: equal for the same rows in any order."""
    return int(hash_rows(batch).sum(dtype=np.uint64))


def hash_rows(batch: pa.RecordBatch | pa.Table) -> UIntArray:
    """A 64-bit number for each row, of its columns by name; their order does not count.

    Every bit of a value counts, except those of NaN; texts with 32- and 64-bit offsets are the same.
    """
    total = np.zeros(batch.num_rows, np.uint64)
    for name in batch.schema.names:
        column = batch.column(name)
        values = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        seed = hash_keys(pa.array([name]))[0]
        total += _mixed(_hash(values) ^ seed)
    return _mixed(total)


def _hash(values: pa.Array) -> UIntArray:
    """A number for each value; nulls have their own."""
    if isinstance(values, pa.ChunkedArray):
        values = pa.concat_arrays(values.chunks)
    if isinstance(values, pa.ExtensionArray):
        return _hash(values.storage)
    datatype = values.type
    if pa.types.is_dictionary(datatype):
        return _hash(values.dictionary_decode())
    if pa.types.is_struct(datatype):
        return _with_nulls(values, _of_struct(values))
    if pa.types.is_list(datatype) or pa.types.is_large_list(datatype) or pa.types.is_fixed_size_list(datatype):
        return _with_nulls(values, _of_list(values))
    if _is_text(datatype):
        return _with_nulls(values, hash_keys(pc.fill_null(values.cast(pa.large_binary()), b"")))
    return _with_nulls(values, _of_numbers(values))


def _is_text(datatype: pa.DataType) -> bool:
    kinds = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary, pa.types.is_large_binary)
    return any(is_kind(datatype) for is_kind in kinds) or pa.types.is_fixed_size_binary(datatype)


def _with_nulls(values: pa.Array, numbers: UIntArray) -> UIntArray:
    if not values.null_count:
        return numbers
    return np.where(values.is_null().to_numpy(zero_copy_only=False), _NULL, numbers)


def _of_numbers(values: pa.Array) -> UIntArray:
    """Of numbers, booleans and times, by their bits."""
    if pa.types.is_null(values.type):
        return np.full(len(values), _NULL)
    if pa.types.is_decimal(values.type):
        return hash_keys(pc.fill_null(values.cast(pa.string()), ""))
    if pa.types.is_temporal(values.type):
        values = values.view(pa.int32() if values.type.bit_width == 32 else pa.int64())
    zero = pa.scalar(0).cast(values.type) if not pa.types.is_boolean(values.type) else pa.scalar(False)
    plain = np.asarray(pc.fill_null(values, zero).to_numpy(zero_copy_only=False))
    if plain.dtype.kind == "f":
        plain = np.where(np.isnan(plain), np.array(np.nan, plain.dtype), plain)
    return _mixed(np.ascontiguousarray(plain).view(f"u{plain.dtype.itemsize}").astype(np.uint64))


def _of_struct(values: pa.StructArray) -> UIntArray:
    total = np.zeros(len(values), np.uint64)
    for number, field in enumerate(values.flatten()):
        total += _mixed(_hash(field) ^ np.uint64(int(_STEP) * (number + 1) % 2**64))
    return _mixed(total)


def _of_list(values: pa.Array) -> UIntArray:
    """Lists by their members in order."""
    lengths = pc.fill_null(pc.list_value_length(values), 0).to_numpy(zero_copy_only=False).astype(np.int64)
    members = _hash(values.flatten())
    starts = np.cumsum(lengths) - lengths
    place = np.arange(len(members)) - np.repeat(starts, lengths)
    sums = np.concatenate([[np.uint64(0)], np.cumsum(_mixed(members + _STEP * place.astype(np.uint64)))])
    return _mixed((sums[starts + lengths] - sums[starts]) ^ lengths.astype(np.uint64))


def _mixed(numbers: UIntArray) -> UIntArray:
    """The finalizer of SplitMix64 (Steele, Lea and Flood 2014); multiplication wraps around, as is meant."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
