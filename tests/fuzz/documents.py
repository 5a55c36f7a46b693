"""Tables that no writer makes: each format's own words, put together as the format forbids."""

import base64
import io
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

from trainingset.readers.votable_field import PRIMITIVE_BYTES

__all__ = ["csv_texts", "ecsv_texts", "fits_files", "parquet_files", "votables"]

_NUMBERS = st.sampled_from(["0", "1", "2", "-1", "1e400", "NaN", "inf", "0x7f", "9" * 30, "", " ", "?", "T", "--", "é"])
_NAMES = st.sampled_from(["ra", "dec", "z", "RA", "", " ", "a" * 200, "é", "&lt;", "_healpix_29", "1"])
_VOTABLE_TYPES = st.sampled_from([*PRIMITIVE_BYTES, "string", "quad"])
_SIZES = st.sampled_from([None, "*", "1", "0", "2", "3x*", "2x3", "8*", "2147483647", "99999999999", "-1", "x", "1s"])


@st.composite
def votables(draw: st.DrawFn) -> bytes:
    """VOTables of any columns, whose rows fit them or not."""
    fields = draw(st.lists(st.tuples(_NAMES, _VOTABLE_TYPES, _SIZES, st.none() | _NUMBERS), max_size=5))
    columns = "".join(_field(*field) for field in fields)
    claimed = draw(st.sampled_from(["", "nrows='1'", "nrows='0'", "nrows='1000000000000'", "nrows='-1'"]))
    coordinates = draw(st.sampled_from(["", "<COOSYS system='galactic'/>", "<COOSYS ID='c' equinox='B9e9'/>"]))
    data = draw(_text_rows(len(fields)) | _streams())
    return f"<VOTABLE>{coordinates}<RESOURCE><TABLE {claimed}>{columns}{data}</TABLE></RESOURCE></VOTABLE>".encode()


def _field(name: str, datatype: str, size: str | None, null: str | None) -> str:
    arraysize = "" if size is None else f"arraysize='{size}'"
    values = "" if null is None else f"<VALUES null='{null}'/>"
    return f"<FIELD name='{name}' datatype='{datatype}' {arraysize}>{values}</FIELD>"


@st.composite
def _text_rows(draw: st.DrawFn, width: int) -> str:
    widths = st.just(width) | st.integers(0, 6)
    rows = [draw(st.lists(_NUMBERS, min_size=n, max_size=n)) for n in draw(st.lists(widths, max_size=4))]
    cells = ("".join(f"<TD>{cell}</TD>" for cell in row) for row in rows)
    return f"<DATA><TABLEDATA>{''.join(f'<TR>{row}</TR>' for row in cells)}</TABLEDATA></DATA>"


@st.composite
def _streams(draw: st.DrawFn) -> str:
    kind = draw(st.sampled_from(["BINARY", "BINARY2", "FITS"]))
    content = draw(st.binary(max_size=80) | st.integers(0, 64).map(bytes))
    stream = base64.b64encode(content).decode()
    return f"<DATA><{kind}><STREAM encoding='base64'>{stream}</STREAM></{kind}></DATA>"


_CELLS = st.text(st.sampled_from("0123456789.-+eE,;|\t\"'#\\ \n\r\0éNaT")) | _NUMBERS


@st.composite
def csv_texts(draw: st.DrawFn) -> bytes:
    """Lines of fields with any delimiter, quote and line end."""
    delimiter, newline = draw(st.sampled_from(",;|\t ")), draw(st.sampled_from(["\n", "\r\n", "\r", "\n\n"]))
    rows = draw(st.lists(st.lists(_CELLS, max_size=4), max_size=6))
    names = draw(st.lists(_NAMES, min_size=1, max_size=4))
    text = newline.join(delimiter.join(row) for row in [names, *rows])
    return text.encode(draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "latin-1", "utf-16"])), errors="replace")


_YAML = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.sampled_from(
        ["ra", "float64", "int8", "string", "object", "!!binary", "*a", "&a", "2020-01-01", "1:2:3", "<<"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(map(str, items))}]")
        | st.dictionaries(
            st.sampled_from(["name", "datatype", "subtype", "meta", "unit", "<<"]), inner, max_size=4
        ).map(lambda pairs: "{" + ", ".join(f"{key}: {value}" for key, value in pairs.items()) + "}")
    ),
    max_leaves=8,
)


@st.composite
def ecsv_texts(draw: st.DrawFn) -> bytes:
    """ECSV whose header is nearly one."""
    columns = st.tuples(_NAMES, st.sampled_from(["float64", "int8", "uint64", "bool", "string", "object", "float128"]))
    described = [f"{{name: '{name}', datatype: {kind}}}" for name, kind in draw(st.lists(columns, max_size=3))]
    lines = [
        f"delimiter: {draw(st.sampled_from([' ', ',', 'ab', chr(34), 'é', '[]']))}",
        f"datatype: {draw(st.just('[' + ', '.join(described) + ']') | _YAML)}",
        f"meta: {draw(_YAML)}",
        f"schema: {draw(_YAML)}",
    ]
    header = "".join(f"# {line}\n" for line in draw(st.permutations(lines)))
    rows = draw(st.lists(st.lists(_NUMBERS, max_size=3).map(" ".join), max_size=3))
    names = draw(st.lists(_NAMES, max_size=3).map(" ".join))
    return ("# %ECSV 1.0\n# ---\n" + header + "\n".join([names, *rows])).encode()


