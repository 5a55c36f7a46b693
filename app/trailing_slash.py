"""A slash at the end of an address means nothing: it is taken away before a route is looked for.

A redirect would do for GET, but repeats a POST under another address, and some clients drop its body.
"""

from starlette.types import ASGIApp, Receive, Scope, Send

__all__ = ["TrailingSlash"]


class TrailingSlash:
    """Middleware that forgets slashes at the end of the path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http" and scope["path"].endswith("/"):
            scope = {**scope, "path": scope["path"].rstrip("/") or "/"}
        await self._app(scope, receive, send)
