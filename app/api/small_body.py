"""JSON bodies of a bounded size: they are held in memory whole."""

from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

__all__ = ["SmallBodyRoute"]

MAX_BYTES = 1024 * 1024
"""The longest honest recipe names a few thousand columns."""


class SmallBodyRoute(APIRoute):
    """A route that refuses large bodies as problem documents (the framework's own limit answers plain text)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given a request that counts."""
        handle = super().get_route_handler()

        async def handle_small(request: Request) -> Response:
            return await handle(_CountingRequest(request.scope, request.receive))

        return handle_small


class _CountingRequest(Request):
    async def body(self) -> bytes:
        if not hasattr(self, "_body"):
            body = bytearray()
            async for chunk in self.stream():
                body += chunk
                if len(body) > MAX_BYTES:
                    # The framework turns every other exception here into a body that cannot be parsed.
                    raise HTTPException(
                        HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"the body has more than {MAX_BYTES} bytes"
                    )
            self._body = bytes(body)
        return self._body
