import asyncio
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.uws.builders import OWNER, a_job, a_new_job, a_result, complete, expire, in_days, pieces, take
from uws.assembly import JobLife, open_job_life
from uws.config import LifeLimits, StoreSettings
from uws.errors import (
    ClaimLostError,
    InvalidControlError,
    JobPhaseError,
    StoreUnavailableError,
    UnknownBlobError,
    UnknownJobError,
)
from uws.job import INSPECT, JobId, Parameter
from uws.life import JobService
from uws.phase import ACTIVE_PHASES, FINAL_PHASES, ExecutionPhase

REACHABLE = sorted(ACTIVE_PHASES | FINAL_PHASES | {ExecutionPhase.ARCHIVED})


async def test_a_new_job_is_pending_and_has_what_it_was_given(job_service: JobService):
    parameters = (Parameter("CATALOG", "dp1"), Parameter("WHERE", "nul \x00, quote ', \U0001f52d and \ud800"))

    job = await job_service.create(
        a_new_job(parameters=parameters, request={"big": 2**70, "nested": [1.5, None]}, run_id="run 7")
    )

    assert job == await job_service.get(job.id, owner=OWNER)
    assert (job.phase, job.parameters, job.run_id) == (ExecutionPhase.PENDING, parameters, "run 7")
    assert job.request == {"big": 2**70, "nested": [1.5, None]}
    assert (job.start_time, job.end_time, job.quote, job.error) == (None, None, None, None)


async def test_a_job_of_another_owner_is_unknown_whatever_is_asked(job_service: JobService):
    job = await job_service.create(a_new_job(owner="ada"))

    requests = [
        job_service.get(job.id, owner="eve"),
        job_service.replace_parameters(job.id, owner="eve", parameters=()),
        job_service.run(job.id, owner="eve"),
        job_service.set_execution_duration(job.id, owner="eve", seconds=1),
        job_service.set_destruction(job.id, owner="eve", when=in_days(1)),
        job_service.set_run_id(job.id, owner="eve", run_id="x"),
        job_service.abort(job.id, owner="eve"),
        job_service.delete(job.id, owner="eve"),
        job_service.wait(job.id, owner="eve", seconds=1),
    ]
    answers = await asyncio.gather(*requests, return_exceptions=True)

    assert [type(answer) for answer in answers] == [UnknownJobError] * len(requests)
    assert await job_service.get(job.id, owner="ada") == job
    assert await job_service.list_jobs(owner="eve", kind=None) == []


@pytest.mark.parametrize("job_id", ["", "nul\x00", "\udc80", "é", "x" * 10_000, "' OR 1=1", "../x"])
async def test_what_is_no_id_is_an_unknown_job(job_service: JobService, job_id: str):
    with pytest.raises(UnknownJobError):
        await job_service.get(JobId(job_id), owner=OWNER)
    with pytest.raises(UnknownJobError):
        await job_service.run(JobId(job_id), owner=OWNER)
    with pytest.raises(UnknownJobError):
        await job_service.delete(JobId(job_id), owner=OWNER)


async def test_no_time_and_no_number_is_too_large_for_the_list(job_service: JobService):
    job = await job_service.create(a_new_job())
    first, last = (time.replace(tzinfo=UTC) for time in (datetime.min, datetime.max))

    assert await job_service.list_jobs(owner=OWNER, kind=None, after=first, last=10**30) == [job]
    assert await job_service.list_jobs(owner=OWNER, kind=None, after=last) == []


async def test_no_job_is_listed_after_its_own_creation_time(job_service: JobService):
    jobs = [await job_service.create(a_new_job()) for _ in range(3)]

    later = await job_service.list_jobs(owner=OWNER, kind=None, after=jobs[1].creation_time)

    assert all(job.creation_time.microsecond % 1000 == 0 for job in jobs)
    assert jobs[1].id not in {job.id for job in later}
    assert all(job.creation_time > jobs[1].creation_time for job in later)


