"""Who is calling: the identity that the rest of the code sees, and the dependency that asks for one."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Protocol

import structlog
from fastapi import Depends, Request
from fastapi.openapi.models import HTTPBase as HTTPScheme
from fastapi.openapi.models import HTTPBearer as HTTPBearerScheme
from fastapi.security.base import SecurityBase

from app.credentials import MalformedCredentialsError
from pz.sealing import TOKEN_FORM

__all__ = [
    "PZ_TOKEN_HEADER",
    "Authenticator",
    "Identity",
    "IdentityFaultError",
    "IdentityUnavailableError",
    "NotEntitledError",
    "NotThroughIngressError",
    "SignedIn",
    "signed_in",
    "welcome",
]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_SUBMIT = "submit"

PZ_TOKEN_HEADER = "X-PZ-Token"  # noqa: S105 - the name of a header
"""Carries the user's own token for a PZ Server, where the operator lets users fetch with it."""

_TOKEN_IN_ADDRESS = frozenset({"token", "access_token"})


class NotEntitledError(Exception):
    """The token is genuine but may not be used here; the message says which one to make.

    Parameters
    ----------
    message
        For the user.
    scope
        Scope that is missing, None if something else is wrong with the token.
    """

    def __init__(self, message: str, *, scope: str | None = None) -> None:
        super().__init__(message)
        self.scope = scope


class NotThroughIngressError(Exception):
    """In mode ``ingress``, a request that did not come through the ingress; nobody is signed in."""


class IdentityUnavailableError(Exception):
    """The identity provider does not answer: the credentials may be good, so the answer is never a 401."""


class IdentityFaultError(Exception):
    """The identity provider answered in a way that we do not understand: a fault of ours, not of the user."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A signed-in user, as far as anyone behind this module knows them."""

    username: str
    """Stable and compared exactly; the owner of jobs and uploads."""
    rights: frozenset[str] = frozenset()
    """Data rights (``dp1``, ...) found at the time of the request."""
    email: str | None = None
    groups: frozenset[str] = frozenset()
    """Groups at the time of the request; limits may differ by group."""
    quota: Mapping[str, int] = field(default_factory=dict)
    """Requests that the identity provider grants, by service name; shown to the user, not enforced here."""
    scopes: frozenset[str] | None = None
    """What the token of ours that the request came with may do; None for somebody who signed in otherwise."""

    pz_token: str | None = field(default=None, repr=False)
    """Token of the same person for a PZ Server, if the request came with one."""

    @property
    def grants(self) -> frozenset[str]:
        """What opens catalogs and compilations: data rights, and groups as ``group:NAME``."""
        return self.rights | {f"group:{name}" for name in self.groups}


class Authenticator(Protocol):
    """Whoever knows who sends a request: one implementation for each mode."""

    def is_tried(self, request: Request) -> bool:
        """Whether a request to what is open to all comes with something by which its user can be known for certain."""
        ...

    async def identify(self, request: Request) -> Identity:
        """Tell whose request it is, or raise one of the errors that `signed_in` lists."""
        ...


class _Scheme(SecurityBase):
    """Puts a way to sign in into the OpenAPI document; `signed_in` itself reads the header."""

    def __init__(self, name: str, model: Any) -> None:
        self.scheme_name = name
        self.model = model

    async def __call__(self) -> None:
        return None


_BEARER = _Scheme("Bearer", HTTPBearerScheme(description="`Authorization: Bearer gt-...`"))
_BASIC = _Scheme(
    "Basic",
    HTTPScheme(
        scheme="basic", description="The token as user name (any password) or as password (user name `x-oauth-basic`)."
    ),
)


async def signed_in(
    request: Request, _bearer: Annotated[None, Depends(_BEARER)], _basic: Annotated[None, Depends(_BASIC)]
) -> Identity:
    """The user who sends the request, as the service's mode of identity tells.

    Raises
    ------
    MalformedCredentialsError
        If the token is in the address, or the header cannot be read.
    NotSignedInError
        If there is no token, or nobody knows it.
    NotEntitledError
        If the token may not be used here.
    NotThroughIngressError
        If it came past the ingress that it must come through.
    IdentityUnavailableError, IdentityFaultError
        If the identity provider does not answer, or not sensibly.
    TooManyRequestsError
        If the user sends too many.
    """
    if _TOKEN_IN_ADDRESS & {name.lower() for name in request.query_params}:
        raise MalformedCredentialsError(
            "a token in the address ends up in logs and histories: send it as 'Authorization: Bearer ...' "
            "or as the password of HTTP Basic, and revoke this one"
        )
    authenticator: Authenticator = request.app.state.services.authenticator
    identity = replace(await authenticator.identify(request), pz_token=_pz_token(request))
    _require_scope(request, identity)
    welcome(request, identity)
    return identity


def _pz_token(request: Request) -> str | None:
    """None for none, and for what cannot be one."""
    text = request.headers.get(PZ_TOKEN_HEADER, "").removeprefix("Token ").strip()
    return text if TOKEN_FORM.fullmatch(text) else None


def welcome(request: Request, identity: Identity) -> None:
    """Tell the log and the limits who it is. Raises TooManyRequestsError if the user sends too many."""
    request.state.username = identity.username
    job = request.path_params.get("job_id")
    structlog.contextvars.bind_contextvars(owner=identity.username, **({"job_id": job} if job is not None else {}))
    request.app.state.services.admit(identity)


def _require_scope(request: Request, identity: Identity) -> None:
    """Refuse what changes something to a token that may only read; a sync request makes a job, whatever its method.

    Raises
    ------
    NotEntitledError
        If so.
    """
    if identity.scopes is None or _SUBMIT in identity.scopes:
        return
    if request.method not in _READING or request.url.path.rstrip("/").endswith("/sync"):
        raise NotEntitledError(f"this token may only read: make one with the scope {_SUBMIT}", scope=_SUBMIT)


SignedIn = Annotated[Identity, Depends(signed_in)]
