"""People in a browser: sign-in by OpenID Connect or a typed token, sessions, forms, and what cookies do not open."""

import itertools
import re
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import lxml.html
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr
from starlette.responses import HTMLResponse, JSONResponse, Response

from app.browser.openid import OpenIdProvider
from app.browser.sealing import Seal
from app.browser.sign_in import Session
from app.config import ApiTokenConfig, AppConfig, BrowserConfig, OidcConfig
from app.health import health_router
from app.main import create_app
from app.sync import sync_router
from app.uws_routes import uws_router
from app.vosi import vosi_router
from app.xmatch import xmatch_router
from tests.app.browser_provider import CLIENT_ID, CLIENT_SECRET, FakeProvider, serving_provider
from tests.app.catalogs import RESTRICTED_CATALOG
from tests.app.gafaelfawr import FakeGafaelfawr
from tests.app.ingress_test import USER

SITE = "https://idac.example"
BASE = f"{SITE}/tsm"
KEY = "a key of thirty-two letters or more"
HOME = "/tsm/jobs"
OWN = {"Origin": SITE}
DISCOVERY, KEYS, TOKEN = "/.well-known/openid-configuration", "/.well-known/jwks.json", "/auth/openid/token"

Change = Callable[[FakeProvider], object]

pytestmark = pytest.mark.usefixtures("catalog_cards", "gafaelfawr")


@pytest.fixture(scope="module")
def running_provider() -> Iterator[FakeProvider]:
    provider = FakeProvider()
    with serving_provider(provider):
        yield provider


@pytest.fixture
def provider(running_provider: FakeProvider) -> FakeProvider:
    running_provider.reset()
    return running_provider


@pytest.fixture
def browser_config(app_config: AppConfig, provider: FakeProvider) -> AppConfig:
    """A service at whose provider people sign in."""
    oidc = OidcConfig(issuer=provider.issuer.rstrip("/"), client_id=CLIENT_ID, client_secret=SecretStr(CLIENT_SECRET))
    changes = {"oidc": oidc, "public_url": BASE, "browser": BrowserConfig(session_keys=(SecretStr(KEY),))}
    changes |= {"api_tokens": ApiTokenConfig(default_days=5, max_days=9, most_per_user=2)}
    return app_config.model_copy(update=changes)