async def test_the_list_is_newest_first_and_last_takes_the_newest(job_service: JobService):
    jobs = [await job_service.create(a_new_job()) for _ in range(4)]

    listed = await job_service.list_jobs(owner=OWNER, kind="crossmatch")
    newest = await job_service.list_jobs(owner=OWNER, kind="crossmatch", last=2)

    assert {job.id for job in listed} == {job.id for job in jobs}
    assert [job.creation_time for job in listed] == sorted((job.creation_time for job in jobs), reverse=True)
    assert newest == listed[:2]


async def test_the_list_shows_archived_jobs_only_when_asked_and_joins_phases(job_life: JobLife):
    made = {phase: (await a_job(job_life, phase)).id for phase in REACHABLE}

    async def listed(*phases: ExecutionPhase) -> set[str]:
        found = await job_life.jobs.list_jobs(owner=OWNER, kind="crossmatch", phases=frozenset(phases))
        return {job.id for job in found}

    assert await listed() == set(made.values()) - {made[ExecutionPhase.ARCHIVED]}
    assert await listed(ExecutionPhase.ARCHIVED) == {made[ExecutionPhase.ARCHIVED]}
    assert await listed(ExecutionPhase.ERROR, ExecutionPhase.PENDING) == {
        made[ExecutionPhase.ERROR],
        made[ExecutionPhase.PENDING],
    }
    assert await listed(ExecutionPhase.HELD) == set()


async def test_internal_jobs_are_listed_only_by_their_own_kind(job_service: JobService):
    internal = await job_service.create(a_new_job(kind=INSPECT))
    combine = await job_service.create(a_new_job(kind="combine"))

    assert [job.id for job in await job_service.list_jobs(owner=OWNER, kind=None)] == [combine.id]
    assert [job.id for job in await job_service.list_jobs(owner=OWNER, kind=INSPECT)] == [internal.id]
    assert await job_service.list_jobs(owner=OWNER, kind="crossmatch") == []


async def test_two_runs_start_one_computation(job_life: JobLife):
    job = await a_job(job_life)

    answers = await asyncio.gather(*(job_life.jobs.run(job.id, owner=OWNER) for _ in range(5)), return_exceptions=True)

    assert sorted(type(answer).__name__ for answer in answers) == ["Job"] + ["JobPhaseError"] * 4
    assert await job_life.claims.claim("one") is not None
    assert await job_life.claims.claim("two") is None


async def test_run_stores_what_the_computation_gets(job_life: JobLife):
    job = await a_job(job_life, request={"old": True})

    await job_life.jobs.run(job.id, owner=OWNER, request={"kind": "crossmatch", "problems": []})

    assert (await take(job_life)).job.request == {"kind": "crossmatch", "problems": []}


@pytest.mark.parametrize("phase", [phase for phase in REACHABLE if phase != ExecutionPhase.PENDING])
async def test_after_pending_neither_run_nor_new_parameters_are_taken(job_life: JobLife, phase: ExecutionPhase):
    job = await a_job(job_life, phase)

    with pytest.raises(JobPhaseError, match=f"{job.id} is {phase}"):
        await job_life.jobs.run(job.id, owner=OWNER)
    with pytest.raises(JobPhaseError, match=f"{job.id} is {phase}"):
        await job_life.jobs.replace_parameters(job.id, owner=OWNER, parameters=(Parameter("A", "1"),))
    assert await job_life.jobs.get(job.id, owner=OWNER) == job


async def test_parameters_are_replaced_and_the_run_id_kept_unless_given(job_service: JobService):
    job = await job_service.create(a_new_job(parameters=(Parameter("A", "1"),), run_id="first"))

    kept = await job_service.replace_parameters(job.id, owner=OWNER, parameters=(Parameter("B", "2"),))
    changed = await job_service.replace_parameters(job.id, owner=OWNER, parameters=(), run_id="second")

    assert (kept.parameters, kept.run_id) == ((Parameter("B", "2"),), "first")
    assert (changed.parameters, changed.run_id) == ((), "second")


