"""The sync face (UWS and DALI checklist, §9.1 to 9.3)."""

import asyncio
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest

from app.services import Services
from app.uws_jobs import create_job
from tests.app.dali.documents import JOBS, listed_ids, phase_of
from tests.app.votables import error_message
from trainingset.errors import Problem
from uws.job import ErrorSummary, ErrorType

SYNC = "/crossmatch/sync"
FIELDS = {"CATALOG": "mock.object", "REDSHIFTS": "mine"}
CONTENT = b"<VOTABLE>the answer</VOTABLE>"


async def answered(request, worker, finish) -> httpx.Response:
    """Answer of a sync request whose job a worker ends as told."""
    answering = asyncio.create_task(request)
    await finish(await worker.claim_next())
    return await answering


@pytest.fixture
def impatient(app, services: Services) -> None:
    """Let sync requests keep their connection for a second only."""
    app.state.services = replace(services, config=services.config.model_copy(update={"sync_seconds": 1.0}))


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_the_primary_result_is_the_answer(app_client, worker, method):
    fields = {"params": FIELDS} if method == "GET" else {"data": FIELDS}

    response = await answered(
        app_client.request(method, SYNC, **fields), worker, lambda claim: worker.complete(claim, content=CONTENT)
    )

    assert (response.status_code, response.content) == (200, CONTENT)
    assert response.headers["content-type"] == "application/x-votable+xml"


async def test_the_format_asked_for_is_the_type_of_the_answer(app_client, worker):
    request = app_client.get(SYNC, params={**FIELDS, "RESPONSEFORMAT": "text/xml"})

    response = await answered(request, worker, worker.complete)

    assert response.headers["content-type"] == "text/xml"


async def test_tables_can_come_with_a_sync_request(app_client, worker):
    data, files = {**FIELDS, "UPLOAD": "mine,param:up"}, {"up": ("z.vot", b"<VOTABLE/>")}
    inputs = []

    async def finish(claim):
        inputs.extend(claim.job.request["inputs"])
        await worker.complete(claim)

    response = await answered(app_client.post(f"{SYNC}?RADIUS=1", data=data, files=files), worker, finish)

    assert (response.status_code, inputs) == (200, ["mine"])


async def test_a_request_that_cannot_be_done_is_the_users_mistake(app_client, worker):
    problems = (Problem(parameter="RADIUS", message="9 is above 5"), Problem(parameter="WHERE", message="no column x"))

    response = await answered(app_client.get(SYNC, params=FIELDS), worker, lambda claim: worker.fail(claim, *problems))

    assert response.status_code == 400
    assert error_message(response) == "RADIUS: 9 is above 5; WHERE: no column x"


@pytest.mark.parametrize(("error_type", "status"), [(ErrorType.TRANSIENT, 503), (ErrorType.FATAL, 500)])
async def test_a_fault_of_ours_is_not_the_users_mistake(app_client, worker, worker_life, error_type, status):
    summary = ErrorSummary(error_type, "The catalog cannot be read.")

    response = await answered(
        app_client.get(SYNC, params=FIELDS), worker, lambda claim: worker_life.claims.fail(claim, summary)
    )

    assert response.status_code == status
    assert error_message(response) == "The catalog cannot be read."


async def test_a_form_that_is_refused_leaves_no_job(app_client, services):
    response = await app_client.get(SYNC, params={**FIELDS, "radius": "1", "RADIUS": "2"})

    assert response.status_code == 400
    assert "RADIUS: is given as" in error_message(response)
    assert await services.jobs.list_jobs(owner="mlima", kind=None) == []


async def test_a_job_that_was_aborted_has_no_answer(app_client, worker):
    async def abort(claim):
        await app_client.post(f"{JOBS}/{claim.job.id}/phase", data={"PHASE": "ABORT"})

    response = await answered(app_client.get(SYNC, params=FIELDS), worker, abort)

    assert response.status_code == 400
    assert "was aborted" in error_message(response)


async def test_a_job_whose_destruction_has_come_does_not_continue(app_client, worker_life):
    answering = asyncio.create_task(app_client.get(SYNC, params={**FIELDS, "DESTRUCTION": "1999-01-01"}))
    while not answering.done():
        await worker_life.reconciler.destroy_expired()
        await asyncio.sleep(0.05)
    response = await answering

    assert response.status_code == 400
    assert "destruction time" in error_message(response)


async def test_a_job_whose_destruction_has_come_before_it_could_start_is_told_as_such(
    app_client, worker_life, monkeypatch
):
    async def created_and_destroyed(*arguments):
        made = await create_job(*arguments)
        await worker_life.reconciler.destroy_expired()
        return made

    monkeypatch.setattr("app.sync.create_job", created_and_destroyed)
    response = await app_client.get(SYNC, params={**FIELDS, "DESTRUCTION": "1999-01-01"})

    assert response.status_code == 400
    assert "destruction time" in error_message(response)


async def test_a_job_that_takes_too_long_continues_and_the_error_tells_where(app_client, worker, impatient):
    response = await app_client.get(SYNC, params=FIELDS)

    (job_id,) = listed_ids(await app_client.get(JOBS))
    assert response.status_code == 504
    assert f"http://tsm.example/tsm{JOBS}/{job_id}" in error_message(response)
    assert "async" in error_message(response)
    assert await phase_of(app_client, f"{JOBS}/{job_id}") == "QUEUED"


async def test_a_client_that_hangs_up_aborts_its_job(app, app_client, token, worker):
    has_left = asyncio.Event()
    messages = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive():
        if messages:
            return messages.pop()
        await has_left.wait()
        return {"type": "http.disconnect"}

    async def send(message):
        pass

    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": f"/tsm{SYNC}",
        "query_string": urlencode(FIELDS).encode(),
        "headers": [(b"host", b"tsm.example"), (b"authorization", f"Bearer {token}".encode())],
    }
    answering = asyncio.create_task(app(scope, receive, send))
    job = f"{JOBS}/{(await worker.claim_next()).job.id}"

    has_left.set()
    await answering

    assert await phase_of(app_client, job) == "ABORTED"


async def test_sync_cannot_be_deleted(app_client):
    assert (await app_client.delete(SYNC)).status_code == 405
