"""The history of the job store's tables, and the one call that brings a database up to date."""

import asyncio
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

__all__ = ["alembic_config", "is_behind", "upgrade"]


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


async def is_behind(session: AsyncSession) -> bool:
    """Whether the database lacks a change that this code knows.

    One that was brought further by a later version is not behind: versions run side by side while they are replaced.
    """
    connection = await session.connection()
    current = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_heads())
    known = _known_revisions()
    return known[0] not in current and all(revision in known for revision in current)


@cache
def _known_revisions() -> tuple[str, ...]:
    """All revisions of this code, the newest first."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return tuple(script.revision for script in scripts.walk_revisions())


async def _upgrade(database_url: str) -> None:
    engine = create_async_engine(database_url)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
    finally:
        await engine.dispose()
