"""Warm children in reserve: a job does not wait for imports, not even right after another job's child was killed."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from worker.child import Child, ChildDiedError

__all__ = ["Nursery"]

_log = structlog.get_logger("worker.nursery")

_BACK_OFF_SECONDS = 5.0
"""Between attempts when a child cannot even be warmed: the installation is broken, and the log says how."""


class Nursery:
    """Children that work and one more that waits, each replaced in the background when it has died or is worn.

    Parameters
    ----------
    start
        Starts a child; the nursery waits until it is ready.
    size
        Most children at once: those that work and those that wait.
    commands_per_child
        After so many commands a child is replaced, so that leaks of libraries do not add up.
    resident_bytes
        A child that holds more memory than this after a command is replaced.
    """

    def __init__(
        self,
        start: Callable[[], Awaitable[Child]],
        *,
        size: int,
        commands_per_child: int = 200,
        resident_bytes: int = 2 * 2**30,
    ) -> None:
        self._start = start
        self._size = size
        self._commands_per_child = commands_per_child
        self._resident_bytes = resident_bytes
        # Last in, first out: the child that worked last has the warmest caches; the spares stay untouched.
        self._idle: asyncio.LifoQueue[Child] = asyncio.LifoQueue()
        self._warming = asyncio.Lock()
        self._demand = asyncio.Condition()
        self._n_wanted = 0
        self._n_living = 0
        self._tenders: list[asyncio.Task[None]] = []

    async def __aenter__(self) -> "Nursery":
        self._tenders = [asyncio.create_task(self._tend(), name=f"nursery-{n}") for n in range(self._size)]
        return self

    async def __aexit__(self, *_: object) -> None:
        for tender in self._tenders:
            tender.cancel()
        await asyncio.gather(*self._tenders, return_exceptions=True)

    @property
    def n_idle(self) -> int:
        """Children that are warm and wait for a command."""
        return self._idle.qsize()

    @asynccontextmanager
    async def lend(self) -> AsyncIterator[Child]:
        """A warm child for one command; waits while none is there."""
        await self._want(1)
        try:
            child = await self._idle.get()
            while not child.is_alive:
                child = await self._idle.get()
            try:
                yield child
            finally:
                if self._is_worn(child):
                    child.kill()
                else:
                    self._idle.put_nowait(child)
        finally:
            await self._want(-1)

    async def _want(self, more: int) -> None:
        self._n_wanted += more
        async with self._demand:
            self._demand.notify_all()

    def _is_short(self) -> bool:
        """Whether there are fewer children than work for them and one in reserve."""
        return self._n_living <= self._n_wanted

    def _is_worn(self, child: Child) -> bool:
        return (
            child.is_spoiled
            or child.n_commands >= self._commands_per_child
            or child.resident_bytes > self._resident_bytes
        )

    async def _tend(self) -> None:
        """Keep one place filled: warm a child, wait for its end, warm the next."""
        while True:
            async with self._demand:
                await self._demand.wait_for(self._is_short)
                self._n_living += 1
            try:
                child = await self._warm()
                self._idle.put_nowait(child)
                try:
                    await child.gone()
                finally:
                    await child.close()
            except ChildDiedError as error:
                _log.error("child cannot be warmed", reason=str(error), retry_seconds=_BACK_OFF_SECONDS)
                await asyncio.sleep(_BACK_OFF_SECONDS)
            finally:
                self._n_living -= 1

    async def _warm(self) -> Child:
        # One at a time: the first is ready sooner than if all shared the processors.
        async with self._warming:
            child = await self._start()
            try:
                await child.ready()
            except BaseException:
                await child.close()
                raise
            return child
