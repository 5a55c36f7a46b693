"""Asks a Gafaelfawr whose token it is and what it may do, and remembers the answers shortly."""

import asyncio
import hashlib
import hmac
import re
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, NewType, TypeVar

import httpx
import structlog
from pydantic import BaseModel, Field, ValidationError

from app.config import IdentityConfig, RightsSource
from app.credentials import InvalidTokenError, Token
from app.identity import Identity, IdentityFaultError, IdentityUnavailableError, NotEntitledError
from app.rights import RightsTable

__all__ = ["Gafaelfawr", "is_username"]

_log = structlog.get_logger("app.gafaelfawr")

_TOKEN_INFO = "/auth/api/v1/token-info"  # noqa: S105 - a path
_USER_INFO = "/auth/api/v1/user-info"
_OPENID_USER_INFO = "/auth/openid/userinfo"
_USERNAME = re.compile(r"(?=.*[a-z])[a-z0-9](?:[a-z0-9]|-[a-z0-9])*")
_MOST_REFUSALS = 1_000
"""Unknown tokens remembered: clients repeat the same one; beyond that they are guesses, and worth no memory."""
_UNKNOWN = "the token is not known: it may be mistyped, expired or revoked"

_Fingerprint = NewType("_Fingerprint", bytes)
_Answer = TypeVar("_Answer", bound=BaseModel)


class _TokenInfo(BaseModel):
    username: str
    token_type: str
    scopes: frozenset[str]
    expires: int | None = None


class _OpenIdUser(BaseModel):
    sub: str
    data_rights: str = ""


class _Group(BaseModel):
    name: str


class _Quota(BaseModel):
    api: dict[str, int] = Field(default_factory=dict)


class _UserInfo(BaseModel):
    """Everything but the name may be left out, and new fields appear."""

    username: str
    email: str | None = None
    groups: tuple[_Group, ...] = ()
    quota: _Quota = _Quota()


@dataclass(frozen=True, slots=True)
class _Verdict:
    """What was found about a token; a refusal is an exception to raise anew."""

    identity: Identity | None
    refusal: str | None
    until: float


_Ask = Callable[[Token], Coroutine[Any, Any, _Verdict]]


