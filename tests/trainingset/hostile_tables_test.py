"""Files that are no table, lie about their size, or mean harm: refused at once, with a sentence that helps."""

import base64
import gzip
import io
import json
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.table import Table
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trainingset.errors import Problem, TableError
from trainingset.readers import raw
from trainingset.tables import read_table

VOTABLE = '<VOTABLE version="1.4"><RESOURCE><TABLE {table}>{fields}<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>'
RA = '<FIELD name="ra" datatype="double"/>'
ROW = "<TABLEDATA><TR><TD>1</TD></TR></TABLEDATA>"


def votable(*, table: str = "", fields: str = RA, data: str = ROW) -> bytes:
    return VOTABLE.format(table=table, fields=fields, data=data).encode()


def a_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("specz.csv", "ra,dec\n1,2\n")
    return packed.getvalue()


def parquet_bytes() -> bytes:
    content = io.BytesIO()
    pq.write_table(pa.table({"ra": [1.0, 2.0], "dec": [1.0, 2.0]}), content)
    return content.getvalue()


def fits_bytes(rows: int = 400) -> bytes:
    content = io.BytesIO()
    Table({"ra": np.arange(rows, dtype=float)}).write(content, format="fits")
    return content.getvalue()


def fits_claiming(rows: int) -> bytes:
    content = fits_bytes()
    return content.replace(b"NAXIS2  =                  400", f"NAXIS2  = {rows:>20}".encode())


def problems_of(tmp_path: Path, content: bytes, *, media_type: str | None = None) -> list[Problem]:
    path = tmp_path / "mine"
    path.write_bytes(content)
    with pytest.raises(TableError) as caught:
        read_table(path, name="mine", media_type=media_type)
    assert {problem.parameter for problem in caught.value.problems} == {"UPLOAD mine"}
    return list(caught.value.problems)


def message_of(tmp_path: Path, content: bytes, *, media_type: str | None = None) -> str:
    (problem,) = problems_of(tmp_path, content, media_type=media_type)
    return problem.message


NOT_TABLES = {
    "nothing": (b"", "is empty"),
    "blanks": (b" \n\n ", "no bytes but blanks"),
    "sign-in page": (b"<!DOCTYPE html><html><head><title>Log in</title></head></html>", "is a web page ('Log in')"),
    "JSON": (b'{"error": "unauthorized"}', "is JSON"),
    "list of JSON": (b"[1, 2]", "is JSON"),
    "picture": (b"\x89PNG\r\n\x1a\n" + bytes(50), "is a PNG image"),
    "archive": (a_zip(), "is a ZIP archive"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(50), "is an HDF5 file"),
    "PDF": (b"%PDF-1.7", "is a PDF document"),
    "other XML": (b"<?xml version='1.0'?><gpx></gpx>", "has no VOTABLE element"),
    "binary": (bytes(range(200)) * 10, "binary file of an unknown kind"),
    "numbers alone": (b"53.1,-28.1,0.5\n53.2,-28.2,0.6\n", "begins with numbers"),
    "comments alone": (b"# nothing\n# here\n", "no line with column names"),
    "latin-1": ("ra,dec,n\xe4me\n1,2,3\n".encode("latin-1"), "is not UTF-8 text: byte 0xe4 in line 1"),
    "latin-1 below": (b"ra,name\n1,x\n2,\xe9\n", "is not UTF-8 text: byte 0xe9 in line 3"),
    "uneven rows": (b"ra,dec\n1,2\n3\n4,5,6\n", "2 rows with another number of fields than the 2 names"),
    "two packings": (gzip.compress(gzip.compress(b"ra,dec\n1,2\n")), "compressed twice"),
    "packed picture": (gzip.compress(b"\x89PNG\r\n\x1a\n"), "is a PNG image"),
}


@pytest.mark.parametrize("what", NOT_TABLES)
def test_what_is_no_table_is_told_by_what_it_is(tmp_path, what):
    content, told = NOT_TABLES[what]

    assert told in message_of(tmp_path, content)


