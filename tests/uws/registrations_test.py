"""Registrations are done by one worker at a time, once for each time that they are asked for."""

import asyncio

import pytest

from uws.assembly import JobLife
from uws.errors import ClaimLostError, RegistrationConflictError
from uws.job import Job, NewJob
from uws.registrations import Registration, RegistrationService, RegistrationState

WANTED = {"description": "d", "release": None}


@pytest.fixture
async def job(job_life: JobLife) -> Job:
    """Of which there may be a registration."""
    return await job_life.jobs.create(NewJob(kind="crossmatch", owner="mlima"))


async def asked(life: JobLife, job: Job, name: str = "TSM [job]", token: str | None = None) -> Registration:
    return await life.registrations.ask(job.id, job.owner, name=name, wanted=WANTED, sealed_token=token)


async def test_only_one_worker_gets_it_and_its_outcome_stays(job_life: JobLife, job: Job) -> None:
    service = job_life.registrations
    assert (await asked(job_life, job, token="sealed")).state is RegistrationState.WAITING
    taken, other = await asyncio.gather(service.take(), service.take())
    (mine,) = [found for found in (taken, other) if found is not None]
    assert (mine.attempt, mine.sealed_token) == (1, "sealed")
    assert (await asked(job_life, job)).state is RegistrationState.RUNNING
    await service.succeed(mine, {"id": 57}, note="Registered.")
    found = await service.find(job.id, "mlima")
    assert found is not None
    assert (found.state, found.outcome) == (RegistrationState.REGISTERED, {"id": 57})
    assert (await job_life.jobs.get(job.id, owner="mlima")).notes == ("Registered.",)
    assert await service.take() is None
    assert await service.find(job.id, "other") is None


async def test_it_may_be_repeated_under_its_name_alone(job_life: JobLife, job: Job) -> None:
    service = job_life.registrations
    await asked(job_life, job)
    taken = await service.take()
    assert taken is not None
    await service.fail(taken, "PZ Server away")
    with pytest.raises(RegistrationConflictError, match="keeps this name"):
        await asked(job_life, job, "another")
    again = await asked(job_life, job)
    assert (again.state, again.error) == (RegistrationState.WAITING, None)
    taken = await service.take()
    assert taken is not None
    assert taken.attempt == 2
    assert taken.sealed_token is None


async def test_it_goes_to_another_worker_when_one_falls_silent(job_life: JobLife, job: Job) -> None:
    service = RegistrationService(job_life.database, lease_seconds=0.2)
    await asked(job_life, job)
    silent = await service.take()
    assert silent is not None
    await service.renew(silent)
    await asyncio.sleep(0.4)
    second = await service.take()
    assert second is not None
    assert second.attempt == 2
    for late in (service.renew(silent), service.fail(silent, "late"), service.succeed(silent, {}, note="late")):
        with pytest.raises(ClaimLostError):
            await late
    await service.succeed(second, {"id": 1}, note="Registered.")
    assert (await job_life.jobs.get(job.id, owner="mlima")).notes == ("Registered.",)


async def test_it_goes_with_its_job(job_life: JobLife, job: Job) -> None:
    await asked(job_life, job)
    await job_life.jobs.delete(job.id, owner="mlima")
    assert await job_life.registrations.find(job.id, "mlima") is None
    assert await job_life.registrations.take() is None
