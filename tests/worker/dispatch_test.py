"""Places of a worker: large jobs take theirs, and small ones start beside them at once."""

import asyncio
from collections.abc import Callable

import pytest

from tests.uws.builders import OWNER, a_job, complete
from uws.assembly import JobLife
from uws.claims import Claim
from worker.dispatch import Dispatcher

SECONDS = 10


class Runner:
    """Runs a job until it is told to end it."""

    def __init__(self, life: JobLife) -> None:
        self._life = life
        self._ends: dict[str, asyncio.Event] = {}
        self.running: list[str] = []

    async def run(self, claim: Claim) -> None:
        self.running.append(claim.job.id)
        await self._ends.setdefault(claim.job.id, asyncio.Event()).wait()
        await complete(self._life, claim)
        self.running.remove(claim.job.id)

    def end(self, job_id: str) -> None:
        self._ends.setdefault(job_id, asyncio.Event()).set()

    def stop(self) -> None:
        for event in self._ends.values():
            event.set()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(SECONDS):
        while not holds():
            await asyncio.sleep(0.01)


async def queued(life: JobLife, seconds: float | None) -> str:
    job = await a_job(life)
    await life.jobs.run(job.id, owner=OWNER, expected_seconds=seconds)
    return job.id


@pytest.fixture
def runner(job_life: JobLife) -> Runner:
    return Runner(job_life)


async def test_a_small_job_starts_beside_large_ones_and_frees_its_place(job_life: JobLife, runner: Runner) -> None:
    dispatcher = Dispatcher(job_life.claims, runner, worker_id="w", slots=1)  # type: ignore[arg-type]  # it only runs
    large = [await queued(job_life, 600) for _ in range(2)]
    await dispatcher.look_for_work()
    await until(lambda: runner.running == large[:1])

    small = [await queued(job_life, 1) for _ in range(2)]
    await dispatcher.look_for_work()
    await until(lambda: runner.running == [large[0], small[0]])
    await dispatcher.look_for_work()
    # One after the other: large jobs keep what is theirs of the machine.
    assert runner.running == [large[0], small[0]]
    runner.end(small[0])
    await until(lambda: runner.running == [large[0], small[1]])

    runner.end(large[0])
    await until(lambda: set(runner.running) == {small[1], large[1]})
    runner.stop()
    await dispatcher.close(grace_seconds=SECONDS)


async def test_an_idle_worker_needs_no_place_for_small_jobs(job_life: JobLife, runner: Runner) -> None:
    dispatcher = Dispatcher(job_life.claims, runner, worker_id="w", slots=2)  # type: ignore[arg-type]  # it only runs
    small, unknown = await queued(job_life, 1), await queued(job_life, None)
    await dispatcher.look_for_work()
    await dispatcher.look_for_work()
    await until(lambda: set(runner.running) == {small, unknown})
    runner.stop()
    await dispatcher.close(grace_seconds=SECONDS)
