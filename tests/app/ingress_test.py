"""Mode ingress: headers of a Gafaelfawr ingress tell who is calling, and nothing else does."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from app.config import AppConfig, IdentityConfig
from app.main import create_app
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.gafaelfawr import A_TOKEN, FakeGafaelfawr, Trouble, answers_html, lost_redis

ME = "/api/v1/me"
BASE_URL = "http://tsm.example/tsm"
USER = "X-Auth-Request-User"

Headers = Callable[..., dict[str, str]]


@asynccontextmanager
async def ingress_client(config: AppConfig, **changes: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service behind an ingress, as the ingress's proxy would be."""
    fields = {**config.identity.model_dump(), "mode": "ingress", "behind_ingress": True, **changes}
    app = create_app(config.model_copy(update={"identity": IdentityConfig.model_validate(fields)}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("10.1.2.3", 4000))
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


@pytest.fixture
async def client(
    app_config: AppConfig, catalog_cards: None, gafaelfawr: FakeGafaelfawr
) -> AsyncIterator[httpx.AsyncClient]:
    async with ingress_client(app_config) as client:
        yield client


@pytest.fixture
def headers(gafaelfawr: FakeGafaelfawr) -> Headers:
    """Headers as the ingress sets them for a user."""

    def of(username: str = "mlima", **properties: Any) -> dict[str, str]:
        properties = {"token_type": "internal", "scopes": [], "groups": ["g_users"], **properties}
        return {USER: username, "X-Auth-Request-Token": gafaelfawr.issue(username, **properties)}

    return of


async def test_headers_tell_the_user_and_the_delegated_token_the_groups(
    client: httpx.AsyncClient, headers: Headers
) -> None:
    answer = await client.get(ME, headers=headers(email="mlima@example.org"))

    assert answer.status_code == 200, answer.text
    me = answer.json()
    assert (me["username"], me["rights"], me["email"]) == ("mlima", ["dp1"], "mlima@example.org")


async def test_polling_asks_for_groups_once(
    client: httpx.AsyncClient, headers: Headers, gafaelfawr: FakeGafaelfawr
) -> None:
    sent = headers()
    for _ in range(4):
        await client.get(ME, headers=sent)

    assert gafaelfawr.calls == {"user-info": 1}


async def test_rights_may_come_from_open_id_as_whole_words(
    app_config: AppConfig, headers: Headers, catalog_cards: None
) -> None:
    async with ingress_client(app_config, rights_from="userinfo") as client:
        some = await client.get(ME, headers=headers("mlima", data_rights="dp10 dp2"))
        none = await client.get(ME, headers=headers("other", data_rights=None))
        catalogs = await client.get("/api/v1/catalogs", headers=headers("third", data_rights="dp20"))

    assert some.json()["rights"] == ["dp10", "dp2"]
    assert none.json()["rights"] == []
    assert RESTRICTED_CATALOG not in catalogs.text
    assert OPEN_CATALOG in catalogs.text


async def test_a_token_of_a_user_signs_nobody_in(client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr) -> None:
    token = gafaelfawr.issue("mlima", groups=["g_users"])

    answer = await client.get(ME, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 502
    assert gafaelfawr.calls == {}


@pytest.mark.parametrize("name", ["", "MLima", "m lima", "-a", "a--b", "123", "ä", "x\ty"])
async def test_odd_names_are_a_fault_of_the_installation(
    name: str, client: httpx.AsyncClient, headers: Headers
) -> None:
    sent: Any = [(key.encode(), value.encode()) for key, value in (headers() | {USER: name}).items()]

    answer = await client.get(ME, headers=sent)

    assert answer.status_code == 502
    assert "ingress" in answer.json()["detail"]
    assert "WWW-Authenticate" not in answer.headers


@pytest.mark.parametrize("name", [USER, "X-Auth-Request-Token"])
async def test_a_header_that_comes_twice_is_believed_in_neither_form(
    name: str, client: httpx.AsyncClient, headers: Headers
) -> None:
    sent = [*headers().items(), (name, "other")]

    answer = await client.get(ME, headers=sent)

    assert answer.status_code == 502


async def test_token_of_another_user_is_refused(client: httpx.AsyncClient, headers: Headers) -> None:
    answer = await client.get(ME, headers=headers("other") | {USER: "mlima"})

    assert answer.status_code == 502


@pytest.mark.parametrize("token", [None, "nonsense", "gt-short.x"])
async def test_missing_delegation_is_a_fault_of_the_installation(
    token: str | None, client: httpx.AsyncClient, headers: Headers
) -> None:
    sent = {name: value for name, value in headers().items() if name == USER}

    answer = await client.get(ME, headers=sent | ({} if token is None else {"X-Auth-Request-Token": token}))

    assert answer.status_code == 502
    assert "delegates no token" in answer.json()["detail"]


async def test_delegated_token_that_is_over_is_a_401_without_its_text(client: httpx.AsyncClient) -> None:
    answer = await client.get(ME, headers={USER: "mlima", "X-Auth-Request-Token": A_TOKEN})

    assert answer.status_code == 401
    assert A_TOKEN not in answer.text


@pytest.mark.parametrize("trouble", [lost_redis, answers_html])
async def test_broken_gafaelfawr_never_lets_anybody_in(
    trouble: Trouble, client: httpx.AsyncClient, headers: Headers, gafaelfawr: FakeGafaelfawr
) -> None:
    gafaelfawr.trouble = trouble

    answer = await client.get(ME, headers=headers())

    assert answer.status_code in (502, 503)


async def test_without_a_gafaelfawr_to_ask_users_have_no_groups(app_config: AppConfig, catalog_cards: None) -> None:
    async with ingress_client(app_config, url="") as client:
        answer = await client.get(ME, headers={USER: "mlima", "X-Auth-Request-Email": "mlima@example.org"})

    assert (answer.json()["username"], answer.json()["rights"]) == ("mlima", [])
    assert answer.json()["email"] == "mlima@example.org"


@pytest.mark.parametrize(("networks", "status"), [(["10.1.0.0/16"], 200), (["10.2.0.0/16", "::1/128"], 403)])
async def test_requests_past_the_ingress_are_refused(
    networks: list[str], status: int, app_config: AppConfig, headers: Headers
) -> None:
    async with ingress_client(app_config, trusted_proxies=networks) as client:
        answer = await client.get(ME, headers=headers())

    assert answer.status_code == status


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"mode": "ingress"}, "TSM_IDENTITY__BEHIND_INGRESS=true"),
        ({"mode": "ingress", "behind_ingress": True, "rights_from": "userinfo"}, "needs TSM_IDENTITY__URL"),
        ({"url": "http://g.example", "behind_ingress": True}, "TSM_IDENTITY__BEHIND_INGRESS belongs to mode ingress"),
        ({"url": "http://g.example", "trusted_proxies": ["10.0.0.0/8"]}, "TSM_IDENTITY__TRUSTED_PROXIES belongs"),
        ({"url": "http://g.example", "behind_ingres": True}, "behind_ingres"),
    ],
)
def test_a_service_that_nobody_thought_through_does_not_start(fields: dict[str, Any], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        IdentityConfig.model_validate(fields)


async def test_trusted_networks_are_not_fooled_by_forwarded_addresses(app_config: AppConfig, headers: Headers) -> None:
    fields = {**app_config.identity.model_dump(), "mode": "ingress", "behind_ingress": True}
    identity = IdentityConfig.model_validate(fields | {"trusted_proxies": ["10.1.0.0/16"]})
    app = create_app(app_config.model_copy(update={"identity": identity}))
    proxied: Any = app
    # As with --forwarded-allow-ips: the user's address stands where the proxy's was.
    behind: Any = ProxyHeadersMiddleware(proxied, trusted_hosts="*")
    transport = httpx.ASGITransport(behind, client=("10.1.2.3", 4000))
    sent = headers() | {"X-Forwarded-For": "198.51.100.7"}
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        answer = await client.get(ME, headers=sent)

    assert answer.status_code == 403
