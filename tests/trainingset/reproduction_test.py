"""What differs between a record and its repetition is named where it really changed: bytes, rules, versions."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import trainingset
from trainingset.errors import Problem
from trainingset.provenance import Provenance
from trainingset.reproduction import Difference, RecordError, differences_of, read_record, recipe_of

PROGRAM = """
import sys
from pathlib import Path
from trainingset.checksum import sha256_of
from trainingset.combine import make_compilation
from trainingset.order import InputFile, Order

table, folder = Path(sys.argv[1]), Path(sys.argv[2])
used = InputFile(name="vvds.csv", path=str(table), sha256=sha256_of(table), size=table.stat().st_size)
request = {"kind": "combine", "inputs": [{"source": "a", "survey": "VVDS"}], "preset": "complete"}
make_compilation(Order(request=request, catalogs=(), inputs={"a": used}, folder=str(folder)))
"""
TABLE = "NUM,ALPHA,DELTA,Z,ZFLAGS\n1,10.0,-30.0,0.5,4\n2,10.1,-30.0,0.6,3\n3,10.2,-30.0,0.7,9\n"


def made(folder: Path, *, table: str = TABLE, package: Path | None = None) -> Provenance:
    """The record of a compilation by the installed package, or by another copy of it, in a process of its own."""
    (folder / "work").mkdir(parents=True)
    (folder / "vvds.csv").write_text(table)
    environment = {**os.environ, **({} if package is None else {"PYTHONPATH": str(package)})}
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(folder / "vvds.csv"), str(folder / "work")],
        env=environment,
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    return read_record((folder / "work" / "provenance.json").read_bytes())


def other_package(folder: Path, *, rules: tuple[str, str], version: str) -> Path:
    """The package as its next release could be: of another version, with another rule of VVDS."""
    shutil.copytree(Path(trainingset.__file__).parent, folder / "trainingset")
    survey = folder / "trainingset" / "specz" / "surveys" / "vvds.yaml"
    text = survey.read_text()
    assert rules[0] in text
    survey.write_text(text.replace(*rules).replace("version: 1\n", "version: 2\n"))
    (folder / "pz_trainingset.dist-info").mkdir()
    metadata = f"Metadata-Version: 2.1\nName: pz-trainingset\nVersion: {version}\n"
    (folder / "pz_trainingset.dist-info" / "METADATA").write_text(metadata)
    return folder


def told(recorded: Provenance, found: Provenance) -> set[tuple[str, str]]:
    return {(item.what, item.name) for item in differences_of(recorded, found)}


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Provenance:
    return made(tmp_path_factory.mktemp("recorded"))


def test_the_same_bytes_by_the_same_package_differ_in_nothing(recorded: Provenance, tmp_path: Path) -> None:
    found = made(tmp_path)

    assert found.row_checksum == recorded.row_checksum
    assert told(recorded, found) == set()


def test_a_byte_of_an_input_that_changed_is_named(recorded: Provenance, tmp_path: Path) -> None:
    found = made(tmp_path, table=TABLE.replace("0.6,3", "0.7,3"))

    assert found.row_checksum != recorded.row_checksum
    assert told(recorded, found) == {("input", "1 SHA-256")}


def test_a_rule_of_a_survey_and_a_version_that_changed_are_named(recorded: Provenance, tmp_path: Path) -> None:
    package = other_package(tmp_path / "package", rules=("4: 4, 9: 2}", "4: 4, 9: 3}"), version="99.0")

    found = made(tmp_path / "made", package=package)

    assert found.row_checksum != recorded.row_checksum
    assert {("rules", "VVDS version"), ("software", "pz-trainingset")} <= told(recorded, found)
    assert Difference(what="rules", name="VVDS version", recorded="1", found="2") in differences_of(recorded, found)


def test_every_problem_of_a_record_is_told_at_once() -> None:
    with pytest.raises(RecordError) as caught:
        read_record({"kind": "combine", "rows": "many", "unheard_of": 1})

    assert {"rows", "unheard_of", "recipe", "inputs"} <= {problem.parameter for problem in caught.value.problems}


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"x"', b"\xff", b"null"])
def test_what_is_no_record_is_refused(content: bytes) -> None:
    with pytest.raises(RecordError):
        read_record(content)


def test_a_record_of_a_later_version_says_so() -> None:
    with pytest.raises(RecordError, match="of version 2") as caught:
        read_record(json.dumps({"schema_version": 2}).encode())

    assert [type(problem) for problem in caught.value.problems] == [Problem]


def test_every_problem_of_a_recorded_recipe_is_told_at_once() -> None:
    record = Provenance(
        request={},
        recipe={"catalog": "a", "redshifts": "upload:b", "radius_arcsec": -1, "seed": -1},
        seed=0,
        inputs=(),
        stages=(),
        rows=0,
        row_checksum="",
        software={},
    )

    with pytest.raises(RecordError) as caught:
        recipe_of(record)

    assert {problem.parameter for problem in caught.value.problems} == {"recipe.radius_arcsec", "recipe.seed"}
