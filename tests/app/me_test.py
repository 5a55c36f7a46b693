"""Signing in, over HTTP."""

import asyncio
import base64
import json

import httpx
import pytest

from app.config import AppConfig
from tests.app.catalogs import OPEN_CATALOG
from tests.app.gafaelfawr import A_TOKEN, FakeGafaelfawr, Trouble, lost_redis, refuses_the_request

ME = "/api/v1/me"


async def test_user_sees_name_rights_quota_and_limits(app_client: httpx.AsyncClient, app_config: AppConfig) -> None:
    answer = await app_client.get(ME)

    assert answer.status_code == 200
    me = answer.json()
    assert (me["username"], me["email"], me["rights"]) == ("mlima", "mlima@example.org", ["dp1"])
    assert me["quota"] == {"tap": 1000}
    assert me["limits"]["upload_bytes"] == app_config.upload_limit_bytes


async def test_answer_names_the_account(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.get(ME)

    assert answer.headers["X-VO-Authenticated"] == "mlima"


async def test_token_works_as_password_and_as_user_name(anonymous_client: httpx.AsyncClient, token: str) -> None:
    answers = [
        await anonymous_client.get(ME, auth=credentials)
        for credentials in (("x-oauth-basic", token), (token, "x-oauth-basic"), (token, ""))
    ]

    assert [answer.status_code for answer in answers] == [200, 200, 200]


@pytest.mark.parametrize("header", [None, f"Bearer {A_TOKEN}", "Bearer nonsense", "Token x"])
async def test_stranger_is_challenged_for_basic_and_bearer(
    header: str | None, anonymous_client: httpx.AsyncClient
) -> None:
    headers = {} if header is None else {"Authorization": header}

    answer = await anonymous_client.get(ME, headers=headers)

    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    challenges = answer.headers["WWW-Authenticate"]
    assert challenges.startswith('Basic realm="tsm", Bearer realm="tsm"')
    assert "X-VO-Authenticated" not in answer.headers


async def test_unknown_token_is_called_invalid(anonymous_client: httpx.AsyncClient) -> None:
    answer = await anonymous_client.get(ME, headers={"Authorization": f"Bearer {A_TOKEN}"})

    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_missing_scope_is_named_in_text_and_challenge(
    anonymous_client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr
) -> None:
    token = gafaelfawr.issue("mlima", scopes=["read:image"])

    answer = await anonymous_client.get(ME, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 403
    assert "read:tap" in answer.json()["detail"]
    assert 'error="insufficient_scope", scope="read:tap"' in answer.headers["WWW-Authenticate"]


async def test_headers_of_an_ingress_sign_nobody_in(anonymous_client: httpx.AsyncClient) -> None:
    headers = {"X-Auth-Request-User": "mlima", "X-Auth-Request-Email": "mlima@example.org"}

    answer = await anonymous_client.get(ME, headers=headers)

    assert answer.status_code == 401


async def test_headers_of_an_ingress_change_no_name(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.get(ME, headers={"X-Auth-Request-User": "other"})

    assert answer.json()["username"] == "mlima"


@pytest.mark.parametrize("name", ["token", "Token", "access_token"])
async def test_token_in_the_address_is_refused(name: str, app_client: httpx.AsyncClient, token: str) -> None:
    answer = await app_client.get(ME, params={name: token})

    assert answer.status_code == 400
    assert "Authorization" in answer.json()["detail"]
    assert token not in answer.text


async def test_two_different_tokens_are_refused(
    anonymous_client: httpx.AsyncClient, token: str, other_token: str
) -> None:
    credentials = base64.b64encode(f"{token}:{other_token}".encode()).decode()

    answer = await anonymous_client.get(ME, headers={"Authorization": f"Basic {credentials}"})

    assert answer.status_code == 400


@pytest.mark.parametrize(("trouble", "status"), [(lost_redis, 503), (refuses_the_request, 502)])
async def test_broken_identity_provider_is_never_told_as_a_refusal(
    trouble: Trouble, status: int, app_client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr
) -> None:
    gafaelfawr.trouble = trouble

    answer = await app_client.get(ME)

    assert answer.status_code == status
    assert ("Retry-After" in answer.headers) == (status == 503)


async def test_polling_client_costs_one_question(app_client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr) -> None:
    for _ in range(5):
        await app_client.get(ME)

    assert gafaelfawr.calls["token-info"] == 1


async def test_poll_under_way_outlives_the_identity_provider_and_new_users_are_told_to_try_again(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr
) -> None:
    job = (await app_client.post("/crossmatch/async", data={"CATALOG": OPEN_CATALOG})).headers["Location"]
    poll = asyncio.create_task(app_client.get(job, params={"WAIT": 5}))
    await asyncio.sleep(0.2)
    gafaelfawr.trouble = lost_redis

    newcomer = await other_client.get(ME)
    await app_client.post(f"{job}/phase", data={"PHASE": "ABORT"})
    polled = await poll
    gafaelfawr.trouble = None
    again = await other_client.get(ME)

    assert (newcomer.status_code, "WWW-Authenticate" in newcomer.headers) == (503, False)
    assert int(newcomer.headers["Retry-After"]) > 0
    assert (polled.status_code, "ABORTED" in polled.text, again.status_code) == (200, True, 200)


async def test_log_tells_key_and_place_of_the_token_and_whether_anybody_was_asked(
    app_client: httpx.AsyncClient, token: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        await app_client.get(ME)

    text = capsys.readouterr().err
    lines = [line for line in map(json.loads, text.splitlines()) if line["event"] == "request"]
    assert [(line["token_key"], line["token_source"]) for line in lines] == [(token[3:25], "bearer")] * 2
    assert [line["identity_cache"] for line in lines] == ["miss", "hit"]
    assert token.partition(".")[2] not in text
