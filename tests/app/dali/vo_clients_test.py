"""What real clients cannot do without: the eighteen rules, one test each, and pyvo itself."""

import asyncio
import io
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import requests
from astropy.table import Table
from pyvo.auth import AuthSession
from pyvo.dal import AsyncTAPJob, DALQueryError, TAPService
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tests.app.dali.documents import JOBS, UWS, a_job, listed_ids, parameters_of, phase_of, text_of
from tests.app.votables import error_message, job_path, tree
from trainingset.errors import Problem

STILTS_BOUNDARY = "<<<--------------MULTIPART-BOUNDARY------->>>"
JAVA_17 = {"Accept": "text/html, image/gif, image/jpeg, */*; q=0.2"}


def a_votable() -> bytes:
    content = io.BytesIO()
    Table({"objectId": [1, 2], "z": [0.1, 0.2]}).write(content, format="votable")
    return content.getvalue()


async def a_failed_job(client, worker) -> str:
    job = await a_job(client, PHASE="RUN")
    await worker.fail(None, Problem(parameter="RADIUS", message="9 is above 5"))
    return job


@pytest.mark.parametrize("name", ["async", "sync"])
async def test_rule_1_clients_append_async_and_sync_to_the_base(anonymous_client, name):
    assert (await anonymous_client.get(f"/crossmatch/{name}")).status_code == 401


async def test_rule_2_creation_is_303_with_an_absolute_location(app_client):
    response = await app_client.post(JOBS, data={"REQUEST": "doQuery"})

    assert response.status_code == 303
    assert httpx.URL(response.headers["location"]).is_absolute_url


async def test_rule_3_the_primary_result_is_at_results_result(app_client, worker):
    job = await a_job(app_client, PHASE="RUN")
    await worker.complete()

    result = tree(await app_client.get(job)).find(".//uws:result[@id='result']", UWS)

    assert result.get("{http://www.w3.org/1999/xlink}href").endswith(f"{job}/results/result")


async def test_rule_4_the_result_is_answered_directly(app_client, worker):
    job = await a_job(app_client, PHASE="RUN")
    await worker.complete()

    assert (await app_client.get(f"{job}/results/result")).status_code == 200


async def test_rule_5_version_1_1_is_told_and_wait_blocks(app_client):
    job = await a_job(app_client)
    started = time.monotonic()

    documents = await app_client.get(JOBS), await app_client.get(job, params={"WAIT": 1})

    assert [tree(document).get("version") for document in documents] == ["1.1", "1.1"]
    assert time.monotonic() - started >= 1


async def test_rule_6_a_job_over_the_limit_of_its_user_waits_in_queued(app_client, worker, worker_life):
    limit = 4
    for _ in range(limit + 1):
        await a_job(app_client, PHASE="RUN")
    for _ in range(limit):
        await worker.claim()

    assert await worker_life.claims.claim("workbench") is None
    phases = [element.text for element in tree(await app_client.get(JOBS)).iter("{*}phase")]
    assert sorted(phases) == ["EXECUTING"] * limit + ["QUEUED"]


@pytest.mark.parametrize("path", ["", "/{id}", "/{id}/results", "/{id}/parameters", "/none"])
async def test_rule_7_html_is_never_answered(app_client, path):
    job = await a_job(app_client)

    response = await app_client.get(JOBS + path.format(id=job.rpartition("/")[2]), headers=JAVA_17)

    assert "html" not in response.headers["content-type"]
    assert "xml" in response.headers["content-type"]


async def test_rule_8_query_and_body_are_read_and_names_are_case_insensitive(app_client):
    response = await app_client.post(f"{JOBS}?catalog=mock.object&Radius=1.0", files={"request": (None, "doQuery")})

    assert await parameters_of(app_client, job_path(response)) == {
        "CATALOG": "mock.object",
        "RADIUS": "1.0",
        "REQUEST": "doQuery",
    }


async def test_rule_9_parameters_of_other_protocols_are_kept_and_no_problem(app_client, worker):
    fields = {
        **{"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": "-", "FORMAT": "votable", "format": "votable"},
        **{"RESPONSEFORMAT": "votable", "MAXREC": "100", "RUNID": "x", "tapclient": "TapPlus", "jobname": "pilot"},
        **{"max_retries": "3", "PHASE": "RUN"},
    }

    job = job_path(await app_client.post(JOBS, data=fields))

    listed = await parameters_of(app_client, job)
    assert listed == {name: value for name, value in fields.items() if name != "format"}
    problems = (await worker.claim()).job.request["problems"]
    assert problems == []


