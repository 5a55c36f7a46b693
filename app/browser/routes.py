"""Where people sign in and out, and make tokens for their scripts."""

import hmac
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Annotated
from urllib.parse import urlsplit

import structlog
from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from app.addresses import AddressesDep
from app.api_tokens import Scope
from app.authentication import ByToken
from app.browser.cookies import ATTEMPT, SESSION, Cookies
from app.browser.form import SentForm, require_own_origin, sent_fields
from app.browser.openid import Attempt, SignInFailedError, SignInRefusedError
from app.browser.pages import page, static_file
from app.browser.sign_in import FORM_BYTES, CookiesDep, Session, Visitor, VisitorDep, shown
from app.config import IdentityMode
from app.credentials import InvalidTokenError, Token, TokenSource
from app.identity import NotEntitledError
from app.services import Services, ServicesDep
from uws.errors import InvalidControlError, TooManyTokensError, UnknownApiTokenError

__all__ = ["browser_router"]

_log = structlog.get_logger("app.browser")

browser_router = APIRouter(prefix="/jobs")

_ATTEMPT_SECONDS = 600
"""How long somebody may take at the provider."""


_KEPT = {"Cache-Control": "public, max-age=3600"}


@browser_router.get("/style.css")
async def style() -> Response:
    """How pages look; the same for all."""
    return Response(static_file("style.css"), media_type="text/css", headers=_KEPT)


@browser_router.get("/follow.js")
async def script() -> Response:
    """What follows a job on its page; without it the page shows it anew now and then."""
    return Response(static_file("follow.js"), media_type="text/javascript", headers=_KEPT)


@browser_router.get("/login")
async def login(
    services: ServicesDep, cookies: CookiesDep, target: Annotated[str, Query(alias="next")] = ""
) -> Response:
    """Send the browser to the provider, or ask for a token."""
    target = _own_page(target, cookies)
    if services.config.identity.mode is IdentityMode.INGRESS:
        return _see(target)
    provider = services.browser.provider
    if provider is None:
        return page("login.html", base=cookies.path, target=target, problem=None)
    address, attempt = await provider.begin(target)
    response = _see(address)
    cookies.put(response, ATTEMPT, services.browser.seal.close(attempt), seconds=_ATTEMPT_SECONDS)
    return response


@browser_router.post("/login")
async def login_by_token(
    request: Request, services: ServicesDep, cookies: CookiesDep, addresses: AddressesDep
) -> Response:
    """Sign in by a token, where there is no provider."""
    by_token = services.authenticator
    if services.browser.provider is not None or not isinstance(by_token, ByToken):
        return _see(f"{cookies.path}/login")
    require_own_origin(request, addresses.base)
    fields = await sent_fields(request)
    target, text = _own_page(fields.get("next", ""), cookies), fields.get("token", "").strip()
    try:
        identity = await by_token.identify_token(Token(text, TokenSource.BROWSER))
    except (InvalidTokenError, NotEntitledError) as error:
        status = HTTPStatus.FORBIDDEN
        return page("login.html", base=cookies.path, status=status, target=target, problem=str(error))
    services.admit(identity)
    return _begun(Session(form=_new_form(), token=text), target, identity.username, services, cookies)


@browser_router.get("/login/return")
async def login_return(
    request: Request,
    services: ServicesDep,
    cookies: CookiesDep,
    code: Annotated[str, Query(max_length=4096)] = "",
    state: Annotated[str, Query(max_length=4096)] = "",
    error: Annotated[str, Query(max_length=4096)] = "",
) -> Response:
    """Where the provider sends the browser back to."""
    provider = services.browser.provider
    if provider is None:
        return _see(f"{cookies.path}/login")
    attempt = services.browser.seal.open(cookies.read(request, ATTEMPT), Attempt, seconds=_ATTEMPT_SECONDS)
    if attempt is None or not hmac.compare_digest(attempt.state.encode(), state.encode()):
        raise SignInFailedError("this sign-in was not begun in this browser, or took too long: sign in again")
    if error:
        _log.info("sign-in refused by the provider", error=error[:80])
        raise SignInRefusedError("the sign-in provider did not let you in, or you turned back")
    user = await provider.finish(code, attempt)
    session = Session(form=_new_form(), username=user.username, rights=user.rights)
    return _begun(session, attempt.target, user.username, services, cookies)


