"""Processes of ours that are started again when they die."""

import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import structlog

from service.watchdog import Watchdog

__all__ = ["KeptProcess"]

_log = structlog.get_logger("service.processes")

_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 30.0
_STEADY_SECONDS = 60.0
"""A process that lived so long and dies is started again without delay."""


class KeptProcess:
    """A process that runs until it is stopped: when it dies, it is started again, less and less eagerly.

    Parameters
    ----------
    name
        For the log.
    command
        Program and arguments.
    environment
        Of the process, complete.
    log
        File to which its output is appended.
    watchdog
        Ends it when we are killed.
    inherited
        File descriptors that it gets.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        log: Path,
        watchdog: Watchdog,
        inherited: tuple[int, ...] = (),
    ) -> None:
        self.name = name
        self.log = log
        self._command = command
        self._environment = environment
        self._watchdog = watchdog
        self._inherited = inherited
        self._stopping = threading.Event()
        self._lock = threading.Lock()
        self._process = self._start()
        self._keeper = threading.Thread(target=self._keep, name=f"keep-{name}", daemon=True)
        self._keeper.start()

    @property
    def pid(self) -> int:
        """Process id of the present incarnation."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it lives at this moment."""
        return self._process.poll() is None

    def stop(self, *, patience_seconds: float) -> None:
        """End it for good: SIGTERM, and SIGKILL when it does not listen."""
        self._stopping.set()
        with self._lock:
            self._process.terminate()
        try:
            self._process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            _log.warning("process does not stop and is killed", process=self.name, seconds=patience_seconds)
            self._process.kill()
            self._process.wait()
        self._keeper.join()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as output:
            process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=self._environment,
                pass_fds=self._inherited,
                start_new_session=True,  # Ctrl-C is for the supervisor, which stops things in order
            )
        self._watchdog.watch(process.pid)
        return process

    def _keep(self) -> None:
        pause = _FIRST_PAUSE_SECONDS
        while True:
            started = time.monotonic()
            returncode = self._process.wait()
            self._watchdog.forget(self._process.pid)
            if self._stopping.is_set():
                return
            _log.error("process died and is started again", process=self.name, returncode=returncode, log=str(self.log))
            pause = _FIRST_PAUSE_SECONDS if time.monotonic() - started > _STEADY_SECONDS else pause * 2
            if self._stopping.wait(min(pause, _LONGEST_PAUSE_SECONDS)):
                return
            with self._lock:
                if self._stopping.is_set():
                    return
                self._process = self._start()
