"""Kills a process before its n-th effect on files or database, for every n until there is none left.

An effect is what the audit of Python's own interpreter reports of the file system (rename, remove, mkdir, rmdir, a
file opened for writing) and every statement, commit and rollback that is sent to PostgreSQL. A process that dies
between two effects leaves the same behind as one that dies right before the second: so these are all the ways to die.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine

__all__ = ["Death", "deaths"]

FILE_EFFECTS = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate"}
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT


@dataclass(frozen=True, slots=True)
class Death:
    """One process that was killed."""

    step: int
    effect: str
    """Before which it was killed."""


def deaths(work: Callable[[], Awaitable[None]], *, below: str) -> Iterator[Death]:
    """Do some work in a fresh process again and again, killed one effect later each time.

    After each death the caller looks at what is left, and mends it; the iteration ends when the work came to its end.

    Parameters
    ----------
    work
        What is done, with connections of its own.
    below
        Only files whose path contains this count.
    """
    step = 0
    while (effect := _die_at(step, work, below)) is not None:
        yield Death(step=step, effect=effect)
        step += 1


def _die_at(step: int, work: Callable[[], Awaitable[None]], below: str) -> str | None:
    """The effect before which a child process was killed; None if it ended its work."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        _work_until(step, work, below, writing)
    os.close(writing)
    with os.fdopen(reading) as told:
        effect = told.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL, status
        return effect
    assert os.waitstatus_to_exitcode(status) == 0, f"the work itself failed at step {step}"
    return None


def _work_until(step: int, work: Callable[[], Awaitable[None]], below: str, telling: int) -> None:
    """In the child: never returns."""
    seen = 0

    def count(effect: str) -> None:
        nonlocal seen
        if seen == step:
            os.write(telling, effect.encode())
            os.kill(os.getpid(), signal.SIGKILL)
        seen += 1

    def audit(name: str, arguments: tuple[Any, ...]) -> None:
        if name in FILE_EFFECTS or (name == "open" and (arguments[2] or 0) & WRITING):
            paths = [str(argument) for argument in arguments if isinstance(argument, str | os.PathLike)]
            if any(below in path for path in paths):
                count(f"{name} {paths[0]}")

    try:
        sys.addaudithook(audit)
        event.listen(Engine, "before_cursor_execute", lambda *found: count(f"SQL {str(found[2])[:60]}"))
        event.listen(Engine, "commit", lambda connection: count("COMMIT"))
        event.listen(Engine, "rollback", lambda connection: count("ROLLBACK"))
        asyncio.run(work())
    except BaseException:
        sys.excepthook(*sys.exc_info())  # type: ignore[arg-type]  # there is one
        os._exit(1)
    os._exit(0)
