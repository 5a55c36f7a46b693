import asyncio

import pytest
from sqlalchemy import text

from tests.conftest import CUT_OTHERS, execute
from tests.uws.builders import OWNER, a_job
from uws.assembly import JobLife
from uws.errors import StoreUnavailableError


async def test_connections_that_died_in_the_pool_cost_nobody_an_error(job_life: JobLife, database_url: str):
    job = await a_job(job_life)
    await asyncio.gather(*(job_life.jobs.get(job.id, owner=OWNER) for _ in range(5)))

    await execute(database_url, CUT_OTHERS)
    await asyncio.sleep(1.1)

    assert await asyncio.gather(*(job_life.jobs.get(job.id, owner=OWNER) for _ in range(5))) == [job] * 5


async def test_a_connection_that_dies_in_use_is_an_unavailable_store_and_the_next_request_works(
    job_life: JobLife, database_url: str
):
    job = await a_job(job_life)

    async def ask_when_cut() -> None:
        async with job_life.database.transaction() as session:
            await session.connection()
            await execute(database_url, CUT_OTHERS)
            await session.scalar(text("SELECT 1"))

    with pytest.raises(StoreUnavailableError):
        await ask_when_cut()

    assert await job_life.jobs.get(job.id, owner=OWNER) == job
