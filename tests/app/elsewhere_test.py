"""Which hosts a table may be fetched from, whatever their names say at the moment."""

import ipaddress
from collections.abc import Awaitable, Callable, Iterator, Sequence

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.elsewhere import Elsewhere, NotPublicError, is_public

PRIVATE = (
    "127.0.0.1",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
)
PUBLIC = ("130.79.128.5", "8.8.8.8", "2a00:1450:4001:81b::200e", "64:ff9b::808:808", "::ffff:8.8.8.8")


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_of_the_neighborhood_is_not_public(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PUBLIC)
def test_an_address_of_the_wide_network_is_public(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@given(st.ip_addresses(v=4, network="10.0.0.0/8") | st.ip_addresses(v=4, network="127.0.0.0/8"))
def test_no_way_to_write_a_private_address_inside_another_makes_it_public(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    wrapped = (0xFFFF << 32 | number, 0x64FF9B << 96 | number, 0x2002 << 112 | number << 80)

    assert not any(is_public(ipaddress.IPv6Address(text)) for text in wrapped)


class Names:
    """A name server whose answers change with each question."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers: Iterator[Sequence[str]] = iter(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return next(self._answers)


async def get(look_up: Callable[[str, int], Awaitable[Sequence[str]]]) -> httpx.Response:
    async with httpx.AsyncClient(transport=Elsewhere(look_up=look_up), timeout=2) as client:
        return await client.get("https://data.example.org/table")


@pytest.mark.parametrize("addresses", [["127.0.0.1"], ["8.8.8.8", "10.0.0.1"], ["fe80::1%eth0"], []])
async def test_nothing_is_connected_to_if_any_address_is_private(addresses: list[str]) -> None:
    with pytest.raises(NotPublicError, match=r"data\.example\.org is no host of the wide network"):
        await get(Names(addresses))


async def test_an_unknown_host_is_told() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("Name or service not known")

    with pytest.raises(httpx.ConnectError, match="is unknown"):
        await get(unknown)


async def test_a_name_is_asked_once_and_its_answer_is_what_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sent: list[httpx.Request] = []

    async def send(self: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", send)
    names = Names(["130.79.128.5"], ["127.0.0.1"])

    await get(names)

    (request,) = sent
    assert names.asked == [("data.example.org", 443)]
    assert request.url.host == "130.79.128.5"
    assert request.headers["host"] == "data.example.org"
    assert request.extensions["sni_hostname"] == "data.example.org"
