"""Every answer tells browsers to run, guess and embed nothing, and pages of elsewhere read none by default."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from app.config import AppConfig
from app.main import create_app
from app.security_headers import SECURITY_HEADERS
from tests.app.conftest import BASE_URL
from tests.app.gafaelfawr import FakeGafaelfawr
from tests.app.workbench import Workbench

PORTAL = "https://portal.example.org"
PATHS = (
    "/capabilities",
    "/availability",
    "/tables",
    "/crossmatch/async",
    "/crossmatch/async/none",
    "/crossmatch/sync?RUNID=a&RUNID=b",
    "/api/v1/openapi.json",
    "/api/v1/me",
    "/api/v1/jobs",
    "/api/v1/jobs/none",
    "/api/v1/jobs?last=x",
    "/health/live",
    "/health/ready",
    "/metrics",
    "/nothing",
)


@pytest.fixture
async def portal_client(app_config: AppConfig, gafaelfawr: FakeGafaelfawr) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service whose operator trusts one portal; no store is asked."""
    app = create_app(app_config.model_copy(update={"cors_origins": frozenset({PORTAL})}))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


def missing(answer: httpx.Response) -> set[str]:
    return {name for name in SECURITY_HEADERS if name not in answer.headers}


async def test_every_answer_is_harmless(app_client: httpx.AsyncClient, anonymous_client: httpx.AsyncClient) -> None:
    answers = [await client.get(path) for path in PATHS for client in (app_client, anonymous_client)]
    answers += [await app_client.request(method, "/api/v1/jobs") for method in ("HEAD", "PUT", "OPTIONS", "POST")]

    assert {(str(answer.url), answer.status_code): missing(answer) for answer in answers if missing(answer)} == {}
    assert {answer.status_code for answer in answers} >= {200, 401, 404, 405, 422}
    types = {answer.headers.get("content-type", "").partition(";")[0] for answer in answers} - {""}
    assert types <= {
        "application/json",
        "application/problem+json",
        "application/xml",
        "application/x-votable+xml",
        "text/plain",
        "text/xml",
    }


async def test_an_error_of_ours_is_harmless_too(app: FastAPI, app_client: httpx.AsyncClient) -> None:
    async def broken() -> None:
        raise ZeroDivisionError

    app.add_api_route("/tsm/broken", broken)

    answer = await app_client.get("/broken")

    assert (answer.status_code, missing(answer)) == (500, set())


async def test_a_file_that_a_user_sent_is_never_a_page(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    page = b"<html><script>alert(1)</script></html>"
    created = await app_client.post(
        "/crossmatch/async",
        data={"UPLOAD": "mine,param:table"},
        files={"table": ("page.html", page, "text/html")},
    )
    location = created.headers["location"]

    answer = await app_client.get(f"{location}/parameters/table")

    assert answer.content == page
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["content-disposition"].startswith('attachment; filename="page.html"')
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("origin", ["https://evil.example", PORTAL, "null"])
async def test_pages_of_elsewhere_read_nothing_by_default(app_client: httpx.AsyncClient, origin: str) -> None:
    read = await app_client.get("/api/v1/me", headers={"Origin": origin})
    asked = await app_client.options(
        "/api/v1/jobs", headers={"Origin": origin, "Access-Control-Request-Method": "POST"}
    )

    for answer in (read, asked):
        assert [name for name in answer.headers if name.startswith("access-control-")] == []
    assert asked.status_code == 405


async def test_pages_of_a_trusted_origin_may_ask_with_a_token_but_not_with_a_cookie(
    portal_client: httpx.AsyncClient,
) -> None:
    preflight = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    asked = await portal_client.options("/api/v1/jobs", headers={"Origin": PORTAL, **preflight})
    refused = await portal_client.options("/api/v1/jobs", headers={"Origin": "https://evil.example", **preflight})
    read = await portal_client.get("/health/live", headers={"Origin": PORTAL})

    assert asked.status_code == 200
    assert read.headers["access-control-allow-origin"] == asked.headers["access-control-allow-origin"] == PORTAL
    assert "access-control-allow-credentials" not in asked.headers
    assert "Location" in read.headers["access-control-expose-headers"]
    assert "access-control-allow-origin" not in refused.headers
    assert missing(read) == missing(asked) == set()