@browser_router.post("/logout")
async def logout(_form: SentForm, visitor: VisitorDep, services: ServicesDep, cookies: CookiesDep) -> Response:
    """End the session of this browser."""
    provider = services.browser.provider
    response = page("signed_out.html", base=cookies.path, issuer=None if provider is None else provider.issuer)
    cookies.drop(response, SESSION)
    _log.info("signed out", username=visitor.username)
    return response


@browser_router.get("/tokens")
async def tokens(visitor: VisitorDep, services: ServicesDep, cookies: CookiesDep) -> Response:
    """Tokens of the user, and a form that makes another."""
    return await _tokens_page(visitor, services, cookies)


@browser_router.post("/tokens")
async def make_token(form: SentForm, visitor: VisitorDep, services: ServicesDep, cookies: CookiesDep) -> Response:
    """Make a token and show it, once."""
    if not visitor.may_make_tokens:
        raise NotEntitledError("a token cannot make another: sign in by yourself")
    try:
        days, scope = _wanted_token(form)
        _, text = await services.api_tokens.create(
            visitor.identity, name=form.get("name", "").strip(), days=days, scope=scope
        )
    except (InvalidControlError, TooManyTokensError) as problem:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return await _tokens_page(visitor, services, cookies, status=status, sent=form, problem=str(problem))
    return await _tokens_page(visitor, services, cookies, status=HTTPStatus.CREATED, made=text)


@browser_router.post("/tokens/{key}/revoke")
async def revoke(
    key: Annotated[str, Path(max_length=64)],
    _form: SentForm,
    visitor: VisitorDep,
    services: ServicesDep,
    cookies: CookiesDep,
) -> Response:
    """End a token of the user; one that is gone already is what was wanted."""
    try:
        await services.token_store.revoke(key, owner=visitor.username)
    except UnknownApiTokenError:
        _log.info("token to revoke is gone", username=visitor.username)
    return _see(f"{cookies.path}/tokens")


async def _tokens_page(
    visitor: Visitor,
    services: Services,
    cookies: Cookies,
    *,
    status: int = HTTPStatus.OK,
    sent: Mapping[str, str] | None = None,
    problem: str | None = None,
    made: str | None = None,
) -> Response:
    limits = services.config.api_tokens
    found = await services.token_store.list(owner=visitor.username)
    sent = sent or {"name": "", "days": str(limits.default_days), "scope": Scope.SUBMIT.value}
    response = page(
        "tokens.html",
        base=cookies.path,
        status=status,
        visitor=visitor,
        tokens=found,
        limits=limits,
        sent=sent,
        problem=problem,
        made=made,
    )
    return shown(response, visitor, cookies)


def _wanted_token(form: Mapping[str, str]) -> tuple[int, Scope]:
    """Days and scope that the form asks for.

    Raises
    ------
    InvalidControlError
        If it is not what such a form can hold.
    """
    try:
        return int(form.get("days", "")), Scope(form.get("scope", ""))
    except ValueError:
        raise InvalidControlError("A token lives a whole number of days, and may read, or read and submit.") from None


def _begun(session: Session, target: str, username: str, services: Services, cookies: Cookies) -> Response:
    _log.info("signed in", username=username, by="token" if session.token else "provider")
    response = _see(target)
    seconds = services.browser.session_seconds
    cookies.put(response, SESSION, services.browser.seal.close(session), seconds=seconds)
    cookies.drop(response, ATTEMPT)
    return response


def _own_page(target: str, cookies: Cookies) -> str:
    """The path that somebody wanted if it is one of the pages, else the first of them: never another site's."""
    parts = urlsplit(target)
    is_ours = parts.path == cookies.path or parts.path.startswith(f"{cookies.path}/")
    is_plain = target.isascii() and target.isprintable() and "\\" not in target and ".." not in target
    if parts.scheme or parts.netloc or not is_ours or not is_plain or parts.path.startswith(f"{cookies.path}/log"):
        return cookies.path
    return target


def _see(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})


def _new_form() -> str:
    return secrets.token_urlsafe(FORM_BYTES)
