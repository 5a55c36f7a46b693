"""Tells whether the worker on this host is at work, for container engines and Kubernetes: ``python -m worker.alive``.

A worker that hangs neither ends nor reports itself alive any more; it should be started again. One whose database is
away should not: a restart would not bring that back.
"""

import argparse
import asyncio
import socket
import sys
from datetime import timedelta

from sqlalchemy import select

from uws.config import StoreSettings
from uws.database import Database
from uws.errors import StoreUnavailableError
from uws.tables import WorkerRow, clock

__all__ = ["has_reported", "is_at_work"]

_LATELY = timedelta(seconds=60)
"""Workers report every 5 s; a long pause of the machine is no reason to end its jobs."""


async def has_reported(database: Database, host: str, *, lately: timedelta = _LATELY) -> bool:
    """Whether a worker on a host reported itself alive lately, by the clock of the database.

    Raises
    ------
    StoreUnavailableError
        If the database does not answer.
    """
    alive = select(WorkerRow.id).where(WorkerRow.heartbeat > clock() - lately)
    async with database.reading() as session:
        # A worker's id is host, process and something random; names of hosts have hyphens too.
        return host in {worker_id.rsplit("-", 2)[0] for worker_id in await session.scalars(alive)}


async def is_at_work(database_url: str, *, must_be_known: bool) -> bool:
    """What the check answers about this host.

    Parameters
    ----------
    must_be_known
        What a database that does not answer means: at start that nobody knows of a worker, later nothing.
    """
    database = Database(database_url)
    try:
        return await has_reported(database, socket.gethostname())
    except StoreUnavailableError:
        return not must_be_known
    finally:
        await database.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Exit code 0 when the worker on this host is at work, else 1.")
    parser.add_argument("--known", action="store_true", help="also 1 when the database cannot be asked: at start")
    known = parser.parse_args().known
    sys.exit(0 if asyncio.run(is_at_work(StoreSettings().database_url, must_be_known=known)) else 1)
