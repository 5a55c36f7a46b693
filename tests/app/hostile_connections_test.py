"""Connections that are slow, endless or many, on the real server and real sockets: other users go on."""

import asyncio
import contextlib
import resource
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx
import pytest

from app.config import AppConfig
from app.main import create_app
from app.user_limits import UserLimits
from service.connection import ConnectionLimits
from service.web_server import web_server
from tests.app.catalogs import OPEN_CATALOG
from tests.app.gafaelfawr import FakeGafaelfawr

LIMITS = ConnectionLimits(
    max_connections=1500, head_seconds=1.5, body_seconds=1.5, body_bytes=1000, head_bytes=16_384, url_bytes=8192
)
FEW = LIMITS.model_copy(update={"max_connections": 40, "head_seconds": 60})
PATIENCE = 60.0
"""Seconds: only a server that hangs needs more."""
N_HELD = 1000

Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@contextmanager
def serving(config: AppConfig, limits: ConnectionLimits) -> Iterator[int]:
    """The application behind the server of ``tsm-service serve``; gives its port."""
    server = web_server(lambda: create_app(config), limits=limits)
    running = threading.Thread(target=server.run)
    running.start()
    try:
        while not server.started:
            assert running.is_alive()
            time.sleep(0.02)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        running.join()


@pytest.fixture(autouse=True)
def many_files() -> Iterator[None]:
    """As many as the server raises its limit to, and the sockets of the attacker, who is in this process too."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * LIMITS.max_connections + 512
    most = wanted if before[1] == resource.RLIM_INFINITY else min(wanted, before[1])
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(most, before[0]), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.fixture
def limits(request: pytest.FixtureRequest) -> ConnectionLimits:
    found = getattr(request, "param", LIMITS)
    assert isinstance(found, ConnectionLimits)
    return found


@pytest.fixture
def port(
    app_config: AppConfig, limits: ConnectionLimits, gafaelfawr: FakeGafaelfawr, catalog_cards: None
) -> Iterator[int]:
    generous = app_config.model_copy(update={"user_limits": UserLimits(held_requests=0, requests_per_second=0)})
    with serving(generous, limits) as port:
        yield port


@pytest.fixture
async def other(port: int, other_token: str) -> AsyncIterator[httpx.AsyncClient]:
    """The user who wants to work meanwhile."""
    headers = {"Authorization": f"Bearer {other_token}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/tsm", headers=headers, timeout=PATIENCE) as client:
        yield client


async def work_goes_on(client: httpx.AsyncClient) -> None:
    job = {"CATALOG": OPEN_CATALOG, "REDSHIFTS": "upload:none", "PHASE": "RUN"}
    made = await client.post("/crossmatch/async", data=job)
    assert made.status_code == 303, made.text
    assert (await client.get(f"{made.headers['Location']}/phase")).text == "QUEUED"
    assert (await client.get("/api/v1/me")).status_code == 200
    assert (await client.get("/capabilities")).status_code == 200
    upload = await client.post("/api/v1/uploads", content=b"ra,dec,z\n150.1,2.2,0.5\n")
    assert upload.status_code in (201, 202), upload.text


async def connect(port: int, sent: bytes = b"") -> Stream:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    return reader, writer


async def last_words(stream: Stream) -> bytes:
    """What the server says before it hangs up."""
    reader, writer = stream
    said = b""
    with contextlib.suppress(ConnectionError):
        async with asyncio.timeout(PATIENCE):
            while more := await reader.read(65_536):
                said += more
    writer.close()
    return said


async def drip(stream: Stream, byte: bytes) -> bytes:
    """Send one byte at a time until the server hangs up."""

    async def dripping() -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                stream[1].write(byte)
                await stream[1].drain()
                await asyncio.sleep(0.1)

    attack = asyncio.create_task(dripping())
    said = await last_words(stream)
    attack.cancel()
    return said


def a_head(token: str, *lines: str, path: str = "/tsm/api/v1/me", method: str = "GET") -> bytes:
    shown = [f"{method} {path} HTTP/1.1", "Host: tsm", f"Authorization: Bearer {token}", *lines]
    return ("\r\n".join(shown) + "\r\n\r\n").encode()


async def test_heads_and_bodies_sent_a_byte_at_a_time_are_ended_and_stop_nobody(
    port: int, token: str, other: httpx.AsyncClient
) -> None:
    upload = a_head(token, "Content-Length: 5000", path="/tsm/api/v1/uploads", method="POST")
    form = a_head(
        token,
        "Content-Length: 5000",
        "Content-Type: application/x-www-form-urlencoded",
        path="/tsm/crossmatch/async",
        method="POST",
    )
    stranger = a_head("gt-none", "Content-Length: 5000", path="/tsm/crossmatch/async", method="POST")
    chunked = a_head(token, "Transfer-Encoding: chunked", path="/tsm/api/v1/uploads", method="POST")
    beginnings = {
        "head": (b"GET /tsm/api/v1/me HTTP/1.1\r\nX-A: ", b"a"),
        "blank lines": (b"\r\n", b"\r\n"),
        "silence": (b"", b""),
        "upload": (upload, b"1"),
        "form": (form, b"A"),
        "refused already": (stranger, b"A"),
        "chunks": (chunked, b"1\r\n1\r\n"),
    }
    attacks = {
        name: asyncio.create_task(drip(await connect(port, sent), byte))
        for name, (sent, byte) in beginnings.items()
        for _ in range(10)
    }
    await work_goes_on(other)

    said = dict(zip(attacks, await asyncio.gather(*attacks.values()), strict=True))

    assert said["head"].startswith(b"HTTP/1.1 408 ")
    assert b"no end of its headers after 1.5 s" in said["head"]
    assert said["silence"] == b""
    assert said["refused already"].startswith(b"HTTP/1.1 401 ")
    for name in ("upload", "form", "chunks"):
        assert said[name].startswith(b"HTTP/1.1 408 "), name
        assert b"less than 1000 is too slow" in said[name]
    await work_goes_on(other)


async def test_heads_without_end_are_refused_before_they_fill_the_memory(
    port: int, token: str, other: httpx.AsyncClient
) -> None:
    endless = b"a" * 4_000_000
    refusals = {
        "one header": (b"GET /tsm/capabilities HTTP/1.1\r\nX-A: " + endless, b"431"),
        "a name": (b"GET /tsm/capabilities HTTP/1.1\r\nX-" + endless, b"431"),
        "whole large header": (a_head(token, f"X-A: {'a' * 17_000}"), b"431"),
        "many headers": (a_head(token, *(f"X-{n}: 1" for n in range(101))), b"431"),
        "address": (a_head(token, path="/tsm/" + "a" * 9000), b"414"),
        "endless address": (b"GET /tsm/" + endless, b"414"),
        "trailer": (
            a_head(token, "Transfer-Encoding: chunked", method="POST", path="/tsm/api/v1/uploads")
            + b"1\r\n1\r\n0\r\nX-A: "
            + endless,
            b"4",
        ),
        "no HTTP": (b"\x16\x03\x01" + endless, b"400"),
    }
    streams = {name: await connect(port, sent) for name, (sent, _) in refusals.items()}
    await work_goes_on(other)

    for name, (_, status) in refusals.items():
        said = await last_words(streams[name])
        # Who still sends when the server hangs up may be reset before it has read why.
        assert said.startswith(b"HTTP/1.1 " + status) or (said == b"" and len(refusals[name][0]) > 100_000), name


async def test_heads_just_below_the_limits_are_served(port: int, token: str) -> None:
    lines = [f"X-{n}: {'a' * 150}" for n in range(90)]
    stream = await connect(port, a_head(token, *lines, "Connection: close"))

    assert (await last_words(stream)).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("limits", [FEW], indirect=True)
async def test_connections_without_a_request_give_way_to_those_with_one(port: int, other: httpx.AsyncClient) -> None:
    streams = [await connect(port, b"GET /tsm/capabilities HTTP/1.1\r\nX-A: ") for _ in range(200)]

    await work_goes_on(other)

    for stream in streams[:100]:
        assert await last_words(stream) == b""
    for _, writer in streams:
        writer.close()


@pytest.mark.parametrize("limits", [FEW], indirect=True)
async def test_when_all_are_in_a_request_the_next_is_told_to_wait(port: int, token: str) -> None:
    sent = a_head(token, "Content-Length: 500000", path="/tsm/api/v1/uploads", method="POST") + b"1" * 2000
    streams = [await connect(port, sent) for _ in range(40)]
    await asyncio.sleep(0.3)

    said = await last_words(await connect(port, a_head(token)))

    assert said.startswith(b"HTTP/1.1 503 ")
    assert b"Retry-After: 5" in said
    for _, writer in streams:
        writer.close()


async def test_a_thousand_waiting_requests_and_event_streams_stop_nobody(
    port: int, token: str, other: httpx.AsyncClient
) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    made = await other.post("/crossmatch/async", data={"CATALOG": OPEN_CATALOG, "PHASE": "RUN"}, headers=headers)
    job_id = made.headers["Location"].rsplit("/", 1)[1]
    paths = (f"/tsm/api/v1/jobs/{job_id}/events", f"/tsm/crossmatch/async/{job_id}?WAIT=30")
    streams = [await connect(port, a_head(token, path=paths[n % 2])) for n in range(N_HELD)]
    try:
        async with asyncio.timeout(PATIENCE):
            first = [await reader.readline() for reader, _ in streams[::2]]
        assert set(first) == {b"HTTP/1.1 200 OK\r\n"}

        await work_goes_on(other)

        assert not any(reader.at_eof() for reader, _ in streams[::2])
    finally:
        for _, writer in streams:
            writer.close()
