"""Constraints of any text: read or refused with a reason, in time and within the memory of a child."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given

from tests.fuzz.conditions import conditions, nearly_conditions
from tests.fuzz.hunt import complaint_about, thorough
from tests.fuzz.reader import Reader

pytestmark = [pytest.mark.xdist_group("fuzz"), pytest.mark.long]


@pytest.fixture(scope="module")
def reader() -> Iterator[Reader]:
    with Reader((str(Path(__file__).with_name("condition_child.py")),)) as reader:
        yield reader


@thorough(200)
@given(text=conditions | nearly_conditions)
def test_any_condition_is_used_or_refused(reader: Reader, tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "condition"
    path.write_text(text, newline="", errors="replace")

    assert complaint_about(reader.read(path)) is None