@pytest.mark.parametrize(("asked", "holds"), [(None, 3600), (60, 60), (0, 86_400), (10**9, 86_400), (86_400, 86_400)])
async def test_the_execution_duration_is_clamped_and_zero_means_as_long_as_allowed(
    job_service: JobService, asked: int | None, holds: int
):
    job = await job_service.create(a_new_job(execution_duration=asked))

    assert job.execution_duration == holds
    if asked is not None:
        changed = await job_service.set_execution_duration(job.id, owner=OWNER, seconds=asked)
        assert changed.execution_duration == holds


async def test_impossible_controls_are_refused_with_their_value(job_service: JobService):
    job = await job_service.create(a_new_job())

    with pytest.raises(InvalidControlError, match="-5"):
        await job_service.set_execution_duration(job.id, owner=OWNER, seconds=-5)
    with pytest.raises(InvalidControlError, match="65 characters; the limit is 64"):
        await job_service.create(a_new_job(run_id="x" * 65))
    with pytest.raises(InvalidControlError, match="printed"):
        await job_service.set_run_id(job.id, owner=OWNER, run_id="nul\x00")
    with pytest.raises(InvalidControlError, match="time zone"):
        await job_service.set_destruction(job.id, owner=OWNER, when=datetime(2030, 1, 1))
    assert await job_service.get(job.id, owner=OWNER) == job


async def test_the_destruction_time_is_clamped_to_the_longest_lifetime(job_service: JobService):
    job = await job_service.create(a_new_job())
    wanted = datetime.now(UTC).replace(microsecond=123_456) + timedelta(days=3)

    sooner = await job_service.set_destruction(job.id, owner=OWNER, when=wanted)
    latest = await job_service.set_destruction(job.id, owner=OWNER, when=datetime.max.replace(tzinfo=UTC))

    assert job.destruction == job.creation_time + timedelta(days=30)
    assert sooner.destruction == wanted.replace(microsecond=123_000)
    assert latest.destruction is not None
    assert abs(latest.destruction - in_days(365)) < timedelta(minutes=1)


@pytest.mark.parametrize("phase", sorted(ACTIVE_PHASES))
async def test_abort_ends_an_unfinished_job(job_life: JobLife, phase: ExecutionPhase):
    job = await a_job(job_life, phase)

    aborted = await job_life.jobs.abort(job.id, owner=OWNER)

    assert aborted.phase == ExecutionPhase.ABORTED
    assert aborted.end_time is not None
    assert aborted.creation_time <= (aborted.start_time or aborted.creation_time) <= aborted.end_time
    assert await job_life.claims.claim("worker") is None


@pytest.mark.parametrize("phase", [*sorted(FINAL_PHASES), ExecutionPhase.ARCHIVED])
async def test_abort_leaves_a_finished_job_as_it_is(job_life: JobLife, phase: ExecutionPhase):
    job = await a_job(job_life, phase)

    assert await job_life.jobs.abort(job.id, owner=OWNER) == job


@pytest.mark.parametrize("phase", REACHABLE)
async def test_a_deleted_job_is_gone_in_every_phase_with_its_files(job_life: JobLife, phase: ExecutionPhase):
    job = await a_job(job_life, phase)
    await job_life.blobs.write(f"jobs/{job.id}/inputs/table", pieces(b"x"))

    await job_life.jobs.delete(job.id, owner=OWNER)

    with pytest.raises(UnknownJobError):
        await job_life.jobs.get(job.id, owner=OWNER)
    with pytest.raises(UnknownJobError):
        await job_life.jobs.delete(job.id, owner=OWNER)
    assert await job_life.jobs.list_jobs(owner=OWNER, kind=None, phases=frozenset(ExecutionPhase)) == []
    assert await job_life.blobs.list_prefix(f"jobs/{job.id}") == []
    assert await job_life.claims.claim("worker") is None


async def test_the_worker_of_a_deleted_job_can_publish_nothing(job_life: JobLife):
    job = await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)
    await job_life.jobs.delete(job.id, owner=OWNER)

    with pytest.raises(ClaimLostError):
        await job_life.claims.heartbeat(claim)
    with pytest.raises(ClaimLostError):
        await complete(job_life, claim)


