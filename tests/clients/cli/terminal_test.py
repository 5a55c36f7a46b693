"""What is asked and shown on a terminal."""

import os
import pty
import select
import signal
import subprocess
import termios
import time
from pathlib import Path

import pytest

from service.stack import Stack
from tests.clients.cli.shell import COMMAND, Shell
from tests.system.sky_files import CATALOG

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]

SECONDS = 60


class Terminal:
    """A ``tsm`` whose input and messages are on a terminal, and its answer in a pipe."""

    def __init__(self, shell: Shell, *arguments: object) -> None:
        self._terminal, theirs = pty.openpty()
        self._process = subprocess.Popen(
            [*COMMAND, *map(str, arguments)],
            env=shell.environment,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            text=True,
            start_new_session=True,
        )
        os.close(theirs)
        self.shown = ""

    def until(self, text: str) -> None:
        """Read what is shown until the text is there."""
        deadline = time.monotonic() + SECONDS
        while text not in self.shown:
            assert time.monotonic() < deadline, self.shown
            self.shown += self._read()

    def until_hidden(self) -> None:
        """Wait until what is typed is no longer shown; what was typed before that is thrown away."""
        deadline = time.monotonic() + SECONDS
        while termios.tcgetattr(self._terminal)[3] & termios.ECHO:
            assert time.monotonic() < deadline, self.shown
            time.sleep(0.02)

    def type(self, text: str) -> None:
        os.write(self._terminal, f"{text}\n".encode())

    def interrupt(self) -> None:
        """What Ctrl-C on the terminal does."""
        self._process.send_signal(signal.SIGINT)

    def end(self) -> tuple[int, str]:
        """Exit code and answer."""
        while piece := self._read():
            self.shown += piece
        out, _ = self._process.communicate(timeout=SECONDS)
        os.close(self._terminal)
        return self._process.returncode, out

    def _read(self) -> str:
        assert select.select([self._terminal], [], [], SECONDS)[0], f"nothing more comes after {self.shown!r}"
        try:
            return os.read(self._terminal, 4096).decode()
        except OSError:  # the other side is closed
            return ""


def test_a_file_that_exists_is_asked_about_and_a_no_leaves_it(signed_in: Shell, table: Path, tmp_path: Path) -> None:
    target = tmp_path / "set.parquet"
    target.write_text("mine")
    terminal = Terminal(signed_in, "crossmatch", table, "--catalog", CATALOG, "-o", target)
    terminal.until("Replace?")
    terminal.type("n")
    code, out = terminal.end()
    assert (code, out, target.read_text()) == (8, "", "mine")


def test_a_bar_shows_how_far_the_job_is_and_the_answer_stays_clean(
    signed_in: Shell, table: Path, tmp_path: Path
) -> None:
    target = tmp_path / "set.csv"
    terminal = Terminal(signed_in, "crossmatch", table, "--catalog", CATALOG, "-o", target)
    code, out = terminal.end()
    assert code == 0, terminal.shown
    assert out.splitlines() == [str(target), str(tmp_path / "set.provenance.json")]
    assert "COMPLETED" in terminal.shown


def test_a_token_that_is_typed_is_not_shown(stranger: Shell, stack: Stack) -> None:
    terminal = Terminal(stranger, "login", stack.url)
    terminal.until("Token for")
    terminal.until_hidden()
    terminal.type(stack.connection.token)
    code, out = terminal.end()
    assert code == 0, terminal.shown
    assert stack.connection.token not in terminal.shown + out


def test_deleting_asks_first(signed_in: Shell, table: Path) -> None:
    job = signed_in("crossmatch", table, "--catalog", CATALOG, "--no-wait").out.strip()
    terminal = Terminal(signed_in, "delete", job)
    terminal.until("for good?")
    terminal.type("n")
    assert terminal.end()[0] == 130
    assert signed_in("status", job).code == 0
    assert signed_in("delete", job, "--yes").code == 0


def test_an_interruption_is_130_and_tells_how_to_come_back(signed_in: Shell, long_job: str) -> None:
    terminal = Terminal(signed_in, "wait", long_job)
    terminal.until("EXECUTING")
    terminal.interrupt()
    code, out = terminal.end()
    assert (code, out) == (130, "")
    assert f"tsm wait {long_job}" in terminal.shown
    assert "Traceback" not in terminal.shown
    assert signed_in("status", long_job, "--json").document["phase"] in ("QUEUED", "EXECUTING")
