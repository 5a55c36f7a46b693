from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from migrations import upgrade
from uws.tables import TableBase


def differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), TableBase.metadata))


async def test_an_empty_database_upgraded_through_all_migrations_has_the_tables_of_the_code(database_url: str):
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()

    assert found == []


def test_upgrading_again_changes_nothing(database_url: str):
    upgrade(database_url)