async def test_a_job_that_uses_a_deleted_jobs_result_is_refused_and_stays_pending(job_life: JobLife):
    source = await a_job(job_life, ExecutionPhase.COMPLETED)
    blob = source.results[0].blob
    job = await a_job(job_life)
    await job_life.jobs.delete(source.id, owner=OWNER)

    with pytest.raises(UnknownBlobError, match=source.id):
        await job_life.jobs.run(job.id, owner=OWNER, inputs=(blob,))
    with pytest.raises(UnknownBlobError, match=source.id):
        await job_life.jobs.create(a_new_job(inputs=(blob,)))
    assert (await job_life.jobs.get(job.id, owner=OWNER)).phase == ExecutionPhase.PENDING


async def test_a_pinned_result_outlives_its_deleted_job_until_the_pin_goes(job_life: JobLife):
    source = await a_job(job_life, ExecutionPhase.COMPLETED)
    blob = source.results[0].blob
    user = await a_job(job_life)
    await job_life.jobs.run(user.id, owner=OWNER, inputs=(blob,))

    await job_life.jobs.delete(source.id, owner=OWNER)
    kept = await job_life.blobs.read(blob)
    await job_life.jobs.delete(user.id, owner=OWNER)
    await job_life.disposal.clean_job(source.id)

    assert kept == b"rows"
    # Its job is forgotten: only its age tells that nobody is about to need it.
    assert [found.key for found in await job_life.blobs.list_prefix("jobs")] == [blob]


async def test_a_quote_needs_history_and_counts_the_queue(job_life: JobLife):
    first = await a_job(job_life)
    without = await job_life.jobs.run(first.id, owner=OWNER)
    claim = await take(job_life)
    await asyncio.sleep(0.3)
    await complete(job_life, claim)
    await job_life.claims.report_alive("worker", slots=1)

    done = await job_life.jobs.get(first.id, owner=OWNER)
    assert done.start_time is not None
    assert done.end_time is not None
    took = (done.end_time - done.start_time).total_seconds()

    began = time.monotonic()
    quoted = [await job_life.jobs.run((await a_job(job_life)).id, owner=OWNER) for _ in range(3)]
    slack = time.monotonic() - began

    assert without.quote is None
    waits = [(job.quote - job.creation_time).total_seconds() for job in quoted if job.quote]
    assert len(waits) == 3
    for turns, wait in enumerate(waits, 1):
        assert turns * took - 0.002 <= wait <= turns * took + slack


async def test_a_quote_scales_what_is_expected_by_how_long_jobs_took(job_life: JobLife):
    expected = (100.0, 0.1, 0.1)
    for seconds in expected:
        await job_life.jobs.run((await a_job(job_life)).id, owner=OWNER, expected_seconds=seconds)
        claim = await take(job_life)
        await asyncio.sleep(0.2)
        await complete(job_life, claim)
    done = await job_life.jobs.list_jobs(owner=OWNER, kind="crossmatch")
    took = [(job.end_time - job.start_time).total_seconds() for job in done if job.end_time and job.start_time]
    ratios = sorted(sorted(took)[place] / 0.1 for place in range(3))

    known = await job_life.jobs.calibration("crossmatch")
    quoted = await job_life.jobs.run((await a_job(job_life)).id, owner=OWNER, expected_seconds=50)

    assert known is not None
    assert known.n_jobs == 3
    # One of a hundred seconds took no longer than the others: it moves the lower edge and not the line.
    assert known.constant == 0
    assert ratios[0] <= known.slope <= ratios[-1]
    assert known.low < 0.5 < known.high
    assert quoted.quote is not None
    assert (quoted.quote - quoted.creation_time).total_seconds() == pytest.approx(50 * known.slope, abs=5)


async def test_the_first_job_is_quoted_by_what_is_expected_alone(job_life: JobLife):
    known = await job_life.jobs.calibration("crossmatch")
    quoted = await job_life.jobs.run((await a_job(job_life)).id, owner=OWNER, expected_seconds=50)

    assert known is None
    assert quoted.quote is not None
    assert (quoted.quote - quoted.creation_time).total_seconds() == pytest.approx(50, abs=5)


