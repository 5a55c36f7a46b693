"""Tokens that users make for their scripts: what they open, and how they end."""

import asyncio
import base64
from collections.abc import Awaitable, Callable
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import text, update

from app.api_tokens import Scope
from app.config import ApiTokenConfig, AppConfig
from app.identity import Identity, NotEntitledError
from app.services import Services
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from uws.errors import InvalidControlError, TooManyTokensError
from uws.tables import ApiTokenRow, stamp

Make = Callable[..., Awaitable[str]]
OWNER = Identity("mlima", rights=frozenset({"dp1", "own"}), groups=frozenset({"g_users"}))


@pytest.fixture
def app_config(app_config: AppConfig) -> AppConfig:
    """Few tokens for each user."""
    return app_config.model_copy(update={"api_tokens": ApiTokenConfig(default_days=5, max_days=9, most_per_user=2)})


@pytest.fixture
def make(services: Services) -> Make:
    """Make a token as somebody in a browser does; its text."""

    async def run(owner: Identity = OWNER, *, scope: Scope = Scope.SUBMIT, days: int | None = None) -> str:
        return (await services.api_tokens.create(owner, name="nightly", days=days, scope=scope))[1]

    return run


def signed(text: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {text}"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def test_a_token_signs_in_as_its_owner_in_all_three_forms(
    anonymous_client: httpx.AsyncClient, make: Make
) -> None:
    token = await make()
    for headers in (signed(token), basic(token, "any"), basic("x-oauth-basic", token)):
        answer = await anonymous_client.get("/api/v1/me", headers=headers)
        assert answer.json()["username"] == "mlima"
        assert answer.json()["rights"] == ["dp1", "own"]


async def test_what_differs_in_a_letter_has_expired_or_was_revoked_is_refused_alike(
    anonymous_client: httpx.AsyncClient, app_client: httpx.AsyncClient, services: Services, make: Make
) -> None:
    token, revoked = await make(), await make()
    changed = token[:-1] + ("a" if token[-1] != "a" else "b")
    assert (await app_client.delete(f"/api/v1/tokens/{revoked[4:26]}")).status_code == 204
    refusals = [await anonymous_client.get("/api/v1/me", headers=signed(each)) for each in (changed, revoked)]
    async with services.database.transaction() as session:
        await session.execute(update(ApiTokenRow).values(expiry_time=stamp() - timedelta(seconds=1)))
    refusals.append(await anonymous_client.get("/api/v1/me", headers=signed(token)))
    assert [answer.status_code for answer in refusals] == [401, 401, 401]
    assert len({answer.text for answer in refusals}) == 1
    assert (await app_client.get("/api/v1/tokens")).json() == []


async def test_nobody_sees_or_ends_the_tokens_of_others(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, make: Make
) -> None:
    key = (await make())[4:26]
    assert [found["key"] for found in (await app_client.get("/api/v1/tokens")).json()] == [key]
    assert (await other_client.get("/api/v1/tokens")).json() == []
    assert (await other_client.delete(f"/api/v1/tokens/{key}")).status_code == 404
    assert (await app_client.delete(f"/api/v1/tokens/{key}")).status_code == 204
    assert (await app_client.delete(f"/api/v1/tokens/{key}")).status_code == 404


async def test_a_token_that_may_only_read_changes_nothing(
    anonymous_client: httpx.AsyncClient, app_client: httpx.AsyncClient, make: Make
) -> None:
    headers = signed(await make(scope=Scope.READ))
    form = {"CATALOG": OPEN_CATALOG, "REDSHIFTS": "upload:x"}
    job = (await app_client.post("/crossmatch/async", data=form)).headers["location"]
    refused = [
        await anonymous_client.post("/crossmatch/async", data=form, headers=headers),
        await anonymous_client.post(f"{job}/phase", data={"PHASE": "RUN"}, headers=headers),
        await anonymous_client.delete(job, headers=headers),
        await anonymous_client.get("/crossmatch/sync", params=form, headers=headers),
        await anonymous_client.post("/api/v1/uploads", content=b"", headers=headers),
        await anonymous_client.post("/xmatch/sync", headers=headers),
    ]
    assert {answer.status_code for answer in refused} == {403}
    assert all("submit" in answer.headers["www-authenticate"] for answer in refused)
    assert (await anonymous_client.get(job, headers=headers)).status_code == 200


async def test_a_token_opens_what_its_owner_could_open_and_no_more(
    anonymous_client: httpx.AsyncClient, make: Make
) -> None:
    async def opened(owner: Identity) -> int:
        answer = await anonymous_client.get(f"/api/v1/catalogs/{RESTRICTED_CATALOG}", headers=signed(await make(owner)))
        return answer.status_code

    assert await opened(OWNER) == 404
    # By the operator's table as it is now, and by rights of their own.
    assert await opened(Identity("one", groups=frozenset({"g_rubin"}))) == 200
    assert await opened(Identity("two", rights=frozenset({"dp2"}))) == 200


async def test_tokens_are_few_live_shortly_and_have_no_children(services: Services, make: Make) -> None:
    with pytest.raises(InvalidControlError, match="1 to 9 days"):
        await make(days=10)
    with pytest.raises(NotEntitledError, match="cannot make another"):
        await make(Identity("mlima", scopes=frozenset({"read", "submit"})))
    made = await asyncio.gather(*(make() for _ in range(4)), return_exceptions=True)
    assert sorted(isinstance(each, TooManyTokensError) for each in made) == [False, False, True, True]


async def test_the_database_holds_nothing_that_signs_in(
    anonymous_client: httpx.AsyncClient, services: Services, make: Make
) -> None:
    token = await make()
    await anonymous_client.get("/api/v1/me", headers=signed(token))
    async with services.database.reading() as session:
        rows = (await session.execute(text("SELECT api_tokens::text FROM api_tokens"))).scalars().all()
    assert len(rows) == 1
    assert token.partition(".")[2] not in rows[0]


async def test_the_last_use_is_kept_and_not_written_for_every_request(
    anonymous_client: httpx.AsyncClient, services: Services, make: Make
) -> None:
    token = await make()
    uses = []
    for _ in range(2):
        await anonymous_client.get("/api/v1/me", headers=signed(token))
        uses.append((await services.token_store.list(owner="mlima"))[0].last_use_time)
    assert uses[0] is not None
    assert uses[0] == uses[1]
