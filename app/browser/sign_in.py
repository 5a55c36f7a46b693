"""Who is signed in on the pages: by an OpenID Connect provider, by a token typed in, or by the ingress in front."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlencode, urlsplit

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from app.addresses import Addresses, AddressesDep
from app.authentication import ByToken
from app.browser.cookies import FORM, SESSION, Cookies
from app.browser.openid import OpenIdProvider
from app.browser.sealing import Seal
from app.config import AppConfig, IdentityMode
from app.credentials import InvalidTokenError, Token, TokenSource
from app.identity import Identity, welcome

__all__ = [
    "FORM_BYTES",
    "Browser",
    "CookiesDep",
    "Session",
    "SignInNeededError",
    "Visitor",
    "VisitorDep",
    "open_browser",
    "pages_path",
    "shown",
    "sign_in_address",
]

_DAY = 86_400
FORM_BYTES = 32
"""Of randomness, in what makes a form ours."""


class SignInNeededError(Exception):
    """Nobody is signed in in this browser."""


class Session(BaseModel):
    """Who is signed in; the browser keeps it, sealed.

    Of a token that was typed in, the token itself is kept: whatever becomes of it counts at once.
    """

    form: str = Field(repr=False)
    """What forms of this session hold."""
    username: str | None = None
    rights: frozenset[str] = frozenset()
    token: str | None = Field(None, repr=False)


@dataclass(frozen=True, slots=True)
class Browser:
    """What the pages need besides the rest of the service."""

    seal: Seal
    provider: OpenIdProvider | None
    """Where people sign in; None where they type in a token, or an ingress signs them in."""
    session_seconds: int


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page."""

    identity: Identity
    form: str
    """What each form must bring back, so that none of another site is taken for ours."""
    may_make_tokens: bool
    """Only who signed in by himself: a token must not live on in its children."""
    may_sign_out: bool
    """Not where the ingress keeps the session."""

    @property
    def username(self) -> str:
        """Name for the head of the page."""
        return self.identity.username


@asynccontextmanager
async def open_browser(config: AppConfig) -> AsyncIterator[Browser]:
    """Build what the pages need; connections to the provider end with it."""
    # Without keys of the operator sessions end with this process, and hold in it alone.
    keys: Sequence[str] = [key.get_secret_value() for key in config.browser.session_keys]
    seal = Seal(keys or [secrets.token_urlsafe(32)])
    provider = None
    if config.oidc is not None:
        assert config.public_url is not None, "the configuration has seen to it"
        provider = OpenIdProvider(config.oidc, redirect_uri=f"{config.public_url}/jobs/login/return")
    try:
        yield Browser(seal, provider, session_seconds=round(config.browser.session_hours * 3600))
    finally:
        if provider is not None:
            await provider.aclose()


def pages_path(addresses: Addresses) -> str:
    """Path of the pages as browsers see it."""
    return f"{urlsplit(addresses.base).path}/jobs"


async def cookies_of(addresses: AddressesDep) -> Cookies:
    """Cookies for the pages as this browser reaches them."""
    return Cookies(path=pages_path(addresses), is_secure=urlsplit(addresses.base).scheme == "https")


CookiesDep = Annotated[Cookies, Depends(cookies_of)]


def _session_of(request: Request, cookies: Cookies, browser: Browser) -> Session | None:
    """The session that the browser keeps, if it is one of ours and has not run out."""
    return browser.seal.open(cookies.read(request, SESSION), Session, seconds=browser.session_seconds)


async def visitor(request: Request, cookies: CookiesDep) -> Visitor:
    """Who looks at a page; headers of programs sign nobody in here, and the cookie nobody elsewhere.

    Raises
    ------
    SignInNeededError
        If nobody is signed in.
    IdentityUnavailableError, IdentityFaultError, NotEntitledError, TooManyRequestsError
        As when a program asks.
    """
    services = request.app.state.services
    browser: Browser = services.browser
    if services.config.identity.mode is IdentityMode.INGRESS:
        identity = await services.authenticator.identify(request)
        form = cookies.read(request, FORM) or secrets.token_urlsafe(FORM_BYTES)
        found = Visitor(identity, form, may_make_tokens=False, may_sign_out=False)
    else:
        session = _session_of(request, cookies, browser)
        if session is None:
            raise SignInNeededError("sign in first")
        identity = await _identity_of(session, services.authenticator)
        found = Visitor(identity, session.form, may_make_tokens=session.token is None, may_sign_out=True)
    welcome(request, found.identity)
    return found


async def _identity_of(session: Session, by_token: ByToken) -> Identity:
    if session.token is None:
        assert session.username is not None, "a session is of a user or of a token"
        return Identity(session.username, rights=session.rights)
    try:
        return await by_token.identify_token(Token(session.token, TokenSource.BROWSER))
    except InvalidTokenError as error:
        raise SignInNeededError("the token that you signed in with works no longer") from error


def shown(response: Response, visitor: Visitor, cookies: Cookies) -> Response:
    """Give the page, with the cookie by which its forms are known where there is no session."""
    if not visitor.may_sign_out:
        cookies.put(response, FORM, visitor.form, seconds=_DAY, same_site="strict")
    return response


def sign_in_address(request: Request, base: str) -> str:
    """Where somebody signs in who asked for this page; a form that was sent has to be sent again.

    Parameters
    ----------
    base
        Path of the pages.
    """
    if request.method != "GET":
        return f"{base}/login"
    wanted = f"{request.url.path}?{request.url.query}" if request.url.query else request.url.path
    return f"{base}/login?{urlencode({'next': wanted})}"


VisitorDep = Annotated[Visitor, Depends(visitor)]
