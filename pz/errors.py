"""What can go wrong with a PZ Server, as one clear error whatever shape its answer has."""

import json
from typing import Any

__all__ = [
    "ProductError",
    "PzError",
    "PzServerError",
    "PzTokenError",
    "PzUnavailableError",
    "UnsafeArchiveError",
    "what_it_says",
]

_LONGEST = 500
"""Characters of an answer that a message repeats."""


class PzError(Exception):
    """Base of everything that goes wrong with a PZ Server; the message is for the user."""


class PzUnavailableError(PzError):
    """The PZ Server cannot be reached, is too slow or says so itself; the same may succeed later."""


class PzTokenError(PzError):
    """The PZ Server does not know the token."""


class ProductError(PzError):
    """A product is not what can be used here; trying again without a change is useless."""


class PzServerError(PzError):
    """The PZ Server refused or failed.

    Parameters
    ----------
    asked
        What was asked of it, as in ``product 42``.
    status
        HTTP status of the answer.
    said
        Its reason, see `what_it_says`.
    """

    def __init__(self, asked: str, status: int, said: str) -> None:
        super().__init__(f"PZ Server, {asked}: {status}: {said}")
        self.status = status
        self.said = said


class UnsafeArchiveError(ProductError):
    """An archive holds what must not be unpacked; the message lists all of it."""


def what_it_says(body: bytes) -> str:
    """Read the reason from the body of an error: five JSON shapes are known, and HTML.

    Parameters
    ----------
    body
        Of any answer that is no success.

    Returns
    -------
    str
        One line; pages of proxies are not repeated.
    """
    text = body.decode("utf-8", errors="replace")
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return "an answer that is no JSON, such as a page of a proxy" if text.strip() else "an empty answer"
    return " ".join(_sentence(found).split())[:_LONGEST] or "an empty answer"


def _sentence(found: Any) -> str:
    match found:
        case str():
            return found
        case {"detail": str(reason)} | {"error": str(reason)}:
            return reason
        case dict():
            return "; ".join(f"{field}: {_joined(reason)}" for field, reason in found.items())
        case _:
            return _joined(found)


def _joined(reason: Any) -> str:
    return ", ".join(map(str, reason)) if isinstance(reason, list) else str(reason)
