"""The checksum of rows: the same for the same rows, different for any other."""

import hashlib
import math
import struct
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.trainingset.formats.tables import canonical, tables
from trainingset.arrow_metadata import column_type
from trainingset.checksum import checksum_rows, sha256_of

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def a_table() -> pa.Table:
    return pa.table(
        {
            "row_key": ["b|2", "a|1", "c|3", "é|4"],
            "objectId": pa.array([2**60 + 1, None, 0, -5]),
            "flux": pa.array([1.5, None, math.nan, 0.0], pa.float32()),
            "survey": pa.array(["DESI", "", None, "Núñez"]),
            "flag": pa.array([True, False, None, True]),
        }
    )


def keyed(table: pa.Table) -> pa.Table:
    """The table with a key whose order is not the order of rows."""
    keys = [hashlib.sha256(str(row).encode()).hexdigest() for row in range(table.num_rows)]
    return table.append_column("row_key", pa.array(keys, pa.string()))


def checksum(folder: Path, table: pa.Table) -> str:
    return checksum_rows(canonical(folder, table))


def by_the_definition(table: pa.Table) -> str:
    """The definition in plain Python, value by value."""
    keys = [key.encode() for key in table["row_key"].to_pylist()]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    content = b"rows-1\n" + struct.pack("<QQ", len(keys), table.num_columns)
    for name in sorted(table.column_names, key=str.encode):
        kind = column_type(table[name].type)
        assert kind is not None
        values = [table[name][row].as_py() for row in order]
        for text in (name.encode(), kind.value.encode()):
            content += struct.pack("<Q", len(text)) + text
        content += bytes(value is None for value in values)
        if kind == "string":
            texts = [(value or "").encode() for value in values]
            content += b"".join(struct.pack("<Q", len(text)) for text in texts) + b"".join(texts)
        else:
            letter = {"boolean": "B", "int16": "h", "int32": "i", "int64": "q", "float32": "f", "float64": "d"}[kind]
            content += b"".join(struct.pack("<" + letter, _one_nan(value)) for value in values)
    return "sha256:" + hashlib.sha256(content).hexdigest()


def _one_nan(value: object) -> object:
    if value is None:
        return 0
    return math.nan if isinstance(value, float) and math.isnan(value) else value


@QUICK
@given(table=tables())
def test_the_checksum_is_the_one_of_the_definition(table: pa.Table, tmp_path: Path) -> None:
    rows = keyed(table)

    assert checksum(tmp_path, rows) == by_the_definition(rows)


@QUICK
@given(table=tables(), random=st.randoms(use_true_random=False))
def test_neither_order_of_rows_nor_of_columns_matters(table: pa.Table, random: object, tmp_path: Path) -> None:
    rows = keyed(table)
    order, names = list(range(rows.num_rows)), list(rows.column_names)
    random.shuffle(order)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    random.shuffle(names)  # type: ignore[attr-defined]

    shuffled = rows.take(pa.array(order, pa.int64())).select(names)

    assert checksum(tmp_path, shuffled) == checksum(tmp_path, rows)


@pytest.mark.parametrize(
    "options",
    [
        {"row_group_size": 1},
        {"compression": "zstd"},
        {"use_dictionary": False, "data_page_version": "2.0"},
    ],
)
def test_how_the_file_is_written_does_not_matter(options: dict[str, object], tmp_path: Path) -> None:
    path = tmp_path / "other.parquet"
    pq.write_table(a_table(), path, **options)

    assert checksum_rows(path) == checksum(tmp_path, a_table())


def test_a_dictionary_is_the_same_as_its_values(tmp_path: Path) -> None:
    path = tmp_path / "dictionary.parquet"
    table = a_table()
    encoded = table.set_column(3, "survey", table["survey"].dictionary_encode())

    pq.write_table(encoded, path)

    assert checksum_rows(path) == checksum(tmp_path, table)


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("objectId", [2**60 + 2, None, 0, -5]),
        ("objectId", [2**60 + 1, 0, None, -5]),
        ("flux", [1.5, None, math.nan, -0.0]),
        ("flux", [1.5, math.nan, None, 0.0]),
        ("flux", [1.5000001, None, math.nan, 0.0]),
        ("survey", ["DESI", None, "", "Núñez"]),
        ("survey", ["DES", "I", None, "Núñez"]),
        ("flag", [True, None, False, True]),
        ("row_key", ["b|2", "a|1", "c|3", "e|4"]),
    ],
)
def test_any_change_of_a_value_shows(column: str, values: list[object], tmp_path: Path) -> None:
    table = a_table()
    index = table.column_names.index(column)
    changed = table.set_column(index, column, pa.array(values, table[column].type))

    assert checksum(tmp_path, changed) != checksum(tmp_path, table)


def test_name_and_type_of_a_column_count(tmp_path: Path) -> None:
    table = a_table()
    renamed = table.rename_columns({"flux": "flux2"})
    widened = table.set_column(2, "flux", table["flux"].cast(pa.float64()))

    assert len({checksum(tmp_path, one) for one in (table, renamed, widened)}) == 3


def test_all_nan_are_one(tmp_path: Path) -> None:
    table = a_table()
    bits = pa.py_buffer(struct.pack("<Iiii", 0xFFC00001, 0, 0, 0))
    odd = pa.FloatArray.from_buffers(pa.float32(), 4, [None, bits])
    plain = pa.array([math.nan, 0, 0, 0], pa.float32())

    assert checksum(tmp_path, table.set_column(2, "flux", odd)) == checksum(
        tmp_path, table.set_column(2, "flux", plain)
    )


@pytest.mark.parametrize(
    "keys", [pa.array(["a", "a", "b", "c"]), pa.array(["a", None, "b", "c"]), pa.array([1, 2, 3, 4])]
)
def test_rows_without_an_order_of_their_own_are_refused(keys: pa.Array, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="row_key"):
        checksum(tmp_path, a_table().set_column(0, "row_key", keys))


def test_the_checksum_of_a_file_is_that_of_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"abc")

    assert sha256_of(path) == hashlib.sha256(b"abc").hexdigest()
