"""One table in every format that users send reads the same, and its quirks are tidied."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import MaskedColumn, Table

from trainingset.columns import ColumnType
from trainingset.errors import TableError
from trainingset.tables import read_catalog, read_table, table_format_of, table_notes

BIG = 2**60 + 1
"""An id that real numbers of 64 bits cannot hold."""


def specz() -> Table:
    """Four redshifts with everything that formats treat differently: nulls, big ids, padded and odd texts, units."""
    table = Table()
    table["id"] = np.array([BIG, BIG + 1, -7, 0], dtype=np.int64)
    table["ra"] = np.array([53.1, 359.9999999999, 0.0, 1e-9])
    table["ra"].unit = "deg"
    table["ra"].description = "right ascension"
    table["dec"] = np.array([-28.1, 89.5, -90.0, 0.25], dtype=np.float32)
    table["z"] = MaskedColumn([0.1, 0.2, 0.3, 1.5], mask=[False, True, False, False])
    table["quality"] = MaskedColumn(np.array([4, 3, 2, 1], dtype=np.int16), mask=[False, False, True, False])
    table["survey"] = np.array(["DESI  ", "VAN,DELS", "", 'a "b"'])
    table["good"] = np.array([True, False, True, False])
    return table


EXPECTED = {
    "id": [BIG, BIG + 1, -7, 0],
    "ra": [53.1, 359.9999999999, 0.0, 1e-9],
    "dec": [float(np.float32(-28.1)), 89.5, -90.0, 0.25],
    "z": [0.1, None, 0.3, 1.5],
    "quality": [4, 3, None, 1],
    "survey": ["DESI", "VAN,DELS", None, 'a "b"'],
    "good": [True, False, True, False],
}


def as_votable(path: Path, serialization: str) -> None:
    document = from_table(specz())
    for field in document.get_first_table().fields:
        if field.name == "ra":
            field.ucd = "pos.eq.ra;meta.main"
        if field.name == "quality":
            field.values.null = -1
    document.to_xml(str(path), tabledata_format=serialization)


def as_parquet(path: Path) -> None:
    types = {"dec": pa.float32(), "quality": pa.int16()}
    told = {"ra": {"unit": "deg", "ucd": "pos.eq.ra;meta.main", "description": "right ascension"}}
    arrays = {name: pa.array(values, types.get(name)) for name, values in EXPECTED.items()}
    fields = [pa.field(name, array.type, metadata=told.get(name)) for name, array in arrays.items()]
    pq.write_table(pa.table(list(arrays.values()), schema=pa.schema(fields)), path)


def as_fits(path: Path) -> None:
    hdu = fits.table_to_hdu(specz())
    number = hdu.columns.names.index("ra") + 1
    hdu.header[f"TUCD{number}"] = "pos.eq.ra;meta.main"
    hdu.header[f"TCOMM{number}"] = "right ascension"
    hdu.writeto(path)


def as_csv(path: Path) -> None:
    specz().write(path, format="ascii.csv")


WRITERS: dict[str, Callable[[Path], None]] = {
    "tabledata": lambda path: as_votable(path, "tabledata"),
    "binary": lambda path: as_votable(path, "binary"),
    "binary2": lambda path: as_votable(path, "binary2"),
    "parquet": as_parquet,
    "fits": as_fits,
    "csv": as_csv,
    "ecsv": lambda path: specz().write(path, format="ascii.ecsv"),
    "ecsv with commas": lambda path: specz().write(path, format="ascii.ecsv", delimiter=","),
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("is_packed", [False, True])
def test_a_table_reads_the_same_in_every_format(tmp_path, writer, is_packed):
    path = tmp_path / "mine.dat"
    WRITERS[writer](path)
    if is_packed:
        path.write_bytes(gzip.compress(path.read_bytes()))

    table = read_table(path, name="mine")

    read = {name: table[name].to_pylist() for name in table.column_names}
    if writer == "csv":
        read["dec"] = [float(np.float32(value)) for value in read["dec"]]
    assert read == EXPECTED


@pytest.mark.parametrize("writer", ["tabledata", "binary", "binary2", "fits", "ecsv", "parquet"])
def test_units_ucds_and_descriptions_come_along(tmp_path, writer):
    path = tmp_path / "mine.dat"
    WRITERS[writer](path)

    metadata = read_table(path, name="mine").schema.field("ra").metadata

    assert metadata[b"unit"] == b"deg"
    assert metadata[b"description"] == b"right ascension"
    assert writer == "ecsv" or metadata[b"ucd"] == b"pos.eq.ra;meta.main"


@pytest.mark.parametrize(
    ("writer", "told"), [("tabledata", "votable"), ("fits", "fits"), ("ecsv", "ecsv"), ("csv", "csv")]
)
def test_format_is_told_by_content_whatever_the_name(tmp_path, writer, told):
    path = tmp_path / "mine.parquet"
    WRITERS[writer](path)

    assert table_format_of(read_table(path, name="mine.parquet", media_type="application/octet-stream")) == told


def written(tmp_path: Path, text: str | bytes) -> Path:
    path = tmp_path / "mine"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def read_text(tmp_path: Path, text: str | bytes) -> pa.Table:
    return read_table(written(tmp_path, text), name="mine")


def read_arrow(tmp_path: Path, columns: dict[str, pa.Array]) -> pa.Table:
    pq.write_table(pa.table(columns), tmp_path / "mine.parquet")
    return read_table(tmp_path / "mine.parquet", name="mine")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("ra;dec\n1;2\n", [{"ra": 1, "dec": 2}]),
        ("ra\tdec\r\n1\t2\r\n", [{"ra": 1, "dec": 2}]),
        ("\ufeffra|dec\n1.5|\n", [{"ra": 1.5, "dec": None}]),
        ("# made by hand\n#\nra , dec\n 1 , 2 \n", [{"ra": 1, "dec": 2}]),
        ('ra,name\n1,"x, y"\n2,"two\nlines"\n', [{"ra": 1, "name": "x, y"}, {"ra": 2, "name": "two\nlines"}]),
        ("ra,flag\n1,true\n2,False\n", [{"ra": 1, "flag": True}, {"ra": 2, "flag": False}]),
        ("ra,z\n1,NaN\n2,N/A\n3,0.5\n", [{"ra": 1, "z": None}, {"ra": 2, "z": None}, {"ra": 3, "z": 0.5}]),
        ("id,ra\n00017,1\n00018,2\n", [{"id": "00017", "ra": 1}, {"id": "00018", "ra": 2}]),
        (f"id,ra\n{BIG},1\n", [{"id": BIG, "ra": 1}]),
        (",ra\n0,1\n", [{"ra": 1}]),
    ],
)
def test_csv_of_many_hands_is_read(tmp_path, text, rows):
    assert read_text(tmp_path, text).to_pylist() == rows


def test_stray_columns_of_row_numbers_are_left_out_with_a_note(tmp_path):
    table = read_arrow(
        tmp_path, {"ra": pa.array([1.0]), "__index_level_0__": pa.array([7]), "_healpix_29": pa.array([3])}
    )

    assert table.column_names == ["ra"]
    assert "__index_level_0__, _healpix_29" in table_notes(table)[0]


def test_lists_and_structures_are_left_out_with_a_note(tmp_path):
    columns = {
        "a.b": pa.array([1.0]),
        "fluxes": pa.array([[1.0, 2.0]]),
        "nested": pa.array([{"x": 1}]),
        "z": pa.array([0.1]),
    }

    table = read_arrow(tmp_path, columns)

    assert table.column_names == ["a.b", "z"]
    assert {note.split("'")[1] for note in table_notes(table)} == {"fluxes", "nested"}


@pytest.mark.parametrize(
    ("values", "datatype", "read"),
    [
        (pa.array([1, 2**64 - 1], pa.uint64()), ColumnType.STRING, ["1", "18446744073709551615"]),
        (pa.array([1, 2**63 - 1], pa.uint64()), ColumnType.INT64, [1, 2**63 - 1]),
        (pa.array([2**32 - 1], pa.uint32()), ColumnType.INT64, [2**32 - 1]),
        (pa.array([-1], pa.int8()), ColumnType.INT16, [-1]),
        (pa.array([0.5], pa.float16()), ColumnType.FLOAT32, [0.5]),
        (pa.array(["a ", "", None]).dictionary_encode(), ColumnType.STRING, ["a", None, None]),
        (pa.array(["a"], pa.large_string()), ColumnType.STRING, ["a"]),
        (pa.array([b"DESI\0\0"]), ColumnType.STRING, ["DESI"]),
        (pa.nulls(2), ColumnType.FLOAT64, [None, None]),
        (pa.array(["1.50"]).cast(pa.decimal128(5, 2)), ColumnType.FLOAT64, [1.5]),
    ],
)
def test_every_type_becomes_one_of_ours_without_loss(tmp_path, values, datatype, read):
    table = read_arrow(tmp_path, {"x": values})

    assert table["x"].to_pylist() == read
    assert str(table["x"].type).replace("double", "float64").replace("halffloat", "float16") in (
        datatype.value,
        {"float32": "float"}.get(datatype.value, datatype.value),
    )


def test_unsigned_columns_of_fits_are_read(tmp_path):
    columns = [
        fits.Column("u2", "I", bzero=2**15, array=np.array([0, 65535], np.uint16)),
        fits.Column("u8", "K", bzero=2**63, array=np.array([1, 2**64 - 1], np.uint64)),
        fits.Column("flag", "L", array=np.array([True, False])),
        fits.Column("vector", "3E", array=np.zeros((2, 3))),
    ]
    fits.BinTableHDU.from_columns(columns).writeto(tmp_path / "mine.fits")

    table = read_table(tmp_path / "mine.fits", name="mine")

    assert table.to_pylist() == [
        {"u2": 0, "u8": "1", "flag": True},
        {"u2": 65535, "u8": "18446744073709551615", "flag": False},
    ]


def test_text_table_of_fits_is_read(tmp_path):
    columns = [
        fits.Column("id", "I4", array=np.array([17, 18]), null="none", ascii=True),
        fits.Column("ra", "D12.5", array=np.array([53.125, -1e-5]), ascii=True, unit="deg"),
        fits.Column("name", "A8", array=np.array(["DESI", "x"]), ascii=True),
    ]
    fits.TableHDU.from_columns(columns).writeto(tmp_path / "mine.fits")

    table = read_table(tmp_path / "mine.fits", name="mine")

    assert table.to_pylist() == [{"id": 17, "ra": 53.125, "name": "DESI"}, {"id": 18, "ra": -1e-5, "name": "x"}]


def test_scaled_columns_of_fits_are_read(tmp_path):
    columns = [fits.Column("t", "I", array=np.array([0, 5])), fits.Column("n", "J", null=-1, array=np.array([5, -1]))]
    hdu = fits.BinTableHDU.from_columns(columns)
    hdu.header["TSCAL1"], hdu.header["TZERO1"] = 0.5, 10.0
    hdu.writeto(tmp_path / "mine.fits")

    assert read_table(tmp_path / "mine.fits", name="mine").to_pylist() == [{"t": 10.0, "n": 5}, {"t": 12.5, "n": None}]


def test_first_of_several_tables_is_read_with_a_note(tmp_path):
    two = [fits.BinTableHDU(Table({"ra": [float(number)]})) for number in (1, 2)]
    fits.HDUList([fits.PrimaryHDU(np.zeros((3, 3))), *two]).writeto(tmp_path / "mine.fits")

    table = read_table(tmp_path / "mine.fits", name="mine")

    assert table.to_pylist() == [{"ra": 1.0}]
    assert table_notes(table) == ("Read the first of 2 tables of the file.",)


STILTS_LIKE = """<?xml version='1.0'?>
<VOTABLE version="1.2" xmlns="http://www.ivoa.net/xml/VOTable/v1.2">
<!-- written like STILTS does -->
<RESOURCE><TABLE name="specz" nrows="{nrows}">
<PARAM name="note" datatype="char" arraysize="*" value="x"><DESCRIPTION>not a column</DESCRIPTION></PARAM>
<FIELD datatype="double" name="ra" ucd="pos.eq.ra;meta.main" unit="deg"/>
<FIELD arraysize="*" datatype="char" name="name"><DESCRIPTION>Name of
   the source</DESCRIPTION></FIELD>