async def test_a_job_over_its_owners_limit_stays_queued_and_says_why(store_settings: StoreSettings):
    async with open_job_life(store_settings, LifeLimits(max_running_per_owner=1)) as life:
        first = await a_job(life, ExecutionPhase.EXECUTING)
        second = await a_job(life, ExecutionPhase.QUEUED)
        claimed = await life.claims.claim("worker")
        await life.jobs.abort(first.id, owner=OWNER)
        freed = await life.jobs.get(second.id, owner=OWNER)

        assert claimed is None
        assert second.notes == ("Waits for another job of yours to end: 1 are executing, the limit is 1.",)
        assert freed.notes == ()
        assert (await take(life)).job.id == second.id


async def test_a_job_is_queued_also_when_the_queue_is_away(store_settings: StoreSettings, tmp_path: Path):
    away = store_settings.model_copy(update={"queue_url": f"unix://{tmp_path}/away.sock"})
    async with open_job_life(away) as life:
        job = await a_job(life, ExecutionPhase.QUEUED)

        assert (await take(life)).job.id == job.id


async def test_a_store_that_is_away_is_said_to_be_so(store_settings: StoreSettings, tmp_path: Path):
    away = store_settings.model_copy(update={"database_url": f"postgresql+asyncpg://u@/d?host={tmp_path}"})
    async with open_job_life(away) as life:
        with pytest.raises(StoreUnavailableError):
            await life.jobs.get(JobId("any"), owner=OWNER)


async def test_expiry_aborts_removes_the_results_and_archives_the_rest(job_life: JobLife):
    completed = await a_job(job_life, ExecutionPhase.COMPLETED, parameters=(Parameter("A", "1"),), run_id="kept")
    executing = await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)
    await a_result(job_life, claim)

    await expire(job_life, completed.id)
    await expire(job_life, executing.id)

    archived = await job_life.jobs.get(completed.id, owner=OWNER)
    assert (archived.phase, archived.results, archived.record) == (ExecutionPhase.ARCHIVED, (), {"rows": 4})
    assert (archived.parameters, archived.run_id, archived.end_time) == (
        completed.parameters,
        "kept",
        completed.end_time,
    )
    ended = await job_life.jobs.get(executing.id, owner=OWNER)
    assert (ended.phase, ended.notes) == (
        ExecutionPhase.ARCHIVED,
        ("Ended because its destruction time was reached.",),
    )
    assert ended.end_time is not None
    assert await job_life.blobs.list_prefix("jobs") == []
    with pytest.raises(ClaimLostError):
        await job_life.claims.heartbeat(claim)


async def test_queue_numbers_tell_phases_age_and_workers(job_life: JobLife):
    await a_job(job_life, ExecutionPhase.COMPLETED)
    await a_job(job_life, ExecutionPhase.EXECUTING)
    await a_job(job_life, ExecutionPhase.QUEUED)
    await job_life.claims.report_alive("one", slots=2)
    await job_life.claims.report_alive("two", slots=2)
    await job_life.claims.report_stopped("two")

    numbers = await job_life.jobs.queue_numbers()

    assert numbers.jobs_by_phase == {
        ExecutionPhase.COMPLETED: 1,
        ExecutionPhase.EXECUTING: 1,
        ExecutionPhase.QUEUED: 1,
    }
    assert numbers.oldest_queued_seconds is not None
    assert 0 <= numbers.oldest_queued_seconds < 10
    assert numbers.workers_alive == 1


async def test_a_record_that_json_cannot_hold_is_refused_before_it_is_stored(job_life: JobLife):
    await a_job(job_life, ExecutionPhase.QUEUED)
    claim = await take(job_life)

    with pytest.raises(Exception, match="JSON compliant"):
        await job_life.claims.publish(claim, results=(), record={"z": float("nan")})

    assert (await job_life.jobs.get(claim.job.id, owner=OWNER)).phase == ExecutionPhase.EXECUTING
