"""Small files whose headers would cost much to follow: refused for what they ask, within the memory of a small file."""

import base64
import io
import tracemalloc
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from trainingset.columns import ColumnType
from trainingset.errors import RecipeError, TableError
from trainingset.expression import parse_condition
from trainingset.readers.fits_header import BLOCK
from trainingset.readers.yaml_header import HeaderError, read_yaml_header
from trainingset.tables import read_table

COLUMN = "# datatype:\n# - {name: ra, datatype: float64}\n"
VOTABLE = (
    "<VOTABLE><RESOURCE><TABLE><FIELD name='ra' datatype='double'/><DATA>{data}</DATA></TABLE></RESOURCE></VOTABLE>"
)


def message_of(tmp_path: Path, content: bytes) -> str:
    path = tmp_path / "mine"
    path.write_bytes(content)
    with pytest.raises(TableError) as refusal:
        read_table(path, name="mine")
    return refusal.value.problems[0].message


def ecsv(header: str) -> bytes:
    return f"# %ECSV 1.0\n# ---\n{header}{COLUMN}ra\n1\n".encode()


def fits_header(*cards: str) -> bytes:
    text = "".join(card.ljust(80) for card in (*cards, "END"))
    return text.ljust(-(-len(text) // BLOCK) * BLOCK).encode()


def a_laugh(levels: int) -> str:
    """Lists of aliases of lists of aliases: a few lines that stand for 10 to the power of ``levels`` values."""
    lines = [f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 10)}]" for n in range(1, levels)]
    return "\n".join(["x0: &x0 [1, 2, 3, 4, 5, 6, 7, 8, 9, 0]", *lines])


def a_merge(levels: int) -> str:
    lines = [f"x{n}: &x{n} {{k{n}: 1, <<: [{', '.join([f'*x{n - 1}'] * 10)}]}}" for n in range(1, levels)]
    return "\n".join(["x0: &x0 {k0: 1}", *lines])


def commented(text: str) -> str:
    return "".join(f"# {line}\n" for line in text.splitlines())


