"""The two ways in which the service knows who is calling; the operator chooses one."""

import ipaddress

import structlog
from fastapi import Request

from app.api_tokens import ApiTokens
from app.config import IdentityConfig, IdentityMode
from app.credentials import InvalidTokenError, Token, TokenSource, read_token
from app.gafaelfawr import Gafaelfawr, is_username
from app.identity import Authenticator, Identity, IdentityFaultError, NotThroughIngressError

__all__ = ["ByIngress", "ByToken", "authenticator_of"]

_log = structlog.get_logger("app.authentication")

_USER = "x-auth-request-user"
_EMAIL = "x-auth-request-email"
_SERVICE = "x-auth-request-service"
_TOKEN = "x-auth-request-token"  # noqa: S105 - the name of a header


def authenticator_of(config: IdentityConfig, gafaelfawr: Gafaelfawr, api_tokens: ApiTokens) -> Authenticator:
    """The way that the operator chose."""
    if config.mode is IdentityMode.INGRESS:
        return ByIngress(config, gafaelfawr)
    return ByToken(gafaelfawr if config.url else None, api_tokens)


class ByToken:
    """Mode ``token``: the request carries a token, which a remote Gafaelfawr knows, or which was made here.

    Headers such as ``X-Auth-Request-User`` are never looked at: anybody can send them.

    Parameters
    ----------
    gafaelfawr
        Knows tokens of the Rubin Science Platform; None where none is accepted.
    api_tokens
        Knows those made here.
    """

    def __init__(self, gafaelfawr: Gafaelfawr | None, api_tokens: ApiTokens) -> None:
        self._gafaelfawr = gafaelfawr
        self._api_tokens = api_tokens

    def is_tried(self, request: Request) -> bool:
        """Whether there are credentials, good or bad."""
        return "authorization" in request.headers

    async def identify(self, request: Request) -> Identity:
        """Tell whose token the request carries."""
        return await self.identify_token(read_token(request.headers.getlist("authorization")))

    async def identify_token(self, token: Token) -> Identity:
        """Tell whose token it is.

        Raises
        ------
        InvalidTokenError
            If nobody knows it, or nobody here can.
        NotEntitledError, IdentityUnavailableError, IdentityFaultError
            As whoever knows such tokens says.
        """
        if token.is_ours:
            return await self._api_tokens.identify(token)
        if self._gafaelfawr is None:
            raise InvalidTokenError(
                "tokens of the Rubin Science Platform are not accepted here: sign in at the pages of this service "
                "(jobs/tokens) and make one (tsm-...)"
            )
        return await self._gafaelfawr.identify(token)


class ByIngress:
    """Mode ``ingress``: Gafaelfawr has checked the request on its way, and tells the user in headers."""

    def __init__(self, config: IdentityConfig, gafaelfawr: Gafaelfawr) -> None:
        self._config = config
        self._gafaelfawr = gafaelfawr

    def is_tried(self, request: Request) -> bool:
        """Whether there is a delegated token, which Gafaelfawr confirms: names alone prove nothing here.

        What is open to all comes through an ingress of its own, which asks nobody, and need not drop such headers.
        """
        return bool(self._config.url) and _TOKEN in request.headers

    async def identify(self, request: Request) -> Identity:
        """Tell whom the ingress signed in.

        Raises
        ------
        NotThroughIngressError
            If it comes from elsewhere.
        IdentityFaultError
            If headers are missing or odd: the ingress is not set up as it must be.
        InvalidTokenError, IdentityUnavailableError
            If the delegated token cannot be used to ask for groups.
        """
        self._require_trusted(request)
        username = _one(request, _USER)
        if username is None or not is_username(username):
            _log.error("ingress names no user", has_header=username is not None, path=request.url.path)
            raise IdentityFaultError(
                "the ingress in front of this service names no user; its operators have to look at its settings"
            )
        service = _one(request, _SERVICE)
        if service is not None:
            _log.info("request of a service", username=username, service=service[:80])
        if not self._config.url:
            return Identity(username=username, email=_one(request, _EMAIL))
        return await self._asked(username, request)

    async def _asked(self, username: str, request: Request) -> Identity:
        text = _one(request, _TOKEN)
        try:
            token = Token(text or "", TokenSource.INGRESS)
        except InvalidTokenError as error:
            _log.error("ingress delegates no token", path=request.url.path)
            raise IdentityFaultError(
                "the ingress in front of this service delegates no token, by which groups could be asked; its "
                "operators have to look at its settings (config.delegate.internal)"
            ) from error
        identity = await self._gafaelfawr.identify_delegated(token)
        if identity.username != username:
            raise IdentityFaultError("the ingress named one user, and its token another")
        return identity

    def _require_trusted(self, request: Request) -> None:
        networks = self._config.trusted_proxies
        if not networks:
            return
        host = request.client.host if request.client is not None else ""
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            address = None
        if address is None or not any(address in network for network in networks):
            _log.error("request past the ingress", peer=host)
            raise NotThroughIngressError("this service is reached through its ingress alone: use its public address")


def _one(request: Request, name: str) -> str | None:
    """The value of a header that the ingress sets once.

    Raises
    ------
    IdentityFaultError
        If there are several: one of them is not the ingress's.
    """
    values = request.headers.getlist(name)
    if len(values) > 1:
        _log.error("header of the ingress comes twice", header=name)
        raise IdentityFaultError("the ingress in front of this service lets headers of its own pass from outside")
    return values[0].strip() or None if values else None
