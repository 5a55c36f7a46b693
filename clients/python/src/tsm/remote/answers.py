"""What an answer of HTTP means: a document, or an error in words that tell a user what to do."""

import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import httpx
from pydantic import TypeAdapter, ValidationError

from trainingset.errors import Problem
from tsm.errors import (
    NotTheServiceError,
    RequestRefusedError,
    ServiceFaultError,
    ServiceUnavailableError,
    SignInError,
    TsmError,
)
from tsm.remote.retries import retry_after

__all__ = ["error_of_answer", "error_of_transport", "read_document", "read_json"]

Document = TypeVar("Document")

_PROBLEMS: TypeAdapter[tuple[Problem, ...]] = TypeAdapter(tuple[Problem, ...])
_PROBLEM_TYPE = "application/problem+json"
_JSON_TYPES = ("application/json", _PROBLEM_TYPE)
_MAX_SHOWN = 200


def read_json(answer: httpx.Response, base: str) -> Any:
    """The JSON value of an answer that says that all went well.

    Raises
    ------
    NotTheServiceError
        If it is something else, such as the page of a login.
    """
    if _media_type(answer) not in _JSON_TYPES:
        raise _not_the_service(answer, base)
    try:
        return answer.json()
    except ValueError as error:
        raise _not_the_service(answer, base) from error


def read_document(parse: Callable[[Mapping[str, Any]], Document], value: object, base: str) -> Document:
    """A document from its JSON value.

    Raises
    ------
    NotTheServiceError
        If it is none.
    """
    try:
        if not isinstance(value, Mapping):
            raise TypeError("it is no JSON object")
        return parse(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        missing = f"the field {error} is missing" if isinstance(error, KeyError) else str(error)
        raise NotTheServiceError(
            f"{base} answers in a form that this client does not know ({missing}): either it is another service, or "
            'much older or newer than this client; `pip install --upgrade "pz-tsm"` brings the newest client'
        ) from error


def error_of_answer(answer: httpx.Response, base: str) -> TsmError:
    """The error that an answer tells, which is no success."""
    status = answer.status_code
    said = _problem_document(answer)
    if said is None and status in (301, 302, 303, 307, 308):
        return _not_the_service(answer, base)
    if status == httpx.codes.UNAUTHORIZED:
        reason = said[0] if said else "the token is not accepted"
        return SignInError(
            f"{base} does not let you in: {reason}. If the token has expired, make a new one and store it with "
            "`tsm login`, or set TSM_TOKEN"
        )
    if status == httpx.codes.FORBIDDEN:
        reason = said[0] if said else "the token may not do this"
        return SignInError(f"{base} does not let you in: {reason}")
    if status in (429, 502, 503, 504):
        reason = said[0] if said else f"it answers {status} ({answer.reason_phrase})"
        return ServiceUnavailableError(f"{base} cannot serve this now: {reason}. Try again {_when(answer)}")
    if said is not None:
        message, problems = said
        if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return ServiceFaultError(message)
        return RequestRefusedError(message, status=status, problems=problems)
    if status == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
        return RequestRefusedError(
            f"a proxy before {base} refuses the request as too large: send fewer rows or columns", status=status
        )
    if status >= httpx.codes.INTERNAL_SERVER_ERROR:
        return ServiceFaultError(f"{base} made an error: it answers {status} ({answer.reason_phrase})")
    return _not_the_service(answer, base)


def error_of_transport(error: httpx.TransportError, base: str) -> TsmError:
    """Why nothing was answered."""
    host = httpx.URL(base).host
    causes = list(_causes(error))
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return ServiceUnavailableError(
            f"no computer of the name {host!r} can be found: check the address {base} and your network"
        )
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return ServiceUnavailableError(
            f"the certificate of {host!r} cannot be verified, so nothing was sent: check the address {base}; behind a "
            "proxy with its own certificate, set SSL_CERT_FILE"
        )
    if any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return ServiceUnavailableError(
            f"nothing listens at {base}: the service is not running, or the address is wrong"
        )
    if isinstance(error, httpx.TimeoutException):
        return ServiceUnavailableError(f"{base} does not answer in time: try again, and check your network")
    if isinstance(error, httpx.UnsupportedProtocol | httpx.ProxyError):
        return ServiceUnavailableError(f"{base} cannot be reached: {error}")
    if isinstance(error, httpx.RemoteProtocolError):
        return ServiceUnavailableError(
            f"the connection to {base} broke, or what answers there speaks no HTTP: try again, and check the address"
        )
    return ServiceUnavailableError(f"the connection to {base} failed: check your network, then try again")


def _causes(error: BaseException) -> Any:
    current: BaseException | None = error
    while current is not None:
        yield current
        current = current.__cause__ or current.__context__


def _problem_document(answer: httpx.Response) -> tuple[str, tuple[Problem, ...]] | None:
    """What the service says, None if not the service but a proxy, a login page or something else answered."""
    if _media_type(answer) != _PROBLEM_TYPE:
        return None
    try:
        body = answer.json()
        message = str(body.get("detail") or body.get("title"))
    except (ValueError, AttributeError):
        return None
    try:
        problems = _PROBLEMS.validate_python(body.get("problems") or ())
    except ValidationError:
        problems = ()
    return message, problems


def _when(answer: httpx.Response) -> str:
    seconds = retry_after(answer)
    return "in a minute" if seconds is None or seconds < 1 else f"in {seconds:.0f} s"


def _media_type(answer: httpx.Response) -> str:
    return str(answer.headers.get("Content-Type", "")).partition(";")[0].strip().lower()


def _not_the_service(answer: httpx.Response, base: str) -> NotTheServiceError:
    what = "a page for browsers" if _media_type(answer) == "text/html" else f"something of type {_media_type(answer)!r}"
    if _media_type(answer) in ("", *_JSON_TYPES):
        what = "nothing that a PZ Training Set Maker says"
    if answer.is_redirect:
        # A login adds the wanted address and its secrets to its own: they are left out.
        leads_to = str(answer.headers.get("Location", "")).partition("?")[0]
        what = f"a redirection to {leads_to[:_MAX_SHOWN]!r}, perhaps a login"
    path = answer.request.url.path
    return NotTheServiceError(
        f"{base} is no PZ Training Set Maker, or a login page stands before it: {path} was answered with status "
        f"{answer.status_code} and {what}. The address should look like https://data.example.org/tsm, without "
        "anything behind the prefix"
    )
