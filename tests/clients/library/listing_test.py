"""Listings as a narrow terminal shows them."""

import re
from dataclasses import asdict, dataclass
from typing import Any

import pytest

from tsm.remote.listing import Listing

IDENTIFIER = "VH1qysG5gGkrM1Cpdtg1WU"


@dataclass(frozen=True)
class Row:
    id: str
    phase: str
    title: str
    creation_time: str

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "60")
    row = Row(IDENTIFIER, "COMPLETED", "a long name of what this row is about " * 2, "2026-11-22 22:29")
    return str(Listing([row], columns=("id", "phase", "title", "creation_time"), title="Jobs"))


def test_an_id_is_whole_in_a_narrow_terminal(shown: str) -> None:
    assert IDENTIFIER in shown


def test_no_cell_is_cut_at_the_edge_of_a_narrow_terminal(shown: str) -> None:
    lines = [re.sub(r"\x1b\[[0-9;]*m", "", line) for line in shown.splitlines()]
    assert max(map(len, lines)) <= 60
    cells = zip(*(line.strip("│").split("│") for line in lines if line.startswith("│")), strict=True)
    identifier, phase, _, creation_time = ("".join(column).replace(" ", "") for column in cells)
    assert (identifier, phase, creation_time) == (IDENTIFIER, "COMPLETED", "2026-11-2222:29")


def test_a_listing_tells_how_many_there_are_before_its_rows(shown: str) -> None:
    assert "Jobs: 1" in shown.splitlines()[0]
