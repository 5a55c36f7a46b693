import asyncio

import httpx
import pytest
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route

from app.head_requests import HeadRequests
from app.trailing_slash import TrailingSlash


class Endless:
    """An event stream, and whether somebody still reads it."""

    def __init__(self) -> None:
        self.is_closed = False

    async def events(self):
        try:
            while True:
                yield b"data: x\n\n"
                await asyncio.sleep(0.01)
        finally:
            self.is_closed = True


@pytest.fixture
def stream() -> Endless:
    return Endless()


@pytest.fixture
def client(stream: Endless) -> httpx.AsyncClient:
    async def echo(request):
        return PlainTextResponse(f"{request.method} {request.url.path}")

    async def follow(request):
        return StreamingResponse(stream.events(), media_type="text/event-stream")

    async def fail(request):
        raise RuntimeError("broken")

    routes = [Route("/echo", echo, methods=["GET", "POST"]), Route("/follow", follow), Route("/fail", fail)]
    app = Starlette(routes=routes)
    app.router.redirect_slashes = False
    wrapped = TrailingSlash(HeadRequests(app))
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(wrapped, raise_app_exceptions=False), base_url="http://tsm.example"
    )


async def test_head_has_the_length_of_the_body_that_it_leaves_out(client):
    response = await client.head("/echo")

    assert (response.status_code, response.content, response.headers["content-length"]) == (200, b"", "9")


async def test_head_of_an_endless_stream_ends_it(client, stream):
    response = await asyncio.wait_for(client.head("/follow"), 5)

    assert response.headers["content-type"].startswith("text/event-stream")
    assert stream.is_closed


async def test_head_of_something_broken_is_an_error(client):
    assert (await client.head("/fail")).status_code == 500


async def test_head_of_nothing_is_not_found(client):
    assert (await client.head("/none")).status_code == 404


@pytest.mark.parametrize("path", ["/echo", "/echo/", "/echo//"])
async def test_a_slash_at_the_end_means_nothing_for_get_and_post(client, path):
    assert (await client.get(path)).text == "GET /echo"
    assert (await client.post(path)).text == "POST /echo"
