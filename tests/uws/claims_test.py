import asyncio
from collections import Counter

import pytest

from tests.uws.builders import FAILURE, OWNER, a_job, a_result, complete, take
from uws.assembly import JobLife, open_job_life
from uws.claims import JobsToClaim
from uws.config import LifeLimits, StoreSettings
from uws.errors import ClaimLostError, UnknownBlobError
from uws.job import INSPECT, ErrorType, Progress
from uws.phase import ExecutionPhase

SHORT_LEASE = LifeLimits(lease_seconds=0.05)


async def lease_over() -> None:
    await asyncio.sleep(0.1)


async def test_concurrent_claims_never_take_the_same_job(store_settings: StoreSettings):
    unlimited = LifeLimits(max_running_per_owner=100)
    async with open_job_life(store_settings, unlimited) as one, open_job_life(store_settings, unlimited) as two:
        jobs = {(await a_job(one, ExecutionPhase.QUEUED)).id for _ in range(12)}

        claims = await asyncio.gather(*(life.claims.claim(f"w{n}") for n in range(8) for life in (one, two)))

    taken = [claim.job.id for claim in claims if claim is not None]
    assert sorted(taken) == sorted(jobs)


async def test_concurrent_claims_keep_the_owners_limit_exactly(store_settings: StoreSettings):
    three = LifeLimits(max_running_per_owner=3)
    async with open_job_life(store_settings, three) as one, open_job_life(store_settings, three) as two:
        for owner in ("ada", "bob"):
            for _ in range(5):
                await a_job(one, ExecutionPhase.QUEUED, owner=owner)

        claims = await asyncio.gather(*(life.claims.claim(f"w{n}") for n in range(8) for life in (one, two)))

    assert Counter(claim.job.owner for claim in claims if claim is not None) == {"ada": 3, "bob": 3}


async def test_owners_take_turns_however_many_jobs_one_of_them_sends(job_life: JobLife):
    for owner in ("ada", "ada", "ada", "bob", "eve"):
        await a_job(job_life, ExecutionPhase.QUEUED, owner=owner)

    turns = []
    for _ in range(5):
        claim = await take(job_life)
        turns.append(claim.job.owner)
        await complete(job_life, claim)

    assert turns == ["ada", "bob", "eve", "ada", "ada"]


async def test_a_place_for_small_jobs_takes_no_other_and_owners_still_take_turns(store_settings: StoreSettings):
    limits = LifeLimits(max_running_per_owner=2, small_job_seconds=5)
    async with open_job_life(store_settings, limits) as life:
        sent = (("ada", 600.0), ("ada", None), ("ada", 4.0), ("ada", 5.0), ("bob", 5.1), ("bob", 1.0))
        for owner, seconds in sent:
            job = await a_job(life, owner=owner)
            await life.jobs.run(job.id, owner=owner, expected_seconds=seconds)
        await a_job(life, ExecutionPhase.QUEUED, kind=INSPECT)

        taken = [await life.claims.claim("w", among=JobsToClaim.SMALL) for _ in range(4)]

        assert [claim and (claim.job.owner) for claim in taken] == ["ada", "bob", "ada", None]
        assert {claim.job.phase for claim in taken if claim} == {ExecutionPhase.EXECUTING}
        # The rest waits for a place of the other kind.
        assert (await take(life)).job.kind == INSPECT
        assert (await take(life)).job.owner == "bob"


async def test_without_a_place_for_small_jobs_none_counts_as_small(store_settings: StoreSettings):
    async with open_job_life(store_settings, LifeLimits(small_job_seconds=0)) as life:
        job = await a_job(life)
        await life.jobs.run(job.id, owner=OWNER, expected_seconds=0.5)

        assert await life.claims.claim("w", among=JobsToClaim.SMALL) is None
        assert (await take(life)).job.id == job.id


async def test_a_small_job_of_a_silent_worker_goes_to_a_place_for_small_ones(store_settings: StoreSettings):
    async with open_job_life(store_settings, SHORT_LEASE) as life:
        for seconds in (600.0, 1.0):
            job = await a_job(life)
            await life.jobs.run(job.id, owner=OWNER, expected_seconds=seconds)
            await take(life)
        await lease_over()

        again = await life.claims.claim("other", among=JobsToClaim.SMALL)

        assert again is not None
        assert again.job.id == job.id
        assert await life.claims.claim("other", among=JobsToClaim.SMALL) is None


async def test_inspections_come_first_and_count_for_no_limit(store_settings: StoreSettings):
    async with open_job_life(store_settings, LifeLimits(max_running_per_owner=1)) as life:
        job = await a_job(life, ExecutionPhase.QUEUED)
        inspections = [await a_job(life, ExecutionPhase.QUEUED, kind=INSPECT) for _ in range(2)]

        order = [(await take(life)).job.id for _ in range(3)]

    assert order == [inspections[0].id, inspections[1].id, job.id]


