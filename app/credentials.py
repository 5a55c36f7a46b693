"""Tokens as they arrive in the ``Authorization`` header, and the challenges that ask for them."""

import base64
import binascii
import re
from collections.abc import Sequence
from enum import StrEnum

from uws.api_tokens import PREFIX, TOKEN_FORM

__all__ = [
    "InvalidTokenError",
    "MalformedCredentialsError",
    "NotSignedInError",
    "Token",
    "TokenSource",
    "challenge",
    "read_token",
]

_TOKEN = re.compile(rf"gt-(?P<key>[A-Za-z0-9_-]{{22}})\.[A-Za-z0-9_-]{{22}}|{TOKEN_FORM.pattern}")
"""A token of Gafaelfawr, or one that its user made here."""


class MalformedCredentialsError(Exception):
    """Credentials were sent in a way that cannot be read or must not be used; the message says how to send them."""


class NotSignedInError(Exception):
    """The request carries no token; the answer is a challenge."""


class InvalidTokenError(NotSignedInError):
    """The token is none, is unknown, expired or revoked; which of these is not told."""


class TokenSource(StrEnum):
    """Where in the request the token was."""

    BEARER = "bearer"
    BASIC_USERNAME = "basic-username"
    BASIC_PASSWORD = "basic-password"  # noqa: S105 - a place, not a password
    BROWSER = "browser"
    """Typed in on a page, and kept by the browser."""
    INGRESS = "ingress"
    """Delegated by the ingress, not sent by the user."""


class Token:
    """A token in the form ``gt-<key>.<secret>`` or ``tsm-<key>.<secret>``; showing it never tells the secret.

    Raises
    ------
    InvalidTokenError
        If the text does not have this form, so that foreign secrets are never passed on.
    """

    __slots__ = ("_text", "is_ours", "key", "source")

    def __init__(self, text: str, source: TokenSource) -> None:
        parts = _TOKEN.fullmatch(text)
        if parts is None:
            raise InvalidTokenError("this is not a token of this service (gt-... or tsm-...)")
        self._text = text
        self.is_ours = text.startswith(PREFIX)
        """Whether it was made here; the identity provider never sees such a token."""
        self.key = parts["key"] or parts.group(2)
        """The part that may be logged."""
        self.source = source

    def __repr__(self) -> str:
        return f"Token({self.key}, {self.source})"

    def reveal(self) -> str:
        """The whole token, for whoever made it alone."""
        return self._text


def read_token(headers: Sequence[str]) -> Token:
    """Find the token in the values of the ``Authorization`` headers of one request.

    Raises
    ------
    NotSignedInError
        If there is none.
    MalformedCredentialsError
        If there are several, or the header cannot be read.
    """
    if not headers:
        raise NotSignedInError("sign in with a token: 'Authorization: Bearer gt-...', or HTTP Basic")
    if len(headers) > 1:
        raise MalformedCredentialsError("more than one Authorization header")
    scheme, _, credentials = headers[0].strip().partition(" ")
    match scheme.lower():
        case "bearer":
            return Token(credentials.strip(), TokenSource.BEARER)
        case "basic":
            return _from_basic(credentials.strip())
        case _:
            raise NotSignedInError("only the schemes Bearer and Basic are understood")


def _from_basic(credentials: str) -> Token:
    try:
        text = base64.b64decode(credentials, validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise MalformedCredentialsError("the Basic credentials are not Base64 of 'user:password'") from error
    username, _, password = text.partition(":")
    in_username, in_password = _TOKEN.fullmatch(username), _TOKEN.fullmatch(password)
    if in_username and in_password and username != password:
        raise MalformedCredentialsError("user name and password hold two different tokens: send one")
    if in_username:
        return Token(username, TokenSource.BASIC_USERNAME)
    return Token(password, TokenSource.BASIC_PASSWORD)


def challenge(realm: str, *, error: str | None = None, scope: str | None = None) -> dict[str, str]:
    """The ``WWW-Authenticate`` header of a 401, of a 403, and of the anonymous 200 of the capabilities.

    Basic comes first and always: STILTS and TOPCAT know no Bearer.

    Parameters
    ----------
    error
        RFC 6750 code, ``invalid_token`` or ``insufficient_scope``.
    scope
        Scope that would be needed.
    """
    bearer = f'Bearer realm="{realm}"'
    if error is not None:
        bearer += f', error="{error}"'
    if scope is not None:
        bearer += f', scope="{scope}"'
    return {"WWW-Authenticate": f'Basic realm="{realm}", {bearer}'}
