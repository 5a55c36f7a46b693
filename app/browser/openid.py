"""Sign-in at an OpenID Connect provider such as Gafaelfawr's: code flow of a confidential client (DMTN-253)."""

import asyncio
import base64
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
import jwt
import structlog
from pydantic import BaseModel, Field, ValidationError

from app.config import OidcConfig
from app.gafaelfawr import is_username
from app.identity import IdentityFaultError, IdentityUnavailableError

__all__ = ["Attempt", "OpenIdProvider", "SignInFailedError", "SignInRefusedError", "SignedInUser"]

_log = structlog.get_logger("app.browser")

SCOPES = "openid profile rubin"
"""``rubin`` brings data rights; the address of the user's mail is not ours to know."""
_ALGORITHM = "RS256"
_LEEWAY_SECONDS = 60
_HOLDS_SECONDS = 3600
"""How long addresses and keys of the provider are used before it is asked again."""
_KEYS_AGAIN_SECONDS = 60
"""Not before is it asked for a key that it did not have: the number of a key is written by whoever sends a token."""
_MOST_BYTES = 1_000_000

_Answer = TypeVar("_Answer", bound=BaseModel)


class SignInFailedError(Exception):
    """The sign-in did not come to its end; it can be begun again."""


class SignInRefusedError(Exception):
    """The provider, or we, do not let this user in."""


class Attempt(BaseModel):
    """A sign-in that has begun; the browser keeps it, sealed, until it comes back."""

    state: str
    nonce: str = Field(repr=False)
    verifier: str = Field(repr=False)
    target: str
    """Path of the page that the user wanted."""


@dataclass(frozen=True, slots=True)
class SignedInUser:
    """Whom the provider named."""

    username: str
    rights: frozenset[str]


class _Discovery(BaseModel):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    code_challenge_methods_supported: tuple[str, ...] = ()


class _TokenAnswer(BaseModel):
    id_token: str


class _Keys(BaseModel):
    keys: tuple[dict[str, Any], ...]


class _Claims(BaseModel):
    """What is used of an ID token whose signature, issuer, audience and times are right."""

    aud: str | tuple[str, ...]
    sub: str
    nonce: str
    preferred_username: str
    data_rights: str = ""


