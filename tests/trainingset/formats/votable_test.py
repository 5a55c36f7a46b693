"""VOTables are valid, exact, and read back by astropy."""

import base64
import io
import struct
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from astropy.io import votable
from hypothesis import HealthCheck, given, settings
from lxml import etree

from tests.shared_data import xml_schema
from tests.trainingset.formats.tables import Values, canonical, field, nan_for_null, same, tables
from trainingset.formats import Info, write_table
from trainingset.wire import ResponseFormat

BOTH = pytest.mark.parametrize("fmt", [ResponseFormat.VOTABLE, ResponseFormat.VOTABLE_TD])
pytestmark = pytest.mark.filterwarnings("ignore:.*Implicitly generating an ID")
NAMESPACE = {"v": "http://www.ivoa.net/xml/VOTable/v1.3"}
IN_ONE_FOLDER = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def write(
    folder: Path, table: pa.Table, fmt: ResponseFormat, *, infos: tuple[Info, ...] = (), overflow: bool = False
) -> Path:
    target = folder / "result.vot"
    write_table(canonical(folder, table), target, fmt, infos=infos, overflow=overflow)
    return target


def read_with_astropy(path: Path) -> Values:
    """Columns by their names; astropy has no null texts and no null floats apart from NaN."""
    table = votable.parse(path, verify="exception").get_first_table()
    values: Values = {}
    for column in table.fields:
        cells = table.array[column.ID]
        values[column.name] = [_plain(cells, row, column.datatype) for row in range(len(cells))]
    return values


def _plain(cells: np.ma.MaskedArray, row: int, datatype: str) -> object:
    if datatype in ("char", "unicodeChar"):
        return str(cells.data[row])
    if datatype in ("float", "double"):
        return float(cells.data[row])
    return None if np.ma.getmaskarray(cells)[row] else cells.data[row].item()


def expected(table: pa.Table) -> Values:
    values: Values = {}
    for name in table.column_names:
        column = table[name].to_pylist()
        if pa.types.is_floating(table[name].type):
            column = [nan_for_null(value) for value in column]
        if pa.types.is_string(table[name].type):
            column = ["" if value is None else value for value in column]
        values[name] = column
    return values


@IN_ONE_FOLDER
@given(table=tables())
def test_binary2_reads_back_exactly(table: pa.Table, tmp_path: Path) -> None:
    path = write(tmp_path, table, ResponseFormat.VOTABLE)

    assert same(read_with_astropy(path), expected(table))


@IN_ONE_FOLDER
@given(table=tables())
def test_tabledata_reads_back_exactly_but_for_characters_xml_forbids(table: pa.Table, tmp_path: Path) -> None:
    path = write(tmp_path, table, ResponseFormat.VOTABLE_TD)

    # astropy strips the white space of XML around cells, and no other.
    legal = {
        name: [_legal(value).strip(" \t\r\n") if isinstance(value, str) else value for value in values]
        for name, values in expected(table).items()
    }
    assert same(read_with_astropy(path), legal)


def _legal(text: str) -> str:
    return "".join("?" if (ord(c) < 32 and c not in "\t\n\r") or ord(c) in (0xFFFE, 0xFFFF) else c for c in text)


@BOTH
@IN_ONE_FOLDER
@given(table=tables())
def test_every_document_is_valid(table: pa.Table, fmt: ResponseFormat, tmp_path: Path) -> None:
    infos = (
        Info(name="cite\x01 me", value="Núñez \x02 & <others>", ucd="meta.bib"),
        Info(name="no\tucd", value="", ucd="not a ucd"),
    )
    path = write(tmp_path, table, fmt, infos=infos, overflow=True)

    xml_schema("VOTable.v1.4.xsd").assertValid(etree.parse(path, etree.XMLParser(huge_tree=True)))


@BOTH
def test_unit_ucd_description_and_xtype_are_on_the_field(fmt: ResponseFormat, tmp_path: Path) -> None:
    schema = pa.schema(
        [
            field("ra", pa.float64(), unit="deg", ucd="pos.eq.ra;meta.main", description="Right ascension <ICRS>"),
            field("seen", pa.string(), xtype="timestamp"),
        ]
    )
    path = write(tmp_path, pa.table({"ra": [1.0], "seen": ["2026-01-01T00:00:00Z"]}, schema=schema), fmt)

    ra, seen = votable.parse(path).get_first_table().fields

    assert (ra.unit.to_string(), ra.ucd, ra.description) == ("deg", "pos.eq.ra;meta.main", "Right ascension <ICRS>")
    assert (seen.xtype, seen.datatype) == ("timestamp", "char")


