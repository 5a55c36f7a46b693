"""One thread with an event loop in which synchronous calls run the asynchronous code.

A notebook has an event loop of its own in the main thread, which a call must not block for others or enter twice.
"""

import atexit
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import ExitStack
from typing import TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

__all__ = ["run", "start"]

Value = TypeVar("Value")

_lock = threading.Lock()
_portals: dict[int, tuple[BlockingPortal, ExitStack]] = {}
"""By process: the thread of a parent does not exist in its children."""


def start(call: Callable[[], Awaitable[Value]]) -> "Future[Value]":
    """Start a coroutine in the loop's thread; cancelling the future cancels it."""
    return _portal().start_task_soon(call)


def run(call: Callable[[], Awaitable[Value]]) -> Value:
    """Run a coroutine to its end; an interruption by the user (Ctrl-C) ends it and comes through."""
    ended = threading.Event()

    async def call_and_tell() -> Value:
        try:
            return await call()
        finally:
            ended.set()

    future = start(call_and_tell)
    try:
        return future.result()
    except BaseException:
        future.cancel()
        # What it must clear away (half a file) is gone when the user has the prompt back.
        ended.wait(_CLEARING_SECONDS)
        raise


_CLEARING_SECONDS = 5.0


def _portal() -> BlockingPortal:
    with _lock:
        if os.getpid() not in _portals:
            _portals.clear()
            stack = ExitStack()
            _portals[os.getpid()] = stack.enter_context(start_blocking_portal(name="tsm")), stack
        return _portals[os.getpid()][0]


def _forget_in_child() -> None:
    global _lock
    _lock = threading.Lock()


@atexit.register
def _close() -> None:
    _, stack = _portals.pop(os.getpid(), (None, None))
    if stack is not None:
        stack.close()


if hasattr(os, "register_at_fork"):
    # The lock may be held by another thread at the moment of the fork.
    os.register_at_fork(after_in_child=_forget_in_child)
