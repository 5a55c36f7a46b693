"""Work stops when the client leaves, and never before."""

import asyncio

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.types import Message

from app.errors import install_error_handlers
from app.hang_up import ClientGoneError, while_connected


class Client:
    """The other end of a connection."""

    def __init__(self) -> None:
        self._left = asyncio.Event()

    def hang_up(self) -> None:
        self._left.set()

    def request(self) -> Request:
        return Request({"type": "http", "method": "GET", "path": "/", "headers": []}, self._receive)

    async def _receive(self) -> Message:
        await self._left.wait()
        return {"type": "http.disconnect"}


async def test_result_of_the_work_is_returned() -> None:
    async def work() -> int:
        await asyncio.sleep(0)
        return 7

    assert await while_connected(Client().request(), work()) == 7


async def test_error_of_the_work_is_raised() -> None:
    async def work() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await while_connected(Client().request(), work())


async def test_work_has_ended_when_the_client_has_left() -> None:
    client, cleaned_up = Client(), asyncio.Event()

    async def work() -> None:
        try:
            client.hang_up()
            await asyncio.sleep(60)
        finally:
            cleaned_up.set()

    with pytest.raises(ClientGoneError):
        await while_connected(client.request(), work())
    assert cleaned_up.is_set()


async def test_work_ends_when_the_request_itself_is_canceled() -> None:
    started, cleaned_up = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        try:
            started.set()
            await asyncio.sleep(60)
        finally:
            cleaned_up.set()

    handler = asyncio.create_task(while_connected(Client().request(), work()))
    await started.wait()
    handler.cancel()

    with pytest.raises(asyncio.CancelledError):
        await handler
    assert cleaned_up.is_set()


@pytest.mark.parametrize("path", ["/tsm/api/v1/uploads", "/tsm/crossmatch/async"])
async def test_client_that_has_left_is_no_error_of_the_service_on_either_face(path: str) -> None:
    app = FastAPI()
    install_error_handlers(app, prefix="/tsm", realm="tsm")

    @app.get(path)
    async def leave() -> None:
        raise ClientGoneError

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tsm.example") as client:
        answer = await client.get(path)

    assert answer.status_code == 499
