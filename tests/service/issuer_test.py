"""The issuer answers as the real Gafaelfawr does."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from service.issuer import create_issuer
from service.tokens import TokenFile

TOKEN_INFO = "/auth/api/v1/token-info"
USER_INFO = "/auth/api/v1/user-info"


@pytest.fixture
def tokens(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "tokens.json")


@pytest.fixture
async def issuer(tokens: TokenFile) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_issuer(tokens))
    async with httpx.AsyncClient(transport=transport, base_url="http://issuer.example") as client:
        yield client


def basic(username: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


async def test_token_info_names_user_scopes_and_expiry(issuer: httpx.AsyncClient, tokens: TokenFile) -> None:
    token = tokens.create("mlima", scopes=("read:tap",), lifetime_seconds=600, name="idac-tsm")
    answer = (await issuer.get(TOKEN_INFO, headers={"Authorization": f"Bearer {token}"})).json()
    assert answer.pop("expires") - answer.pop("created") == 600
    assert answer == {
        "username": "mlima",
        "token_type": "user",
        "scopes": ["read:tap"],
        "token": token[3:25],
        "token_name": "idac-tsm",
    }


async def test_a_token_that_never_expires_has_no_expiry_at_all(issuer: httpx.AsyncClient, tokens: TokenFile) -> None:
    token = tokens.create("mlima", lifetime_seconds=None)
    assert "expires" not in (await issuer.get(TOKEN_INFO, headers={"Authorization": f"Bearer {token}"})).json()


async def test_user_info_names_the_groups(issuer: httpx.AsyncClient, tokens: TokenFile) -> None:
    token = tokens.create("mlima", groups=("g_users",))
    answer = (await issuer.get(USER_INFO, headers={"Authorization": f"Bearer {token}"})).json()
    assert answer["username"] == "mlima"
    assert [group["name"] for group in answer["groups"]] == ["g_users", "mlima"]


async def test_basic_takes_the_token_as_user_name_or_as_password(issuer: httpx.AsyncClient, tokens: TokenFile) -> None:
    token = tokens.create("mlima")
    as_user = await issuer.get(TOKEN_INFO, headers={"Authorization": basic(token, "x-oauth-basic")})
    as_password = await issuer.get(TOKEN_INFO, headers={"Authorization": basic("anybody", token)})
    assert as_user.status_code == as_password.status_code == 200


@pytest.mark.parametrize("header", [{}, {"Authorization": basic("me", "my password")}])
async def test_without_a_token_the_detail_is_an_object(issuer: httpx.AsyncClient, header: dict[str, str]) -> None:
    answer = await issuer.get(TOKEN_INFO, headers=header)
    assert answer.status_code == 401
    assert answer.json() == {"detail": {"type": "no_authorization", "msg": "Authentication required"}}
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="issuer.example"'


@pytest.mark.parametrize("path", [TOKEN_INFO, USER_INFO])
@pytest.mark.parametrize("token", ["nonsense", "gt-" + "a" * 22 + "." + "b" * 22])
async def test_an_unknown_token_gives_a_list_and_a_challenge_with_the_error(
    issuer: httpx.AsyncClient, path: str, token: str
) -> None:
    answer = await issuer.get(path, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.json() == {"detail": [{"type": "invalid_token", "msg": "Token is not valid"}]}
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


async def test_another_scheme_is_forbidden_with_the_true_status_in_a_header(issuer: httpx.AsyncClient) -> None:
    answer = await issuer.get(TOKEN_INFO, headers={"Authorization": "Token x"})
    assert (answer.status_code, answer.headers["X-Error-Status"]) == (403, "400")
    assert answer.json()["detail"][0]["type"] == "invalid_request"
