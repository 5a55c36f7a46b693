"""One thread with an event loop in which synchronous calls run the asynchronous code.

A notebook has an event loop of its own in the main thread, which a call must not block for others or enter twice.
"""

import atexit
import os
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

import anyio
from anyio.from_thread import BlockingPortal

__all__ = ["run", "start"]

Value = TypeVar("Value")

_CLEARING_SECONDS = 5.0
"""How long an interrupted call may clear away what it began."""

_lock = threading.Lock()
_portals: dict[int, BlockingPortal] = {}
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


def _portal() -> BlockingPortal:
    with _lock:
        if os.getpid() not in _portals:
            _portals[os.getpid()] = _new_portal()
        return _portals[os.getpid()]


def _new_portal() -> BlockingPortal:
    """A portal whose thread keeps nobody from ending the process.

    Not by `anyio.from_thread.start_blocking_portal`: in a forked child its context would end, and wait for a thread
    that the child does not have.
    """
    ready: Future[BlockingPortal] = Future()

    async def keep_open() -> None:
        async with BlockingPortal() as portal:
            ready.set_result(portal)
            await portal.sleep_until_stopped()

    threading.Thread(target=lambda: anyio.run(keep_open), name="tsm", daemon=True).start()
    return ready.result()


@atexit.register
def _close() -> None:
    portal = _portals.pop(os.getpid(), None)
    if portal is not None:
        with suppress(RuntimeError, TimeoutError):  # it has ended already, or something in it does not end
            portal.start_task_soon(portal.stop, True).result(_CLEARING_SECONDS)


def _forget_lock() -> None:
    """Another thread may have held the lock at the moment of the fork."""
    global _lock
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_lock)