async def test_a_job_of_a_silent_worker_goes_to_another_and_the_first_can_do_nothing(
    store_settings: StoreSettings,
):
    async with open_job_life(store_settings, SHORT_LEASE) as life:
        await a_job(life, ExecutionPhase.QUEUED)
        first = await take(life, "first")
        lost_result = await a_result(life, first, b"half")
        await lease_over()
        second = await take(life, "second")

        attempts = [
            life.claims.heartbeat(first, progress=Progress(stage="match")),
            life.claims.publish(first, results=(lost_result,), record={"by": "first"}),
            life.claims.fail(first, FAILURE),
            life.claims.exceed_duration(first),
            life.claims.hand_back(first),
        ]
        refusals = await asyncio.gather(*attempts, return_exceptions=True)
        between = await life.jobs.get(first.job.id, owner=OWNER)
        result = await complete(life, second)
        await life.disposal.sweep()

        assert [type(refusal) for refusal in refusals] == [ClaimLostError] * 5
        assert (between.phase, between.results, between.record) == (ExecutionPhase.EXECUTING, (), None)
        done = await life.jobs.get(first.job.id, owner=OWNER)
        assert (done.results, done.attempt, done.start_time) == ((result,), 2, first.job.start_time)
        assert await life.blobs.read(result.blob) == b"rows"
        with pytest.raises(UnknownBlobError):
            await life.blobs.read(lost_result.blob)


async def test_an_expired_lease_that_nobody_took_can_be_renewed(store_settings: StoreSettings):
    async with open_job_life(store_settings, SHORT_LEASE) as short, open_job_life(store_settings) as long:
        await a_job(short, ExecutionPhase.QUEUED)
        claim = await take(short)
        await lease_over()

        await long.claims.heartbeat(claim)

        assert await long.claims.claim("other") is None


async def test_a_job_that_silences_every_worker_is_given_up_as_transient(store_settings: StoreSettings):
    limits = LifeLimits(lease_seconds=0.05, max_attempts=2)
    async with open_job_life(store_settings, limits) as life:
        job = await a_job(life, ExecutionPhase.QUEUED)
        for _ in range(2):
            await take(life)
            await lease_over()

        assert await life.claims.claim("third") is None
        given_up = await life.jobs.get(job.id, owner=OWNER)
        assert given_up.phase == ExecutionPhase.ERROR
        assert given_up.error is not None
        assert given_up.error.type == ErrorType.TRANSIENT
        assert "2 times" in given_up.error.message


async def test_a_job_that_was_handed_back_is_claimed_at_once_and_never_given_up(store_settings: StoreSettings):
    async with open_job_life(store_settings, LifeLimits(max_attempts=2)) as life:
        await a_job(life, ExecutionPhase.QUEUED)

        for attempt in range(1, 6):
            claim = await take(life)
            assert claim.attempt == attempt
            await life.claims.hand_back(claim)

        with pytest.raises(ClaimLostError):
            await life.claims.heartbeat(claim)


@pytest.mark.parametrize("action", ["abort", "delete"])
async def test_a_claim_is_lost_when_its_job_is_ended_by_the_owner(job_life: JobLife, action: str):
    job = await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)

    await getattr(job_life.jobs, action)(job.id, owner=OWNER)

    with pytest.raises(ClaimLostError):
        await job_life.claims.heartbeat(claim)
    with pytest.raises(ClaimLostError):
        await complete(job_life, claim)


async def test_publishing_shows_the_job_and_all_its_results_in_one_step(job_life: JobLife):
    await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)
    result = await a_result(job_life, claim)
    before = await job_life.jobs.get(claim.job.id, owner=OWNER)

    await job_life.claims.publish(
        claim, results=(result,), record={"rows": 4}, notes=("MAXREC cut it.",), request={"resolved": True}
    )

    done = await job_life.jobs.get(claim.job.id, owner=OWNER)
    assert before.results == ()
    assert (done.phase, done.results, done.record) == (ExecutionPhase.COMPLETED, (result,), {"rows": 4})
    assert (done.notes, done.request) == (("MAXREC cut it.",), {"resolved": True})
    assert done.start_time is not None
    assert done.end_time is not None
    assert done.creation_time <= done.start_time <= done.end_time


async def test_publishing_again_is_harmless_when_only_the_answer_was_lost(job_life: JobLife):
    await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)
    result = await complete(job_life, claim)

    await job_life.claims.publish(claim, results=(), record={"rows": 0})

    done = await job_life.jobs.get(claim.job.id, owner=OWNER)
    assert (done.results, done.record) == ((result,), {"rows": 4})


async def test_a_failure_is_kept_with_all_its_problems(job_life: JobLife):
    failed = await a_job(job_life, ExecutionPhase.ERROR)

    assert failed.error == FAILURE
    assert failed.end_time is not None


async def test_a_job_that_ran_too_long_is_aborted_and_says_so(job_life: JobLife):
    await a_job(job_life, ExecutionPhase.QUEUED, execution_duration=7)
    claim = await take(job_life)

    await job_life.claims.exceed_duration(claim)

    job = await job_life.jobs.get(claim.job.id, owner=OWNER)
    assert (job.phase, job.notes) == (
        ExecutionPhase.ABORTED,
        ("Ended because it ran longer than its execution duration of 7 s.",),
    )


async def test_a_heartbeat_tells_the_duration_that_the_owner_changed(job_life: JobLife):
    await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)
    await job_life.jobs.set_execution_duration(claim.job.id, owner=OWNER, seconds=5)

    assert await job_life.claims.heartbeat(claim, progress=Progress("match", done=1, total=3, rows=10)) == 5
    assert (await job_life.jobs.get(claim.job.id, owner=OWNER)).progress == Progress("match", done=1, total=3, rows=10)
