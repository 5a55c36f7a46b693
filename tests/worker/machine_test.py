"""How much memory a worker takes the machine to have."""

from pathlib import Path

import pytest

from worker.machine import memory_bytes, most_of_the_memory


@pytest.mark.parametrize(("told", "found"), [("1000000\n", 1_000_000), ("max\n", None), ("9" * 20, None)])
def test_the_limit_of_a_container_holds_where_it_is_lower(tmp_path: Path, told: str, found: int | None) -> None:
    (tmp_path / "memory.max").write_text(told)
    machine = memory_bytes(container_limit=tmp_path / "none")

    assert memory_bytes(container_limit=tmp_path / "memory.max") == (found or machine)


def test_something_is_left_for_others() -> None:
    assert 0 < most_of_the_memory() < memory_bytes()