@BOTH
def test_status_comes_before_the_table_and_overflow_after_it(fmt: ResponseFormat, tmp_path: Path) -> None:
    infos = (Info(name="citation", value="2026A&A...1N", ucd="meta.bib"),)
    path = write(tmp_path, pa.table({"n": [1]}), fmt, infos=infos, overflow=True)

    resource = etree.parse(path).find("v:RESOURCE", NAMESPACE)

    assert resource.get("type") == "results"
    assert [(child.tag.split("}")[1], child.get("name"), child.get("value")) for child in resource] == [
        ("INFO", "QUERY_STATUS", "OK"),
        ("INFO", "citation", "2026A&A...1N"),
        ("TABLE", "training_set", None),
        ("INFO", "QUERY_STATUS", "OVERFLOW"),
    ]
    assert resource[0].get("ID") == "QUERY_STATUS"
    assert resource[1].get("ucd") == "meta.bib"


@BOTH
def test_nothing_follows_a_complete_table(fmt: ResponseFormat, tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"n": [1]}), fmt)

    assert etree.parse(path).find("v:RESOURCE", NAMESPACE)[-1].tag.endswith("TABLE")


@BOTH
def test_booleans_are_boolean_never_bit(fmt: ResponseFormat, tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"flag": pa.array([True, None, False])}), fmt)

    assert etree.parse(path).find(".//v:FIELD", NAMESPACE).get("datatype") == "boolean"
    assert read_with_astropy(path) == {"flag": [True, None, False]}


@BOTH
def test_text_is_char_unless_it_needs_more(fmt: ResponseFormat, tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"plain": ["DESI", "VVDS"], "other": ["Núñez", "𝒳"]}), fmt)

    fields = etree.parse(path).findall(".//v:FIELD", NAMESPACE)

    assert [one.get("datatype") for one in fields] == ["char", "unicodeChar"]


def test_binary2_flags_nulls_apart_from_nan_and_empty_text(tmp_path: Path) -> None:
    table = pa.table(
        {
            "id": pa.array([611253698252788431, None]),
            "flux": pa.array([float("nan"), None], pa.float32()),
            "survey": pa.array(["", None]),
            "flag": pa.array([None, False]),
        }
    )
    stream = etree.parse(write(tmp_path, table, ResponseFormat.VOTABLE)).findtext(".//v:STREAM", None, NAMESPACE)

    rows = base64.b64decode(stream)

    nan = struct.pack(">f", float("nan"))
    first = bytes([0b0001_0000]) + struct.pack(">q", 611253698252788431) + nan + struct.pack(">i", 0) + b"?"
    second = bytes([0b1110_0000]) + struct.pack(">q", 0) + nan + struct.pack(">i", 0) + b"F"
    assert rows == first + second


def test_tabledata_tells_null_from_nan(tmp_path: Path) -> None:
    table = pa.table({"flux": [None, float("nan"), float("inf"), -float("inf"), 0.1]})

    path = write(tmp_path, table, ResponseFormat.VOTABLE_TD)

    cells = [cell.text for cell in etree.parse(path).findall(".//v:TD", NAMESPACE)]
    assert cells == [None, "NaN", "+Inf", "-Inf", "0.1"]


def test_a_long_text_does_not_widen_every_row(tmp_path: Path) -> None:
    table = pa.table({"note": ["x" * 100_000] + ["short"] * 2_000})

    path = write(tmp_path, table, ResponseFormat.VOTABLE)

    assert path.stat().st_size < 200_000
    assert read_with_astropy(path) == expected(table)


def test_a_nul_does_not_hide_the_rest_of_a_text(tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"note": ["before\0after"]}), ResponseFormat.VOTABLE)

    assert read_with_astropy(path) == {"note": ["before?after"]}


@BOTH
def test_a_table_of_many_batches_and_row_groups_is_one_table(fmt: ResponseFormat, tmp_path: Path) -> None:
    n_rows = 150_000
    table = pa.table({"id": np.arange(n_rows) + 2**60, "survey": pa.array(["DESI", None, "é"] * (n_rows // 3))})
    path = write(tmp_path, table, fmt)

    document = etree.parse(path, etree.XMLParser(huge_tree=True))

    assert document.find(".//v:TABLE", NAMESPACE).get("nrows") == str(n_rows)
    if fmt is ResponseFormat.VOTABLE_TD:
        cells = [cell.text for cell in document.iterfind(".//v:TD", NAMESPACE)]
        assert cells[::2] == [str(value) for value in table["id"].to_pylist()]
    else:
        rows = base64.b64decode(document.findtext(".//v:STREAM", None, NAMESPACE))
        width = 1 + 8 + 4 * 2
        ids = np.frombuffer(rows, np.dtype([("flags", "u1"), ("id", ">i8"), ("survey", "S8")]))["id"]
        assert len(rows) == n_rows * width
        assert (ids == table["id"].to_numpy()).all()


@BOTH
def test_ids_beyond_the_mantissa_of_a_double_stay_integers(fmt: ResponseFormat, tmp_path: Path) -> None:
    path = write(tmp_path, pa.table({"id": [2**53 + 1], "z": [0.1]}), fmt)

    table = votable.parse_single_table(io.BytesIO(path.read_bytes())).to_table()

    assert (table["id"].dtype, table["z"].dtype) == (np.dtype("int64"), np.dtype("float64"))
    assert table["id"][0] == 2**53 + 1
