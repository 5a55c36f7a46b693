"""A Gafaelfawr for tests: answers as the real one was observed to, and breaks on request."""

import asyncio
import base64
import binascii
import json
import os
import secrets
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

__all__ = ["A_TOKEN", "FakeGafaelfawr", "FakeToken", "create_fake", "new_token", "serving", "serving_in_a_thread"]

Trouble = Callable[[Request], Awaitable[Response | None]]


A_TOKEN = "gt-0123456789abcdefghijkl.ZYXWVUTSRQPONMLKJIHGFE"
"""In the form of real ones, but always the same: names of tests must not change between processes."""


def new_token() -> str:
    """A token in the form of real ones."""
    return f"gt-{secrets.token_urlsafe(16)}.{secrets.token_urlsafe(16)}"


@dataclass
class FakeToken:
    """What the server knows of a token."""

    username: str
    scopes: list[str] = field(default_factory=lambda: ["read:tap"])
    token_type: str = "user"
    expires: int | None = None
    groups: list[str] = field(default_factory=list)
    email: str | None = None
    quota: dict[str, Any] | None = None
    data_rights: str | None = None
    """What OpenID Connect tells; absent for a user without rights."""


class FakeGafaelfawr:
    """The two routes that matter, with switches for everything that can go wrong."""

    def __init__(self) -> None:
        self.tokens: dict[str, FakeToken] = {}
        self.calls: Counter[str] = Counter()
        self.trouble: Trouble | None = None
        """Asked first for every request; what it returns is the answer."""
        self.revoke_after_token_info = False
        self.user_info_name: str | None = None
        """Name that user-info tells instead of the owner's."""
        self.app = Starlette(
            routes=[
                Route("/auth/api/v1/token-info", self._token_info),
                Route("/auth/api/v1/user-info", self._user_info),
                Route("/auth/openid/userinfo", self._openid_user_info),
            ]
        )

    def reset(self) -> None:
        """Forget all tokens and troubles: one server serves all tests of a process."""
        self.tokens.clear()
        self.calls.clear()
        self.trouble = self.user_info_name = None
        self.revoke_after_token_info = False

    def issue(self, username: str, **properties: Any) -> str:
        """Make a token."""
        text = new_token()
        self.tokens[text] = FakeToken(username, **properties)
        return text

    async def _token_info(self, request: Request) -> Response:
        self.calls["token-info"] += 1
        token = await self._authenticate(request)
        if isinstance(token, Response):
            return token
        if self.revoke_after_token_info:
            self.tokens.clear()
        answer = {
            "username": token.username,
            "token_type": token.token_type,
            "scopes": token.scopes,
            "created": 1795363209,
            "expires": token.expires,
            "a_field_of_next_year": True,
        }
        return JSONResponse({key: value for key, value in answer.items() if value is not None})

    async def _user_info(self, request: Request) -> Response:
        self.calls["user-info"] += 1
        token = await self._authenticate(request)
        if isinstance(token, Response):
            return token
        groups = [{"name": name, "id": number} for number, name in enumerate(token.groups, start=100_000)]
        answer: dict[str, Any] = {"username": self.user_info_name or token.username}
        # Null fields are left out, as the real server does.
        answer |= {"groups": groups} if groups else {}
        answer |= {"email": token.email} if token.email else {}
        answer |= {"quota": token.quota} if token.quota else {}
        return JSONResponse(answer)

    async def _openid_user_info(self, request: Request) -> Response:
        self.calls["openid-userinfo"] += 1
        token = await self._authenticate(request)
        if isinstance(token, Response):
            return token
        if token.token_type not in ("internal", "oidc"):
            return _refusal(request, 401, "invalid_token", f"Token of type {token.token_type} not allowed")
        answer = {"sub": self.user_info_name or token.username, "data_rights": token.data_rights}
        return JSONResponse({key: value for key, value in answer.items() if value is not None})

    async def _authenticate(self, request: Request) -> FakeToken | Response:
        if self.trouble is not None and (broken := await self.trouble(request)) is not None:
            return broken
        scheme, _, credentials = request.headers.get("authorization", "").strip().partition(" ")
        match scheme.lower():
            case "bearer":
                text = credentials.strip()
            case "basic":
                text = _token_of_basic(credentials.strip())
            case "":
                text = ""
            case _:
                refusal = _refusal(request, 403, "invalid_request", f"Unknown Authorization type {scheme}")
                refusal.headers["X-Error-Status"] = "400"
                return refusal
        if not text:
            # An object here, a list in all others: so does the real server.
            detail = {"type": "no_authorization", "msg": "Authentication required"}
            return JSONResponse({"detail": detail}, 401, headers={"WWW-Authenticate": _challenge(request)})
        return self.tokens.get(text) or _refusal(request, 401, "invalid_token", "Token is not valid")


