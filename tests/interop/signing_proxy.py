"""A proxy that signs every request, for clients that cannot sign in before they send a table."""

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from threading import Thread

import httpx
import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

__all__ = ["signed"]

_OF_ONE_HOP = frozenset({"host", "connection", "transfer-encoding", "authorization"})
_OF_ONE_BODY = frozenset({"content-length", "content-encoding"})


async def _body_of(answer: httpx.Response) -> AsyncIterator[bytes]:
    async for chunk in answer.aiter_raw():
        yield chunk
    await answer.aclose()


@contextmanager
def signed(url: str, token: str) -> Iterator[str]:
    """Serve the same as an address, signed in; yields the address to use instead, which all documents then name."""
    host, host_url = httpx.URL(url), URL(url)
    client = httpx.AsyncClient(base_url=f"{host.scheme}://{host.netloc.decode()}", timeout=120)

    async def forward(request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in _OF_ONE_HOP}
        target = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        sent = client.build_request(
            request.method, target, headers=headers | {"authorization": f"Bearer {token}"}, content=request.stream()
        )
        answer = await client.send(sent, stream=True)

        kept = {name: value for name, value in answer.headers.items() if name not in _OF_ONE_HOP}
        here, there = (f"{address.scheme}://{address.netloc}" for address in (request.url, host_url))
        if "location" in kept:
            kept["location"] = kept["location"].replace(there, here)
        if not kept.get("content-type", "").startswith("application/xml"):
            return StreamingResponse(_body_of(answer), answer.status_code, kept)
        document = (await answer.aread()).replace(there.encode(), here.encode())
        changed = {name: value for name, value in kept.items() if name not in _OF_ONE_BODY}
        return Response(document, answer.status_code, changed)

    route = Route("/{path:path}", forward, methods=["GET", "HEAD", "POST", "DELETE"])
    server = uvicorn.Server(uvicorn.Config(Starlette(routes=[route]), port=0, log_level="error"))
    serving = Thread(target=server.run, daemon=True)
    serving.start()
    try:
        while not server.started:
            serving.join(0.05)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield f"http://127.0.0.1:{port}{host.path.rstrip('/')}"
    finally:
        server.should_exit = True
        serving.join(10)
