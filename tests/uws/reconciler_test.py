import asyncio
import os
import time
from pathlib import Path

import pytest
import redis

from service.valkey import EmbeddedValkey
from tests.conftest import execute
from tests.uws.builders import LONG_AGO, OWNER, a_job, a_new_job, complete, pieces, take
from uws.assembly import JobLife, open_job_life
from uws.config import LifeLimits, StoreSettings
from uws.errors import QueueUnavailableError, UnknownJobError
from uws.job import new_job_id
from uws.phase import ExecutionPhase
from uws.wakeup import Wakeups


def waiting_wakeups(settings: StoreSettings) -> int:
    with redis.from_url(settings.queue_url) as queue:
        return int(queue.zcard("arq:queue"))


async def test_a_queued_job_that_nobody_took_is_waked_for(job_life: JobLife, store_settings: StoreSettings):
    await a_job(job_life, ExecutionPhase.QUEUED)
    with redis.from_url(store_settings.queue_url) as queue:
        queue.flushall()  # everything that was waked for is lost

    await asyncio.sleep(1.1)
    await job_life.reconciler.do_duties()

    assert waiting_wakeups(store_settings) == 1


async def test_a_job_of_a_silent_worker_is_waked_for(store_settings: StoreSettings):
    async with open_job_life(store_settings, LifeLimits(lease_seconds=0.05)) as life:
        await a_job(life, ExecutionPhase.EXECUTING)
        with redis.from_url(store_settings.queue_url) as queue:
            queue.flushall()
        await asyncio.sleep(0.1)

        await life.reconciler.do_duties()

        assert waiting_wakeups(store_settings) == 1


async def test_nobody_is_waked_when_there_is_nothing_to_do(job_life: JobLife, store_settings: StoreSettings):
    await a_job(job_life, ExecutionPhase.EXECUTING)
    with redis.from_url(store_settings.queue_url) as queue:
        queue.flushall()

    await job_life.reconciler.do_duties()

    assert waiting_wakeups(store_settings) == 0


async def test_the_duties_go_on_while_the_queue_is_away(store_settings: StoreSettings, tmp_path: Path):
    away = store_settings.model_copy(update={"queue_url": f"unix://{tmp_path}/away.sock"})
    async with open_job_life(away) as life:
        await a_job(life, ExecutionPhase.QUEUED)
        expired = await a_job(life)
        await life.jobs.set_destruction(expired.id, owner=OWNER, when=LONG_AGO)
        await asyncio.sleep(1.1)

        await life.reconciler.do_duties()

        assert (await life.jobs.get(expired.id, owner=OWNER)).phase == ExecutionPhase.ARCHIVED


async def test_the_running_task_archives_an_expired_job_and_ends_when_cancelled(job_life: JobLife):
    job = await a_job(job_life, ExecutionPhase.COMPLETED)
    await job_life.jobs.set_destruction(job.id, owner=OWNER, when=LONG_AGO)

    task = asyncio.create_task(job_life.reconciler.run())
    async with asyncio.timeout(5):
        while (await job_life.jobs.get(job.id, owner=OWNER)).phase != ExecutionPhase.ARCHIVED:
            await asyncio.sleep(0.05)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task


async def test_several_at_once_do_no_harm(store_settings: StoreSettings):
    async with open_job_life(store_settings) as one, open_job_life(store_settings) as two:
        jobs = [await a_job(one, ExecutionPhase.COMPLETED) for _ in range(4)]
        for job in jobs:
            await one.jobs.set_destruction(job.id, owner=OWNER, when=LONG_AGO)

        await asyncio.gather(*(life.reconciler.do_duties() for life in (one, two, one, two)))
        await asyncio.gather(one.disposal.sweep(), two.disposal.sweep())

        archived = await one.jobs.list_jobs(owner=OWNER, kind=None, phases=frozenset({ExecutionPhase.ARCHIVED}))
        assert {job.id for job in archived} == {job.id for job in jobs}
        assert await one.blobs.list_prefix("jobs") == []