class Gafaelfawr:
    """Asks ``token-info`` and ``user-info``, remembers the answer shortly, and never the token.

    Parameters
    ----------
    config
        Where to ask, which tokens are accepted, how long answers hold.
    clock
        Seconds since the epoch, comparable with the ``expires`` of tokens.
    """

    def __init__(self, config: IdentityConfig, *, clock: Callable[[], float] = time.time) -> None:
        self._config = config
        self._clock = clock
        self._rights = RightsTable(config.rights_by_group, config.rights_file)
        # Cache keys are an HMAC of the whole token: its loggable key alone would accept any secret.
        self._hmac_key = secrets.token_bytes(32)
        self._verdicts: OrderedDict[_Fingerprint, _Verdict] = OrderedDict()
        # Apart from those: whoever sends invented tokens makes nobody's genuine one forgotten.
        self._refusals: OrderedDict[_Fingerprint, _Verdict] = OrderedDict()
        self._asking: dict[_Fingerprint, asyncio.Task[_Verdict]] = {}
        # The environment's proxies are not asked (they would see the token), redirects are not followed.
        self._client = httpx.AsyncClient(
            base_url=config.url.rstrip("/"),
            transport=httpx.AsyncHTTPTransport(
                uds=str(config.socket) if config.socket else None, retries=1, trust_env=False
            ),
            timeout=httpx.Timeout(config.total_seconds, connect=config.connect_seconds),
            follow_redirects=False,
            trust_env=False,
        )

    async def aclose(self) -> None:
        """Close connections; questions under way are dropped."""
        for task in list(self._asking.values()):
            task.cancel()
        await self._client.aclose()

    async def identify(self, token: Token) -> Identity:
        """Whose token it is.

        Raises
        ------
        InvalidTokenError
            If Gafaelfawr does not know the token (any more).
        NotEntitledError
            If its type or scopes are not accepted here.
        IdentityUnavailableError
            If Gafaelfawr cannot be reached or is broken.
        IdentityFaultError
            If its answers contradict each other or its documentation.
        """
        return await self._identity_by(token, self._ask)

    async def identify_delegated(self, token: Token) -> Identity:
        """Who stands behind a token that the ingress delegated to us; type and scopes were its to check.

        Raises
        ------
        InvalidTokenError, IdentityUnavailableError, IdentityFaultError
            As `identify` does.
        """
        return await self._identity_by(token, self._ask_delegated)

    async def _identity_by(self, token: Token, ask: _Ask) -> Identity:
        fingerprint = self._fingerprint(token)
        remembered = self._remembered(fingerprint)
        structlog.contextvars.bind_contextvars(
            token_key=token.key, token_source=token.source.value, identity_cache="hit" if remembered else "miss"
        )
        verdict = remembered or await self._ask_once(fingerprint, token, ask)
        if verdict.identity is None:
            raise InvalidTokenError(verdict.refusal)
        return verdict.identity

    def _fingerprint(self, token: Token) -> _Fingerprint:
        return _Fingerprint(hmac.digest(self._hmac_key, token.reveal().encode(), hashlib.sha256))

    def _remembered(self, fingerprint: _Fingerprint) -> _Verdict | None:
        kept = self._refusals if fingerprint in self._refusals else self._verdicts
        verdict = kept.get(fingerprint)
        if verdict is None or verdict.until <= self._clock():
            kept.pop(fingerprint, None)
            return None
        kept.move_to_end(fingerprint)
        return verdict

    async def _ask_once(self, fingerprint: _Fingerprint, token: Token, ask: _Ask) -> _Verdict:
        """Join a question about the same token that is already under way: UWS clients poll in parallel."""
        task = self._asking.get(fingerprint)
        if task is None:
            task = asyncio.create_task(ask(token))
            self._asking[fingerprint] = task
            task.add_done_callback(lambda done: self._remember(fingerprint, done))
        # A client that hangs up must not take the answer from the others who wait for it.
        return await asyncio.shield(task)

    def _remember(self, fingerprint: _Fingerprint, done: "asyncio.Task[_Verdict]") -> None:
        self._asking.pop(fingerprint, None)
        if done.cancelled() or done.exception() is not None:
            return
        verdict = done.result()
        is_refusal = verdict.identity is None
        kept, most = (self._refusals, _MOST_REFUSALS) if is_refusal else (self._verdicts, self._config.cache_size)
        kept[fingerprint] = verdict
        while len(kept) > most:
            kept.popitem(last=False)

    async def _ask(self, token: Token) -> _Verdict:
        # Said here as well: outside of a request nobody else says it.
        log = _log.bind(token_key=token.key, token_source=token.source.value)
        started = time.monotonic()
        now = self._clock()
        try:
            info = _read(_TokenInfo, await self._get(_TOKEN_INFO, token))
            self._check_entitled(info)
            user = _read(_UserInfo, await self._get(_USER_INFO, token))
        except InvalidTokenError as refusal:
            log.info("token refused", seconds=round(time.monotonic() - started, 3))
            return _Verdict(None, str(refusal), now + self._config.refusal_cache_seconds)
        except NotEntitledError as refusal:
            log.info("token not entitled", missing_scope=refusal.scope, seconds=round(time.monotonic() - started, 3))
            raise
        identity = self._identity(info.username, user)
        log.info(
            "token accepted",
            username=identity.username,
            token_type=info.token_type,
            seconds=round(time.monotonic() - started, 3),
        )
        until = now + self._config.cache_seconds
        # An expiry in the past is our clock's error, not the token's: Gafaelfawr has just accepted it.
        return _Verdict(identity, None, until if info.expires is None else min(until, info.expires))

    async def _ask_delegated(self, token: Token) -> _Verdict:
        now = self._clock()
        try:
            user = _read(_UserInfo, await self._get(_USER_INFO, token))
            named = None
            if self._config.rights_from is RightsSource.USERINFO:
                named = _read(_OpenIdUser, await self._get(_OPENID_USER_INFO, token))
        except InvalidTokenError as refusal:
            return _Verdict(None, str(refusal), now + self._config.refusal_cache_seconds)
        identity = self._identity(user.username, user)
        if named is not None:
            if named.sub != user.username:
                raise IdentityFaultError("the identity provider named two different users for one token")
            # Whole words: dp1 is no part of dp10.
            identity = replace(identity, rights=frozenset(named.data_rights.split()))
        return _Verdict(identity, None, now + self._config.cache_seconds)

    async def _get(self, path: str, token: Token) -> Any:
        """The JSON of one answer, or the error that stands for it."""
        try:
            async with asyncio.timeout(self._config.total_seconds):
                answer = await self._client.get(path, headers={"Authorization": f"Bearer {token.reveal()}"})
        except (httpx.TransportError, TimeoutError) as error:
            _log.error("identity provider does not answer", path=path, error=type(error).__name__)
            raise IdentityUnavailableError("the identity provider does not answer; try again shortly") from error
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise InvalidTokenError(_UNKNOWN)
        try:
            body = answer.json()
        except ValueError:
            body = None
        if answer.status_code == httpx.codes.OK and body is not None:
            return body
        _log.error("identity provider answers badly", path=path, status=answer.status_code)
        if not answer.is_client_error:
            raise IdentityUnavailableError("the identity provider is in trouble; try again shortly")
        if answer.status_code == httpx.codes.FORBIDDEN and _says_invalid(body):
            raise InvalidTokenError(_UNKNOWN)
        raise IdentityFaultError(f"the identity provider answered {answer.status_code} to {path}")

    def _check_entitled(self, info: _TokenInfo) -> None:
        config = self._config
        if info.token_type not in config.token_types:
            accepted = " or ".join(sorted(config.token_types))
            raise NotEntitledError(
                f"tokens of type {info.token_type} are not accepted here: use one of type {accepted}"
            )
        if too_much := sorted(scope for scope in info.scopes if _covers_any(config.refused_scopes, scope)):
            raise NotEntitledError(
                f"this token could do more than it should here ({', '.join(too_much)}): "
                f"make one with the scope {config.required_scope} alone"
            )
        if config.required_scope not in info.scopes:
            raise NotEntitledError(
                f"the token lacks the scope {config.required_scope}: make one that has it", scope=config.required_scope
            )

    def _identity(self, username: str, user: _UserInfo) -> Identity:
        if user.username != username:
            raise IdentityFaultError("the identity provider named two different users for one token")
        if not is_username(username):
            raise IdentityFaultError("the identity provider named a user in a form that it should not have")
        groups = frozenset(group.name for group in user.groups)
        rights = self._rights.rights_of(groups)
        return Identity(username=username, rights=rights, email=user.email, groups=groups, quota=user.quota.api)


def is_username(text: str) -> bool:
    """Whether a name has the form of Rubin's: lower-case letters, digits, single inner hyphens, a letter among them."""
    return _USERNAME.fullmatch(text) is not None


def _read(model: type[_Answer], body: Any) -> _Answer:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise IdentityFaultError("the identity provider answered in a form that it should not have") from error


def _covers_any(patterns: frozenset[str], scope: str) -> bool:
    return any(scope == pattern or (pattern.endswith("*") and scope.startswith(pattern[:-1])) for pattern in patterns)


def _says_invalid(body: Any) -> bool:
    """Whether the ``detail`` of an answer, an object or a list of them, holds ``invalid_token``."""
    detail = body.get("detail") if isinstance(body, dict) else None
    details = detail if isinstance(detail, list) else [detail]
    return any(isinstance(item, dict) and item.get("type") == "invalid_token" for item in details)
