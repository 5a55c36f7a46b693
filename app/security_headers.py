"""What every answer tells a browser: run nothing, guess nothing, embed nothing, tell no one where you were.

Nothing here is a page, so the strictest policy costs nothing; a handler that answers a page sets its own.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from starlette.datastructures import MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["SECURITY_HEADERS", "CrossOrigin", "SecurityHeaders"]

SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": (
            "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
        ),
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        # Answers are about one user; a browser may keep them, but asks again.
        "Cache-Control": "private, no-cache",
    }
)
"""Headers of every answer that does not set them itself."""

_METHODS = ("GET", "HEAD", "POST", "PATCH", "DELETE")
_ASKED = ("Authorization", "Content-Type", "If-None-Match", "If-Modified-Since", "Last-Event-ID", "Range")
_SHOWN = ("Content-Disposition", "Content-Range", "ETag", "Location", "Retry-After", "X-Request-ID")
_PREFLIGHT_SECONDS = 600


class SecurityHeaders:
    """Middleware on the bare protocol, outside of all others."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_marked if scope["type"] == "http" else send)


class CrossOrigin(CORSMiddleware):
    """Lets pages of the origins that the operator names read answers; cookies never sign what they ask.

    Parameters
    ----------
    origins
        As browsers write them (``https://portal.example.org``); without any, browsers keep all pages out.
    """

    def __init__(self, app: ASGIApp, *, origins: Iterable[str]) -> None:
        super().__init__(
            app,
            allow_origins=sorted(origins),
            allow_methods=_METHODS,
            allow_headers=_ASKED,
            allow_credentials=False,
            expose_headers=_SHOWN,
            max_age=_PREFLIGHT_SECONDS,
        )
