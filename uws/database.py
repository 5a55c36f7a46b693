"""The connection to PostgreSQL: short transactions, and one error for a database that does not answer."""

import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Any

import asyncpg
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from uws.errors import StoreUnavailableError

__all__ = ["Database"]

POOL_SIZE = 10
POOL_TIMEOUT_SECONDS = 10
"""A request waits no longer for a free connection: better a clear 503 than a queue of dead clients."""
TRUSTED_SECONDS = 1.0
"""A connection that was in use so lately is taken without trying it first."""
PROBE_TIMEOUT_SECONDS = 3
CONNECT_TIMEOUT_SECONDS = 5
ANSWER_TIMEOUT_SECONDS = 20
"""No statement takes so long. A network that swallows packets tells nobody; the kernel waits a quarter of an hour."""
SERVER_SETTINGS = {
    "application_name": "tsm",
    "timezone": "UTC",
    # A process that is stopped within a transaction must not hold its locks for ever.
    "idle_in_transaction_session_timeout": "10000",
}


class Database:
    """A pool of connections to one database."""

    def __init__(self, url: str) -> None:
        self._engine = create_async_engine(
            url,
            pool_size=POOL_SIZE,
            max_overflow=POOL_SIZE,
            pool_timeout=POOL_TIMEOUT_SECONDS,
            # PostgreSQL has no NaN in JSON: refuse it here, where the traceback shows who wrote it.
            json_serializer=partial(json.dumps, allow_nan=False),
            connect_args={
                "server_settings": SERVER_SETTINGS,
                "timeout": CONNECT_TIMEOUT_SECONDS,
                "command_timeout": ANSWER_TIMEOUT_SECONDS,
            },
        )
        event.listen(self._engine.sync_engine, "checkin", _remember_use)
        event.listen(self._engine.sync_engine, "checkout", _try_if_idle)
        self._sessions = async_sessionmaker(self._engine, expire_on_commit=False)
        # Each statement for itself: one round trip where a transaction costs three.
        statements = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._readers = async_sessionmaker(statements, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """One transaction, committed at the end of the block.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached or ends the connection: nothing was changed, unless the answer to the
            commit itself was lost.
        """
        with _says_if_unavailable():
            async with self._sessions.begin() as session:
                yield session

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncSession]:
        """A session for queries that need not agree with each other: each sees what is committed then.

        Raises
        ------
        StoreUnavailableError
            If the database cannot be reached or ends the connection.
        """
        with _says_if_unavailable():
            async with self._readers() as session:
                yield session

    def connection_arguments(self) -> dict[str, Any]:
        """What asyncpg needs for a connection of its own, outside the pool."""
        _, arguments = self._engine.dialect.create_connect_args(self._engine.url)
        return dict(arguments)

    async def close(self) -> None:
        """Close all connections."""
        await self._engine.dispose()


@contextmanager
def _says_if_unavailable() -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        if error.connection_invalidated or _says_not_now(error):
            raise StoreUnavailableError("The job store ended the connection; try again.") from error
        raise
    except (OSError, PoolTimeoutError) as error:
        raise StoreUnavailableError("The job store does not answer; try again.") from error


def _remember_use(connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _try_if_idle(connection: Any, record: Any, proxy: Any) -> None:
    """Replace a connection that died in the pool: a restart of the database costs nobody an error."""
    if time.monotonic() - record.info.get("used", time.monotonic()) < TRUSTED_SECONDS:
        return
    try:
        connection.run_async(lambda driver: driver.fetchrow(";", timeout=PROBE_TIMEOUT_SECONDS))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        # What ended this one has most likely ended the others: none is tried any more, which could take as long each.
        raise InvalidatePoolError from error


# SQLSTATE classes and codes: 08 connection, 57P0x shutting down or starting, 53300 too many connections.
_NOT_NOW = ("08", "57P0", "53300")


def _says_not_now(error: DBAPIError) -> bool:
    state = getattr(error.orig, "sqlstate", None) or ""
    return state.startswith(_NOT_NOW)
