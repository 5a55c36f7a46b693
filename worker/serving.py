"""The child's side of the socket: carries out one command after another and ends with its parent.

At the end of file the process is gone at once, whatever it is doing.
"""

import contextlib
import errno
import os
import queue
import resource
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from trainingset.errors import RecipeError, SourceUnavailableError
from trainingset.order import StageProgress
from worker.messages import (
    Command,
    Done,
    Event,
    Exhausted,
    Failed,
    Outcome,
    Progressed,
    Ready,
    Refused,
    Unavailable,
    read_command,
    to_line,
)

__all__ = ["CHANNEL_VARIABLE", "MEMORY_VARIABLE", "Report", "Task", "main", "serve"]

CHANNEL_VARIABLE = "WORKER_CHANNEL"
"""Environment variable with the number of the inherited socket."""

MEMORY_VARIABLE = "WORKER_MEMORY_BYTES"
"""Environment variable with the bytes of data that a command may add to what the warm child holds; 0 = no limit."""

_DISK_TROUBLE = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.ESTALE}
"""What passes, and is neither the user's nor the program's fault."""

Report = Callable[[StageProgress], None]
Task = Callable[[Any, Report], dict[str, Any]]
"""Carries out a command, reporting progress, and returns the answer as JSON values."""


class _Channel:
    """Lines to the parent; lines from it are read by a thread of their own, which notices when the parent is gone."""

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._sending = threading.Lock()
        self._commands: queue.SimpleQueue[Command] = queue.SimpleQueue()
        threading.Thread(target=self._read, name="parent", daemon=True).start()

    def send(self, event: Event) -> None:
        # Dask's threads report progress, so two lines may want to go out at once.
        with self._sending:
            self._socket.sendall(to_line(event))

    def receive(self) -> Command:
        return self._commands.get()

    def _read(self) -> None:
        with contextlib.suppress(OSError), self._socket.makefile("rb") as lines:
            for line in lines:
                self._commands.put(read_command(line))
        # The main thread may be deep in a computation, which nobody waits for any more.
        _end_at_once()


def _end_at_once() -> None:
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(0)


def serve(channel_descriptor: int, prepare: Callable[[], dict[str, Task]], *, memory_bytes: int = 0) -> None:
    """Warm up, then carry out commands until the parent is gone.

    Parameters
    ----------
    channel_descriptor
        Socket to the parent.
    prepare
        Imports and warms what the tasks need and returns them by the name of their command.
    memory_bytes
        Data that a command may allocate beyond what the warm process holds, 0 = no limit. A command that needs more
        is answered with `worker.messages.Exhausted`.
    """
    channel = _Channel(channel_descriptor)
    tasks = prepare()
    channel.send(Ready())
    while True:
        command = channel.receive()
        with _memory_limited(memory_bytes):
            outcome = _carry_out(tasks[command.command], command, lambda step: channel.send(Progressed(progress=step)))
        channel.send(outcome)


def _carry_out(task: Task, command: Command, report: Report) -> Outcome:
    try:
        return Done(value=task(command, report), resident_bytes=_resident_bytes())
    except RecipeError as error:
        return Refused(problems=error.problems)
    except SourceUnavailableError as error:
        return Unavailable(message=str(error))
    except MemoryError:
        return Exhausted()
    except OSError as error:
        if error.errno not in _DISK_TROUBLE:
            return Failed(traceback=traceback.format_exc())
        return Unavailable(message=f"The disk of the service is full or cannot be used ({error.strerror}).")
    except Exception:
        return Failed(traceback=traceback.format_exc())


@contextlib.contextmanager
def _memory_limited(memory_bytes: int) -> Iterator[None]:
    """Lower the soft limit of data for one command; what the warm process holds already does not count."""
    if not memory_bytes:
        yield
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    resource.setrlimit(resource.RLIMIT_DATA, (_data_bytes() + memory_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _data_bytes() -> int:
    """Bytes that count against RLIMIT_DATA: private writable mappings."""
    return _pages(5) * resource.getpagesize()


def _resident_bytes() -> int:
    return _pages(1) * resource.getpagesize()


def _pages(field: int) -> int:
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[field])


def main(prepare: Callable[[], dict[str, Task]]) -> None:
    """Serve on the socket named in the environment."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # The memory of a child holds tables of users; none of it is written down when a reader crashes.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        serve(int(os.environ[CHANNEL_VARIABLE]), prepare, memory_bytes=int(os.environ.get(MEMORY_VARIABLE, "0")))
    except BrokenPipeError:
        sys.exit(0)
