"""A small stand-in for Gafaelfawr: says whose token it is, in Gafaelfawr's own words.

The embedded stack is never without authentication; its web process asks this as it would ask a remote Gafaelfawr,
over a private unix socket. Statuses, bodies and challenges are those observed on the real server.
"""

import base64
import binascii
from dataclasses import dataclass

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from service.tokens import TokenFile, TokenKey, TokenRecord

__all__ = ["create_issuer"]

_FIRST_GROUP_ID = 100_000
_UID = 4_000


def create_issuer(tokens: TokenFile) -> Starlette:
    """The ASGI application that answers ``token-info`` and ``user-info`` for the tokens of a file.

    The file is read for each request: there are few (answers are cached by who asks), and a token that was made or
    revoked a moment ago counts at once.
    """

    def token_info(request: Request) -> Response:
        found = _authenticate(request, tokens)
        return found if isinstance(found, Response) else JSONResponse(_describe_token(*found))

    def user_info(request: Request) -> Response:
        found = _authenticate(request, tokens)
        return found if isinstance(found, Response) else JSONResponse(_describe_user(found[1]))

    return Starlette(
        routes=[
            Route("/auth/api/v1/token-info", token_info),
            Route("/auth/api/v1/user-info", user_info),
        ]
    )


def _describe_token(key: TokenKey, record: TokenRecord) -> dict[str, object]:
    answer: dict[str, object] = {
        "username": record.username,
        "token_type": "user",
        "scopes": sorted(record.scopes),
        "created": record.created,
        "token": key,
        "token_name": record.token_name,
    }
    # Null fields are left out, as the real server does.
    return answer if record.expires is None else answer | {"expires": record.expires}


def _describe_user(record: TokenRecord) -> dict[str, object]:
    groups = [{"name": name, "id": _FIRST_GROUP_ID + number} for number, name in enumerate(record.groups)]
    own_group = {"name": record.username, "id": _UID}
    return {"username": record.username, "uid": _UID, "gid": _UID, "groups": [*groups, own_group]}


@dataclass(frozen=True)
class _OtherScheme:
    name: str


def _authenticate(request: Request, tokens: TokenFile) -> tuple[TokenKey, TokenRecord] | Response:
    """The token's record, or the refusal."""
    match _token_of(request.headers.get("authorization", "")):
        case None:
            detail = {"type": "no_authorization", "msg": "Authentication required"}
            return _refusal(request, 401, detail)
        case _OtherScheme(name):
            message = f"Unknown Authorization type {name}"
            refusal = _refusal(request, 403, [{"type": "invalid_request", "msg": message}], "invalid_request", message)
            refusal.headers["X-Error-Status"] = "400"
            return refusal
        case str(token):
            message = "Token is not valid"
            invalid = [{"type": "invalid_token", "msg": message}]
            return tokens.find(token) or _refusal(request, 401, invalid, "invalid_token", message)


def _refusal(request: Request, status: int, detail: object, error: str = "", description: str = "") -> Response:
    challenge = f'Bearer realm="{request.url.hostname}"'
    if error:
        challenge += f', error="{error}", error_description="{description}"'
    return JSONResponse({"detail": detail}, status, headers={"WWW-Authenticate": challenge})


def _token_of(authorization: str) -> str | _OtherScheme | None:
    """The token of a Bearer or Basic header (as user name or as password); None where there is none."""
    scheme, _, credentials = authorization.strip().partition(" ")
    match scheme.lower():
        case "":
            return None
        case "bearer":
            return credentials.strip()
        case "basic":
            return _token_of_basic(credentials.strip())
        case _:
            return _OtherScheme(scheme)


def _token_of_basic(credentials: str) -> str | None:
    try:
        username, _, password = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return next((half for half in (username, password) if half.startswith("gt-")), None)
