"""The page on homogenization: its example gives what the page shows."""

from pathlib import Path

import pytest

from tests.docs.pages import run_page

PAGE = Path(__file__).parents[2] / "docs" / "homogenization.md"


def test_the_example_of_the_page_prints_what_the_page_shows(capsys: pytest.CaptureFixture[str]) -> None:
    run_page(PAGE, environment={})
    shown = PAGE.read_text(encoding="utf-8").partition("```text\n")[2].partition("```")[0]
    assert capsys.readouterr().out.strip() == shown.strip()
