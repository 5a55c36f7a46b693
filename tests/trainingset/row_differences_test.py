"""Which rows differ, column by column."""

import math
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from trainingset.row_differences import compare_rows


def saved(path: Path, **columns: object) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_rows_are_paired_by_their_key_and_nan_is_nan_but_not_null(tmp_path: Path) -> None:
    before = saved(tmp_path / "a", row_key=["a", "b", "c", "d"], z=[0.1, math.nan, None, 0.4], old=[1, 2, 3, 4])
    after = saved(tmp_path / "b", row_key=["e", "c", "b", "a"], z=[9.0, math.nan, math.nan, 0.2], new=[1, 2, 3, 4])

    found = compare_rows(before, after)

    assert (found.keys_only_recorded, found.keys_only_found) == (("d",), ("e",))
    assert (found.columns_only_recorded, found.columns_only_found) == (("old",), ("new",))
    (column,) = found.columns
    assert [(item.key, item.recorded, item.found) for item in column.examples] == [
        ("a", "0.1", "0.2"),
        ("c", "null", "nan"),
    ]
    assert "1 rows were only recorded: d" in str(found)


def test_examples_are_few_and_counts_are_whole(tmp_path: Path) -> None:
    keys = [str(number) for number in range(100)]
    found = compare_rows(
        saved(tmp_path / "a", row_key=keys, z=[0] * 100), saved(tmp_path / "b", row_key=keys, z=[1] * 100)
    )

    assert (found.columns[0].rows, len(found.columns[0].examples)) == (100, 5)


def test_files_without_a_key_cannot_be_compared(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="row_key or redshift_key"):
        compare_rows(saved(tmp_path / "a", z=[1]), saved(tmp_path / "b", z=[1]))


values = st.none() | st.floats(width=32) | st.just(math.nan)


@settings(max_examples=20)
@given(rows=st.dictionaries(st.text(max_size=3), values, min_size=1), seed=st.randoms())
def test_the_same_rows_in_another_order_do_not_differ(
    rows: dict[str, float | None], seed: object, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rows")
    shuffled = sorted(rows, key=lambda _: seed.random())  # type: ignore[attr-defined]
    column = pa.array(list(rows.values()), pa.float64())
    other = pa.array([rows[key] for key in shuffled], pa.float64())

    found = compare_rows(
        saved(folder / "a", row_key=list(rows), z=column), saved(folder / "b", row_key=shuffled, z=other)
    )

    assert (found.only_recorded, found.only_found, found.columns) == (0, 0, ())