async def test_a_deletion_that_was_cut_off_is_finished(job_life: JobLife, database_url: str):
    job = await a_job(job_life, ExecutionPhase.COMPLETED)
    upload = await job_life.uploads.create(OWNER, name="t", media_type=None, chunks=pieces(b"x"))
    await execute(database_url, "UPDATE jobs SET deletion_time = now() - interval '1 minute'")
    await execute(database_url, "UPDATE uploads SET deletion_time = now() - interval '1 minute'")

    await job_life.reconciler.do_duties()

    assert await job_life.blobs.list_prefix("jobs") == []
    assert await job_life.blobs.list_prefix("uploads") == []
    with pytest.raises(UnknownJobError):
        await job_life.jobs.get(job.id, owner=OWNER)
    assert upload.id not in {found.id for found in await job_life.uploads.list(OWNER)}


async def test_results_of_a_job_archived_by_a_process_that_was_killed_then_are_swept(
    job_life: JobLife, database_url: str
):
    job = await a_job(job_life, ExecutionPhase.COMPLETED)
    await execute(database_url, "UPDATE jobs SET phase = 'ARCHIVED', results = '[]'")

    await job_life.disposal.sweep()

    assert await job_life.blobs.list_prefix(f"jobs/{job.id}") == []


async def test_the_sweep_keeps_what_anybody_needs(job_life: JobLife):
    done = await a_job(job_life, ExecutionPhase.COMPLETED)
    aborted = await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)
    unpublished = f"{claim.blob_prefix}/half"
    await job_life.blobs.write(unpublished, pieces(b"x"))
    await job_life.jobs.abort(aborted.id, owner=OWNER)
    executing = await a_job(job_life, ExecutionPhase.EXECUTING)
    pending = new_job_id()
    needed = [
        done.results[0].blob,
        f"jobs/{done.id}/inputs/table",
        f"jobs/{aborted.id}/inputs/table",
        f"jobs/{executing.id}/1/half",
        f"jobs/{pending}/inputs/table",
        "cards/dp1.json",
    ]
    for key in needed[1:]:
        await job_life.blobs.write(key, pieces(b"x"))

    await job_life.disposal.sweep()

    stored = [blob.key for prefix in ("jobs", "cards") for blob in await job_life.blobs.list_prefix(prefix)]
    assert sorted(stored) == sorted(needed)


async def test_old_files_that_belong_to_nothing_are_swept_and_young_ones_kept(job_life: JobLife):
    keys = [f"jobs/{new_job_id()}/inputs/table", f"uploads/{new_job_id()}/data"]
    for key in keys:
        await job_life.blobs.write(key, pieces(b"x"))

    await job_life.disposal.sweep()
    young = [await job_life.blobs.read(key) for key in keys]
    for key in keys:
        path = job_life.blobs.local_path(key)
        assert path is not None
        os.utime(path, (time.time() - 7 * 3600, time.time() - 7 * 3600))
    await job_life.disposal.sweep()

    assert young == [b"x", b"x"]
    assert await job_life.blobs.list_prefix("jobs") == []
    assert await job_life.blobs.list_prefix("uploads") == []


async def test_ending_a_job_wakes_for_those_that_waited_for_its_place(job_life: JobLife, store_settings: StoreSettings):
    job = await job_life.jobs.create(a_new_job())
    await job_life.jobs.run(job.id, owner=OWNER)
    before = waiting_wakeups(store_settings)

    await complete(job_life, await take(job_life))

    assert (before, waiting_wakeups(store_settings)) == (1, 2)


async def test_an_absent_queue_is_said_to_be_so_and_found_when_it_comes(tmp_path: Path, queue_url: str):
    away = Wakeups(f"unix://{tmp_path}/away.sock")
    with pytest.raises(QueueUnavailableError):
        await away.ping()
    with pytest.raises(QueueUnavailableError):
        await away.send()

    (tmp_path / "away.sock").symlink_to(queue_url.removeprefix("unix://"))
    await away.ping()
    await away.send()
    await away.close()


async def test_a_queue_that_was_restarted_is_found_again(tmp_path: Path, queue_url: str):
    restarted = tmp_path / "queue.sock"
    first = EmbeddedValkey.start(tmp_path / "first")
    restarted.symlink_to(first.url.removeprefix("unix://"))
    wakeups = Wakeups(f"unix://{restarted}")
    await wakeups.send()

    first.stop()
    restarted.unlink()
    with pytest.raises(QueueUnavailableError):
        await wakeups.send()
    restarted.symlink_to(queue_url.removeprefix("unix://"))

    await wakeups.send()
    await wakeups.close()
