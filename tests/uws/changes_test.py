"""The one listening connection of a process, and its end."""

import asyncio
from typing import Any

from uws.changes import ChangeFeed
from uws.database import Database


class BrokenDatabase(Database):
    """Whose driver fails in a way that nobody expects."""

    def connection_arguments(self) -> dict[str, Any]:
        """Arguments that no connection takes."""
        return {"nonsense": True}


async def test_a_feed_that_failed_unexpectedly_is_closed_without_an_error(database_url: str) -> None:
    feed = ChangeFeed(BrokenDatabase(database_url))
    async with feed:
        assert feed._task is not None
        while not feed._task.done():
            await asyncio.sleep(0.01)
    assert isinstance(feed._task.exception(), TypeError)


async def test_a_feed_is_closed_while_it_connects(database_url: str) -> None:
    async with ChangeFeed(Database(database_url)) as feed:
        pass
    assert feed._task is not None
    assert feed._task.cancelled()
