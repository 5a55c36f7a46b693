"""Runs the examples of a Markdown page as a reader would: in order, in one folder.

Add a page to ``PAGES`` of ``pages_test.py`` (pages in ``docs/how-to`` are there already), and its fenced blocks of
``python`` and ``sh`` are run against the real service:

- Python blocks share their names; shell blocks share variables where no Python stands between them, and stop at the
  first command that fails.
- The folder holds the tables of `tests.docs.pages_test.FILES` and the catalog ``object_collection``; the environment
  has ``TSM_URL`` and ``TSM_TOKEN`` (and ``BASE`` and ``TOKEN``, which ``make serve`` prints), and our commands are in
  the path.
- A line ``<!-- not run: why -->`` before a block leaves that block alone; say what cannot be done in a test.
- Blocks of other languages, or of none, are for reading.

A page proves something only if a wrong result makes it fail: let it end in a comparison where that reads naturally.
"""

import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

__all__ = ["Block", "blocks_of", "run_page"]

_BLOCK = re.compile(
    r"^(?:<!-- (?P<left>not run: [^\n]+) -->\n)?```(?P<language>python|sh)\n(?P<code>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_SECONDS = 240


@dataclass(frozen=True)
class Block:
    """One fenced block."""

    language: str
    code: str
    line: int
    """Of its first line in the page, counted from 1."""


def blocks_of(page: Path) -> Iterator[Block]:
    """The blocks of a page that are run."""
    text = page.read_text(encoding="utf-8")
    for found in _BLOCK.finditer(text):
        if found["left"] is None:
            line = text.count("\n", 0, found.start("code")) + 1
            yield Block(found["language"], found["code"], line)


def run_page(page: Path, *, environment: Mapping[str, str]) -> None:
    """Run the blocks of a page in the current folder.

    Raises
    ------
    AssertionError
        If a shell command fails; exceptions of Python code come as they are, with the page's own line numbers.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for language, blocks in groupby(blocks_of(page), lambda block: block.language):
        if language == "sh":
            _run_shell(page, list(blocks), environment)
            continue
        for block in blocks:
            # Blank lines before it give each line the number that it has in the page.
            code = "\n" * (block.line - 1) + block.code
            exec(compile(code, str(page), "exec"), names)


def _run_shell(page: Path, blocks: list[Block], environment: Mapping[str, str]) -> None:
    script = "set -euo pipefail\n" + "\n".join(block.code for block in blocks)
    path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
    variables = {"PATH": path, "HOME": str(Path.cwd()), "LC_ALL": "C.UTF-8", **environment}
    run = subprocess.run(["bash", "-xc", script], env=variables, capture_output=True, text=True, timeout=_SECONDS)
    shown = run.stderr[-3000:]
    for name, value in environment.items():
        if "TOKEN" in name:
            shown = shown.replace(value, f"${name}")
    assert run.returncode == 0, f"{page.name}, from line {blocks[0].line}:\n{run.stdout[-1000:]}\n{shown}"
