"""Errors over HTTP (UWS and DALI checklist, §7)."""

import logging
from dataclasses import replace

import pytest

from app.errors import FAULTS, fault_of
from tests.app.dali.documents import JOBS, a_job
from tests.app.votables import error_message
from uws.errors import QueueUnavailableError, StoreUnavailableError, UnknownJobError

SENDS_HTML_FIRST = {"Accept": "text/html, image/gif, image/jpeg, */*; q=0.2"}


class BrokenJobs:
    """A job service that always fails in one way."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str):
        raise self._error


async def test_without_signing_in_there_is_a_challenge(anonymous_client):
    response = await anonymous_client.get(JOBS)

    assert response.status_code == 401
    assert error_message(response)
    challenge = response.headers["www-authenticate"]
    assert challenge.startswith('Basic realm="')
    assert 'Bearer realm="' in challenge


@pytest.mark.parametrize("path", [JOBS, f"{JOBS}/abc", f"{JOBS}/abc/results/result", "/crossmatch/sync"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nothing_of_the_service_answers_without_signing_in(anonymous_client, method, path):
    response = await anonymous_client.request(method, path)

    assert response.status_code == (405 if (method, path.endswith("result")) == ("POST", True) else 401)


async def test_a_wrong_token_is_challenged_and_not_repeated(anonymous_client):
    token = "gt-" + "a" * 22 + "." + "b" * 22

    response = await anonymous_client.get(JOBS, headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 401
    assert 'error="invalid_token"' in response.headers["www-authenticate"]
    assert "b" * 22 not in response.text


async def test_a_token_that_may_not_be_used_here_is_forbidden(gafaelfawr, anonymous_client):
    token = gafaelfawr.issue("weak", scopes=["read:image"])

    response = await anonymous_client.get(JOBS, headers={"Authorization": f"Bearer {token}"})

    assert response.status_code == 403
    assert "read:tap" in error_message(response)


@pytest.mark.parametrize("headers", [SENDS_HTML_FIRST, {"Accept": "text/html"}, {"Accept": "application/json"}, {}])
@pytest.mark.parametrize("path", ["/nothing", f"{JOBS}/none", f"{JOBS}?LAST=x", "/crossmatch/nothing"])
async def test_errors_are_votables_whatever_the_client_prefers(app_client, headers, path):
    response = await app_client.get(path, headers=headers)

    assert response.status_code in (400, 404)
    assert error_message(response)


async def test_a_client_that_wants_plain_text_alone_gets_a_code_and_the_message(app_client):
    response = await app_client.get(f"{JOBS}?LAST=x", headers={"Accept": "text/plain"})

    assert response.status_code == 400
    assert response.headers["content-type"].startswith("text/plain")
    assert response.text == "UsageError: LAST: 'x' is no number of jobs: a whole number from 1\n"


@pytest.mark.parametrize("error", [StoreUnavailableError("The store is away."), QueueUnavailableError("Queue away.")])
async def test_a_store_that_is_away_is_unavailable_for_now(app, app_client, services, error):
    app.state.services = replace(services, jobs=BrokenJobs(error))

    response = await app_client.get(JOBS)

    assert response.status_code == 503
    assert int(response.headers["retry-after"]) > 0
    assert error_message(response) == str(error)


async def test_an_error_that_nobody_expected_tells_a_number_and_no_secrets(app, app_client, services, caplog):
    app.state.services = replace(services, jobs=BrokenJobs(RuntimeError("secret detail")))

    with caplog.at_level(logging.ERROR):
        response = await app_client.get(JOBS)

    assert response.status_code == 500
    message = error_message(response)
    assert "secret" not in response.text
    assert "Traceback" not in response.text
    error_id = message.partition("as ")[2].partition(".")[0]
    assert error_id in caplog.text


async def test_the_json_face_answers_problem_documents(app_client):
    response = await app_client.get("/api/v1/jobs/none")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == 404


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api"])
async def test_what_is_not_there_on_the_json_face_is_told_in_json(app_client, path):
    response = await app_client.get(path)

    assert (response.status_code, response.headers["content-type"]) == (404, "application/problem+json")
    assert response.json()["detail"] == f"There is nothing at /tsm{path}."


async def test_unexpected_errors_of_the_json_face_are_told_in_json(app, app_client, services):
    app.state.services = replace(services, jobs=BrokenJobs(RuntimeError("secret detail")))

    response = await app_client.get("/api/v1/jobs")

    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert "secret" not in response.text


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"nonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
        (b"", "multipart/form-data"),
        (b"\xff\xfe", "application/x-www-form-urlencoded"),
    ],
)
@pytest.mark.parametrize("child", ["", "/phase", "/parameters", "/destruction"])
async def test_broken_bodies_are_the_clients_mistake(app_client, body, content_type, child):
    # STILTS sends half a body when it retries an upload with credentials.
    job = await a_job(app_client)

    response = await app_client.post(f"{job}{child}", content=body, headers={"Content-Type": content_type})

    assert response.status_code == 400
    assert error_message(response)


async def test_faults_are_found_by_the_nearest_base_class():
    class GoneJobError(UnknownJobError):
        pass

    assert fault_of(GoneJobError()) == FAULTS[UnknownJobError]
