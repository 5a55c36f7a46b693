"""The page on repeated measurements: its examples run, and it tells of every column."""

from pathlib import Path

import pytest

from tests.docs.pages import run_page
from trainingset.specz.compilation_table import MARKS

PAGE = Path(__file__).parents[2] / "docs" / "duplicates.md"


def test_the_examples_of_the_page_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    run_page(PAGE, environment={})


def test_the_page_tells_of_every_mark() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in MARKS.names if f"| `{name}` |" not in text] == []