def create_fake() -> Starlette:
    """A fake to talk to by hand: ``uvicorn --factory tests.app.gafaelfawr:create_fake``.

    The environment variable ``FAKE_TOKENS`` holds its tokens as JSON, each with what it knows of it:
    ``{"gt-...": {"username": "mlima", "groups": ["g_users"]}}``.
    """
    fake = FakeGafaelfawr()
    known = json.loads(os.environ.get("FAKE_TOKENS", "{}"))
    fake.tokens = {text: FakeToken(**properties) for text, properties in known.items()}
    return fake.app


def _challenge(request: Request, error: str = "", description: str = "") -> str:
    challenge = f'Bearer realm="{request.url.hostname}"'
    return f'{challenge}, error="{error}", error_description="{description}"' if error else challenge


def _refusal(request: Request, status: int, error: str, message: str) -> JSONResponse:
    headers = {"WWW-Authenticate": _challenge(request, error, message)}
    return JSONResponse({"detail": [{"type": error, "msg": message}]}, status, headers=headers)


def _token_of_basic(credentials: str) -> str:
    """The token as user name or as password; nothing where there is none."""
    try:
        username, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return next((half for half in (username, password) if half.startswith("gt-")), "")


async def answers_html(request: Request) -> Response:
    """A captive portal."""
    return HTMLResponse("<html>Please accept our terms</html>")


async def lost_redis(request: Request) -> Response:
    """What the real server says then."""
    return PlainTextResponse("Internal Server Error", 500)


async def lost_user_data(request: Request) -> Response:
    """What the real server says then."""
    return JSONResponse({"detail": [{"type": "user_info_failed", "msg": "LDAP"}]}, 500)


async def lost_from_database(request: Request) -> Response:
    """A token that is in Redis, but not in the database."""
    return JSONResponse({"detail": [{"type": "invalid_token", "msg": "Token is not valid"}]}, 403)


async def refuses_the_request(request: Request) -> Response:
    """A client error that is not the token's."""
    return JSONResponse({"detail": [{"type": "invalid_request", "msg": "?"}]}, 403, headers={"X-Error-Status": "400"})


@contextmanager
def serving_in_a_thread(app: Any, socket: Path) -> Iterator[None]:
    """Serve an ASGI application on a unix socket, in an event loop that outlives those of the tests."""
    server = uvicorn.Server(uvicorn.Config(app, uds=str(socket), log_config=None, lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    yield
    server.should_exit = True
    thread.join()


class serving:  # noqa: N801  (reads as a verb: `async with serving(app, socket)`)
    """Serve an ASGI application on a unix socket while the block runs."""

    def __init__(self, app: Any, socket: Path) -> None:
        self._server = uvicorn.Server(uvicorn.Config(app, uds=str(socket), log_config=None, lifespan="off"))
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> None:
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)

    async def __aexit__(self, *error: object) -> None:
        assert self._task is not None
        self._server.should_exit = True
        await self._task
