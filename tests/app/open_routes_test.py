"""What is open to all, behind an ingress: it comes past those who check, so that names in headers prove nothing."""

from collections.abc import AsyncIterator

import httpx
import pytest

from app.config import AppConfig
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.gafaelfawr import FakeGafaelfawr
from tests.app.ingress_test import ingress_client

pytestmark = pytest.mark.usefixtures("catalog_cards")

FORGED = {"X-Auth-Request-User": "other", "Authorization": "Bearer of-something-else"}


@pytest.fixture
async def client(app_config: AppConfig, gafaelfawr: FakeGafaelfawr) -> AsyncIterator[httpx.AsyncClient]:
    async with ingress_client(app_config) as client:
        yield client


@pytest.mark.parametrize("path", ["/capabilities", "/crossmatch/capabilities", "/tables", f"/tables/{OPEN_CATALOG}"])
async def test_a_name_in_a_header_is_nobody(path: str, client: httpx.AsyncClient) -> None:
    answer = await client.get(path, headers=FORGED)

    assert answer.status_code == 200
    assert "X-VO-Authenticated" not in answer.headers
    assert RESTRICTED_CATALOG not in answer.text


async def test_capabilities_behind_an_ingress_still_challenge(client: httpx.AsyncClient) -> None:
    answer = await client.get("/crossmatch/capabilities")

    assert answer.headers["WWW-Authenticate"].startswith("Basic realm=")


async def test_a_delegated_token_shows_the_tables_of_its_user(
    client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr
) -> None:
    token = gafaelfawr.issue("other", token_type="internal", scopes=[], groups=["g_rubin"])

    answer = await client.get("/tables", headers={"X-Auth-Request-User": "other", "X-Auth-Request-Token": token})

    assert RESTRICTED_CATALOG in answer.text
    assert answer.headers["X-VO-Authenticated"] == "other"


async def test_a_forged_token_shows_nothing(client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr) -> None:
    own = gafaelfawr.issue("mlima", token_type="internal", scopes=[])

    answer = await client.get("/tables", headers={"X-Auth-Request-User": "other", "X-Auth-Request-Token": own})

    assert answer.status_code == 502
