"""What docs/mock-sky.md shows works."""

import re
from pathlib import Path

import pytest

PAGE = (Path(__file__).parents[2] / "docs" / "mock-sky.md").read_text(encoding="utf-8")
PROGRAM = re.compile(r"```python\n(.*?)```", re.DOTALL)


def test_the_program_makes_a_sky_and_prints_where_its_parts_lie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (program,) = PROGRAM.findall(PAGE)

    exec(compile(program.replace("30_000", "3_000"), "mock-sky.md", "exec"), {})

    printed = capsys.readouterr().out.split()
    assert len(printed) == 6
    assert [path for path in printed if not Path(path).exists()] == []
