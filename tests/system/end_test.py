"""How jobs end that do not run to their end: by their owner, by the clock, by a killed process."""

import contextlib
import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pytest

import tsm
from service.stack import Stack
from tests.system.sky_files import CATALOG

pytestmark = [pytest.mark.system, pytest.mark.xdist_group("system")]


@pytest.fixture(scope="session")
def large_redshifts(maker: tsm.TrainingSetMaker, large_table: Path) -> tsm.Upload:
    return maker.upload(large_table)


@pytest.fixture
def long_job(maker: tsm.TrainingSetMaker, large_redshifts: tsm.Upload) -> Iterator[tsm.Job]:
    """A job that computes for many seconds, and has begun to."""
    job = maker.crossmatch(
        catalog=CATALOG, redshifts=large_redshifts, match="all", radius_arcsec=5.0, unique="none", neighbors=100
    )
    until_computing(job)
    yield job
    with contextlib.suppress(tsm.RequestRefusedError):
        job.delete()


def until_computing(job: tsm.Job) -> None:
    """Until the child reports progress."""
    deadline = time.monotonic() + 60
    while job.refresh().progress is None:
        assert not job.is_final, job.state
        assert time.monotonic() < deadline, job.state
        time.sleep(0.05)


def computing_children(stack: Stack) -> list[psutil.Process]:
    """Processes that compute, of the worker that runs now."""
    children = psutil.Process(stack.worker_pid).children(recursive=True)
    found = []
    for child in children:
        # Those of earlier tests may just be ending.
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.cmdline()[-1:] == ["make"]:
                found.append(child)
    return found


def until_one_is_gone(children: list[psutil.Process], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while all(child.is_running() and child.status() != psutil.STATUS_ZOMBIE for child in children):
        assert time.monotonic() < deadline, "every child still runs"
        time.sleep(0.02)


def until_ended(job: tsm.Job, *, seconds: float) -> tsm.JobState:
    deadline = time.monotonic() + seconds
    while job.refresh().phase not in {"COMPLETED", "ERROR", "ABORTED"}:
        assert time.monotonic() < deadline, job.state
        time.sleep(0.1)
    return job.state


def test_abortion_by_the_uws_face_ends_the_computation_within_two_seconds(
    stack: Stack, http: httpx.Client, long_job: tsm.Job
) -> None:
    children = computing_children(stack)
    answer = http.post(f"{long_job.url}/phase", data={"PHASE": "ABORT"})
    assert answer.status_code == 303
    until_one_is_gone(children, seconds=2)
    assert http.get(f"{long_job.url}/phase").text == "ABORTED"


def test_deletion_ends_the_computation_and_hides_the_job_at_once(
    stack: Stack, http: httpx.Client, long_job: tsm.Job
) -> None:
    children = computing_children(stack)
    assert http.delete(long_job.url).status_code == 303
    assert http.get(long_job.url).status_code == 404
    until_one_is_gone(children, seconds=2)


def test_a_job_beyond_its_execution_duration_is_aborted_and_says_why(
    stack: Stack, http: httpx.Client, long_job: tsm.Job
) -> None:
    answer = http.post(f"{long_job.url}/executionduration", data={"EXECUTIONDURATION": "1"})
    assert answer.status_code == 303
    state = until_ended(long_job, seconds=10)
    assert state.phase == "ABORTED"
    assert "1 s" in " ".join(state.notes)


def test_the_job_of_a_killed_worker_runs_again_and_leaves_no_process_behind(
    stack: Stack, maker: tsm.TrainingSetMaker, large_redshifts: tsm.Upload
) -> None:
    job = maker.crossmatch(catalog=CATALOG, redshifts=large_redshifts, radius_arcsec=1.0)
    until_computing(job)
    killed = stack.worker_pid
    children = computing_children(stack)
    os.kill(killed, signal.SIGKILL)
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.wait(5)
    assert job.wait().state.phase == "COMPLETED"
    assert stack.worker_pid != killed


def test_progress_is_in_the_job_document_and_in_the_events(http: httpx.Client, long_job: tsm.Job) -> None:
    document = http.get(long_job.url).text
    assert "<uws:jobInfo" in document or "<jobInfo" in document
    stages = []
    with http.stream("GET", f"/api/v1/jobs/{long_job.id}/events") as events:
        for line in events.iter_lines():
            if line.startswith("data:"):
                stages.append(tsm.JobState.from_dict(json.loads(line.removeprefix("data:"))).progress)
            if len(stages) == 2:
                break
    assert all(stage is not None and stage.stage for stage in stages)