def test_fits_image_is_no_table(tmp_path):
    content = io.BytesIO()
    fits.PrimaryHDU(np.zeros((4, 4))).writeto(content)

    assert "without a table" in message_of(tmp_path, content.getvalue())


def test_plain_text_is_not_taken_for_csv_against_its_declared_type(tmp_path):
    told = message_of(tmp_path, b"Unauthorized\n", media_type="application/x-votable+xml;serialization=binary2")

    assert "holds plain text" in told


SOUND = {
    "parquet": parquet_bytes(),
    "fits": fits_bytes(),
    "votable": votable(table='nrows="1"'),
    "gzip": gzip.compress(b"ra,dec\n" + b"1,2\n" * 50),
}


@pytest.mark.parametrize("kind", SOUND)
def test_truncated_file_is_refused(tmp_path, kind):
    content = SOUND[kind]

    told = message_of(tmp_path, content[: len(content) * 2 // 3])

    assert "truncated" in told


@pytest.mark.parametrize("kind", SOUND)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_anywhere_is_either_read_or_refused(tmp_path, kind, data):
    content = bytearray(SOUND[kind])
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged"
    path.write_bytes(content)

    try:
        outcome = read_table(path, name="mine").num_rows
    except TableError as error:
        outcome = len(error.problems)

    assert outcome > 0


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    start=st.sampled_from([b"", b"PAR1", b"SIMPLE  =", b"\x1f\x8b", b"<VOTABLE>", b"# %ECSV 1.0\n", b"ra,dec\n"]),
    rest=st.binary(max_size=200) | st.text(max_size=200).map(str.encode),
)
def test_arbitrary_bytes_are_either_read_or_refused(tmp_path, start, rest):
    path = tmp_path / "anything"
    path.write_bytes(start + rest)

    try:
        outcome = read_table(path, name="mine").num_rows
    except TableError as error:
        outcome = len(error.problems)

    assert outcome > 0


# --- claims


CLAIMS = {
    "VOTable rows": (votable(table='nrows="1000000000000"'), "claims 1000000000000 rows; at most 20000000"),
    "more rows than there are": (votable(table='nrows="7"'), "claims 7 rows but has 1"),
    "rows that are no number": (votable(table='nrows="many"'), "claims nrows='many'"),
    "FITS rows": (fits_claiming(10**12), "claims 1000000000000 rows; at most 20000000"),
    "FITS bytes": (fits_claiming(10_000_000), "but has 5760: it is truncated"),
    "negative FITS rows": (fits_claiming(-5), "NAXIS2 is '-5'"),
    "VOTable columns": (votable(fields=RA * 6000, data=""), "has 5001 columns; at most 5000"),
    "CSV columns": (",".join(f"c{n}" for n in range(6000)).encode() + b"\n", "has 6000 columns; at most 5000"),
    "huge array": (
        votable(
            fields=RA + '<FIELD name="x" datatype="double" arraysize="100000000000"/>',
            data=f'<BINARY2><STREAM encoding="base64">{base64.b64encode(bytes(50)).decode()}</STREAM></BINARY2>',
        ),
        "ends inside row 1",
    ),
    "endless array": (
        votable(
            fields='<FIELD name="x" datatype="char" arraysize="*"/>',
            data='<BINARY><STREAM encoding="base64">' + base64.b64encode(struct.pack(">i", 2**31 - 1) + b"abc").decode()
            + "</STREAM></BINARY>",
        ),
        "ends inside row 1",
    ),
    "negative array": (
        votable(
            fields='<FIELD name="x" datatype="char" arraysize="*"/>',
            data='<BINARY><STREAM encoding="base64">' + base64.b64encode(struct.pack(">i", -5) + b"abc").decode()
            + "</STREAM></BINARY>",
        ),
        "ends inside row 1",
    ),
    "arraysize of no number": (
        votable(fields='<FIELD name="x" datatype="char" arraysize="many"/>', data=""),
        "arraysize 'many'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", CLAIMS)
def test_a_claim_is_refused_before_anything_is_allocated_for_it(tmp_path, what):
    content, told = CLAIMS[what]
    tracemalloc.start()
    started = time.process_time()

    message = message_of(tmp_path, content)

    assert told in message
    assert time.process_time() - started < 2
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_parquet_footer_is_checked_before_rows_are_read(tmp_path, monkeypatch):
    content = io.BytesIO()
    pq.write_table(pa.table({"ra": pa.array(np.zeros(3_000_000))}), content)
    monkeypatch.setattr(raw, "MAX_ROWS", 2_000_000)
    before = pa.total_allocated_bytes()

    assert "claims 3000000 rows; at most 2000000" in message_of(tmp_path, content.getvalue())
    assert pa.total_allocated_bytes() <= before


def test_rows_times_columns_are_limited_too(tmp_path, monkeypatch):
    content = io.BytesIO()
    pq.write_table(pa.table({name: np.zeros(1000) for name in "abcd"}), content)
    monkeypatch.setattr(raw, "MAX_CELLS", 3_000)

    assert "Keep at most 3 columns" in message_of(tmp_path, content.getvalue())


def test_gzip_that_grows_without_end_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr("trainingset.readers.gzipped.MAX_UNPACKED_BYTES", 2**20)
    bomb = gzip.compress(b"ra,dec\n" + b"1,2\n" * 3_000_000)
    assert len(bomb) < 2**16

    tracemalloc.start()
    assert "unpacks to more than" in message_of(tmp_path, bomb)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


# --- XML that means harm

BOMB = """<?xml version="1.0"?><!DOCTYPE VOTABLE [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">
<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;">]><VOTABLE>&d;</VOTABLE>"""

EVIL_XML = {
    "entity bomb": (BOMB.encode(), "declares a document type or entities"),
    "external entity": (
        b'<?xml version="1.0"?><!DOCTYPE VOTABLE [<!ENTITY x SYSTEM "file:///etc/passwd">]><VOTABLE>&x;</VOTABLE>',
        "declares a document type or entities",
    ),
    "external document type": (
        b'<?xml version="1.0"?><!DOCTYPE VOTABLE SYSTEM "http://example.org/VOTable.dtd"><VOTABLE/>',
        "declares a document type or entities",
    ),
    "unknown entity": (votable(data="<TABLEDATA><TR><TD>&x;</TD></TR></TABLEDATA>"), "is no well-formed XML (line 1"),
    "deep nesting": (b"<VOTABLE>" + b"<RESOURCE>" * 5000, "nests elements more than 50 deep"),
    "stream elsewhere": (
        votable(data='<BINARY2><STREAM href="file:///etc/passwd" encoding="base64"/></BINARY2>'),
        "keeps its rows at another address",
    ),
    "FITS inside": (votable(data="<FITS><STREAM encoding='base64'>AAAA</STREAM></FITS>"), "keeps its rows as FITS"),
    "Parquet inside": (votable(data="<PARQUET><STREAM href='file:///x'/></PARQUET>"), "keeps its rows as PARQUET"),
    "no base64": (votable(data='<BINARY><STREAM encoding="base64">?!</STREAM></BINARY>'), "is not base64"),
    "other encoding": (votable(data='<BINARY><STREAM encoding="gzip">AAAA</STREAM></BINARY>'), "in encoding 'gzip'"),
    "cells missing": (votable(data="<TABLEDATA><TR></TR></TABLEDATA>"), "has 0 cells in row 1, but 1 columns"),
    "cell of no number": (
        votable(data="<TABLEDATA><TR><TD>1</TD></TR><TR><TD>10:23:45</TD></TR></TABLEDATA>"),
        "row 2 of column 'ra' holds '10:23:45', which is no double",
    ),
    "whole number too large": (
        votable(fields='<FIELD name="n" datatype="short"/>', data="<TABLEDATA><TR><TD>40000</TD></TR></TABLEDATA>"),
        "row 1 of column 'n' holds '40000', which is no short",
    ),
    "unknown datatype": (votable(fields='<FIELD name="x" datatype="quad"/>'), "'quad', which VOTable does not have"),
    "no columns": (votable(fields=""), "has 1 cells in row 1, but 0 columns"),
    "no table": (b"<VOTABLE></VOTABLE>", "without a table that has columns"),
    "no rows": (votable(data="<TABLEDATA></TABLEDATA>"), "has columns but no rows"),
    "no data": (votable(data=""), "has columns but no rows"),
    "error document": (
        b'<VOTABLE><RESOURCE><INFO name="QUERY_STATUS" value="ERROR">Table not found: x</INFO></RESOURCE></VOTABLE>',
        "is an error report and no table: 'Table not found: x'",
    ),
}


@pytest.mark.parametrize("what", EVIL_XML)
def test_harmful_or_broken_votable_is_refused_by_name(tmp_path, what):
    content, told = EVIL_XML[what]

    assert told in message_of(tmp_path, content)


def test_harmful_votable_in_gzip_is_refused_alike(tmp_path):
    assert "document type or entities" in message_of(tmp_path, gzip.compress(BOMB.encode()))


def test_endless_row_is_told_with_line_and_limit(tmp_path):
    path = tmp_path / "endless.csv"
    path.write_bytes(b"ra,dec,z\n1,2,3\n" + b"0" * 5_000_000)

    with pytest.raises(TableError) as refusal:
        read_table(path, name="endless.csv", media_type=None)

    (problem,) = refusal.value.problems
    assert "line 3" in problem.message
    assert (problem.value, problem.limit) == ("5000000 bytes", "1048576 bytes")


def test_ecsv_header_makes_no_python_objects(tmp_path):
    evil = "# %ECSV 1.0\n# ---\n# datatype:\n# - !!python/object/apply:os.system ['true']\nra\n1\n"

    assert "without a list of columns" in message_of(tmp_path, evil.encode())


def test_ecsv_values_that_contradict_the_header_are_refused(tmp_path):
    text = "# %ECSV 1.0\n# ---\n# datatype:\n# - {name: ra, datatype: float64}\nra\n10:23:45.6\n"

    assert "column 'ra' of datatype float64, but its values are string" in message_of(tmp_path, text.encode())


# --- names


@pytest.mark.parametrize(
    "content",
    [
        b"ra,dec,z,z,dec\n1,2,3,4,5\n",
        votable(fields=(RA + RA.replace("ra", "dec")) * 2, data="<TABLEDATA></TABLEDATA>"),
    ],
)
def test_every_repeated_name_is_told(tmp_path, content):
    told = problems_of(tmp_path, content)

    assert len(told) == 2
    assert all("rename all but one" in problem.message for problem in told)


def test_repeated_names_of_parquet_are_told(tmp_path):
    content = io.BytesIO()
    pq.write_table(pa.table([pa.array([1.0])] * 3, names=["ra", "ra", "dec"]), content)

    (problem,) = problems_of(tmp_path, content.getvalue())

    assert (problem.column, problem.message) == ("ra", "has 2 columns named 'ra'; rename all but one.")


def test_columns_without_a_name_and_with_an_endless_one_are_told_together(tmp_path):
    told = problems_of(tmp_path, b"ra,," + b"x" * 500 + b"\n1,2,3\n")

    assert "without a name: number 2" in told[0].message
    assert "column name of 500 characters" in told[1].message


def test_problems_survive_json():
    problem = Problem(parameter="UPLOAD mine", message="is empty.", rows=(1, 2))

    assert Problem.model_validate(json.loads(problem.model_dump_json())) == problem
