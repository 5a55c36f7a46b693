"""Runs ``tsm`` as a shell does, with what it prints."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from tsm.cli.program import run

__all__ = ["COMMAND", "Run", "Shell"]

COMMAND = [sys.executable, "-m", "tsm.cli"]


class Run(NamedTuple):
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The answer of a command with ``--json``: all of standard output."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Shell:
    """A shell without a terminal, in which ``tsm`` knows the service."""

    folder: Path
    """Settings are below it."""
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """Variables of a process that this shell starts; those of the tests' own shell do not count."""
        own = {name: value for name, value in os.environ.items() if not name.startswith(("TSM_", "ACCESS_TOKEN"))}
        return own | {"XDG_CONFIG_HOME": str(self.folder), "COLUMNS": "120"} | dict(self.variables)

    def __call__(self, *arguments: object, stdin: str = "") -> Run:
        """Run one command in this process, which is as good as a new one and much quicker."""
        out, err = io.StringIO(), io.StringIO()
        with (
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "stdin", io.StringIO(stdin)),
            redirect_stdout(out),
            redirect_stderr(err),
        ):
            code = run([str(argument) for argument in arguments])
        return Run(code, out.getvalue(), err.getvalue())

    def process(self, *arguments: object, **options: Any) -> Run:
        """Run one command in a process of its own."""
        command = [*COMMAND, *map(str, arguments)]
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False, **options
        )
        return Run(done.returncode, done.stdout, done.stderr)
