"""Token mode against a Gafaelfawr that behaves, and one that does not."""

import asyncio
import socket
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from structlog.testing import capture_logs

from app.config import IdentityConfig
from app.credentials import InvalidTokenError, Token, TokenSource
from app.gafaelfawr import Gafaelfawr
from app.identity import Identity, IdentityFaultError, IdentityUnavailableError, NotEntitledError
from tests.app.gafaelfawr import (
    FakeGafaelfawr,
    Trouble,
    answers_html,
    lost_from_database,
    lost_redis,
    lost_user_data,
    new_token,
    refuses_the_request,
)


class Clock:
    """Seconds since the epoch, moved by the test."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def verifier(gafaelfawr_socket: Path, clock: Clock) -> AsyncIterator[Gafaelfawr]:
    verifier = Gafaelfawr(a_config(gafaelfawr_socket), clock=clock)
    yield verifier
    await verifier.aclose()


def a_config(gafaelfawr_socket: Path, **changes: Any) -> IdentityConfig:
    rights = {"g_users": ["dp1", "dp2"], "g_rubin": ["dp1", "internal"]}
    fields = {"url": "http://gafaelfawr.example/", "socket": gafaelfawr_socket, "rights_by_group": rights, **changes}
    return IdentityConfig.model_validate(fields)


def token_of(text: str) -> Token:
    return Token(text, TokenSource.BEARER)


async def test_known_token_gives_name_rights_mail_and_quota(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    text = gafaelfawr.issue(
        "mlima",
        groups=["g_users", "g_rubin", "mlima"],
        email="mlima@example.org",
        quota={"api": {"tap": 1000}, "tap": {"qserv": {"concurrent": 12, "bytes_billed": 10}}},
    )

    identity = await verifier.identify(token_of(text))

    assert identity == Identity(
        username="mlima",
        rights=frozenset({"dp1", "dp2", "internal"}),
        email="mlima@example.org",
        groups=frozenset({"g_users", "g_rubin", "mlima"}),
        quota={"tap": 1000},
    )


async def test_user_without_groups_mail_and_expiry_is_signed_in_without_rights(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    identity = await verifier.identify(token_of(gafaelfawr.issue("newcomer")))

    assert identity == Identity("newcomer")


async def test_renamed_group_gives_no_rights(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    identity = await verifier.identify(token_of(gafaelfawr.issue("mlima", groups=["g_users_old"])))

    assert identity.rights == frozenset()


async def test_unknown_token_is_refused(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    with pytest.raises(InvalidTokenError):
        await verifier.identify(token_of(new_token()))


async def test_token_revoked_between_the_two_questions_is_refused(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    text = gafaelfawr.issue("mlima")
    gafaelfawr.revoke_after_token_info = True

    with pytest.raises(InvalidTokenError):
        await verifier.identify(token_of(text))


async def test_answers_that_name_two_users_are_refused(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    text = gafaelfawr.issue("mlima")
    gafaelfawr.user_info_name = "somebody"

    with pytest.raises(IdentityFaultError):
        await verifier.identify(token_of(text))


@pytest.mark.parametrize("username", ["Admin", "a b", "-x", "x-", "1", "a--b", "mlima\n"])
async def test_name_that_cannot_be_one_is_refused(
    username: str, gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    with pytest.raises(IdentityFaultError):
        await verifier.identify(token_of(gafaelfawr.issue(username)))


@pytest.mark.parametrize("token_type", ["session", "notebook", "service", "internal", "oidc"])
async def test_token_of_another_type_is_not_entitled(
    token_type: str, gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    with pytest.raises(NotEntitledError, match=token_type):
        await verifier.identify(token_of(gafaelfawr.issue("mlima", token_type=token_type)))


async def test_notebook_token_is_accepted_by_configuration(gafaelfawr: FakeGafaelfawr, gafaelfawr_socket: Path) -> None:
    verifier = Gafaelfawr(a_config(gafaelfawr_socket, token_types=["user", "notebook"]))
    text = gafaelfawr.issue("mlima", token_type="notebook")

    identity = await verifier.identify(token_of(text))

    assert identity.username == "mlima"
    await verifier.aclose()


async def test_missing_scope_is_named(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    with pytest.raises(NotEntitledError, match="read:tap") as refusal:
        await verifier.identify(token_of(gafaelfawr.issue("mlima", scopes=["read:image"])))

    assert refusal.value.scope == "read:tap"


@pytest.mark.parametrize("scope", ["user:token", "admin:token", "admin:userinfo"])
async def test_token_that_could_do_too_much_is_refused(
    scope: str, gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    with pytest.raises(NotEntitledError, match=scope):
        await verifier.identify(token_of(gafaelfawr.issue("mlima", scopes=["read:tap", scope])))


@pytest.mark.parametrize("trouble", [answers_html, lost_redis, lost_user_data])
async def test_broken_provider_is_unavailable_and_never_a_refusal(
    trouble: Trouble, gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    text = gafaelfawr.issue("mlima")
    gafaelfawr.trouble = trouble

    with pytest.raises(IdentityUnavailableError):
        await verifier.identify(token_of(text))


async def test_token_missing_from_the_database_is_refused(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    gafaelfawr.trouble = lost_from_database

    with pytest.raises(InvalidTokenError):
        await verifier.identify(token_of(new_token()))


async def test_other_client_error_is_our_fault(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    gafaelfawr.trouble = refuses_the_request

    with pytest.raises(IdentityFaultError):
        await verifier.identify(token_of(new_token()))


async def test_token_is_not_sent_where_a_redirect_points(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    async def redirects(request: Request) -> Response | None:
        return RedirectResponse("/auth/api/v1/user-info") if request.url.path.endswith("token-info") else None

    gafaelfawr.trouble = redirects

    with pytest.raises(IdentityUnavailableError):
        await verifier.identify(token_of(gafaelfawr.issue("mlima")))
    assert gafaelfawr.calls["user-info"] == 0


async def test_slow_provider_is_unavailable(gafaelfawr: FakeGafaelfawr, gafaelfawr_socket: Path) -> None:
    async def slow(request: Request) -> None:
        await asyncio.sleep(0.5)

    verifier = Gafaelfawr(a_config(gafaelfawr_socket, total_seconds=0.05))
    gafaelfawr.trouble = slow

    with pytest.raises(IdentityUnavailableError):
        await verifier.identify(token_of(gafaelfawr.issue("mlima")))
    await verifier.aclose()


async def test_absent_provider_is_unavailable(tmp_path: Path) -> None:
    verifier = Gafaelfawr(a_config(tmp_path / "nobody"))

    with pytest.raises(IdentityUnavailableError):
        await verifier.identify(token_of(new_token()))
    await verifier.aclose()


async def test_proxies_of_the_environment_are_not_asked(
    gafaelfawr: FakeGafaelfawr, gafaelfawr_socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as proxy:
        proxy.bind(("127.0.0.1", 0))
        proxy.listen()
        proxy.setblocking(False)
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.getsockname()[1]}")
        verifier = Gafaelfawr(a_config(gafaelfawr_socket))

        identity = await verifier.identify(token_of(gafaelfawr.issue("mlima")))

        assert identity.username == "mlima"
        with pytest.raises(BlockingIOError):
            proxy.accept()
        await verifier.aclose()


async def test_answer_is_remembered_for_its_time(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr, clock: Clock
) -> None:
    token = token_of(gafaelfawr.issue("mlima"))
    await verifier.identify(token)
    clock.now += 59
    await verifier.identify(token)
    assert gafaelfawr.calls["token-info"] == 1

    clock.now += 2
    await verifier.identify(token)

    assert gafaelfawr.calls["token-info"] == 2


async def test_revoked_token_works_no_longer_than_the_cache(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr, clock: Clock
) -> None:
    text = gafaelfawr.issue("mlima")
    await verifier.identify(token_of(text))
    del gafaelfawr.tokens[text]
    clock.now += 61

    with pytest.raises(InvalidTokenError):
        await verifier.identify(token_of(text))


async def test_token_is_asked_about_again_when_it_expires(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr, clock: Clock
) -> None:
    text = gafaelfawr.issue("mlima", expires=int(clock.now) + 10)
    await verifier.identify(token_of(text))
    del gafaelfawr.tokens[text]
    clock.now += 10

    with pytest.raises(InvalidTokenError):
        await verifier.identify(token_of(text))


async def test_token_that_expired_by_our_clock_alone_is_believed(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr, clock: Clock
) -> None:
    token = token_of(gafaelfawr.issue("mlima", expires=int(clock.now) - 5))

    names = {(await verifier.identify(token)).username for _ in range(2)}

    assert names == {"mlima"}
    assert gafaelfawr.calls["token-info"] == 2


async def test_secret_of_another_token_does_not_open_a_remembered_one(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    text = gafaelfawr.issue("mlima")
    await verifier.identify(token_of(text))
    forged = f"{text.partition('.')[0]}.{new_token().partition('.')[2]}"

    with pytest.raises(InvalidTokenError):
        await verifier.identify(token_of(forged))


async def test_new_token_works_soon_after_it_was_unknown(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr, clock: Clock
) -> None:
    text = new_token()
    for _ in range(3):
        with pytest.raises(InvalidTokenError):
            await verifier.identify(token_of(text))
    assert gafaelfawr.calls["token-info"] == 1
    gafaelfawr.tokens[text] = gafaelfawr.tokens[gafaelfawr.issue("mlima")]
    clock.now += 16

    identity = await verifier.identify(token_of(text))

    assert identity.username == "mlima"


async def test_trouble_is_not_remembered(gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr) -> None:
    text = gafaelfawr.issue("mlima")
    gafaelfawr.trouble = lost_redis
    with pytest.raises(IdentityUnavailableError):
        await verifier.identify(token_of(text))
    gafaelfawr.trouble = None

    identity = await verifier.identify(token_of(text))

    assert identity.username == "mlima"


async def test_parallel_questions_about_one_token_are_asked_once(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    token = token_of(gafaelfawr.issue("mlima"))

    identities = await asyncio.gather(*(verifier.identify(token) for _ in range(20)))

    assert {identity.username for identity in identities} == {"mlima"}
    assert gafaelfawr.calls == {"token-info": 1, "user-info": 1}


async def test_client_that_hangs_up_does_not_take_the_answer_from_others(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    async def slow(request: Request) -> None:
        await asyncio.sleep(0.05)

    gafaelfawr.trouble = slow
    token = token_of(gafaelfawr.issue("mlima"))
    impatient = asyncio.create_task(verifier.identify(token))
    patient = asyncio.create_task(verifier.identify(token))
    while not gafaelfawr.calls:
        await asyncio.sleep(0.001)

    impatient.cancel()

    assert (await patient).username == "mlima"
    assert gafaelfawr.calls["token-info"] == 1


async def test_no_more_tokens_are_remembered_than_allowed(gafaelfawr: FakeGafaelfawr, gafaelfawr_socket: Path) -> None:
    verifier = Gafaelfawr(a_config(gafaelfawr_socket, cache_size=2))
    first, second, third = (token_of(gafaelfawr.issue(name)) for name in ("first", "second", "third"))
    for token in (first, second, first, third):
        await verifier.identify(token)

    await verifier.identify(first)
    assert gafaelfawr.calls["token-info"] == 3
    await verifier.identify(second)

    assert gafaelfawr.calls["token-info"] == 4
    await verifier.aclose()


async def test_invented_tokens_make_no_genuine_one_forgotten(
    gafaelfawr: FakeGafaelfawr, gafaelfawr_socket: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.gafaelfawr._MOST_REFUSALS", 2)
    verifier = Gafaelfawr(a_config(gafaelfawr_socket, cache_size=2))
    genuine = token_of(gafaelfawr.issue("mlima"))
    invented = [token_of(new_token()) for _ in range(4)]
    await verifier.identify(genuine)
    for token in invented:
        with pytest.raises(InvalidTokenError):
            await verifier.identify(token)
    asked = gafaelfawr.calls["token-info"]

    await verifier.identify(genuine)
    with pytest.raises(InvalidTokenError):
        await verifier.identify(invented[-1])
    assert gafaelfawr.calls["token-info"] == asked
    with pytest.raises(InvalidTokenError):
        await verifier.identify(invented[0])

    assert gafaelfawr.calls["token-info"] == asked + 1
    await verifier.aclose()


async def test_address_may_be_one_of_ipv6(gafaelfawr: FakeGafaelfawr, gafaelfawr_socket: Path) -> None:
    verifier = Gafaelfawr(a_config(gafaelfawr_socket, url="http://[2001:db8::1]:8443/"))

    identity = await verifier.identify(token_of(gafaelfawr.issue("mlima")))

    assert identity.username == "mlima"
    await verifier.aclose()


async def test_token_without_the_scope_is_logged_by_its_key_alone(
    gafaelfawr: FakeGafaelfawr, verifier: Gafaelfawr
) -> None:
    text = gafaelfawr.issue("mlima", scopes=["read:image"])

    with capture_logs() as logs, pytest.raises(NotEntitledError):
        await verifier.identify(token_of(text))

    (line,) = [line for line in logs if line["event"] == "token not entitled"]
    assert (line["token_key"], line["missing_scope"]) == (text[3:25], "read:tap")
    assert text.partition(".")[2] not in str(logs)
