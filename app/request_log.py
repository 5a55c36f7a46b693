"""Around every request: an id, one log line, metrics, and the name of the user in the answer."""

import re
import time
import uuid

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.metrics import Metrics

__all__ = ["RequestLog"]

_log = structlog.get_logger("app.request")
BOUND_ON_SIGNING_IN = ("owner", "job_id", "token_key", "token_source", "identity_cache")
"""What every log line of a request says once it is known who sends it."""
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_CLIENT_CLOSED_REQUEST = 499
"""Counted for clients that leave before an answer has begun (as nginx does)."""
_UNEXPECTED = 500
"""What the framework answers outside of this middleware when an error gets through."""


class RequestLog:
    """Middleware on the bare protocol: wrapping responses would buffer event streams and hide hang-ups."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        state = scope.setdefault("state", {})
        status = _CLIENT_CLOSED_REQUEST
        started = time.monotonic()

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["X-Request-ID"] = request_id
                if "username" in state:
                    headers["X-VO-Authenticated"] = state["username"]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, send_marked)
            except Exception:
                status = _UNEXPECTED
                raise
            finally:
                self._finish(scope, status, time.monotonic() - started)
                # Bound on signing in: a connection that is kept must not hand them to its next request.
                structlog.contextvars.unbind_contextvars(*BOUND_ON_SIGNING_IN)

    def _finish(self, scope: Scope, status: int, seconds: float) -> None:
        # Requests that no route takes share one label: an address is no bounded set.
        route = getattr(scope.get("route"), "path", "unmatched")
        fault = scope["state"].get("fault")
        self._metrics.count_request(method=scope["method"], route=route, status=status, seconds=seconds, fault=fault)
        _log.info(
            "request",
            method=scope["method"],
            route=route,
            status=status,
            seconds=round(seconds, 4),
            fault=fault,
            owner=scope["state"].get("username"),
            **scope.get("path_params", {}),
        )


def _request_id(headers: Headers) -> str:
    """The id that a proxy gave the request, or a new one."""
    given = headers.get("x-request-id", "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
