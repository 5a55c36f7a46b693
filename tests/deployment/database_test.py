"""What the chart asks the job store: whether a worker lives, and how many jobs wait or run."""

import socket
from datetime import timedelta

import asyncpg

from tests.deployment.chart import example
from tests.uws.builders import a_job
from uws.assembly import JobLife
from uws.config import StoreSettings
from uws.phase import ExecutionPhase
from worker.alive import has_reported, is_at_work

AWAY = "postgresql+asyncpg://nobody@127.0.0.1:1/none"
"""Nobody listens there."""


async def test_a_worker_lives_while_it_reports_itself(job_life: JobLife) -> None:
    await job_life.claims.report_alive("pod-1-17-abcdef", slots=2)

    assert await has_reported(job_life.database, "pod-1")
    assert not await has_reported(job_life.database, "pod-2")
    assert not await has_reported(job_life.database, "pod")
    assert not await has_reported(job_life.database, "pod_1")
    assert not await has_reported(job_life.database, "pod-1", lately=timedelta())


async def test_the_probe_asks_about_the_worker_on_its_own_host(
    job_life: JobLife, store_settings: StoreSettings
) -> None:
    await job_life.claims.report_alive("elsewhere-1-abcdef", slots=1)
    before = await is_at_work(store_settings.database_url, must_be_known=False)
    await job_life.claims.report_alive(f"{socket.gethostname()}-1-abcdef", slots=1)

    assert not before
    assert await is_at_work(store_settings.database_url, must_be_known=True)


async def test_a_database_that_is_away_keeps_workers_from_starting_and_ends_none() -> None:
    assert not await is_at_work(AWAY, must_be_known=True)
    assert await is_at_work(AWAY, must_be_known=False)


async def test_keda_counts_the_jobs_that_wait_or_run(job_life: JobLife, database_url: str) -> None:
    for phase in (ExecutionPhase.PENDING, ExecutionPhase.COMPLETED, ExecutionPhase.EXECUTING, ExecutionPhase.QUEUED):
        await a_job(job_life, phase)
    (trigger,) = example("rsp-ingress").one("ScaledObject", "tsm-worker")["spec"]["triggers"]

    connection = await asyncpg.connect(database_url.replace("+asyncpg", ""))
    try:
        count = await connection.fetchval(trigger["metadata"]["query"])
    finally:
        await connection.close()

    assert count == 2
