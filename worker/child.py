"""A supervised child process: started warm, sent commands, ended at once together with everything it started."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TextIO

from trainingset.order import StageProgress
from worker.messages import Command, Done, Event, Exhausted, Failed, Outcome, Progressed, Ready, read_event, to_line
from worker.serving import CHANNEL_VARIABLE, MEMORY_VARIABLE

__all__ = ["Child", "ChildDiedError", "child_environment"]

_LONGEST_LINE = 64 * 2**20
"""Bytes; a provenance document or a catalog card of thousands of columns stays far below."""

OnProgress = Callable[[StageProgress], None]


@dataclass
class ChildDiedError(Exception):
    """The child ended without an answer."""

    returncode: int
    """As `subprocess` gives it: minus the number of the signal that ended it."""

    @property
    def was_killed(self) -> bool:
        """Whether somebody sent SIGKILL: the kernel does when memory runs out."""
        return self.returncode == -signal.SIGKILL

    def __str__(self) -> str:
        if self.returncode < 0:
            return f"the child was ended by {signal.Signals(-self.returncode).name}"
        return f"the child ended with exit code {self.returncode}"


def child_environment(*, memory_bytes: int = 0, environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a child may know: nothing of the service's own settings, which hold addresses and secrets."""
    kept = {name: value for name, value in environment.items() if not name.startswith("TSM_")}
    return kept | {
        # Compiling hats' tree alignment costs each new process 4 s, interpreting it costs large catalogs 0.1 s.
        "NUMBA_DISABLE_JIT": "1",
        # Several children share the machine: threads are given by configuration, not by each library's guess.
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        MEMORY_VARIABLE: str(memory_bytes),
    }


class Child:
    """One child process in a process group of its own.

    Made by `Child.start`. Not more than one command at a time.
    """

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self.n_commands = 0
        self.resident_bytes = 0
        """Memory that it held after its last command."""
        self.was_killed_here = False
        self.is_spoiled = False
        """After a command that ran out of memory or failed unexpectedly nobody knows what it left behind."""

    @classmethod
    async def start(cls, program: Sequence[str], *, environment: Mapping[str, str]) -> "Child":
        """Start ``python *program``, without waiting until it is warm."""
        ours, theirs = socket.socketpair()
        with theirs:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                *program,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=sys.stderr.fileno() if _has_descriptor(sys.stderr) else None,
                pass_fds=(theirs.fileno(),),
                env={**environment, CHANNEL_VARIABLE: str(theirs.fileno())},
                # A group, to be ended as a whole, but no session: Linux weighs sessions alike, however nice they are.
                process_group=0,
            )
        reader, writer = await asyncio.open_connection(sock=ours, limit=_LONGEST_LINE)
        return cls(process, reader, writer)

    @property
    def pid(self) -> int:
        """Process id, which is also the id of its process group."""
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process runs and can take a command."""
        return self._process.returncode is None and not self._reader.at_eof() and not self.was_killed_here

    async def ready(self) -> None:
        """Wait until the child is warm.

        Raises
        ------
        ChildDiedError
            If it ends before.
        """
        event = await self._next_event()
        assert isinstance(event, Ready), event

    async def run(self, command: Command, on_progress: OnProgress = lambda progress: None) -> Outcome:
        """Carry out a command. When this is cancelled, the child is killed: it cannot be used any more.

        Raises
        ------
        ChildDiedError
            If the child ends without an answer.
        """
        try:
            self.n_commands += 1
            with contextlib.suppress(ConnectionError):  # its death is told by the next read
                self._writer.write(to_line(command))
                await self._writer.drain()
            while isinstance(event := await self._next_event(), Progressed):
                on_progress(event.progress)
            assert not isinstance(event, Ready), event
            if isinstance(event, Done):
                self.resident_bytes = event.resident_bytes
            self.is_spoiled = isinstance(event, Exhausted | Failed)
            return event
        except BaseException:
            self.kill()
            raise

    async def _next_event(self) -> Event:
        try:
            line = await self._reader.readuntil(b"\n")
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise ChildDiedError(await self._process.wait()) from error
        return read_event(line)

    def kill(self) -> None:
        """End the child and all it started, at once."""
        if self._process.returncode is None:
            self.was_killed_here = True
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    async def close(self) -> None:
        """Kill the child and wait until it is gone."""
        self.kill()
        await self._process.wait()
        self._writer.close()
        with contextlib.suppress(ConnectionError):
            await self._writer.wait_closed()

    async def gone(self) -> int:
        """Wait until the process has ended and return its code."""
        return await self._process.wait()


def _has_descriptor(stream: TextIO) -> bool:
    # Under pytest and in notebooks the standard streams may be objects without a file descriptor.
    try:
        return stream.fileno() >= 0
    except OSError:
        return False
