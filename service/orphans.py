"""End a server whose supervisor was killed, with what it started, recognized beyond doubt before anything is sent."""

import contextlib
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import psutil

__all__ = ["OrphanError", "end_orphan"]


class OrphanError(Exception):
    """A server left over from a killed start does not end."""


def end_orphan(pid: int, *, working_folder: Path, number: signal.Signals, seconds: float) -> None:
    """End a process, if it is still the one that was recorded.

    Numbers are used again, after a restart of a container very soon; what works in our folder is ours. The caller
    holds the folder's lock, so the process has no living supervisor.

    When the server itself was killed, processes that it started may outlive it by a moment: a PostgreSQL backend that
    still writes while a new server starts on the same data would ruin them. They are ended as well.

    Parameters
    ----------
    pid
        The recorded number.
    working_folder
        Where the server works; a process that works elsewhere is left alone.
    number, seconds
        The signal that asks the server to end, and how long it may take.

    Raises
    ------
    OrphanError
        If it still runs after that time.
    """
    deadline = time.monotonic() + seconds
    server = _working_in(working_folder, [pid])
    for process in server:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.send_signal(number)
    _until_gone(server, working_folder, deadline)
    children = _working_in(working_folder, psutil.pids())
    for process in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    _until_gone(children, working_folder, deadline)


def _working_in(folder: Path, pids: Iterable[int]) -> list[psutil.Process]:
    """Those of the processes that live and work in a folder."""
    found = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess, psutil.AccessDenied):  # ours would let us look
            process = psutil.Process(pid)
            if process.cwd() == str(folder):
                found.append(process)
    return found


def _until_gone(processes: list[psutil.Process], folder: Path, deadline: float) -> None:
    for process in processes:
        while _is_alive(process):
            if time.monotonic() > deadline:
                raise OrphanError(f"Process {process.pid}, left over in {folder}, does not end: kill it by hand.")
            time.sleep(0.02)


def _is_alive(process: psutil.Process) -> bool:
    try:
        # A zombie has ended: in a container there may be nobody to collect it.
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
