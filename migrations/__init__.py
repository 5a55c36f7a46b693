"""The history of the job store's tables, and the one call that brings a database up to date."""

import asyncio
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

__all__ = ["alembic_config", "upgrade"]


def alembic_config(connection: Connection | None = None) -> Config:
    """Alembic's configuration, with the connection on which its commands shall run."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    return config


def upgrade(database_url: str) -> None:
    """Bring a database to the newest version; several processes may do so at once.

    Parameters
    ----------
    database_url
        ``postgresql+asyncpg://...``. Within an event loop, call this in a thread.
    """
    asyncio.run(_upgrade(database_url))


async def _upgrade(database_url: str) -> None:
    engine = create_async_engine(database_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
    finally:
        await engine.dispose()
