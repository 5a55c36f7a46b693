"""What alembic runs: all migrations in one transaction, under a lock, on the connection it was given."""

from alembic import context
from sqlalchemy import Connection, text

from uws.tables import TableBase

MIGRATION_LOCK = 7_235_901
"""Key of PostgreSQL's advisory lock: any number that nothing else here uses."""


def run() -> None:
    """Run the migrations."""
    connection: Connection = context.config.attributes["connection"]
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    context.configure(connection=connection, target_metadata=TableBase.metadata)
    context.run_migrations()


run()
