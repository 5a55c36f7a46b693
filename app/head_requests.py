"""HEAD wherever GET works: the same headers and no body, without a word in any route."""

import asyncio
from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["IS_HEAD", "HeadRequests"]

IS_HEAD = "tsm.is_head"
"""In the scope of a GET that only the headers are wanted of."""


class HeadRequests:
    """Middleware that answers HEAD by the headers of GET."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return
        headers_sent = asyncio.Event()

        async def send_headers(message: Message) -> None:
            if headers_sent.is_set():
                return
            await send(message)
            await send({"type": "http.response.body", "body": b""})
            headers_sent.set()

        answering = asyncio.ensure_future(self._app({**scope, "method": "GET", IS_HEAD: True}, receive, send_headers))
        stopping = asyncio.create_task(headers_sent.wait())
        try:
            # What follows the headers is never wanted: a file would be read, an event stream would not end.
            await asyncio.wait({answering, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            answering.cancel()
            with suppress(asyncio.CancelledError):
                await answering
