"""Every stand-in for Gafaelfawr answers as the real one was observed to, and so does a real one where there is one.

A real one is named by ``TSM_TEST_GAFAELFAWR_URL``, with a token of type ``user`` and the scope ``read:tap`` in
``TSM_TEST_GAFAELFAWR_TOKEN``. Nothing is changed there.
"""

import base64
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from app.config import IdentityConfig
from app.credentials import InvalidTokenError, Token, TokenSource
from app.gafaelfawr import Gafaelfawr, is_username
from service.issuer import create_issuer
from service.tokens import TokenFile
from tests.app.gafaelfawr import FakeGafaelfawr, create_fake, new_token, serving

TOKEN_INFO = "/auth/api/v1/token-info"
USER_INFO = "/auth/api/v1/user-info"
OPENID_USER_INFO = "/auth/openid/userinfo"
PATHS = pytest.mark.parametrize("path", [TOKEN_INFO, USER_INFO])


@dataclass(frozen=True)
class Server:
    """One that knows a token."""

    client: httpx.AsyncClient
    token: str

    async def get(self, path: str, authorization: str | None) -> httpx.Response:
        headers = {} if authorization is None else {"Authorization": authorization}
        return await self.client.get(path, headers=headers)


@pytest.fixture(params=["fake", "embedded", "real"])
async def server(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Server]:
    """The fake of the tests, the issuer of the embedded service, and a real one."""
    if request.param == "real":
        url, token = os.environ.get("TSM_TEST_GAFAELFAWR_URL"), os.environ.get("TSM_TEST_GAFAELFAWR_TOKEN")
        if not url or not token:
            pytest.skip("no real Gafaelfawr is named: TSM_TEST_GAFAELFAWR_URL and TSM_TEST_GAFAELFAWR_TOKEN")
        async with httpx.AsyncClient(base_url=url) as client:
            yield Server(client, token)
        return
    if request.param == "fake":
        fake = FakeGafaelfawr()
        application, token = fake.app, fake.issue("mlima", groups=["g_users"])
    else:
        tokens = TokenFile(tmp_path / "tokens.json")
        application, token = create_issuer(tokens), tokens.create("mlima", groups=("g_users",))
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://gafaelfawr.example") as client:
        yield Server(client, token)


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


async def test_a_token_is_described(server: Server) -> None:
    answer = await server.get(TOKEN_INFO, f"Bearer {server.token}")

    assert answer.status_code == 200
    told = answer.json()
    assert is_username(told["username"])
    assert told["token_type"] == "user"
    assert "read:tap" in told["scopes"]
    assert isinstance(told.get("expires", 0), int)
    assert None not in told.values()


async def test_a_user_is_described_with_groups_and_without_scopes(server: Server) -> None:
    token, user = [(await server.get(path, f"Bearer {server.token}")).json() for path in (TOKEN_INFO, USER_INFO)]

    assert user["username"] == token["username"]
    assert all(isinstance(group["name"], str) for group in user.get("groups", []))
    assert "scopes" not in user
    assert None not in user.values()


@PATHS
async def test_basic_takes_the_token_in_either_place(server: Server, path: str) -> None:
    for authorization in (basic(server.token, "x-oauth-basic"), basic("x-oauth-basic", server.token)):
        assert (await server.get(path, authorization)).status_code == 200


@PATHS
@pytest.mark.parametrize("authorization", [None, basic("mlima", "secret")])
async def test_without_a_token_the_detail_is_an_object(server: Server, path: str, authorization: str | None) -> None:
    answer = await server.get(path, authorization)

    assert answer.status_code == 401
    assert answer.json()["detail"]["type"] == "no_authorization"
    assert answer.headers["WWW-Authenticate"].startswith("Bearer realm=")
    assert "error=" not in answer.headers["WWW-Authenticate"]


@PATHS
@pytest.mark.parametrize("kind", ["malformed", "unknown"])
async def test_of_a_token_that_is_none_the_detail_is_a_list(server: Server, path: str, kind: str) -> None:
    answer = await server.get(path, f"Bearer {new_token() if kind == 'unknown' else 'gt-nonsense'}")

    assert answer.status_code == 401
    assert [item["type"] for item in answer.json()["detail"]] == ["invalid_token"]
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_another_scheme_is_forbidden_with_the_true_status_beside_it(server: Server) -> None:
    answer = await server.get(TOKEN_INFO, f"Token {server.token}")

    assert (answer.status_code, answer.headers["X-Error-Status"]) == (403, "400")
    assert [item["type"] for item in answer.json()["detail"]] == ["invalid_request"]
    assert 'error="invalid_request"' in answer.headers["WWW-Authenticate"]


async def test_open_id_tells_a_plain_user_token_nothing() -> None:
    fake = FakeGafaelfawr()
    user, internal = fake.issue("mlima"), fake.issue("mlima", token_type="internal", scopes=[], data_rights="dp1 dp2")
    transport = httpx.ASGITransport(fake.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://gafaelfawr.example") as client:
        refused = await client.get(OPENID_USER_INFO, headers={"Authorization": f"Bearer {user}"})
        told = await client.get(OPENID_USER_INFO, headers={"Authorization": f"Bearer {internal}"})

    assert (refused.status_code, refused.json()["detail"][0]["msg"]) == (401, "Token of type user not allowed")
    assert told.json()["data_rights"] == "dp1 dp2"


async def test_the_fake_can_stand_alone_and_our_client_knows_its_tokens(
    monkeypatch: pytest.MonkeyPatch, short_folder: Path
) -> None:
    token = new_token()
    monkeypatch.setenv("FAKE_TOKENS", f'{{"{token}": {{"username": "mlima", "groups": ["g_users"]}}}}')
    config = IdentityConfig(url="http://gafaelfawr.example", socket=short_folder / "fake")
    gafaelfawr = Gafaelfawr(config)
    async with serving(create_fake(), short_folder / "fake"):
        identity = await gafaelfawr.identify(Token(token, TokenSource.BEARER))
        with pytest.raises(InvalidTokenError):
            await gafaelfawr.identify(Token(new_token(), TokenSource.BEARER))
    await gafaelfawr.aclose()

    assert (identity.username, identity.groups) == ("mlima", frozenset({"g_users"}))
