"""The canonical Parquet file: plain types, sensible row groups, VOTable metadata."""

import io
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import votable
from hypothesis import HealthCheck, given, settings
from lxml import etree

from tests.shared_data import xml_schema
from tests.trainingset.formats.tables import canonical, field, same, tables
from trainingset.formats import Info, ParquetSink, write_table
from trainingset.wire import ResponseFormat

INFOS = (Info(name="citation", value="2026A&A...1N", ucd="meta.bib"),)


def content_of(path: Path) -> bytes:
    return pq.read_metadata(path).metadata[b"IVOA.VOTable-Parquet.content"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(table=tables())
def test_a_copy_holds_the_same_values_and_describes_the_same_columns(table: pa.Table, tmp_path: Path) -> None:
    target = tmp_path / "copy.parquet"

    write_table(canonical(tmp_path, table), target, ResponseFormat.PARQUET, infos=INFOS)

    assert same(pq.read_table(target).to_pydict(), table.to_pydict())
    fields = etree.fromstring(content_of(target)).findall(".//{*}FIELD")
    assert [one.get("name") for one in fields] == table.column_names


def test_metadata_follow_voparquet(tmp_path: Path) -> None:
    schema = pa.schema([field("ra", pa.float64(), unit="deg", ucd="pos.eq.ra;meta.main", description="RA")])
    path = canonical(tmp_path, pa.table({"ra": [1.0, 2.0]}, schema=schema), INFOS)

    assert pq.read_metadata(path).metadata[b"IVOA.VOTable-Parquet.version"] == b"1.0"
    xml_schema("VOTable.v1.4.xsd").assertValid(etree.fromstring(content_of(path)))
    table = votable.parse(io.BytesIO(content_of(path)), verify="exception").get_first_table()
    assert (table.nrows, table.fields[0].ucd, table.fields[0].description) == (2, "pos.eq.ra;meta.main", "RA")
    assert pq.read_schema(path).field("ra").metadata[b"unit"] == b"deg"


def test_overflow_may_be_known_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"

    with ParquetSink(path, pa.schema([field("n", pa.int64())])) as sink:
        sink.write(pa.table({"n": [1]}))
        sink.overflow = True

    statuses = [info.get("value") for info in etree.fromstring(content_of(path)).findall(".//{*}INFO")]
    assert statuses == ["OK", "OVERFLOW"]


def test_types_that_only_some_formats_hold_become_plain(tmp_path: Path) -> None:
    table = pa.table(
        {
            "survey": pa.array(["DESI", None]).dictionary_encode(),
            "large": pa.array(["a", None], pa.large_string()),
            "view": pa.array(["b", None], pa.string_view()),
            "byte": pa.array([255, None], pa.uint8()),
            "word": pa.array([65535, None], pa.uint16()),
            "half": pa.array([0.5, None], pa.float16()),
        }
    )

    read = pq.read_table(canonical(tmp_path, table))

    plain = [pa.string(), pa.string(), pa.string(), pa.int16(), pa.int32(), pa.float32()]
    assert read.schema.types == plain
    assert read.to_pydict() == table.to_pydict()


def test_small_batches_are_gathered_into_large_row_groups(tmp_path: Path) -> None:
    path = tmp_path / "gathered.parquet"
    batch = pa.record_batch({"n": pa.array(range(1000))})

    with ParquetSink(path, batch.schema) as sink:
        for _ in range(300):
            sink.write(batch)

    metadata = pq.read_metadata(path)
    assert (sink.n_rows, metadata.num_rows) == (300_000, 300_000)
    assert metadata.num_row_groups == 3


def test_columns_are_taken_by_name(tmp_path: Path) -> None:
    path = tmp_path / "named.parquet"

    with ParquetSink(path, pa.schema([field("a", pa.int64()), field("b", pa.string())])) as sink:
        sink.write(pa.table({"b": ["x"], "a": pa.array([1], pa.int32())}))

    assert pq.read_table(path).to_pydict() == {"a": [1], "b": ["x"]}


def test_a_failed_block_leaves_no_file(tmp_path: Path) -> None:
    path = tmp_path / "failed.parquet"

    with pytest.raises(pa.ArrowInvalid):
        _write_one_row_then_text_as_number(path)

    assert not path.exists()


def _write_one_row_then_text_as_number(path: Path) -> None:
    with ParquetSink(path, pa.schema([field("n", pa.int64())])) as sink:
        sink.write(pa.table({"n": [1]}))
        sink.write(pa.table({"n": ["many"]}))


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        (pa.schema([]), "at least one column"),
        (pa.schema([field("n", pa.int64()), field("n", pa.string())]), "share a name: n"),
        (pa.schema([field("flux", pa.list_(pa.float32()))]), "'flux' has type list"),
    ],
)
def test_a_schema_that_is_no_table_is_refused(schema: pa.Schema, message: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=message):
        ParquetSink(tmp_path / "refused.parquet", schema)
