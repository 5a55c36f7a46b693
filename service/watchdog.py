"""Ends the embedded stack's processes when their supervisor is killed and cannot do so itself.

This file is also the watchdog: run as a script, it reads which processes to watch from its standard input, whose end
of file means that the supervisor is gone. It imports the standard library alone, so that it is up in 20 ms.
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

__all__ = ["Watchdog"]

_PATIENCE_SECONDS = 10.0
"""For processes to end by themselves, before they are killed."""


class Watchdog:
    """A process that outlives us by just long enough to end what we started."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", __file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            start_new_session=True,  # a signal to our whole process group must not reach it
        )

    def watch(self, pid: int, stop_signal: signal.Signals = signal.SIGTERM) -> None:
        """End this process when we are gone; the last one watched is ended first."""
        self._tell(f"watch {pid} {stop_signal.value}")

    def forget(self, pid: int) -> None:
        """Leave a process that has ended: its number may belong to another soon."""
        self._tell(f"forget {pid}")

    def close(self) -> None:
        """End the watchdog. What it still watches is ended."""
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()

    def _tell(self, line: str) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # a watchdog that was killed is no reason to stop working
            self._process.stdin.write(f"{line}\n".encode())
            self._process.stdin.flush()


def _guard() -> None:
    watched: dict[int, int] = {}
    for line in sys.stdin:
        match line.split():
            case ["watch", pid, number]:
                watched[int(pid)] = int(number)
            case ["forget", pid]:
                watched.pop(int(pid), None)
    for pid, number in reversed(watched.items()):
        _end(pid, number)


def _end(pid: int, number: int) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)
        while _is_running(pid):
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
                return
            time.sleep(0.02)


def _is_running(pid: int) -> bool:
    try:
        # A zombie waits for a parent that may never ask: containers often have no init process.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        if Path("/proc/self").exists():
            return False
    os.kill(pid, 0)
    return True


if __name__ == "__main__":
    _guard()
