"""Phases, transitions and the times that go with them (UWS and DALI checklist, §3 and §5)."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from app.instants import read_instant
from tests.app.dali.documents import FIELDS, UWS, a_job, parameters_of, phase_of, text_of
from tests.app.votables import error_message, job_path, tree
from tests.shared_data import xml_schema
from trainingset.errors import Problem
from uws.job import JobId

FINAL = ["COMPLETED", "ERROR", "ABORTED"]


async def a_job_in(phase: str, client, worker, services) -> str:
    """A job that was brought to a phase in the usual way."""
    job = await a_job(client)
    job_id = JobId(job.rpartition("/")[2])
    if phase in {"ABORTED", "ARCHIVED"}:
        await client.post(f"{job}/phase", data={"PHASE": "ABORT"})
    elif phase != "PENDING":
        await client.post(f"{job}/phase", data={"PHASE": "RUN"})
    if phase in {"EXECUTING", "COMPLETED", "ERROR"}:
        claim = await worker.claim()
        await worker.progress(claim, "match", 3, 7)
        if phase == "COMPLETED":
            await worker.complete(claim)
        elif phase == "ERROR":
            await worker.fail(claim, Problem(parameter="RADIUS", message="9 is above the margin"))
    if phase == "ARCHIVED":
        await services.jobs.set_destruction(job_id, owner="mlima", when=datetime.now(UTC) - timedelta(seconds=1))
        await worker.destroy_expired()
    assert await phase_of(client, job) == phase
    return job


PHASES = ["PENDING", "QUEUED", "EXECUTING", "COMPLETED", "ERROR", "ABORTED", "ARCHIVED"]


@pytest.mark.parametrize("phase", PHASES)
async def test_document_is_valid_in_every_phase_that_a_job_can_have(app_client, worker, services, phase):
    job = await a_job_in(phase, app_client, worker, services)

    xml_schema("UWS-v1.1.xsd").assertValid(tree(await app_client.get(job)))


@pytest.mark.parametrize("phase", PHASES)
async def test_times_are_in_order_and_equal_in_document_and_children(app_client, worker, services, phase):
    job = await a_job_in(phase, app_client, worker, services)

    texts = [await text_of(app_client, job, name) for name in ("creationTime", "startTime", "endTime")]

    known = [read_instant(text) for text in texts if text]
    assert known == sorted(known)
    for child in ("destruction", "quote"):
        assert (await app_client.get(f"{job}/{child}")).text == (await text_of(app_client, job, child) or "")


async def test_a_new_job_is_pending(app_client):
    assert await phase_of(app_client, await a_job(app_client)) == "PENDING"


@pytest.mark.parametrize("where", ["query", "body"])
async def test_run_queues_a_pending_job(app_client, where):
    job = await a_job(app_client)
    fields = {"phase": "RUN"}

    response = await app_client.post(f"{job}/phase", **({"params": fields} if where == "query" else {"data": fields}))

    assert job_path(response) == job
    assert await phase_of(app_client, job) == "QUEUED"


@pytest.mark.parametrize("phase", sorted(set(PHASES) - {"PENDING"}))
async def test_run_is_refused_in_any_other_phase(app_client, worker, services, phase):
    job = await a_job_in(phase, app_client, worker, services)

    response = await app_client.post(f"{job}/phase", data={"PHASE": "RUN"})

    assert response.status_code == 403
    assert phase in error_message(response)
    assert await phase_of(app_client, job) == phase


async def test_two_runs_start_one_computation(app_client, worker):
    job = await a_job(app_client)

    responses = await asyncio.gather(*(app_client.post(f"{job}/phase", data={"PHASE": "RUN"}) for _ in range(5)))

    assert sorted(response.status_code for response in responses) == [303, 403, 403, 403, 403]
    assert (await worker.claim()).job.attempt == 1


@pytest.mark.parametrize("phase", ["PENDING", "QUEUED", "EXECUTING"])
@pytest.mark.parametrize("where", ["query", "body"])
async def test_abort_ends_an_unfinished_job(app_client, worker, services, phase, where):
    job = await a_job_in(phase, app_client, worker, services)
    fields = {"PHASE": "ABORT"}

    response = await app_client.post(f"{job}/phase", **({"params": fields} if where == "query" else {"data": fields}))

    assert job_path(response) == job
    assert await phase_of(app_client, job) == "ABORTED"
    assert await text_of(app_client, job, "endTime")


@pytest.mark.parametrize("phase", [*FINAL, "ARCHIVED"])
async def test_abort_of_a_finished_job_changes_nothing_and_is_no_error(app_client, worker, services, phase):
    job = await a_job_in(phase, app_client, worker, services)
    before = (await app_client.get(job)).content

    response = await app_client.post(f"{job}/phase", data={"PHASE": "ABORT"})

    assert job_path(response) == job
    assert (await app_client.get(job)).content == before


@pytest.mark.parametrize("value", ["run", "STOP", "COMPLETED", ""])
async def test_other_values_of_phase_are_refused(app_client, value):
    job = await a_job(app_client)

    response = await app_client.post(f"{job}/phase", data={"PHASE": value})

    assert response.status_code == 400
    assert error_message(response) == f"PHASE: RUN or ABORT is possible here, not {value!r}"


@pytest.mark.parametrize("phase", PHASES)
async def test_delete_works_in_every_phase(app_client, worker, services, phase):
    job = await a_job_in(phase, app_client, worker, services)

    assert (await app_client.delete(job)).status_code == 303
    assert (await app_client.get(job)).status_code == 404


async def test_only_a_started_job_has_a_start_time(app_client, worker, services):
    queued = await a_job_in("QUEUED", app_client, worker, services)
    before = await text_of(app_client, queued, "startTime")

    await worker.claim()

    assert (before, bool(await text_of(app_client, queued, "startTime"))) == ("", True)


async def test_a_failed_job_is_served_with_200_and_tells_why_in_both_places(app_client, worker, services):
    job = await a_job_in("ERROR", app_client, worker, services)

    document, error = await app_client.get(job), await app_client.get(f"{job}/error")

    assert (document.status_code, error.status_code) == (200, 200)
    summary = tree(document).find("uws:errorSummary", UWS)
    assert dict(summary.attrib) == {"type": "fatal", "hasDetail": "true"}
    assert summary.findtext("uws:message", namespaces=UWS) == "RADIUS: 9 is above the margin"
    assert error_message(error) == "RADIUS: 9 is above the margin"


@pytest.mark.parametrize("phase", sorted(set(PHASES) - {"ERROR"}))
async def test_only_a_failed_job_has_an_error(app_client, worker, services, phase):
    job = await a_job_in(phase, app_client, worker, services)

    assert (await app_client.get(f"{job}/error")).status_code == 404


async def test_progress_is_in_the_job_document_while_it_runs(app_client, worker, services):
    job = await a_job_in("EXECUTING", app_client, worker, services)

    progress = tree(await app_client.get(job)).find(".//{*}progress")

    assert [(child.tag.rpartition("}")[2], child.text) for child in progress] == [
        ("stage", "match"),
        ("done", "3"),
        ("total", "7"),
        ("unit", "partitions"),
        ("rows", "7"),
    ]


async def test_an_archived_job_keeps_its_parameters_and_has_no_results(app_client, worker, services):
    job = await a_job_in("ARCHIVED", app_client, worker, services)

    assert await parameters_of(app_client, job) == FIELDS[job.split("/")[1]]
    assert len(tree(await app_client.get(f"{job}/results"))) == 0


async def test_results_of_an_archived_job_are_not_found(app_client, worker, services):
    job = await a_job_in("COMPLETED", app_client, worker, services)
    await app_client.post(f"{job}/destruction", data={"DESTRUCTION": "2020-01-01T00:00:00"})

    await worker.destroy_expired()

    assert await phase_of(app_client, job) == "ARCHIVED"
    assert (await app_client.get(f"{job}/results/result")).status_code == 404
