"""One line a request, with who and what, and never a credential or an address."""

import base64
import json
from typing import Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from app.identity import SignedIn
from tests.app.gafaelfawr import FakeGafaelfawr, lost_redis


class Log:
    """What the application has written since the test began."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        self._capsys = capsys
        self.text = ""

    def events(self, name: str) -> list[dict[str, Any]]:
        self.text += self._capsys.readouterr().err
        return [event for line in self.text.splitlines() if (event := json.loads(line))["event"] == name]


@pytest.fixture
def log(app: FastAPI, capsys: pytest.CaptureFixture[str]) -> Log:
    return Log(capsys)


async def test_request_is_one_line_with_user_job_and_outcome(app_client: httpx.AsyncClient, log: Log) -> None:
    answer = await app_client.get("/api/v1/jobs/abc", headers={"X-Request-ID": "r-7"})

    (line,) = log.events("request")
    assert answer.status_code == 404
    assert (line["owner"], line["job_id"], line["status"]) == ("mlima", "abc", 404)
    assert (line["route"], line["request_id"]) == ("/jobs/{job_id}", "r-7")


async def test_every_line_after_signing_in_names_owner_and_job_and_the_next_request_does_not(
    app: FastAPI, app_client: httpx.AsyncClient, anonymous_client: httpx.AsyncClient, log: Log
) -> None:
    async def speak(user: SignedIn) -> None:
        structlog.get_logger("test").info("spoken")

    async def whisper() -> None:
        structlog.get_logger("test").info("whispered")

    app.add_api_route("/tsm/speak/{job_id}", speak)
    app.add_api_route("/tsm/whisper", whisper)

    await app_client.get("/speak/abc")
    await anonymous_client.get("/whisper")

    (spoken,), (whispered,) = log.events("spoken"), log.events("whispered")
    assert (spoken["owner"], spoken["job_id"]) == ("mlima", "abc")
    assert {"owner", "job_id"}.isdisjoint(whispered)


async def test_sign_in_is_logged_with_the_key_of_the_token_alone(
    app_client: httpx.AsyncClient, token: str, log: Log
) -> None:
    await app_client.get("/api/v1/me")

    (line,) = log.events("token accepted")
    assert line["token_key"] == token.removeprefix("gt-").partition(".")[0]
    assert (line["username"], line["token_type"], line["token_source"]) == ("mlima", "user", "bearer")


async def test_no_way_of_sending_a_token_leaves_it_in_the_log_or_the_answer(
    anonymous_client: httpx.AsyncClient,
    gafaelfawr: FakeGafaelfawr,
    token: str,
    log: Log,
) -> None:
    basic = base64.b64encode(f"x:{token}".encode()).decode()
    tries: list[dict[str, Any]] = [
        {"headers": {"Authorization": f"Bearer {token}"}},
        {"headers": {"Authorization": f"Basic {basic}"}},
        {"headers": {"Authorization": f"Token {token}"}},
        {"headers": {"Authorization": f"Bearer {token}x"}},
        {"headers": {"Authorization": f"Bearer {token}"}, "params": {"token": token}},
        {"params": {"phase": token}, "headers": {"Authorization": f"Bearer {token}"}},
        {"headers": {"X-Request-ID": token, "Authorization": f"Bearer {token}"}},
    ]

    answers = [await anonymous_client.get("/api/v1/jobs", **request) for request in tries]
    gafaelfawr.trouble = lost_redis
    other = gafaelfawr.issue("late")
    answers.append(await anonymous_client.get("/api/v1/jobs", headers={"Authorization": f"Bearer {other}"}))

    assert [answer.status_code for answer in answers] == [200, 200, 401, 401, 400, 422, 200, 503]
    assert len(log.events("request")) == len(answers)
    secrets = {text.partition(".")[2] for text in (token, other)} | {basic}
    assert not [secret for secret in secrets if secret in log.text]
