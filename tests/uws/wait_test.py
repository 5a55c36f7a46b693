import asyncio
import time

import asyncpg
import pytest

from tests.conftest import execute
from tests.uws.builders import OWNER, a_job, complete, take
from uws.assembly import JobLife, open_job_life
from uws.changes import Subscription
from uws.config import LifeLimits, StoreSettings
from uws.database import POOL_SIZE
from uws.errors import UnknownJobError
from uws.job import Job, Progress
from uws.phase import FINAL_PHASES, ExecutionPhase

SOON = 1.0
"""Seconds within which a change of phase must be noticed."""

COUNT_CONNECTIONS = """
SELECT count(*) FILTER (WHERE query LIKE 'LISTEN%') AS listening,
       count(*) FILTER (WHERE state <> 'idle') AS busy,
       count(*) AS all
FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
CUT_LISTENERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'"


def all_subscriptions(life: JobLife) -> list[Subscription]:
    return [waiting for of_job in life.changes._subscriptions.values() for waiting in of_job]


async def is_waiting(life: JobLife, n: int = 1) -> None:
    """Wait until so many are subscribed and past their first look, that is, until they sleep."""
    while sum(len(waiting._changed._waiters) for waiting in all_subscriptions(life)) < n:
        await asyncio.sleep(0.01)
    assert all(waiting._changed._waiters for waiting in all_subscriptions(life))


async def seconds_until(waiting: "asyncio.Task[Job]") -> float:
    began = time.monotonic()
    await waiting
    return time.monotonic() - began


async def test_a_change_in_another_process_wakes_within_a_second(store_settings: StoreSettings):
    async with open_job_life(store_settings) as here, open_job_life(store_settings) as there:
        job = await a_job(here)
        waiting = asyncio.create_task(here.jobs.wait(job.id, owner=OWNER, seconds=20))
        await is_waiting(here)

        await there.jobs.run(job.id, owner=OWNER)
        assert await seconds_until(waiting) < SOON
        assert waiting.result().phase == ExecutionPhase.QUEUED

        waiting = asyncio.create_task(here.jobs.wait(job.id, owner=OWNER, seconds=20))
        await is_waiting(here)
        claim = await take(there)
        assert await seconds_until(waiting) < SOON
        assert waiting.result().phase == ExecutionPhase.EXECUTING

        waiting = asyncio.create_task(here.jobs.wait(job.id, owner=OWNER, seconds=20))
        await is_waiting(here)
        await complete(there, claim)
        assert await seconds_until(waiting) < SOON
        assert waiting.result().phase == ExecutionPhase.COMPLETED


async def test_without_a_change_it_returns_when_the_time_is_over_and_not_earlier(job_life: JobLife):
    job = await a_job(job_life)

    waiting = asyncio.create_task(job_life.jobs.wait(job.id, owner=OWNER, seconds=0.5))

    assert 0.5 <= await seconds_until(waiting) < 1.5
    assert waiting.result() == job


async def test_minus_one_waits_as_long_as_the_service_allows(store_settings: StoreSettings):
    async with open_job_life(store_settings, LifeLimits(max_wait_seconds=1)) as life:
        job = await a_job(life)
        for seconds in (-1.0, 500.0):
            waiting = asyncio.create_task(life.jobs.wait(job.id, owner=OWNER, seconds=seconds))
            assert 1.0 <= await seconds_until(waiting) < 2.0


@pytest.mark.parametrize("phase", [*sorted(FINAL_PHASES), ExecutionPhase.ARCHIVED])
async def test_a_job_in_which_nothing_happens_any_more_is_returned_at_once(job_life: JobLife, phase: ExecutionPhase):
    job = await a_job(job_life, phase)

    async with asyncio.timeout(SOON):
        assert await job_life.jobs.wait(job.id, owner=OWNER, seconds=20, phase=phase) == job


@pytest.mark.parametrize("phase", [phase for phase in ExecutionPhase if phase != ExecutionPhase.PENDING])
async def test_a_job_in_another_phase_than_the_one_named_is_returned_at_once(job_life: JobLife, phase: ExecutionPhase):
    job = await a_job(job_life)

    async with asyncio.timeout(SOON):
        assert await job_life.jobs.wait(job.id, owner=OWNER, seconds=20, phase=phase) == job


async def test_progress_alone_does_not_wake(job_life: JobLife):
    job = await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)
    waiting = asyncio.create_task(job_life.jobs.wait(job.id, owner=OWNER, seconds=20))
    await is_waiting(job_life)

    await job_life.claims.heartbeat(claim, progress=Progress("match", done=1, total=2))
    await asyncio.sleep(0.5)
    still_waiting = not waiting.done()
    await complete(job_life, claim)

    assert still_waiting
    assert (await waiting).phase == ExecutionPhase.COMPLETED


async def test_who_waits_for_a_deleted_job_is_told_at_once(job_life: JobLife):
    job = await a_job(job_life)
    waiting = asyncio.create_task(job_life.jobs.wait(job.id, owner=OWNER, seconds=20))
    await is_waiting(job_life)

    await job_life.jobs.delete(job.id, owner=OWNER)

    async with asyncio.timeout(SOON):
        with pytest.raises(UnknownJobError):
            await waiting


async def test_two_hundred_who_wait_cost_one_connection_and_all_wake(job_life: JobLife, database_url: str):
    job = await a_job(job_life)
    waiting = [asyncio.create_task(job_life.jobs.wait(job.id, owner=OWNER, seconds=20)) for _ in range(200)]
    await is_waiting(job_life, 200)

    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    counts = dict(await connection.fetchrow(COUNT_CONNECTIONS))
    await connection.close()
    began = time.monotonic()
    await job_life.jobs.run(job.id, owner=OWNER)
    phases = {(await task).phase for task in waiting}

    assert (counts["listening"], counts["busy"]) == (1, 0)
    assert counts["all"] <= POOL_SIZE + 1
    assert phases == {ExecutionPhase.QUEUED}
    assert time.monotonic() - began < 5
    assert job_life.changes._subscriptions == {}


async def test_who_leaves_is_forgotten(job_life: JobLife):
    job = await a_job(job_life)
    waiting = asyncio.create_task(job_life.jobs.wait(job.id, owner=OWNER, seconds=20))
    await is_waiting(job_life)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert job_life.changes._subscriptions == {}


async def test_a_cut_connection_is_made_again_and_nothing_is_missed_meanwhile(
    store_settings: StoreSettings, database_url: str
):
    async with open_job_life(store_settings) as here, open_job_life(store_settings) as there:
        job = await a_job(here)
        waiting = asyncio.create_task(here.jobs.wait(job.id, owner=OWNER, seconds=20))
        await is_waiting(here)

        await execute(database_url, CUT_LISTENERS)
        await there.jobs.run(job.id, owner=OWNER)
        assert await seconds_until(waiting) < SOON

        await asyncio.sleep(0.5)
        waiting = asyncio.create_task(here.jobs.wait(job.id, owner=OWNER, seconds=20))
        await is_waiting(here)
        await there.jobs.abort(job.id, owner=OWNER)
        assert await seconds_until(waiting) < SOON
        assert waiting.result().phase == ExecutionPhase.ABORTED


async def test_who_watches_sees_progress_and_phases_until_the_end(job_life: JobLife):
    job = await a_job(job_life, ExecutionPhase.QUEUED)
    seen: list[tuple[ExecutionPhase, str | None]] = []
    news = asyncio.Event()

    async def watch() -> None:
        async for state in job_life.jobs.watch(job.id, owner=OWNER):
            seen.append((state.phase, state.progress.stage if state.progress else None))
            news.set()

    async def noticed() -> None:
        async with asyncio.timeout(SOON):
            await news.wait()
        news.clear()

    watching = asyncio.create_task(watch())
    await noticed()
    claim = await take(job_life)
    await noticed()
    await job_life.claims.heartbeat(claim, progress=Progress("match"))
    await noticed()
    await complete(job_life, claim)
    async with asyncio.timeout(SOON):
        await watching

    assert seen == [
        (ExecutionPhase.QUEUED, None),
        (ExecutionPhase.EXECUTING, None),
        (ExecutionPhase.EXECUTING, "match"),
        (ExecutionPhase.COMPLETED, "match"),
    ]
