"""JSON bodies of a bounded size, held in memory whole, whose texts can be stored."""

from collections.abc import Callable, Coroutine, Iterator
from http import HTTPStatus
from json import JSONDecodeError
from typing import Any

from fastapi import HTTPException, Request, Response
from fastapi.routing import APIRoute

from app.body_size import require_claim_within

__all__ = ["SmallBodyRoute"]

MAX_BYTES = 1024 * 1024
"""The longest honest recipe names a few thousand columns."""


class SmallBodyRoute(APIRoute):
    """A route that refuses large bodies as problem documents (the framework's own limit answers plain text)."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, given a request that counts."""
        handle = super().get_route_handler()

        async def handle_small(request: Request) -> Response:
            require_claim_within(request, MAX_BYTES, advice="send tables as uploads")
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

    async def json(self) -> Any:
        try:
            value = await super().json()
        except JSONDecodeError:
            raise
        except (RecursionError, ValueError) as error:
            message = "the body nests too deep, has a number of thousands of digits, or is no UTF-8 text"
            raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, message) from error
        for text in _texts(value):
            if "\0" in text or not _is_unicode(text):
                message = f"{text[:80]!a} holds U+0000 or half of a surrogate pair, which cannot be stored"
                raise HTTPException(HTTPStatus.UNPROCESSABLE_ENTITY, message)
        return value


def _texts(value: object) -> Iterator[str]:
    """All texts in a JSON value, names of fields included."""
    left = [value]
    while left:
        match left.pop():
            case str() as text:
                yield text
            case dict() as fields:
                left += [*fields.keys(), *fields.values()]
            case list() as items:
                left += items


def _is_unicode(text: str) -> bool:
    """Whether it has a UTF-8 form; JSON can spell code points (U+D800) that have none."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True
