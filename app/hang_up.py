"""Work that is worth doing only while the client is still there."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from fastapi import Request

__all__ = ["ClientGoneError", "while_connected"]

_T = TypeVar("_T")


class ClientGoneError(Exception):
    """The client hung up before the answer was ready; nobody reads what is said now."""


async def while_connected(request: Request, work: Coroutine[Any, Any, _T]) -> _T:
    """Do the work, but stop it when the client hangs up.

    The body of the request must have been read before.

    Raises
    ------
    ClientGoneError
        If the client left first; the work was canceled and has ended.
    """
    doing = asyncio.create_task(work)
    leaving = asyncio.create_task(_hang_up(request))
    try:
        await asyncio.wait({doing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if doing.done():
            return doing.result()
        raise ClientGoneError
    finally:
        doing.cancel()
        leaving.cancel()
        await asyncio.gather(doing, leaving, return_exceptions=True)


async def _hang_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