_FORMS = st.sampled_from(
    ["D", "E", "J", "I", "K", "B", "L", "X", "A", "0D", "2D", "16A", "PE(3)", "QB", "M", "9X", "2147483647A", "Z",
     "F8.3", "I4", "A4", "E10.2"]
)  # fmt: skip
_CARDS = st.sampled_from(
    ["TNULL1  = -32768", "TNULL1  = 'x'", "TZERO1  = 2147483648", "TZERO1  = 9223372036854775808", "TSCAL1  = 1E999",
     "TSCAL1  = 0", "TZERO1  = -128", "TBCOL1  = 1", "TBCOL2  = 9", "TBCOL1  = 99", "PCOUNT  = 8", "GCOUNT  = 2",
     "THEAP   = -1", "RADESYS = 'FK5'", "EQUINOX = 1E99", "TTYPE1  = 'ra'", "TTYPE1  = 'O''Hara & '", "CONTINUE  'x'",
     "COMMENT --BEGIN-ASTROPY-SERIALIZED-COLUMNS--", "COMMENT meta: &a [*a]", "TUNIT1  = 'deg'", "TFIELDS = 2",
     "COMMENT --END-ASTROPY-SERIALIZED-COLUMNS--", "NAXIS3  = 5", "TNULL1  = 99999999999"]
)  # fmt: skip


@st.composite
def fits_files(draw: st.DrawFn) -> bytes:
    """FITS tables whose cards contradict each other, or not."""
    forms = draw(st.lists(_FORMS, max_size=4))
    kind = draw(st.sampled_from(["BINTABLE", "BINTABLE", "TABLE", "IMAGE"]))
    width, rows = draw(st.integers(0, 40)), draw(st.sampled_from([0, 1, 3, 10**12, -1]))
    cards = [
        f"XTENSION= '{kind:8}'",
        "BITPIX  = 8",
        "NAXIS   = 2",
        f"NAXIS1  = {width}",
        f"NAXIS2  = {rows}",
        f"TFIELDS = {len(forms)}",
        *(f"TFORM{number:<3}= '{form}'" for number, form in enumerate(forms, start=1)),
        *draw(st.lists(_CARDS, max_size=6)),
    ]
    data = draw(st.binary(min_size=64, max_size=64)) * 45
    return _header(["SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0"]) + _header(cards) + data


def _header(cards: list[str]) -> bytes:
    text = "".join(f"{card:80}" for card in [*cards, "END"])
    return text.ljust(-(-len(text) // 2880) * 2880).encode("latin-1")


_ARROW: dict[pa.DataType, st.SearchStrategy[Any]] = {
    pa.null(): st.none(),
    pa.bool_(): st.booleans(),
    pa.int8(): st.integers(-128, 127),
    pa.uint8(): st.integers(0, 255),
    pa.uint32(): st.integers(0, 2**32 - 1),
    pa.int64(): st.integers(-(2**63), 2**63 - 1),
    pa.uint64(): st.integers(0, 2**64 - 1),
    pa.float16(): st.floats(width=16),
    pa.float64(): st.floats(),
    pa.string(): st.text(max_size=5),
    pa.large_string(): st.text(max_size=5),
    pa.binary(): st.binary(max_size=5),
    pa.large_binary(): st.binary(max_size=5),
    pa.binary(4): st.binary(min_size=4, max_size=4),
    pa.date32(): st.integers(-(2**31), 2**31 - 1),
    pa.date64(): st.integers(-(10**6), 10**6).map(lambda day: day * 86_400_000),
    pa.time32("ms"): st.integers(0, 86_399_999),
    pa.time64("ns"): st.integers(0, 86_399_999_999_999),
    pa.timestamp("us"): st.integers(-(2**62), 2**62),
    pa.timestamp("ms", tz="America/Sao_Paulo"): st.integers(-(2**50), 2**50),
    pa.duration("us"): st.integers(-(2**62), 2**62),
    pa.decimal128(38, 10): st.decimals(-(10**20), 10**20, places=10),
    pa.decimal256(70, 3): st.decimals(-(10**30), 10**30, places=3),
    pa.list_(pa.float64()): st.lists(st.floats(), max_size=2),
    pa.struct([("a", pa.int8())]): st.just({"a": 1}),
    pa.map_(pa.string(), pa.int8()): st.just([("a", 1)]),
    pa.dictionary(pa.int8(), pa.string()): st.sampled_from(["a", "b"]),
}


@st.composite
def parquet_files(draw: st.DrawFn) -> bytes:
    """Parquet of every type that it has, with names and metadata that mean something to readers."""
    n_rows = draw(st.integers(0, 5))
    arrays, fields = [], []
    for name in draw(st.lists(_NAMES, min_size=1, max_size=4)):
        datatype = draw(st.sampled_from(list(_ARROW)))
        values = draw(st.lists(st.none() | _ARROW[datatype], min_size=n_rows, max_size=n_rows))
        metadata = draw(st.dictionaries(st.sampled_from(["unit", "ucd", "frame", "epoch"]), _NAMES, max_size=2))
        arrays.append(pa.array(values, datatype))
        fields.append(pa.field(name, datatype, metadata=metadata or None))
    keys = st.sampled_from([b"pz-tsm.frame", b"pz-tsm.notes", b"IVOA.VOTable-Parquet.content", b"pandas"])
    footer = draw(st.dictionaries(keys, st.binary(max_size=20) | votables(), max_size=2))
    content = io.BytesIO()
    schema = pa.schema(fields, metadata=footer or None)
    pq.write_table(pa.table(arrays, schema=schema), content, store_schema=draw(st.booleans()))
    return content.getvalue()
