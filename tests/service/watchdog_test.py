"""Processes of the embedded stack never outlive their supervisor, however it ends."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.processes import KeptProcess
from service.watchdog import Watchdog

SLEEPER = [sys.executable, "-S", "-c", "import time; time.sleep(600)"]
DEAF_SLEEPER = [
    sys.executable,
    "-S",
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(600)",
]
SUPERVISOR = """
import subprocess, sys, time
from service.watchdog import Watchdog
watchdog = Watchdog()
sleeper = subprocess.Popen([sys.executable, "-S", "-c", "import time; time.sleep(600)"], start_new_session=True)
watchdog.watch(sleeper.pid)
print(sleeper.pid, watchdog._process.pid, flush=True)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):  # gone before the file was opened, or before it was read
        return False


def until_gone(*pids: int, seconds: float = 5.0) -> None:
    deadline = time.monotonic() + seconds
    while any(map(is_running, pids)):
        assert time.monotonic() < deadline, f"still running: {[pid for pid in pids if is_running(pid)]}"
        time.sleep(0.01)


@pytest.fixture
def watchdog() -> Iterator[Watchdog]:
    watchdog = Watchdog()
    yield watchdog
    watchdog.close()


def test_what_a_killed_supervisor_started_is_ended() -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", SUPERVISOR], stdout=subprocess.PIPE, text=True)
    assert supervisor.stdout is not None
    pids = [int(pid) for pid in supervisor.stdout.readline().split()]
    assert all(map(is_running, pids))
    supervisor.kill()
    supervisor.wait()
    until_gone(*pids)
    supervisor.stdout.close()


def test_closing_the_watchdog_ends_what_it_watches() -> None:
    watchdog = Watchdog()
    sleeper = subprocess.Popen(SLEEPER)
    watchdog.watch(sleeper.pid)
    watchdog.close()
    assert sleeper.wait(5) == -signal.SIGTERM


def test_a_forgotten_process_is_left_alone() -> None:
    watchdog = Watchdog()
    sleeper = subprocess.Popen(SLEEPER)
    watchdog.watch(sleeper.pid)
    watchdog.forget(sleeper.pid)
    watchdog.close()
    assert sleeper.poll() is None
    sleeper.kill()
    sleeper.wait()


def test_a_kept_process_is_started_again_when_it_dies(watchdog: Watchdog, tmp_path: Path) -> None:
    kept = KeptProcess("sleeper", SLEEPER, environment=dict(os.environ), log=tmp_path / "log", watchdog=watchdog)
    first = kept.pid
    os.kill(first, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while kept.pid == first or not kept.is_running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    second = kept.pid
    kept.stop(patience_seconds=5)
    assert not is_running(first)
    assert not is_running(second)


def test_a_kept_process_that_does_not_listen_is_killed(watchdog: Watchdog, tmp_path: Path) -> None:
    log = tmp_path / "log"
    kept = KeptProcess("deaf", DEAF_SLEEPER, environment=dict(os.environ), log=log, watchdog=watchdog)
    deadline = time.monotonic() + 5
    while "deaf" not in log.read_text():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    kept.stop(patience_seconds=0.2)
    until_gone(kept.pid)
