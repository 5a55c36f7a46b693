"""Waiting for a job: by events, without them, through restarts, and until somebody has had enough."""

import asyncio
import io
import signal
import sys
import threading
from contextlib import redirect_stderr

import pytest

import tsm
from tests.clients.library.conftest import OUTAGE_SECONDS, TOKEN
from tests.clients.library.faulty_server import Answer, FaultyServer, a_job, events, json_answer, problem
from tests.clients.library.quick_clock import QuickClock

JOB = "/api/v1/jobs/j1"
EVENTS = "/api/v1/jobs/j1/events"
DONE = a_job("COMPLETED")
SILENT = Answer(headers={"Content-Type": "text/event-stream", "Content-Length": "9"}, is_silent=True)


def progress(done: int) -> dict[str, object]:
    return {"stage": "match", "done": done, "total": 3, "unit": "partitions", "rows": 7}


@pytest.fixture
def job(server: FaultyServer, faulty_maker: tsm.TrainingSetMaker) -> tsm.Job:
    server.on("GET", JOB, json_answer(a_job("QUEUED")))
    job = faulty_maker.job("j1")
    server.requests.clear()
    return job


def test_events_are_seen_in_order_in_the_thread_that_waits(server: FaultyServer, job: tsm.Job) -> None:
    stages = [a_job(progress=progress(done)) for done in range(3)]
    server.on("GET", EVENTS, events(a_job("QUEUED"), *stages, DONE))
    seen: list[tuple[str, int | None, int]] = []

    def see(state: tsm.JobState) -> None:
        seen.append((state.phase, state.progress.done if state.progress else None, threading.get_ident()))

    job.wait(progress=see)

    here = threading.get_ident()
    moments = [("QUEUED", None), ("EXECUTING", 0), ("EXECUTING", 1), ("EXECUTING", 2), ("COMPLETED", None)]
    assert seen == [(*moment, here) for moment in moments]
    assert job.is_final


def test_a_proxy_that_keeps_events_back_is_got_round(server: FaultyServer, job: tsm.Job) -> None:
    server.on("GET", EVENTS, SILENT)
    server.on("GET", JOB, json_answer(a_job()), json_answer(a_job()), json_answer(DONE))

    assert job.wait(progress=False).phase == "COMPLETED"
    assert len(server.requests_to("GET", EVENTS)) == 1


def test_a_proxy_that_answers_in_place_of_events_is_got_round(server: FaultyServer, job: tsm.Job) -> None:
    server.on("GET", EVENTS, Answer(200, b"<html>", {"Content-Type": "text/html"}))
    server.on("GET", JOB, json_answer(DONE))

    assert job.wait(progress=False).phase == "COMPLETED"


def test_events_that_break_are_taken_up_again(server: FaultyServer, job: tsm.Job) -> None:
    cut = events(a_job(progress=progress(1)), a_job(progress=progress(2)), cut_after=900)
    server.on("GET", EVENTS, cut, events(DONE))
    server.on("GET", JOB, json_answer(a_job(progress=progress(2))))

    assert job.wait(progress=False).phase == "COMPLETED"
    assert len(server.requests_to("GET", EVENTS)) == 2


def test_a_restart_of_the_service_is_waited_through(
    server: FaultyServer, job: tsm.Job, quick_clock: QuickClock
) -> None:
    server.on("GET", EVENTS, events(a_job()), Answer(is_dropped=True), problem(502, "Bad gateway"), events(DONE))
    away = [Answer(is_dropped=True), *[problem(502, "Bad gateway")] * 11]
    server.on("GET", JOB, *away, json_answer(a_job()))

    assert job.wait(progress=False).phase == "COMPLETED"
    assert sum(quick_clock.pauses) > 15


def test_a_service_that_stays_away_is_given_up_and_says_how_to_come_back(
    server: FaultyServer, job: tsm.Job, quick_clock: QuickClock
) -> None:
    server.on("GET", EVENTS, Answer(is_dropped=True))
    server.on("GET", JOB, problem(503, "Maintenance."))

    with pytest.raises(tsm.ServiceUnavailableError, match=r'Maintenance.*tsm\.job\("j1"\)'):
        job.wait(progress=False)

    assert sum(quick_clock.pauses) > OUTAGE_SECONDS


