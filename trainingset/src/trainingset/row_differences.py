"""Which rows of two training sets differ, column by column, with a few examples of each."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from trainingset.order import RecordedRows, TrainingSetFiles
from trainingset.reproduction import ColumnDifference, Example, RowDifferences

__all__ = ["compare_rows", "with_row_differences"]

MOST_EXAMPLES = 5
"""Examples that are kept of anything, so that an answer about a million rows stays short."""

_KEYS = ("row_key", "redshift_key")
"""Unique in a file: of training sets, and of compilations."""

_LONGEST_TEXT = 80


def compare_rows(recorded: Path, found: Path) -> RowDifferences:
    """Compare two Parquet files by the keys of their rows; their order does not count.

    Parameters
    ----------
    recorded, found
        Complete canonical files.

    Raises
    ------
    ValueError
        If the files have no key in common.

    Notes
    -----
    Memory holds the keys and one column of each file at a time. NaN is NaN, and null differs from it.
    """
    left, right = pq.ParquetFile(recorded), pq.ParquetFile(found)
    before, after = left.schema_arrow.names, right.schema_arrow.names
    key = next((name for name in _KEYS if name in before and name in after), None)
    if key is None:
        raise ValueError(f"the files have no column {' or '.join(_KEYS)} in common, so their rows cannot be paired")
    keys, others = _column(left, key), _column(right, key)
    place = pc.index_in(keys, value_set=others)
    is_shared = pc.is_valid(place)
    gone = keys.filter(pc.invert(is_shared))
    new = others.filter(pc.invert(pc.is_in(others, value_set=keys)))
    places, shared = place.drop_null(), keys.filter(is_shared)
    compared = (
        _compare(name, shared, _column(left, name).filter(is_shared), _column(right, name).take(places))
        for name in before
        if name in after and name != key
    )
    return RowDifferences(
        only_recorded=len(gone),
        only_found=len(new),
        keys_only_recorded=tuple(map(str, gone[:MOST_EXAMPLES].to_pylist())),
        keys_only_found=tuple(map(str, new[:MOST_EXAMPLES].to_pylist())),
        columns_only_recorded=tuple(name for name in before if name not in after),
        columns_only_found=tuple(name for name in after if name not in before),
        columns=tuple(column for column in compared if column.rows),
    )


def with_row_differences(made: TrainingSetFiles, recorded: RecordedRows | None) -> TrainingSetFiles:
    """What was made, told with how its rows differ from the recorded ones.

    Parameters
    ----------
    recorded
        None if there is nothing to compare with.
    """
    if recorded is None or made.provenance["row_checksum"] == recorded.row_checksum:
        return made
    canonical = next(file.path for file in made.files if file.id == "parquet")
    try:
        differences = compare_rows(Path(recorded.path), Path(canonical))
    except (OSError, ValueError):
        # What was kept is no table of ours; that checksums differ is told all the same.
        return made
    return made.model_copy(update={"row_differences": differences})


def _column(file: pq.ParquetFile, name: str) -> pa.Array:
    column = file.read(columns=[name])[name].combine_chunks()
    return column.dictionary_decode() if pa.types.is_dictionary(column.type) else column


def _compare(name: str, keys: pa.Array, before: pa.Array, after: pa.Array) -> ColumnDifference:
    if before.type != after.type:
        example = Example(key="type", recorded=str(before.type), found=str(after.type))
        return ColumnDifference(column=name, rows=len(keys), examples=(example,))
    is_equal = pc.fill_null(pc.equal(before, after), fill_value=False)
    is_equal = pc.or_(is_equal, pc.and_(pc.is_null(before), pc.is_null(after)))
    if pa.types.is_floating(before.type):
        is_equal = pc.or_(is_equal, pc.fill_null(pc.and_(pc.is_nan(before), pc.is_nan(after)), fill_value=False))
    differs = pc.indices_nonzero(pc.invert(is_equal))
    examples = (
        Example(key=str(keys[row]), recorded=_text(before[row].as_py()), found=_text(after[row].as_py()))
        for row in differs[:MOST_EXAMPLES].to_pylist()
    )
    return ColumnDifference(column=name, rows=len(differs), examples=tuple(examples))


def _text(value: object) -> str:
    text = "null" if value is None else repr(value) if isinstance(value, float) else str(value)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"