class OpenIdProvider:
    """One provider, and this service as its client.

    Parameters
    ----------
    config
        Which provider, and who we are there.
    redirect_uri
        Where it sends browsers back to, as registered there.
    clock
        Seconds that only grow.
    """

    def __init__(self, config: OidcConfig, *, redirect_uri: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._config = config
        self._redirect_uri = redirect_uri
        self._clock = clock
        self._discovery: tuple[float, _Discovery] | None = None
        self._keys: tuple[float, Mapping[str, jwt.PyJWK]] | None = None
        # The environment's proxies are not asked (they would see our secret), redirects are not followed.
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(config.total_seconds, connect=config.connect_seconds),
            follow_redirects=False,
            trust_env=False,
        )

    @property
    def issuer(self) -> str:
        """Address of the provider, as the operator wrote it."""
        return self._config.issuer

    async def aclose(self) -> None:
        """Close connections."""
        await self._client.aclose()

    async def begin(self, target: str) -> tuple[str, Attempt]:
        """Begin a sign-in.

        Returns
        -------
        address, attempt
            Where the browser is sent, and what it must bring back.

        Raises
        ------
        IdentityUnavailableError, IdentityFaultError
            If the provider does not say where its parts are.
        """
        found = await self._discover()
        attempt = Attempt(
            state=secrets.token_urlsafe(32),
            nonce=secrets.token_urlsafe(32),
            verifier=secrets.token_urlsafe(48),
            target=target,
        )
        asked = {
            "response_type": "code",
            "client_id": self._config.client_id,
            "redirect_uri": self._redirect_uri,
            "scope": SCOPES,
            "state": attempt.state,
            "nonce": attempt.nonce,
        }
        if "S256" in found.code_challenge_methods_supported:
            digest = hashlib.sha256(attempt.verifier.encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
            asked |= {"code_challenge": challenge, "code_challenge_method": "S256"}
        separator = "&" if "?" in found.authorization_endpoint else "?"
        return f"{found.authorization_endpoint}{separator}{urlencode(asked)}", attempt

    async def finish(self, code: str, attempt: Attempt) -> SignedInUser:
        """Exchange the code for the name and the rights of the user.

        Raises
        ------
        SignInFailedError
            If the provider does not take the code (any more).
        SignInRefusedError
            If the user has no data rights, and the operator wants some.
        IdentityUnavailableError, IdentityFaultError
            If the provider does not answer, or not as it should.
        """
        found = await self._discover()
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._redirect_uri}
        if "S256" in found.code_challenge_methods_supported:
            form["code_verifier"] = attempt.verifier
        client = httpx.BasicAuth(self._config.client_id, self._config.client_secret.get_secret_value())
        status, body = await self._ask("POST", found.token_endpoint, data=form, auth=client)
        if status == httpx.codes.BAD_REQUEST and isinstance(body, dict) and body.get("error") == "invalid_grant":
            raise SignInFailedError("this sign-in has been used already, or took too long: sign in again")
        if status != httpx.codes.OK:
            error = body.get("error") if isinstance(body, dict) else None
            _log.error("sign-in: the provider gives no token", status=status, error=str(error)[:80])
            raise IdentityFaultError(
                f"the sign-in provider answered {status}; the operators of this service have to look at its "
                "settings (TSM_OIDC__CLIENT_ID, TSM_OIDC__CLIENT_SECRET)"
            )
        claims = await self._verified(_read(_TokenAnswer, body).id_token, found, attempt.nonce)
        if not is_username(claims.preferred_username):
            raise IdentityFaultError("the sign-in provider named a user in a form that it should not have")
        # Whole words: dp1 is no part of dp10.
        rights = frozenset(claims.data_rights.split())
        if self._config.needs_data_rights and not rights:
            _log.info("sign-in refused: no data rights", username=claims.preferred_username)
            raise SignInRefusedError(
                f"you are {claims.preferred_username} at {self.issuer}, which says that you have no Rubin data rights"
            )
        return SignedInUser(claims.preferred_username, rights)

    async def _verified(self, text: str, found: _Discovery, nonce: str) -> _Claims:
        try:
            header = jwt.get_unverified_header(text)
            key = await self._key(str(header.get("kid")), found)
            claims = _read(
                _Claims,
                jwt.decode(
                    text,
                    key,
                    algorithms=[_ALGORITHM],
                    audience=self._config.client_id,
                    issuer=found.issuer,
                    leeway=_LEEWAY_SECONDS,
                    options={"require": ["iss", "aud", "sub", "iat", "exp", "nonce"]},
                ),
            )
        except jwt.PyJWTError as error:
            _log.error("sign-in: the provider's token is not valid", error=type(error).__name__)
            raise IdentityFaultError("the sign-in provider sent a token that is not valid") from error
        if claims.aud not in (self._config.client_id, (self._config.client_id,)):
            raise IdentityFaultError("the sign-in provider sent a token that is for others as well")
        if not hmac.compare_digest(claims.nonce.encode(), nonce.encode()):
            _log.error("sign-in: the provider's token belongs to another sign-in", sub=claims.sub[:80])
            raise SignInFailedError("the sign-in provider answered another sign-in than yours: sign in again")
        return claims

    async def _key(self, number: str, found: _Discovery) -> jwt.PyJWK:
        now = self._clock()
        age = None if self._keys is None else now - self._keys[0]
        is_missing = self._keys is None or number not in self._keys[1]
        if age is None or age > _HOLDS_SECONDS or (is_missing and age > _KEYS_AGAIN_SECONDS):
            status, body = await self._ask("GET", found.jwks_uri)
            if status != httpx.codes.OK:
                raise IdentityUnavailableError("the sign-in provider does not show its keys; try again shortly")
            self._keys = (now, _usable(_read(_Keys, body)))
        assert self._keys is not None
        try:
            return self._keys[1][number]
        except KeyError:
            raise jwt.InvalidTokenError("signed with a key that the provider does not show") from None

    async def _discover(self) -> _Discovery:
        now = self._clock()
        if self._discovery is not None and now - self._discovery[0] < _HOLDS_SECONDS:
            return self._discovery[1]
        issuer = self._config.issuer.rstrip("/")
        status, body = await self._ask("GET", f"{issuer}/.well-known/openid-configuration")
        if status != httpx.codes.OK:
            _log.error("sign-in: the provider does not describe itself", status=status)
            raise IdentityUnavailableError("the sign-in provider is in trouble; try again shortly")
        found = _read(_Discovery, body)
        # A slash at the end is part of the issuer in tokens, and easily lost in settings.
        if found.issuer.rstrip("/") != issuer:
            raise IdentityFaultError(f"the sign-in provider calls itself {found.issuer[:200]}, not {issuer}")
        secure = issuer.startswith("https://")
        for address in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            if secure and not address.startswith("https://"):
                raise IdentityFaultError("the sign-in provider names an address without TLS")
        self._discovery = (now, found)
        return found

    async def _ask(self, method: str, address: str, **options: Any) -> tuple[int, Any]:
        """Status and JSON of an answer; None for what is no JSON."""
        content = bytearray()
        try:
            async with (
                asyncio.timeout(self._config.total_seconds),
                self._client.stream(method, address, headers={"Accept": "application/json"}, **options) as answer,
            ):
                async for chunk in answer.aiter_bytes():
                    content += chunk
                    if len(content) > _MOST_BYTES:
                        raise IdentityFaultError("the sign-in provider answers more than it should")
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            _log.error("sign-in: the provider does not answer", error=type(error).__name__)
            raise IdentityUnavailableError("the sign-in provider does not answer; try again shortly") from error
        if answer.is_server_error:
            _log.error("sign-in: the provider is in trouble", status=answer.status_code)
            raise IdentityUnavailableError("the sign-in provider is in trouble; try again shortly")
        try:
            return answer.status_code, json.loads(content)
        except ValueError:
            return answer.status_code, None


def _usable(found: _Keys) -> Mapping[str, jwt.PyJWK]:
    """Keys for our algorithm, by number; others are not ours to understand."""
    return {
        str(each["kid"]): jwt.PyJWK.from_dict(each, algorithm=_ALGORITHM)
        for each in found.keys
        if each.get("kty") == "RSA" and "kid" in each and each.get("use", "sig") == "sig"
    }


def _read(model: type[_Answer], body: Any) -> _Answer:
    try:
        return model.model_validate(body)
    except ValidationError as error:
        _log.error("sign-in: the provider's answer is odd", model=model.__name__, problems=error.error_count())
        raise IdentityFaultError("the sign-in provider answered in a form that it should not have") from error
