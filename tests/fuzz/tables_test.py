"""Damaged and contradictory tables: each is read or refused with a reason, in time and within the memory of a child.

The child is the worker's own, with a limit of memory and of time; a traceback, a hang and a death are faults.
"""

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import documents
from tests.fuzz.corpus import make_corpus
from tests.fuzz.damage import damaged
from tests.fuzz.hunt import Hunt, complaint_about, thorough
from tests.fuzz.reader import Reader
from trainingset.errors import Problem
from worker.messages import Done, Refused

_REAL = Path(__file__).parents[3] / "shared" / "data" / "specz"
_MEDIA_TYPES = (None, "text/csv", "application/x-votable+xml", "application/fits")

pytestmark = pytest.mark.xdist_group("fuzz")


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader() as reader:
        yield reader


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    return make_corpus(tmp_path_factory.mktemp("corpus"), real_files=_REAL if _REAL.exists() else None)


def test_every_table_of_the_corpus_is_good(reader: Reader, corpus: dict[str, bytes], tmp_path: Path) -> None:
    found = {}
    for name, content in corpus.items():
        (tmp_path / "mine").write_bytes(content)
        found[name] = type(reader.read(tmp_path / "mine"))

    assert {name: outcome for name, outcome in found.items() if outcome is not Done} == {}


def test_damaged_files_are_read_or_refused(
    reader: Reader, corpus: dict[str, bytes], hunt: Hunt, tmp_path: Path
) -> None:
    contents, complaints = list(corpus.items()), []
    for seed in hunt.seeds(500):
        name, content = contents[seed % len(contents)]
        case = damaged(content, seed, others=list(corpus.values()))
        (tmp_path / "mine").write_bytes(case)
        complaint = complaint_about(reader.read(tmp_path / "mine", media_type=_MEDIA_TYPES[seed % 4]))
        if complaint is not None:
            complaints.append(f"{hunt.keep(f'{name} {seed}', case)}: {complaint}")

    assert complaints == []


@thorough(150)
@given(
    content=documents.votables()
    | documents.csv_texts()
    | documents.ecsv_texts()
    | documents.fits_files()
    | documents.parquet_files(),
    is_packed=st.integers(0, 9).map(lambda number: number == 0),
)
def test_contradictory_files_are_read_or_refused(
    reader: Reader, hunt: Hunt, tmp_path_factory: pytest.TempPathFactory, content: bytes, is_packed: bool
) -> None:
    path = tmp_path_factory.getbasetemp() / "contradiction"
    path.write_bytes(gzip.compress(content) if is_packed else content)
    complaint = complaint_about(reader.read(path))

    assert complaint is None, hunt.keep("contradiction", path.read_bytes())


def test_a_fault_of_the_reader_is_noticed(tmp_path: Path) -> None:
    """The hunt itself: its child tells a traceback, a hang, a death and hunger for memory apart from an answer."""
    program = (str(Path(__file__).with_name("faulty_child.py")),)
    path = tmp_path / "mine"

    def complaint(does: str) -> str | None:
        path.write_text(does)
        return complaint_about(reader.read(path))

    with Reader(program, seconds=1) as reader:
        told = {does: complaint(does) for does in ("raise", "sleep", "die", "grow", "answer")}

    assert told == {
        "raise": "ZeroDivisionError: nobody expected this",
        "sleep": "hangs",
        "die": "dies: the child was ended by SIGSEGV",
        "grow": "Exhausted",
        "answer": None,
    }
    assert complaint_about(Refused(problems=())) == "refused without a reason"
    assert complaint_about(Refused(problems=(Problem(parameter="UPLOAD", message="is no table."),))) is None
