"""End a server whose supervisor was killed, recognized beyond doubt before anything is sent to it."""

import signal
import time
from pathlib import Path

import psutil

__all__ = ["OrphanError", "end_orphan"]


class OrphanError(Exception):
    """A server left over from a killed start does not end."""


def end_orphan(pid: int, *, working_folder: Path, number: signal.Signals, seconds: float) -> None:
    """End a process, if it is still the one that was recorded.

    Numbers are used again, after a restart of a container very soon; what works in our folder is ours. The caller
    holds the folder's lock, so the process has no living supervisor.

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
    try:
        process = psutil.Process(pid)
        if process.cwd() != str(working_folder):
            return
        process.send_signal(number)
        deadline = time.monotonic() + seconds
        # A zombie has ended: in a container there may be nobody to collect it.
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            if time.monotonic() > deadline:
                raise OrphanError(f"Process {pid}, left over in {working_folder}, does not end: kill it by hand.")
            time.sleep(0.02)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return  # gone, or somebody else's: ours would let us look
