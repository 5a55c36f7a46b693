"""docs/requirements.md has a line for each requirement, and the tests that it names are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "requirements.md").read_text(encoding="utf-8")
LINES = [line.strip("|").split("|") for line in PAGE.splitlines() if line.startswith("| R")]
TESTS = sorted(set(re.findall(r"`(tests/[^`]+)`", PAGE)))


def test_every_requirement_has_its_line() -> None:
    assert [line[0].strip() for line in LINES] == [f"R{number}" for number in range(1, 19)]


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[0].strip())
def test_what_is_not_met_says_why_and_what_is_names_its_tests(line: list[str]) -> None:
    state, tests, remark = (cell.strip() for cell in line[2:5])
    assert state in ("met", "partly", "not met")
    assert tests or state == "not met"
    assert remark or state == "met"


@pytest.mark.parametrize("named", TESTS)
def test_a_test_that_is_named_exists(named: str) -> None:
    path, _, name = named.partition("::")
    text = (ROOT / path).read_text(encoding="utf-8")
    assert re.search(rf"^(async )?def {name or 'test_'}", text, re.MULTILINE)
