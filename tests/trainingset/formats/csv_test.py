"""CSV is plain RFC 4180, and every reader gets the values back."""

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as arrow_csv
from hypothesis import HealthCheck, given, settings

from tests.trainingset.formats.tables import canonical, same, tables
from trainingset.formats import write_table
from trainingset.wire import ResponseFormat


def write(folder: Path, table: pa.Table) -> Path:
    target = folder / "result.csv"
    write_table(canonical(folder, table), target, ResponseFormat.CSV)
    return target


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_a_reader_that_tells_null_from_empty_gets_every_value_back(table: pa.Table, tmp_path: Path) -> None:
    path = write(tmp_path, table)

    convert = arrow_csv.ConvertOptions(
        column_types=table.schema, null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False
    )
    parse = arrow_csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False)
    read = arrow_csv.read_csv(path, parse_options=parse, convert_options=convert)
    assert same(read.to_pydict(), table.to_pydict())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_the_standard_library_sees_a_header_and_whole_rows(table: pa.Table, tmp_path: Path) -> None:
    path = write(tmp_path, table)

    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file, strict=True)
    assert header == table.column_names
    # The module gives an empty list for an empty line, which is how the null of a single column looks.
    assert [len(row) or 1 for row in rows] == [len(header)] * table.num_rows


def test_the_file_looks_as_expected(tmp_path: Path) -> None:
    table = pa.table(
        {
            "objectId": pa.array([611253698252788431, None]),
            "flag": pa.array([True, None]),
            "z": pa.array([0.1, float("nan")]),
            "mag": pa.array([25.3, None], pa.float32()),
            "note": pa.array(['a "quoted", note', ""]),
        }
    )

    path = write(tmp_path, table)

    assert path.read_bytes() == (
        b'objectId,flag,z,mag,note\r\n611253698252788431,true,0.1,25.3,"a ""quoted"", note"\r\n,,NaN,,""\r\n'
    )


def test_pandas_reads_types_nulls_and_infinities(tmp_path: Path) -> None:
    table = pa.table({"id": [2**53 + 1, 2], "flag": [True, False], "z": [float("-inf"), None], "s": ["é", "x\ny"]})

    read = pd.read_csv(write(tmp_path, table))

    assert read["id"].tolist() == [2**53 + 1, 2]
    assert read["flag"].tolist() == [True, False]
    assert read["z"][0] == -np.inf
    assert np.isnan(read["z"][1])
    assert read["s"].tolist() == ["é", "x\ny"]