def test_a_deleted_job_is_not_waited_for(server: FaultyServer, job: tsm.Job) -> None:
    server.on("GET", EVENTS, events(a_job()))
    server.on("GET", JOB, problem(404, "There is no job 'j1' of yours."))

    with pytest.raises(tsm.RequestRefusedError, match="no job 'j1'"):
        job.wait(progress=False)


def test_a_token_that_expires_meanwhile_is_told(server: FaultyServer, job: tsm.Job) -> None:
    server.on("GET", EVENTS, events(a_job()), problem(401, "The token has expired."))
    server.on("GET", JOB, json_answer(a_job()))

    with pytest.raises(tsm.SignInError, match="The token has expired"):
        job.wait(progress=False)


def test_patience_has_an_end_if_asked_for(server: FaultyServer, job: tsm.Job) -> None:
    server.on("GET", EVENTS, SILENT)
    server.on("GET", JOB, json_answer(a_job()))

    with pytest.raises(TimeoutError, match=r"goes on.*tsm wait j1"):
        job.wait(timeout=0.1, progress=False)


def test_a_failed_job_says_why(server: FaultyServer, job: tsm.Job) -> None:
    found = {"parameter": "RADIUS", "message": "is too large"}
    error = {"type": "fatal", "message": "RADIUS: is too large", "problems": [found]}
    server.on("GET", EVENTS, events(a_job("ERROR", error=error)))

    with pytest.raises(tsm.JobFailedError, match="RADIUS: is too large") as failure:
        job.wait(progress=False)

    assert [problem.parameter for problem in failure.value.problems] == ["RADIUS"]


def test_an_interruption_leaves_the_job_and_says_how_to_come_back(server: FaultyServer, job: tsm.Job) -> None:
    server.on("GET", EVENTS, SILENT)
    main = threading.get_ident()
    threading.Timer(0.2, lambda: signal.pthread_kill(main, signal.SIGINT)).start()

    with pytest.raises(KeyboardInterrupt, match=r'job j1 goes on.*tsm\.job\("j1"\)'), job:
        job.wait(progress=False)

    assert {request.method for request in server.requests} == {"GET"}


def test_a_job_is_deleted_at_the_end_of_its_context(server: FaultyServer, job: tsm.Job) -> None:
    server.on("DELETE", JOB, Answer(204))

    with job:
        assert server.requests_to("DELETE", JOB) == []

    assert len(server.requests_to("DELETE", JOB)) == 1


def test_waiting_works_inside_a_running_loop_as_a_notebook_has(server: FaultyServer, job: tsm.Job) -> None:
    server.on("GET", EVENTS, events(DONE))

    async def cell() -> str:
        return job.wait(progress=False).phase

    assert asyncio.run(cell()) == "COMPLETED"


async def test_the_asynchronous_twin_does_the_same(server: FaultyServer) -> None:
    server.on("GET", JOB, json_answer(a_job("QUEUED")))
    server.on("GET", EVENTS, events(a_job(), DONE))
    phases: list[str] = []

    async with tsm.AsyncTrainingSetMaker(server.url, TOKEN) as maker:
        job = await maker.job("j1")
        await job.wait(on_change=lambda state: phases.append(state.phase))

    assert phases == ["QUEUED", "EXECUTING", "COMPLETED"]


def test_a_bar_is_shown_when_asked_for(server: FaultyServer, job: tsm.Job) -> None:
    server.on("GET", EVENTS, events(a_job(progress=progress(2)), DONE))
    shown = io.StringIO()

    with redirect_stderr(shown):
        job.wait(progress=True)

    assert "EXECUTING match" in shown.getvalue()
    assert "2/3" in shown.getvalue()
    assert "COMPLETED" in shown.getvalue()


def test_nothing_is_shown_where_nobody_looks_on(
    server: FaultyServer, job: tsm.Job, capsys: pytest.CaptureFixture[str]
) -> None:
    server.on("GET", EVENTS, events(a_job(progress=progress(2)), DONE))

    assert not sys.stderr.isatty()
    job.wait()

    assert capsys.readouterr() == ("", "")