@asynccontextmanager
async def browsing(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A browser: it keeps cookies, and says which page a form is of."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=SITE) as client:
        yield client


@pytest.fixture
async def site(browser_config: AppConfig) -> AsyncIterator[FastAPI]:
    app = create_app(browser_config)
    async with app.router.lifespan_context(app):
        yield app


@pytest.fixture
async def browser(site: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with browsing(site) as client:
        yield client


async def sign_in(browser: httpx.AsyncClient, provider: FakeProvider, page: str = "") -> httpx.Response:
    begun = await browser.get(f"{HOME}/login", params={"next": page} if page else {})
    assert begun.status_code == 303, begun.text
    return await browser.get(provider.sign_in(begun.headers["location"]))


def form_of(answer: httpx.Response) -> str:
    """What the forms of a page hold."""
    return str(lxml.html.fromstring(answer.text).xpath("//input[@name='form']/@value")[0])


def said(answer: httpx.Response) -> str:
    return " ".join(lxml.html.fromstring(answer.text).text_content().split())


async def test_who_wants_a_page_signs_in_at_the_provider_and_comes_back_to_it(
    browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    sent = await browser.get(f"{HOME}/tokens")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{HOME}/login?next=%2Ftsm%2Fjobs%2Ftokens")
    begun = await browser.get(sent.headers["location"])
    asked = urlsplit(begun.headers["location"])
    query = parse_qs(asked.query)
    assert (asked.path, query["response_type"], query["client_id"]) == ("/auth/openid/login", ["code"], [CLIENT_ID])
    assert query["scope"] == ["openid profile rubin"]
    assert query["redirect_uri"] == [f"{BASE}/jobs/login/return"]
    assert "code_challenge" not in query
    back = await browser.get(provider.sign_in(begun.headers["location"]))
    assert (back.status_code, back.headers["location"]) == (303, f"{HOME}/tokens")
    page = await browser.get(HOME)
    assert page.status_code == 200
    assert "mlima" in said(page)
    assert page.headers["x-vo-authenticated"] == "mlima"


async def test_what_the_browser_keeps_is_sealed_short_and_for_the_pages_alone(
    browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    back = await sign_in(browser, provider)
    kept = next(line for line in back.headers.get_list("set-cookie") if line.startswith("__Secure-tsm-session="))
    value, _, attributes = kept.partition("; ")
    assert set(attributes.lower().split("; ")) == {
        *("httponly", "secure", "samesite=lax", f"path={HOME}", f"max-age={12 * 3600}")
    }
    assert "mlima" not in value
    assert len(value) < 4000


async def test_a_provider_that_offers_pkce_gets_it(browser: httpx.AsyncClient, provider: FakeProvider) -> None:
    provider.has_pkce = True
    assert (await sign_in(browser, provider)).status_code == 303
    assert provider.asked[0]["code_challenge_method"] == "S256"


async def test_a_new_key_is_fetched_and_one_that_nobody_shows_is_asked_for_once(
    browser: httpx.AsyncClient, provider: FakeProvider, site: FastAPI
) -> None:
    assert (await sign_in(browser, provider)).status_code == 303
    provider.rotate()
    # The clock of the service's provider is moved, not waited for.
    known: OpenIdProvider = site.state.services.browser.provider
    known._clock = lambda: 10**9
    assert (await sign_in(browser, provider)).status_code == 303
    provider.shown = []
    provider.rotate()
    provider.calls.clear()
    answers = [await sign_in(browser, provider) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [502, 502, 502]
    assert provider.calls.count("jwks") <= 1


WRONG: list[tuple[Change, int, str]] = [
    (lambda it: it.user.update(data_rights=None), 403, "no Rubin data rights"),
    (lambda it: it.user.update(data_rights="  "), 403, "no Rubin data rights"),
    (lambda it: it.user.update(data_rights=["dp1"]), 502, "in a form"),
    (lambda it: it.user.update(iss=it.issuer.rstrip("/")), 502, "not valid"),
    (lambda it: it.user.update(iss="https://evil.example"), 502, "not valid"),
    (lambda it: it.user.update(aud="another"), 502, "not valid"),
    (lambda it: it.user.update(aud=[CLIENT_ID, "another"]), 502, "for others as well"),
    (lambda it: it.user.update(aud=None), 502, "not valid"),
    (lambda it: it.user.update(exp=1), 502, "not valid"),
    (lambda it: it.user.update(exp=None), 502, "not valid"),
    (lambda it: it.user.update(nonce="n-1"), 400, "another sign-in"),
    (lambda it: it.user.update(nonce=None), 502, "not valid"),
    (lambda it: it.user.update(preferred_username=None), 502, "in a form"),
    (lambda it: it.user.update(preferred_username="MLima"), 502, "a user in a form"),
    (lambda it: it.user.update(preferred_username="../mlima"), 502, "a user in a form"),
    (lambda it: setattr(it, "algorithm", "none"), 502, "not valid"),
    (lambda it: setattr(it, "algorithm", "HS256"), 502, "not valid"),
    (lambda it: setattr(it, "shown", []), 502, "not valid"),
    (lambda it: it.trouble.update({TOKEN: HTMLResponse("<h1>portal</h1>")}), 502, "in a form"),
    (lambda it: it.trouble.update({TOKEN: JSONResponse({"error": "invalid_client"}, 401)}), 502, "CLIENT_SECRET"),
    (lambda it: it.trouble.update({TOKEN: HTMLResponse("broken", 500)}), 503, "in trouble"),
    (lambda it: it.trouble.update({KEYS: JSONResponse({}, 404)}), 503, "keys"),
    (lambda it: it.trouble.update({KEYS: JSONResponse({"keys": "none"})}), 502, "in a form"),
    (lambda it: it.trouble.update({KEYS: Response(b" " * 2_000_000)}), 502, "more than it should"),
]


async def test_a_sign_in_that_is_not_right_in_everything_lets_nobody_in(
    browser: httpx.AsyncClient, provider: FakeProvider, site: FastAPI
) -> None:
    for change, status, words in WRONG:
        provider.reset()
        site.state.services.browser.provider._keys = None
        change(provider)
        answer = await sign_in(browser, provider)
        assert (answer.status_code, words in said(answer)) == (status, True), (words, said(answer))
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert ("retry-after" in answer.headers) == (status == 503)
        assert (await browser.get(HOME)).status_code == 303


ANOTHER: list[tuple[Change, int, str]] = [
    (lambda it: it.discovery.update(issuer="https://evil.example"), 502, "calls itself"),
    (lambda it: it.discovery.update(token_endpoint=None), 502, "in a form"),
    (lambda it: it.trouble.update({DISCOVERY: HTMLResponse("<h1>hotel</h1>")}), 502, "in a form"),
    (lambda it: it.trouble.update({DISCOVERY: JSONResponse({}, 404)}), 503, "in trouble"),
    (
        lambda it: it.trouble.update({DISCOVERY: Response(status_code=302, headers={"Location": "/x"})}),
        503,
        "troub",
    ),
]


async def test_a_provider_that_is_another_or_in_trouble_is_not_gone_to(
    browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    for change, status, words in ANOTHER:
        provider.reset()
        change(provider)
        answer = await browser.get(f"{HOME}/login")
        assert (answer.status_code, words in said(answer)) == (status, True)
        assert answer.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_provider_that_is_away_is_said(browser_config: AppConfig) -> None:
    assert browser_config.oidc is not None
    oidc = browser_config.oidc.model_copy(update={"issuer": "http://127.0.0.1:1"})
    app = create_app(browser_config.model_copy(update={"oidc": oidc}))
    async with app.router.lifespan_context(app), browsing(app) as browser:
        answer = await browser.get(f"{HOME}/login")
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def test_a_return_that_this_browser_did_not_begin_signs_nobody_in(
    browser: httpx.AsyncClient, site: FastAPI, provider: FakeProvider
) -> None:
    begun = await browser.get(f"{HOME}/login")
    address = provider.sign_in(begun.headers["location"])
    async with browsing(site) as another:
        stolen = await another.get(address)
    changed = await browser.get(re.sub(r"state=[^&]*", "state=another", address))
    assert [stolen.status_code, changed.status_code] == [400, 400]
    # What was not used up signs in still, once.
    assert (await browser.get(address)).status_code == 303
    assert (await browser.get(address)).status_code == 400


async def test_who_turns_back_at_the_provider_is_told_so(browser: httpx.AsyncClient, provider: FakeProvider) -> None:
    begun = await browser.get(f"{HOME}/login")
    state = parse_qs(urlsplit(begun.headers["location"]).query)["state"][0]
    answer = await browser.get(f"{HOME}/login/return", params={"error": "<b>access_denied", "state": state})
    assert (answer.status_code, "<b>" in answer.text) == (403, False)


ELSEWHERE = (
    *("https://evil.example/tsm/jobs", "//evil.example/tsm/jobs", "/\\evil.example", "/tsm/crossmatch/async"),
    *("/tsm/jobsx", "javascript:alert(1)", "/tsm/jobs/../../evil", "/tsm/jobs/login/return", "/tsm/jobs/\r\nx"),
)


async def test_signing_in_leads_to_no_other_site(browser: httpx.AsyncClient, provider: FakeProvider) -> None:
    for page in ELSEWHERE:
        assert (await sign_in(browser, provider, page)).headers["location"] == HOME


async def test_tokens_are_made_shown_once_used_and_revoked(
    browser: httpx.AsyncClient, provider: FakeProvider, site: FastAPI
) -> None:
    await sign_in(browser, provider)
    page = await browser.get(f"{HOME}/tokens")
    fields = {"form": form_of(page), "name": "<i>nightly</i>", "days": "3", "scope": "read"}
    made = await browser.post(f"{HOME}/tokens", data=fields, headers=OWN)
    assert (made.status_code, made.headers["cache-control"]) == (201, "no-store")
    (secret,) = lxml.html.fromstring(made.text).xpath("//code[@class='secret']/text()")
    again = await browser.get(f"{HOME}/tokens")
    assert secret not in again.text
    assert "<i>nightly" not in again.text
    assert "<i>nightly</i>" in said(again)
    async with browsing(site) as program:
        me = await program.get("/tsm/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        assert (me.json()["username"], me.json()["rights"]) == ("mlima", ["dp0.2", "dp1", "dp2"])
        opened = await program.get(
            f"/tsm/api/v1/catalogs/{RESTRICTED_CATALOG}", headers={"Authorization": f"Bearer {secret}"}
        )
        assert opened.status_code == 200
        (action,) = lxml.html.fromstring(again.text).xpath("//form[contains(@action, 'revoke')]/@action")
        for _ in range(2):
            gone = await browser.post(action, data={"form": form_of(again)}, headers=OWN)
            assert (gone.status_code, gone.headers["location"]) == (303, f"{HOME}/tokens")
        me = await program.get("/tsm/api/v1/me", headers={"Authorization": f"Bearer {secret}"})
        assert me.status_code == 401
    assert "You have no tokens" in said(await browser.get(f"{HOME}/tokens"))


async def test_a_token_that_cannot_be_is_refused_on_its_form(
    browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await sign_in(browser, provider)
    form = form_of(await browser.get(f"{HOME}/tokens"))
    for fields, words in (
        ({"name": ""}, "name of 1 to"),
        ({"days": "10"}, "1 to 9 days"),
        ({"days": "many"}, "whole number of days"),
        ({"scope": "admin"}, "whole number of days, and may read"),
    ):
        sent = {"form": form, "name": "one", "days": "3", "scope": "submit", **fields}
        answer = await browser.post(f"{HOME}/tokens", data=sent, headers=OWN)
        assert (answer.status_code, words in said(answer)) == (422, True)
        assert lxml.html.fromstring(answer.text).xpath("//input[@name='name']/@value") == [sent["name"]]


FOREIGN: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {}),
    ({"Origin": "null"}, {}),
    ({"Origin": "https://evil.example"}, {}),
    ({"Origin": "http://idac.example"}, {}),
    (OWN, {"form": ""}),
    (OWN, {"form": "x" * 43}),
    (OWN, {"form": "ä"}),
]


async def test_a_form_of_another_site_or_session_does_nothing(
    browser: httpx.AsyncClient, provider: FakeProvider
) -> None:
    await sign_in(browser, provider)
    form = form_of(await browser.get(f"{HOME}/tokens"))
    for path, (headers, change) in itertools.product(("/tokens", "/logout", "/tokens/any/revoke"), FOREIGN):
        fields = {"form": form, "name": "one", "days": "3", "scope": "submit", **change}
        assert (await browser.post(f"{HOME}{path}", data=fields, headers=headers)).status_code == 403
    page = await browser.get(f"{HOME}/tokens")
    assert (page.status_code, "You have no tokens" in said(page)) == (200, True)


async def test_long_forms_and_odd_ones_are_refused(browser: httpx.AsyncClient, provider: FakeProvider) -> None:
    await sign_in(browser, provider)
    for content, status in ((b"form=" + b"x" * 100_000, 413), (b"a=1&" * 200, 400), (b"form=\xff", 400)):
        headers = {**OWN, "Content-Type": "application/x-www-form-urlencoded"}
        assert (await browser.post(f"{HOME}/tokens", content=content, headers=headers)).status_code == status


async def test_signing_out_ends_the_session(browser: httpx.AsyncClient, provider: FakeProvider) -> None:
    await sign_in(browser, provider)
    form = form_of(await browser.get(HOME))
    out = await browser.post(f"{HOME}/logout", data={"form": form}, headers=OWN)
    assert (out.status_code, provider.issuer.rstrip("/") in said(out)) == (200, True)
    assert (await browser.get(HOME)).status_code == 303


async def test_no_route_but_the_pages_knows_the_session(
    browser: httpx.AsyncClient, provider: FakeProvider, site: FastAPI
) -> None:
    """The same answer with and without the cookie, sent by hand to where no browser would send it."""
    await sign_in(browser, provider)
    session = {"Cookie": "; ".join(f"{cookie.name}={cookie.value}" for cookie in browser.cookies.jar)}
    assert "tsm-session" in session["Cookie"]
    routes = [(method.upper(), path) for path, item in site.openapi()["paths"].items() for method in item]
    for router in (uws_router, sync_router, xmatch_router, vosi_router, health_router):
        found = [route for route in router.routes if isinstance(route, APIRoute)]
        routes += [(method, f"/tsm{route.path}") for route in found for method in route.methods or ()]
    assert len(routes) > 60
    async with browsing(site) as program:
        for method, template in routes:
            path = re.sub(r"\{[^}]*\}", "x", template)
            with_cookie = await program.request(method, path, headers=session)
            without = await program.request(method, path)
            assert (method, path, with_cookie.status_code) == (method, path, without.status_code)
            assert "x-vo-authenticated" not in with_cookie.headers


async def test_headers_of_programs_sign_nobody_in_on_pages(
    browser: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr
) -> None:
    token = gafaelfawr.issue("mlima", groups=["g_users"])
    for headers in ({"Authorization": f"Bearer {token}"}, {USER: "mlima"}):
        assert (await browser.get(HOME, headers=headers)).status_code == 303


async def test_pages_of_other_sites_change_nothing_though_a_browser_adds_a_password(
    browser: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr
) -> None:
    signed = httpx.BasicAuth(gafaelfawr.issue("mlima", groups=["g_users"]), "x")
    posts = ("/tsm/crossmatch/async", "/tsm/crossmatch/sync", "/tsm/api/v1/jobs", "/tsm/xmatch/sync")
    origins = ("https://evil.example", "null", "http://idac.example", "https://idac.example:8443")
    for path, origin in itertools.product(posts, origins):
        refused = await browser.post(path, auth=signed, headers={"Origin": origin}, data={"RUNID": "x"})
        assert (refused.status_code, "may not change" in refused.text) == (403, True), path
    own = await browser.post("/tsm/crossmatch/async", auth=signed, headers=OWN, data={"RUNID": "x"})
    program = await browser.post("/tsm/crossmatch/async", auth=signed, data={"RUNID": "x"})
    assert [own.status_code, program.status_code] == [303, 303]
    assert (await browser.get("/tsm/crossmatch/async", auth=signed, headers={"Origin": "null"})).status_code == 200


async def test_without_a_platform_only_tokens_made_here_are_accepted(
    browser_config: AppConfig, gafaelfawr: FakeGafaelfawr
) -> None:
    """As a data center may want it: no credential of another place ever passes through."""
    identity = browser_config.identity.model_copy(update={"url": ""})
    app = create_app(browser_config.model_copy(update={"identity": identity}))
    async with app.router.lifespan_context(app), browsing(app) as program:
        headers = {"Authorization": f"Bearer {gafaelfawr.issue('mlima')}"}
        answer = await program.get("/tsm/api/v1/me", headers=headers)
    assert (answer.status_code, "jobs/tokens" in answer.text) == (401, True)
    assert gafaelfawr.calls == {}


@pytest.fixture
async def typed(app_config: AppConfig) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at a service without a provider, reached without TLS; each request asks about its token."""
    identity = app_config.identity.model_copy(update={"cache_seconds": 0})
    app = create_app(app_config.model_copy(update={"identity": identity}))
    async with app.router.lifespan_context(app), browsing(app) as client:
        client.base_url = "http://127.0.0.1:8080"
        yield client


async def test_without_a_provider_a_token_is_typed_in_and_counts_as_long_as_it_works(
    typed: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr
) -> None:
    own = {"Origin": "http://127.0.0.1:8080"}
    asked = await typed.get(f"{HOME}/login", params={"next": f"{HOME}/tokens"})
    assert "Your token" in said(asked)
    wrong = await typed.post(f"{HOME}/login", data={"token": "gt-wrong"}, headers=own)
    assert (wrong.status_code, "not a token" in said(wrong), "gt-wrong" in wrong.text) == (403, True, False)
    token = gafaelfawr.issue("mlima", groups=["g_users"])
    assert (await typed.post(f"{HOME}/login", data={"token": token})).status_code == 403
    begun = await typed.post(f"{HOME}/login", data={"token": f" {token} ", "next": f"{HOME}/tokens"}, headers=own)
    assert (begun.status_code, begun.headers["location"]) == (303, f"{HOME}/tokens")
    assert token not in begun.headers["set-cookie"]
    page = await typed.get(f"{HOME}/tokens")
    assert (page.status_code, "A token cannot make another" in said(page)) == (200, True)
    assert token not in page.text
    form = {"form": form_of(page), "name": "x", "days": "3", "scope": "submit"}
    assert (await typed.post(f"{HOME}/tokens", data=form, headers=own)).status_code == 403
    assert "mlima" in said(await typed.get(HOME))
    gafaelfawr.tokens.clear()
    gone = await typed.get(HOME)
    assert (gone.status_code, gone.headers["location"]) == (303, f"{HOME}/login?next=%2Ftsm%2Fjobs")


async def test_behind_an_ingress_it_signs_people_in_and_forms_are_still_ours(
    app_config: AppConfig, gafaelfawr: FakeGafaelfawr
) -> None:
    fields = {**app_config.identity.model_dump(), "mode": "ingress", "behind_ingress": True}
    identity = type(app_config.identity).model_validate(fields)
    app = create_app(app_config.model_copy(update={"identity": identity, "public_url": BASE}))
    token = gafaelfawr.issue("mlima", token_type="internal", scopes=[], groups=["g_users"])
    by_ingress = {USER: "mlima", "X-Auth-Request-Token": token}
    async with app.router.lifespan_context(app), browsing(app) as browser:
        browser.headers.update(by_ingress)
        page = await browser.get(f"{HOME}/tokens")
        assert (page.status_code, "A token cannot make another" in said(page)) == (200, True)
        assert "samesite=strict" in page.headers["set-cookie"].lower()
        assert "Sign out" not in said(page)
        # There is nothing to revoke; what counts is that the form is taken, and one without its cookie is not.
        path = f"{HOME}/tokens/none/revoke"
        form = lxml.html.fromstring(page.text).xpath("//input[@name='form']/@value")
        brought = browser.cookies["__Secure-tsm-form"]
        assert form == []
        assert (await browser.post(path, data={"form": brought}, headers=OWN)).status_code == 303
        assert (await browser.post(path, data={"form": "x" * 43}, headers=OWN)).status_code == 403
        browser.cookies.clear()
        assert (await browser.post(path, data={"form": brought}, headers=OWN)).status_code == 403
        assert (await browser.get(f"{HOME}/login")).headers["location"] == HOME


@given(text=st.text(max_size=300) | st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_a_seal_opens_nothing_that_it_did_not_close(text: str) -> None:
    assert Seal([KEY]).open(text, Session, seconds=60) is None


@given(position=st.integers(min_value=0), letter=st.sampled_from("Aa0_-"))
def test_a_changed_letter_opens_nothing(position: int, letter: str) -> None:
    closed = Seal([KEY]).close(Session(form="f", username="mlima"))
    place = position % len(closed.rstrip("="))
    changed = closed[:place] + letter + closed[place + 1 :]
    opened = Seal([KEY]).open(changed, Session, seconds=60)
    # The last letter has bits that stand for nothing.
    assert opened is None or changed == closed or place >= len(closed.rstrip("=")) - 1


def test_a_seal_keeps_kinds_keys_and_times_apart() -> None:
    class Other(Session):
        pass

    old, new = "an old key of thirty-two letters", "a new key of thirty-two letters!"
    closed = Seal([old]).close(Session(form="f", username="mlima"))
    assert Seal([new, old]).open(closed, Session, seconds=60) == Session(form="f", username="mlima")
    assert Seal([new]).open(closed, Session, seconds=60) is None
    assert Seal([old]).open(closed, Other, seconds=60) is None
    assert Seal([old]).open(closed, Session, seconds=-1) is None
    assert Seal([old]).open(None, Session, seconds=60) is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"public_url": None}, "TSM_PUBLIC_URL"),
        ({"public_url": "http://idac.example/tsm"}, "https://"),
        ({"browser": {}}, "TSM_BROWSER__SESSION_KEYS"),
        ({"browser": {"session_keys": ["short"]}}, "32"),
        ({"oidc": {"issuer": "http://idac.example", "client_id": "a", "client_secret": "b"}}, "https://"),
        ({"oidc": {"issuer": "https://idac.example"}}, "client_secret"),
        ({"identity": {"mode": "ingress", "behind_ingress": True}}, "belongs to mode token"),
        ({"oidc": None, "identity": {"mode": "token"}}, "TSM_OIDC__ISSUER"),
    ],
)
def test_settings_that_cannot_work_stop_the_start(change: dict[str, Any], words: str) -> None:
    fields: dict[str, Any] = {
        **{"database_url": "postgresql+asyncpg:///tsm", "queue_url": "redis://localhost", "blob_root": "/srv/blobs"},
        **{"registry_path": "/etc/tsm/catalogs.yaml", "identity": {"mode": "token"}, "public_url": BASE},
        "oidc": {"issuer": "https://data.example.org/", "client_id": "a", "client_secret": "hidden-secret"},
        "browser": {"session_keys": [KEY]},
    }
    assert "hidden-secret" not in repr(AppConfig(**fields))
    with pytest.raises(ValueError, match=re.escape(words)) as refusal:
        AppConfig(**{**fields, **change})
    assert "hidden-secret" not in str(refusal.value)
