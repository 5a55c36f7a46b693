"""Tokens that users make here for their scripts: what they may do, and whose they are."""

from datetime import timedelta
from enum import StrEnum

import structlog

from app.config import ApiTokenConfig
from app.credentials import InvalidTokenError, Token
from app.identity import Identity, NotEntitledError
from app.rights import RightsTable
from uws.api_tokens import ApiToken, ApiTokenService
from uws.errors import InvalidControlError, UnknownApiTokenError

__all__ = ["ApiTokens", "Scope"]

_log = structlog.get_logger("app.api_tokens")


class Scope(StrEnum):
    """What a token may do here."""

    READ = "read"
    """Look at catalogs, jobs and results, and fetch them."""
    SUBMIT = "submit"
    """Besides, send tables, and make, change and remove jobs."""


class ApiTokens:
    """Makes tokens, and knows whose they are.

    A token opens what its owner could open when it was made: groups as of then, with the rights that the operator's
    table gives them now, and data rights that the owner had by himself. It lives no longer than the operator allows,
    which bounds how long a right that its owner lost still works.
    """

    def __init__(self, service: ApiTokenService, rights: RightsTable, config: ApiTokenConfig) -> None:
        self._service = service
        self._rights = rights
        self._config = config

    async def identify(self, token: Token) -> Identity:
        """Whose token it is.

        Raises
        ------
        InvalidTokenError
            If nobody has such a token (any more).
        """
        structlog.contextvars.bind_contextvars(token_key=token.key, token_source=token.source.value)
        try:
            found = await self._service.identify(token.reveal())
        except UnknownApiTokenError as error:
            _log.info("token refused", token_key=token.key)
            raise InvalidTokenError(str(error)) from error
        return Identity(
            username=found.owner,
            rights=found.rights | self._rights.rights_of(found.groups),
            groups=found.groups,
            scopes=found.scopes,
        )

    async def create(self, identity: Identity, *, name: str, days: int | None, scope: Scope) -> tuple[ApiToken, str]:
        """Make a token of a user who signed in by himself; its text is told here and never again.

        Parameters
        ----------
        days
            Until it expires; None for as long as is usual.

        Raises
        ------
        NotEntitledError
            If the user is signed in by such a token: it could live on for ever through its children.
        InvalidControlError
            If it is to live longer than the operator allows.
        TooManyTokensError
            If the user has as many as may be.
        """
        if identity.scopes is not None:
            raise NotEntitledError("a token cannot make another: sign in by yourself")
        days = self._config.default_days if days is None else days
        if not 1 <= days <= self._config.max_days:
            raise InvalidControlError(f"A token may live 1 to {self._config.max_days} days, not {days}.")
        token, text = await self._service.create(
            identity.username,
            name=name,
            scopes={Scope.READ, scope},
            rights=identity.rights - self._rights.rights_of(identity.groups),
            groups=identity.groups,
            lifetime=timedelta(days=days),
            most=self._config.most_per_user,
        )
        _log.info("token made", token_key=token.key, days=days, scope=scope.value)
        return token, text