@pytest.mark.parametrize("upload", ["a,param:x;b,param:y", ["a,param:x", "b,param:y"]])
async def test_rule_10_uploads_are_joined_or_repeated(app_client, upload):
    response = await app_client.post(JOBS, data={"UPLOAD": upload}, files={"x": ("x", b"1"), "y": ("y", b"2")})

    assert set(await parameters_of(app_client, job_path(response))) == {"UPLOAD", "x", "y"}


async def test_rule_11_chunked_multipart_of_stilts_is_read(app_client):
    body = (
        f"--{STILTS_BOUNDARY}\r\nContent-Type: text/plain; charset=UTF-8\r\n"
        'Content-Disposition: form-data; name="UPLOAD"\r\n\r\nmine,param:upload_mine\r\n'
        f"--{STILTS_BOUNDARY}\r\nContent-Type: application/x-votable+xml\r\n"
        'Content-Disposition: form-data; name="upload_mine"; filename="upload_mine"\r\n\r\n<VOTABLE/>\r\n'
        f"--{STILTS_BOUNDARY}--\r\n"
    ).encode()

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(body), 13):
            yield body[start : start + 13]

    headers = {"Content-Type": f'multipart/form-data; boundary="{STILTS_BOUNDARY}"'}
    response = await app_client.post(f"{JOBS}?CATALOG=mock.object", content=chunks(), headers=headers)

    assert (await app_client.get(f"{job_path(response)}/parameters/upload_mine")).content == b"<VOTABLE/>"


async def test_rule_12_a_401_offers_basic_with_a_realm(anonymous_client):
    response = await anonymous_client.post(JOBS, data={"REQUEST": "doQuery"})

    assert response.status_code == 401
    assert response.headers["www-authenticate"].startswith('Basic realm="tsm"')


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_rule_13_capabilities_are_open_and_carry_the_same_challenge(anonymous_client, method):
    capabilities = await anonymous_client.request(method, "/crossmatch/capabilities")

    refused = await anonymous_client.get(JOBS)
    assert capabilities.status_code == 200
    assert capabilities.headers["www-authenticate"] == refused.headers["www-authenticate"]


async def test_rule_14_times_end_in_z(app_client, worker):
    job = await a_job(app_client, PHASE="RUN")
    await worker.complete()

    times = [await text_of(app_client, job, name) for name in ("creationTime", "startTime", "endTime", "destruction")]

    assert all(len(text) == len("2026-11-22T18:00:00.000Z") and text.endswith("Z") for text in times)


@pytest.mark.parametrize("duration", [None, "0", "60"])
async def test_rule_15_execution_duration_is_always_a_number(app_client, duration):
    job = await a_job(app_client, **({} if duration is None else {"EXECUTIONDURATION": duration}))

    assert int(await text_of(app_client, job, "executionDuration")) >= 0


async def test_rule_16_references_use_the_literal_prefix_xlink(app_client, worker):
    job = await a_job(app_client, PHASE="RUN")
    await worker.complete()

    assert b'xlink:href="' in (await app_client.get(job)).content
    assert b'xlink:href="' in (await app_client.get(JOBS)).content


async def test_rule_17_errors_are_told_in_the_error_document_and_the_summary(app_client, worker):
    job = await a_failed_job(app_client, worker)

    document, error = await app_client.get(job), await app_client.get(f"{job}/error")

    assert error_message(error) == "RADIUS: 9 is above 5"
    assert tree(document).findtext("uws:errorSummary/uws:message", namespaces=UWS) == "RADIUS: 9 is above 5"


async def test_rule_18_methods_repeated_on_redirect_targets_do_no_harm(app_client):
    job = await a_job(app_client)

    repeated = await app_client.post(job, data={"CATALOG": "mock.object"}), await app_client.delete(JOBS)

    assert [response.status_code for response in repeated] == [400, 405]
    assert await phase_of(app_client, job) == "PENDING"


@pytest.mark.parametrize(("proxy", "scheme"), [("10.0.0.1", "https"), ("10.6.6.6", "http")])
async def test_forwarded_headers_count_only_from_the_proxy_that_the_server_trusts(app, token, proxy, scheme):
    behind_proxy = ProxyHeadersMiddleware(app, trusted_hosts="10.0.0.1")
    transport = httpx.ASGITransport(behind_proxy, client=(proxy, 1234))
    headers = {"Authorization": f"Bearer {token}", "X-Forwarded-Proto": "https"}

    async with httpx.AsyncClient(transport=transport, base_url="http://data.example.org", headers=headers) as client:
        response = await client.post(f"/tsm{JOBS}", data={"CATALOG": "mock.object"})

    assert response.headers["location"].startswith(f"{scheme}://data.example.org/tsm/crossmatch/async/")