EXTENSION = fits_header(
    "XTENSION= 'IMAGE   '", "BITPIX  = 8", "NAXIS   = 0", "PCOUNT  = 0", "GCOUNT  = 1"
)  # as small as an extension can be
HOSTILE = {
    "aliases of aliases": (ecsv(commented(a_laugh(12))), "no YAML, or too large"),
    "merged aliases": (ecsv(commented(a_merge(12))), "no YAML, or too large"),
    "deep YAML": (ecsv("# x: " + "[" * 100_000 + "\n"), "no YAML, or too large"),
    "many values": (ecsv("# x: [" + "1, " * 300_000 + "]\n"), "no YAML, or too large"),
    "endless line of YAML": (ecsv("# x: " + "a" * 3_000_000 + "\n"), "header of more than 2097152 characters"),
    "delimiter of two": (ecsv("# delimiter: ab\n"), "the ECSV delimiter 'ab'"),
    "delimiter of elsewhere": (ecsv("# delimiter: é\n"), "the ECSV delimiter 'é'"),
    "ECSV of no columns": (b"# %ECSV 1.0\n# ---\n# datatype: []\nra\n1\n", "without a list of columns"),
    "endless column name": (b"a" * 200_000 + b",b\n1,2\n", "column names that cannot be read"),
    "nothing but ragged rows": (b"ra,dec\n" + b"1\n" * 2_000_000, "has at least 1000 rows with another number"),
    "endless attribute": (b"<VOTABLE><RESOURCE a='" + b"x" * 12_000_000, "tag or comment of more than 8 MiB"),
    "endless comment": (b"<VOTABLE><!--" + b"x" * 12_000_000, "tag or comment of more than 8 MiB"),
    "many coordinate systems": (
        b"<VOTABLE>" + b"".join(b"<COOSYS ID='c%d' system='ICRS'/>" % n for n in range(1500)),
        "more than 1000 coordinate systems",
    ),
    "endless row": (
        VOTABLE.format(data="<TABLEDATA><TR>" + "<TD>1</TD>" * 50_000 + "</TR></TABLEDATA>").encode(),
        "has 5001 cells in row 1, but 1 columns",
    ),
    "many FITS extensions": (fits_header("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 0") + EXTENSION * 1500, "1000 FITS"),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_header_that_would_cost_much_is_refused(tmp_path: Path, what: str) -> None:
    content, told = HOSTILE[what]
    tracemalloc.start()

    message = message_of(tmp_path, content)

    assert told in message
    assert tracemalloc.get_traced_memory()[1] < 60e6
    tracemalloc.stop()


def test_a_long_stream_is_no_long_tag(tmp_path: Path) -> None:
    numbers = np.arange(1_200_000, dtype=">f8")
    stream = f"<BINARY><STREAM encoding='base64'>{base64.b64encode(numbers.tobytes()).decode()}</STREAM></BINARY>"
    (tmp_path / "mine").write_text(VOTABLE.format(data=stream))

    assert read_table(tmp_path / "mine", name="mine").num_rows == 1_200_000


def test_text_of_parquet_that_is_not_utf8_is_told_with_its_columns(tmp_path: Path) -> None:
    good = {"survey": ["DESI"] * 3, "field": ["EGSx"] * 3, "ra": [1.0] * 3}
    content = io.BytesIO()
    pq.write_table(pa.table(good), content, compression="none", write_statistics=False)
    damaged = content.getvalue().replace(b"DESI", b"\xff\xffSI").replace(b"EGSx", b"EGS\xe9")
    (tmp_path / "mine").write_bytes(damaged)

    with pytest.raises(TableError) as refusal:
        read_table(tmp_path / "mine", name="mine")

    assert [problem.column for problem in refusal.value.problems] == ["survey", "field"]
    assert "not UTF-8" in refusal.value.problems[0].message


def test_a_parquet_file_of_many_groups_is_read_like_any_other(tmp_path: Path) -> None:
    table = pa.table({"ra": np.arange(5000.0), "name": [f"n{n}" for n in range(5000)]})
    pq.write_table(table, tmp_path / "mine", row_group_size=1)

    assert read_table(tmp_path / "mine", name="mine").to_pydict() == table.to_pydict()


def test_an_equinox_that_is_no_number_is_passed_over(tmp_path: Path) -> None:
    position = (
        "{__class__: astropy.coordinates.SkyCoord, frame: fk5, equinox: {jd1: nonsense, jd2: -x}, ra: {name: ra}}"
    )
    meta = f"# meta: !!omap\n# - __serialized_columns__:\n#     place: {position}\n"
    (tmp_path / "mine").write_bytes(ecsv(meta))

    assert read_table(tmp_path / "mine", name="mine").to_pydict() == {"ra": [1.0]}


def test_aliases_within_reason_are_followed() -> None:
    assert read_yaml_header("a: &a {jd1: 1.5}\nb: [*a, *a]") == {"a": {"jd1": 1.5}, "b": [{"jd1": 1.5}] * 2}


def test_an_alias_of_itself_ends() -> None:
    header = read_yaml_header("a: &a [1, *a]")

    assert header["a"][1] is header["a"]


def test_a_header_makes_no_objects() -> None:
    assert read_yaml_header("a: !!python/object/apply:os.system [ls]\nb: !anything 1") == {"a": None, "b": None}


@pytest.mark.parametrize("text", ["a: [", "\ta: 1", "a: *nothing", "? [1]\n: 2", "1: " + "9" * 5000])
def test_what_is_no_yaml_is_one_kind_of_error(text: str) -> None:
    with pytest.raises(HeaderError):
        read_yaml_header(text)


def test_names_that_repeat_are_told_where_there_are_no_rows(tmp_path: Path) -> None:
    pq.write_table(pa.table([pa.array([], pa.float64())] * 2, names=["ra", "ra"]), tmp_path / "mine")

    assert "2 columns named 'ra'" in message_of(tmp_path, (tmp_path / "mine").read_bytes())


@pytest.mark.parametrize("text", ["ra > 1E", "0e", "ra IN (1, 2E)"])
def test_a_number_without_its_exponent_is_refused_in_a_constraint(text: str) -> None:
    with pytest.raises(RecipeError, match="which is no number"):
        parse_condition(text, {"ra": ColumnType.FLOAT64})
