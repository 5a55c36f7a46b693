"""How a process learns that a job changed: PostgreSQL's NOTIFY, sent in the transaction of the change itself.

One connection a process listens for everybody who waits in it. A lost connection is made again, and everybody who
waits looks again then: what was announced meanwhile is not known.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

import asyncpg
import structlog
from sqlalchemy import ColumnElement, func, literal
from sqlalchemy.orm import InstrumentedAttribute

from uws.database import Database
from uws.job import JobId

__all__ = ["ANY_CHANGE", "Change", "ChangeFeed", "Subscription", "announcement"]

CHANNEL = "tsm_jobs"
FIRST_RETRY_SECONDS = 0.1
LAST_RETRY_SECONDS = 5.0
CLOSING_SECONDS = 1.0
PROBE_SECONDS = 20.0
"""How often the connection is tried: a cable that was pulled tells nobody."""

_LOST = (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError)
"""What a connection that is lost or out of step is known to raise."""

logger = structlog.get_logger(__name__)


class Change(StrEnum):
    """What changed of a job."""

    PHASE = "phase"
    PROGRESS = "progress"


ANY_CHANGE = frozenset(Change)


def announcement(job_id: ColumnElement[str] | InstrumentedAttribute[str], change: Change) -> ColumnElement[None]:
    """An expression that tells all processes of a change when, and only when, its transaction is committed.

    It goes into the RETURNING of the statement that makes the change: who changes nothing announces nothing.
    """
    return func.pg_notify(CHANNEL, literal(f"{change}:") + job_id)


class Subscription:
    """Changes of one job since the subscription began."""

    def __init__(self, changes: frozenset[Change]) -> None:
        self.changes = changes
        self._changed = asyncio.Event()

    async def wait(self, seconds: float | None = None) -> bool:
        """Wait for the next change; those that came since the last call count as one.

        Returns
        -------
        bool
            False if nothing changed for so long. True means: look again, something may have changed.
        """
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
        except TimeoutError:
            return False
        self._changed.clear()
        return True

    def wake(self) -> None:
        """Let the waiting look again."""
        self._changed.set()


class ChangeFeed:
    """The process's one listening connection; an async context manager."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._subscriptions: dict[str, set[Subscription]] = defaultdict(set)
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._keep_listening(), name="changes of jobs")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        task = self._task
        # Again and again, for the driver may swallow a cancellation; and never raising what it ends with: the
        # process has nothing left to wait for, and whoever closes it could not mend the connection either.
        while task is not None and not task.done():
            task.cancel()
            await asyncio.wait([task], timeout=CLOSING_SECONDS)
        if task is not None and not task.cancelled() and (failure := task.exception()) is not None:
            logger.warning("listening for changes of jobs ended", error=repr(failure))

    @contextlib.contextmanager
    def subscribe(self, job_id: JobId, changes: frozenset[Change] = ANY_CHANGE) -> Iterator[Subscription]:
        """Watch one job. Read it after this call: then no change falls between reading and waiting."""
        subscription = Subscription(changes)
        self._subscriptions[job_id].add(subscription)
        try:
            yield subscription
        finally:
            self._subscriptions[job_id].discard(subscription)
            if not self._subscriptions[job_id]:
                del self._subscriptions[job_id]

    def _receive(self, connection: Any, pid: int, channel: str, payload: object) -> None:
        change, _, job_id = str(payload).partition(":")
        for subscription in self._subscriptions.get(job_id, ()):
            if change in subscription.changes:
                subscription.wake()

    def _wake_everybody(self) -> None:
        for subscriptions in self._subscriptions.values():
            for subscription in subscriptions:
                subscription.wake()

    async def _keep_listening(self) -> None:
        pause = FIRST_RETRY_SECONDS
        while True:
            try:
                async with asyncio.timeout(LAST_RETRY_SECONDS):
                    connection = await asyncpg.connect(**self._database.connection_arguments())
                pause = FIRST_RETRY_SECONDS
                await self._listen(connection)
            except _LOST as error:
                logger.warning("listening for changes of jobs failed", error=str(error), retry_seconds=pause)
            await asyncio.sleep(pause)
            pause = min(2 * pause, LAST_RETRY_SECONDS)

    async def _listen(self, connection: Any) -> None:
        """Listen until the connection is lost."""
        lost = asyncio.Event()
        connection.add_termination_listener(lambda _: lost.set())
        try:
            await connection.add_listener(CHANNEL, self._receive)
            self._wake_everybody()
            while not lost.is_set():
                try:
                    async with asyncio.timeout(PROBE_SECONDS):
                        await lost.wait()
                except TimeoutError:
                    await connection.execute("SELECT 1", timeout=LAST_RETRY_SECONDS)
        finally:
            connection.terminate()