<FIELD datatype="int" name="n"><VALUES null="-99"/></FIELD>
<FIELD datatype="boolean" name="flag"/>
<FIELD datatype="float" arraysize="2" name="pair"/>
<DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>"""


def test_tabledata_cells_follow_the_standard(tmp_path):
    row = "<TR><TD> 1.5 </TD><TD>a &amp; <![CDATA[<b>]]></TD><TD>{n}</TD><TD>{flag}</TD><TD>1 2</TD></TR>"
    cells = [("-99", "T"), ("0x10", "f"), ("", "?"), ("7", "true")]
    data = "<TABLEDATA>" + "\n".join(row.format(n=n, flag=flag) for n, flag in cells) + "</TABLEDATA>"

    table = read_text(tmp_path, STILTS_LIKE.format(nrows=4, data=data))

    assert table["n"].to_pylist() == [None, 16, None, 7]
    assert table["flag"].to_pylist() == [True, False, None, True]
    assert table["name"].to_pylist() == ["a & <b>"] * 4
    assert table.column_names == ["ra", "name", "n", "flag"]
    assert table.schema.field("name").metadata[b"description"] == b"Name of the source"


def test_floats_of_tabledata_may_be_infinite(tmp_path):
    field = '<FIELD name="x" datatype="double"/>'
    rows = "".join(f"<TR><TD>{text}</TD></TR>" for text in ("+Inf", "-Inf", "NaN", "1e-3", ""))

    table = read_text(
        tmp_path,
        f"<VOTABLE><RESOURCE><TABLE>{field}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE></RESOURCE></VOTABLE>",
    )

    assert str(table["x"].to_pylist()) == "[inf, -inf, None, 0.001, None]"


def test_utf16_votable_with_prefixed_elements_is_read(tmp_path):
    text = (
        '<?xml version="1.0" encoding="UTF-16"?><v:VOTABLE xmlns:v="http://www.ivoa.net/xml/VOTable/v1.3">'
        '<v:RESOURCE><v:TABLE><v:FIELD name="näme" datatype="unicodeChar" arraysize="*"/>'
        "<v:DATA><v:TABLEDATA><v:TR><v:TD>é</v:TD></v:TR>"
        "</v:TABLEDATA></v:DATA></v:TABLE></v:RESOURCE></v:VOTABLE>"
    )

    assert read_text(tmp_path, text.encode("utf-16")).to_pylist() == [{"näme": "é"}]


def test_first_table_with_rows_of_a_votable_is_read_with_a_note(tmp_path):
    table = '<TABLE><FIELD name="x" datatype="int"/><DATA><TABLEDATA><TR><TD>{}</TD></TR></TABLEDATA></DATA></TABLE>'
    empty = '<TABLE><FIELD name="y" datatype="int"/></TABLE>'

    read = read_text(tmp_path, f"<VOTABLE><RESOURCE>{empty}{table.format(1)}{table.format(2)}</RESOURCE></VOTABLE>")

    assert read.to_pylist() == [{"x": 1}]
    assert table_notes(read) == ("Read the first of 2 tables of the document.",)


def test_many_rows_of_tabledata_keep_their_order(tmp_path):
    rows = "".join(f"<TR><TD>{number}</TD></TR>" for number in range(45_000))
    field = '<FIELD name="x" datatype="long"/>'
    table = f'<TABLE nrows="45000">{field}<DATA><TABLEDATA>{rows}</TABLEDATA></DATA></TABLE>'
    text = f"<VOTABLE><RESOURCE>{table}</RESOURCE></VOTABLE>"

    assert read_text(tmp_path, text)["x"].to_pylist() == list(range(45_000))


def test_hats_catalog_is_read_whole(tmp_path):
    (tmp_path / "collection.properties").write_text("#HATS\nobj_name=specz\nhats_primary_table_url=main\n")
    main = tmp_path / "main"
    (main / "dataset/Norder=1/Dir=0").mkdir(parents=True)
    (main / "dataset/Norder=7/Dir=10000").mkdir(parents=True)
    (main / "hats.properties").write_text("hats_version=v1.0\n")
    (main / "partition_info.csv").write_text("Norder,Npix\n1,3\n7,12345\n")
    for number, leaf in enumerate(("Norder=1/Dir=0/Npix=3", "Norder=7/Dir=10000/Npix=12345")):
        rows = pa.table({"_healpix_29": [number], "ra": [float(number)], "z": [0.5]})
        pq.write_table(rows, main / "dataset" / f"{leaf}.parquet")

    table = read_catalog(str(tmp_path), name="specz")

    assert table.to_pylist() == [{"ra": 0.0, "z": 0.5}, {"ra": 1.0, "z": 0.5}]
    assert table_format_of(table) == "hats"


def test_empty_columns_of_all_formats_are_no_rows(tmp_path):
    with pytest.raises(TableError, match="columns but no rows"):
        read_text(tmp_path, "ra,dec,z\n")
