"""STILTS, the reader behind TOPCAT, takes the files as they are."""

import csv
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pytest
from lxml import etree

from tests.trainingset.formats.tables import canonical, field
from trainingset.formats import SUFFIXES, Info, write_table
from trainingset.wire import ResponseFormat

READABLE = {
    ResponseFormat.VOTABLE: "votable",
    ResponseFormat.VOTABLE_TD: "votable",
    ResponseFormat.FITS: "fits",
    ResponseFormat.CSV: "csv",
}
"""STILTS' names of the formats; its Debian package reads no Parquet."""


def stilts(*arguments: str) -> str:
    program = shutil.which("stilts")
    if program is None:
        pytest.skip("STILTS is not installed (Debian package stilts)")
    run = subprocess.run([program, *arguments], capture_output=True, text=True, encoding="utf-8", timeout=120)
    assert run.returncode == 0, run.stderr
    return run.stdout + run.stderr


def a_table() -> pa.Table:
    schema = pa.schema(
        [
            field("objectId", pa.int64(), ucd="meta.id;meta.main", description="Id of the object"),
            field("ra", pa.float64(), unit="deg", ucd="pos.eq.ra;meta.main"),
            field("i_gaap1p0Flux", pa.float32(), unit="nJy", ucd="phot.flux;em.opt.I"),
            field("i_flag", pa.bool_()),
            field("tract", pa.int32()),
            field("survey", pa.string()),
            field("note", pa.string(), description="Free text & <such>"),
            field("nothing", pa.string()),
        ]
    )
    return pa.table(
        {
            "objectId": [611253698252788431, None, -1],
            "ra": [53.1, None, 0.1],
            "i_gaap1p0Flux": [-1.5, float("inf"), None],
            "i_flag": [True, None, False],
            "tract": [5063, None, 0],
            "survey": ["DESI", None, "VVDS"],
            "note": ["a,b", "x" * 300, None],
            "nothing": [None, None, None],
        },
        schema=schema,
    )


EXPECTED = [
    ["objectId", "ra", "i_gaap1p0Flux", "i_flag", "tract", "survey", "note", "nothing"],
    ["611253698252788431", "53.1", "-1.5", "true", "5063", "DESI", "a,b", ""],
    ["", "", "Infinity", "", "", "", "x" * 300, ""],
    ["-1", "0.1", "", "false", "0", "VVDS", "", ""],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("stilts")
    source = canonical(folder, a_table())
    for fmt in READABLE:
        infos = (Info(name="citation", value="Núñez 2026", ucd="meta.bib"),)
        write_table(source, folder / f"result{SUFFIXES[fmt]}", fmt, infos=infos, overflow=True)
    return folder


@pytest.mark.parametrize("fmt", READABLE)
def test_stilts_reads_every_value_and_null(fmt: ResponseFormat, folder: Path) -> None:
    path = folder / f"result{SUFFIXES[fmt]}"

    text = stilts("tcopy", f"in={path}", f"ifmt={READABLE[fmt]}", "ofmt=csv", "out=-")

    assert list(csv.reader(text.splitlines())) == EXPECTED


@pytest.mark.parametrize("fmt", READABLE)
def test_stilts_sees_ids_beyond_the_mantissa_of_a_double_as_whole_numbers(fmt: ResponseFormat, tmp_path: Path) -> None:
    ids = [2**53 + 1, -(2**53) - 1, 2**62 + 3, None, 2**63 - 1, -(2**63) + 1]
    path = tmp_path / f"ids{SUFFIXES[fmt]}"
    schema = pa.schema([field("objectId", pa.int64()), field("tract", pa.int16()), field("ra", pa.float64())])
    columns = {"objectId": ids, "tract": [1, None, -3, 4, 5, -(2**15)], "ra": [0.1, 1 / 3, 359.9999999, None, 0, -0.5]}
    write_table(canonical(tmp_path, pa.table(columns, schema=schema)), path, fmt)

    text = stilts("tcopy", f"in={path}", f"ifmt={READABLE[fmt]}", "ofmt=csv", "out=-")

    rows = list(csv.DictReader(text.splitlines()))
    for name, values in columns.items():
        read = float if name == "ra" else int
        assert [read(row[name]) if row[name] else None for row in rows] == values


@pytest.mark.parametrize("fmt", [ResponseFormat.VOTABLE, ResponseFormat.FITS])
def test_stilts_sees_the_types_of_the_columns(fmt: ResponseFormat, folder: Path) -> None:
    path = folder / f"result{SUFFIXES[fmt]}"

    text = stilts("tpipe", f"in={path}", "omode=out", "ofmt=csv", "cmd=meta name class")

    rows = dict(csv.reader(text.splitlines()))
    expected = ["Long", "Double", "Float", "Boolean", "Integer", "String", "String"]
    assert [rows[name] for name in EXPECTED[0] if name != "nothing"] == expected


@pytest.mark.parametrize("fmt", [ResponseFormat.VOTABLE, ResponseFormat.VOTABLE_TD])
def test_votlint_finds_nothing(fmt: ResponseFormat, folder: Path) -> None:
    assert stilts("votlint", f"votable={folder / f'result{SUFFIXES[fmt]}'}") == ""


@pytest.mark.parametrize("fmt", [ResponseFormat.VOTABLE, ResponseFormat.FITS])
def test_stilts_sees_units_ucds_and_descriptions(fmt: ResponseFormat, folder: Path) -> None:
    path = folder / f"result{SUFFIXES[fmt]}"

    text = stilts("tpipe", f"in={path}", "omode=out", "ofmt=csv", "cmd=meta name units ucd description")

    rows = {row[0]: row[1:] for row in csv.reader(text.splitlines())}
    assert rows["ra"][:2] == ["deg", "pos.eq.ra;meta.main"]
    assert rows["note"][2] == "Free text & <such>"


def test_text_beyond_ascii_arrives(tmp_path: Path) -> None:
    path = tmp_path / "result.vot"
    write_table(canonical(tmp_path, pa.table({"note": ["Núñez", "λ", "plain"]})), path, ResponseFormat.VOTABLE)

    copied = tmp_path / "copied.vot"
    stilts("tcopy", f"in={path}", f"out={copied}", "ofmt=votable-tabledata")

    cells = [cell.text for cell in etree.parse(copied).iterfind(".//{*}TD")]
    assert cells == ["Núñez", "λ", "plain"]
