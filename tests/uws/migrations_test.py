from itertools import pairwise

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from migrations import alembic_config, is_behind, upgrade
from uws.assembly import JobLife
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


async def test_a_migrated_database_is_not_behind(job_life: JobLife):
    async with job_life.database.transaction() as session:
        assert not await is_behind(session)


async def test_a_database_without_the_newest_change_is_behind(job_life: JobLife):
    assert await is_behind_after(job_life, "DELETE FROM alembic_version")


async def test_a_database_that_a_later_version_brought_further_is_not_behind(job_life: JobLife):
    assert not await is_behind_after(job_life, "UPDATE alembic_version SET version_num = 'of next year'")


async def is_behind_after(job_life: JobLife, sql: str) -> bool:
    """Whether the database would be behind after this statement, which is taken back: other tests use it, too."""
    async with job_life.database.transaction() as session:
        attempt = await session.begin_nested()
        await session.execute(text(sql))
        found = await is_behind(session)
        await attempt.rollback()
        return found


async def test_no_migration_takes_or_demands_what_the_version_before_does_not_know(database_url: str):
    engine = create_async_engine(database_url)
    async with engine.connect() as connection:
        await connection.execute(text("CREATE SCHEMA fresh"))
        await connection.execute(text("SET search_path TO fresh"))
        states = await connection.run_sync(tables_after_each_migration)
        await connection.rollback()
    await engine.dispose()

    assert len(states) > 2
    for before, after in pairwise(states):
        for table, columns in before.items():
            assert columns.items() <= after[table].items(), f"{table} lost or changed a column"
            new = {name: kind for name, kind in after[table].items() if name not in columns}
            assert [name for name, (_, may_be_left_out) in new.items() if not may_be_left_out] == []


def tables_after_each_migration(connection: Connection) -> list[dict[str, dict[str, tuple[str, bool]]]]:
    """By table and column: its type, and whether an INSERT may leave it out."""
    states = []
    revisions = [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()]
    for revision in reversed(revisions):
        command.upgrade(alembic_config(connection), revision)
        look = inspect(connection)
        states.append(
            {
                table: {
                    column["name"]: (str(column["type"]), bool(column["nullable"] or column["default"]))
                    for column in look.get_columns(table)
                }
                for table in look.get_table_names("fresh")
            }
        )
    return states
