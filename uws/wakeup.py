"""Wake-ups of workers by arq: a message says "look for work" and carries nothing that matters."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import structlog
from arq.connections import ArqRedis, RedisSettings, create_pool
from arq.constants import default_queue_name
from redis.exceptions import RedisError

from uws.errors import QueueUnavailableError

__all__ = ["WORK_FUNCTION", "Wakeups", "deserialize_message", "queue_settings", "serialize_message"]

WORK_FUNCTION = "work"
"""Name of the arq function that claims and runs one job."""
SEND_SECONDS = 2.0
"""A request waits no longer for the queue: the reconciler wakes for its job anyway."""
KEPT_FOR = timedelta(hours=1)
"""A wake-up that old wakes for nothing."""

PLENTY = 500
"""Wake-ups in the queue beyond which the reconciler adds none."""

logger = structlog.get_logger(__name__)


def serialize_message(message: dict[str, Any]) -> bytes:
    """Write arq's message as JSON: its own default is pickle, which runs what it reads."""
    return json.dumps(message, separators=(",", ":"), default=str).encode()


def deserialize_message(message: bytes) -> dict[str, Any]:
    """Read what ``serialize_message`` wrote."""
    content: dict[str, Any] = json.loads(message)
    return content


def queue_settings(queue_url: str) -> RedisSettings:
    """Settings of arq for an address, without its own slow retries: whoever calls decides about those."""
    settings = RedisSettings.from_dsn(queue_url)
    settings.conn_timeout = 1
    settings.conn_retries = 0
    return settings


class Wakeups:
    """Sends wake-ups; connects at the first one and again after every failure."""

    def __init__(self, queue_url: str) -> None:
        self._queue_url = queue_url
        self._pool: ArqRedis | None = None
        self._connecting = asyncio.Lock()

    async def send(self, count: int = 1) -> None:
        """Wake up to ``count`` workers.

        Raises
        ------
        QueueUnavailableError
            If the queue does not answer.
        """
        try:
            async with asyncio.timeout(SEND_SECONDS):
                pool = await self._connected()
                for _ in range(count):
                    await pool.enqueue_job(WORK_FUNCTION, _expires=KEPT_FOR)
        except (OSError, TimeoutError, RedisError) as error:
            raise QueueUnavailableError(f"The queue does not answer: {error}") from error

    async def top_up(self, count: int = 1) -> None:
        """Wake up to ``count`` workers, unless plenty of wake-ups lie there already because all are busy.

        Raises
        ------
        QueueUnavailableError
            If the queue does not answer.
        """
        try:
            async with asyncio.timeout(SEND_SECONDS):
                pool = await self._connected()
                # Those of running jobs are counted as well: arq removes a message when its function has ended.
                waiting = await pool.zcard(default_queue_name)
        except (OSError, TimeoutError, RedisError) as error:
            raise QueueUnavailableError(f"The queue does not answer: {error}") from error
        if waiting < PLENTY:
            await self.send(count)

    async def try_send(self, count: int = 1) -> None:
        """Wake workers if the queue answers; if not, the reconciler will."""
        try:
            await self.send(count)
        except QueueUnavailableError as error:
            logger.warning("no wake-up sent", error=str(error))

    async def ping(self) -> None:
        """Ask whether the queue answers.

        Raises
        ------
        QueueUnavailableError
            If it does not.
        """
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await (await self._connected()).ping()
        except (OSError, TimeoutError, RedisError) as error:
            raise QueueUnavailableError(f"The queue does not answer: {error}") from error

    async def close(self) -> None:
        """Close the connections."""
        if self._pool is not None:
            await self._pool.aclose()
            self._pool = None

    async def _connected(self) -> ArqRedis:
        async with self._connecting:
            if self._pool is None:
                self._pool = await create_pool(
                    queue_settings(self._queue_url),
                    job_serializer=serialize_message,
                    job_deserializer=deserialize_message,
                )
            return self._pool
