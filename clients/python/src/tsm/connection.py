"""The HTTP connection: signs in, retries what may be retried, and turns refusals into errors."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from pydantic import TypeAdapter, ValidationError

from trainingset.errors import Problem
from tsm.errors import RequestRefusedError, ServiceUnavailableError, SignInError

__all__ = ["Connection"]

_PROBLEMS: TypeAdapter[tuple[Problem, ...]] = TypeAdapter(tuple[Problem, ...])
_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds; the service answers a wait after 30 s at the latest."""


class Connection:
    """Requests to one service, signed in with one token.

    Parameters
    ----------
    url
        Address of the service, with its prefix.
    token
        Sent with each request to that service and to nobody else; never shown.
    """

    def __init__(self, url: str, token: str) -> None:
        self.url = url.rstrip("/")
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}"},
            timeout=_TIMEOUT,
            # A redirect could lead the token elsewhere.
            follow_redirects=False,
            transport=httpx.HTTPTransport(retries=2),
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def request(self, method: str, path: str, **arguments: Any) -> httpx.Response:
        """One request to the JSON API.

        Raises
        ------
        SignInError
            If the token is refused.
        RequestRefusedError
            If the service finds something wrong with the request.
        ServiceUnavailableError
            If it does not answer.
        """
        try:
            answer = self._client.request(method, f"{self.url}/api/v1{path}", **arguments)
        except httpx.TransportError as error:
            raise ServiceUnavailableError(f"{self.url} does not answer: {error}") from error
        _raise_for(answer)
        return answer

    @contextmanager
    def stream(self, url: str, **arguments: Any) -> Iterator[httpx.Response]:
        """A GET whose body is read in pieces.

        Raises
        ------
        SignInError, RequestRefusedError, ServiceUnavailableError
            As `request`; the last one also when the connection breaks while the body is read.
        ValueError
            If the address is not one of this service.
        """
        if not url.startswith(f"{self.url}/"):
            raise ValueError(f"{url} is no address below {self.url}, so the token is not sent there")
        try:
            with self._client.stream("GET", url, **arguments) as answer:
                if answer.is_error:
                    answer.read()
                _raise_for(answer)
                yield answer
        except httpx.TransportError as error:
            raise ServiceUnavailableError(f"the connection to {self.url} broke: {error}") from error


def _raise_for(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    message, problems = _explain(answer)
    if answer.status_code == httpx.codes.UNAUTHORIZED:
        raise SignInError(message)
    if answer.status_code in (429, 502, 503, 504):
        raise ServiceUnavailableError(message)
    raise RequestRefusedError(message, status=answer.status_code, problems=problems)


def _explain(answer: httpx.Response) -> tuple[str, tuple[Problem, ...]]:
    """What a problem document says, or the status alone where a proxy answered instead of the service."""
    try:
        body = answer.json()
        message = str(body.get("detail") or body.get("title"))
        return message, _PROBLEMS.validate_python(body.get("problems") or ())
    except (ValueError, AttributeError, ValidationError):
        return f"{answer.request.method} {answer.request.url} was answered {answer.status_code}", ()