@pytest.fixture
def session(token) -> requests.Session:
    found = requests.Session()
    found.headers["Authorization"] = f"Bearer {token}"
    return found


async def in_thread(call: Callable[..., Any], *arguments: Any, **named: Any) -> Any:
    """Run a client that blocks."""
    return await asyncio.wait_for(asyncio.to_thread(call, *arguments, **named), 30)


async def test_pyvo_submits_a_table_waits_and_fetches_the_result(base, session, worker):
    def submit() -> AsyncTAPJob:
        table = Table({"ra": [10.0], "dec": [-10.0], "z": [0.5]})
        fields = {"CATALOG": "mock.object", "REDSHIFTS": "mine", "RADIUS": 1.0}
        return AsyncTAPJob.create(base, "", uploads={"mine": table}, session=session, **fields)

    def follow(job: AsyncTAPJob) -> Table:
        job.run()
        job.wait()
        job.raise_if_error()
        return job.fetch_result().to_table()

    job = await in_thread(submit)
    following = asyncio.create_task(in_thread(follow, job))
    claim = await worker.claim_next()
    await asyncio.sleep(0.2)
    await worker.complete(claim, content=a_votable())

    assert list((await following)["objectId"]) == [1, 2]
    assert list(claim.job.request["inputs"]) == ["mine"]
    await in_thread(job.delete)


async def test_pyvo_changes_duration_destruction_and_query_of_a_pending_job(base, session, app_client):
    def change() -> AsyncTAPJob:
        job = AsyncTAPJob.create(base, "SELECT 1", session=session, CATALOG="mock.object")
        job.execution_duration = 60
        job.destruction = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=123456)
        job.query = "SELECT 2"
        return job

    job = await in_thread(change)

    path = f"{JOBS}/{job.job_id}"
    assert await text_of(app_client, path, "executionDuration") == "60"
    assert (await text_of(app_client, path, "destruction")).endswith(".123Z")
    listed = await parameters_of(app_client, path)
    assert (listed["QUERY"], listed["CATALOG"]) == ("SELECT 2", "mock.object")
    await in_thread(job.delete)


async def test_pyvo_shows_why_a_job_failed(base, session, app_client, worker):
    job = await a_failed_job(app_client, worker)

    address = f"{base}/async/{job.rpartition('/')[2]}"
    failed = await in_thread(AsyncTAPJob, address, session=session, delete=False)

    with pytest.raises(DALQueryError, match="9 is above 5"):
        await in_thread(failed.raise_if_error)


async def test_pyvo_lists_jobs_by_phase(base, session, app_client):
    pending = await a_job(app_client)
    await a_job(app_client, PHASE="RUN")

    jobs = await in_thread(TAPService(base, session=session).get_job_list, phases=["PENDING"], last=5)

    assert [job.jobid for job in jobs] == [pending.rpartition("/")[2]]


async def test_pyvo_signs_in_by_what_the_capabilities_say(base, token, app_client):
    def submit() -> str:
        session = AuthSession()
        session.credentials.set_password("x-oauth-basic", token)
        return TAPService(base, session=session).submit_job("", CATALOG="mock.object").job_id

    job_id = await in_thread(submit)

    assert listed_ids(await app_client.get(JOBS)) == [job_id]


async def test_pyvo_signs_in_with_a_session_of_its_own_where_the_capabilities_offer_bearer(base, token, app_client):
    def submit() -> str:
        bearer = requests.Session()
        bearer.headers["Authorization"] = f"Bearer {token}"
        session = AuthSession()
        session.credentials.set("ivo://ivoa.net/sso#OAuth", bearer)
        return TAPService(base, session=session).submit_job("", CATALOG="mock.object").job_id

    job_id = await in_thread(submit)

    assert listed_ids(await app_client.get(JOBS)) == [job_id]


async def test_pyvo_without_credentials_tells_its_user_how_to_sign_in(base, app_client):
    def submit() -> None:
        TAPService(base, session=AuthSession()).submit_job("", CATALOG="mock.object")

    with pytest.raises(Exception, match=r"Server supports .*sso#BasicAA"):
        await in_thread(submit)


async def test_a_client_that_leaves_while_it_waits_frees_its_place(base, token, services, app_client):
    job = await a_job(app_client)
    address = f"{base}/async/{job.rpartition('/')[2]}"
    headers = {"Authorization": f"Bearer {token}"}

    async with httpx.AsyncClient(headers=headers) as client:
        with pytest.raises(httpx.ReadTimeout):
            await client.get(address, params={"WAIT": 20}, timeout=1)
    await asyncio.sleep(0.5)

    assert b'tsm_held_requests{reason="wait"} 0.0' in services.metrics.exposition()
