"""What goes wrong, and how each face of the service says it.

The DALI faces answer error VOTables (plain text for a client that asks for nothing else), never HTML or JSON;
everything under ``{prefix}/api`` answers problem documents (RFC 9457).
"""

import uuid
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, PlainTextResponse, RedirectResponse
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.addresses import Addresses
from app.browser.openid import SignInFailedError, SignInRefusedError
from app.browser.pages import error_page
from app.browser.sign_in import SignInNeededError, pages_path, sign_in_address
from app.catalogs import CatalogNotReadyError, UnknownCatalogError
from app.credentials import InvalidTokenError, MalformedCredentialsError, NotSignedInError, challenge
from app.cross_site import CrossSiteError
from app.documents.error import VOTABLE_MEDIA_TYPE, error_document
from app.hang_up import ClientGoneError
from app.identity import (
    IdentityFaultError,
    IdentityUnavailableError,
    NotEntitledError,
    NotThroughIngressError,
)
from app.security_headers import SECURITY_HEADERS
from app.submission import SourceNotReadyError
from app.traffic import TooManyRequestsError
from pz.errors import ProductError, PzError, PzTokenError, PzUnavailableError
from trainingset.errors import Problem, RecipeError, SourceUnavailableError
from uws.errors import (
    BlobTooLargeError,
    FilesUnavailableError,
    InvalidControlError,
    InvalidPublicationError,
    JobPhaseError,
    PublicationConflictError,
    QueueFullError,
    QueueUnavailableError,
    RegistrationConflictError,
    ResultsFullError,
    StorageFullError,
    StoreUnavailableError,
    TooManyQueuedError,
    TooManyTokensError,
    UnknownApiTokenError,
    UnknownBlobError,
    UnknownJobError,
    UnknownPublicationError,
    UnknownShareError,
    UnknownUploadError,
    UploadInUseError,
)

__all__ = [
    "FAULTS",
    "AppError",
    "BodyTooLargeError",
    "Fault",
    "FormError",
    "JobFailedError",
    "JobInterruptedError",
    "JobRefusedError",
    "JobUnfinishedError",
    "MalformedBodyError",
    "UnsupportedBodyError",
    "install_error_handlers",
]

_log = structlog.get_logger(__name__)


class AppError(Exception):
    """Base of everything this package raises on purpose."""


class MalformedBodyError(AppError):
    """The body of the request is not what its headers say."""


class UnsupportedBodyError(AppError):
    """The body is neither an urlencoded nor a multipart form."""


class BodyTooLargeError(AppError):
    """A part of the request is larger than the limit; the message names both."""


class FormError(AppError):
    """A form that cannot be taken as it is; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class JobRefusedError(AppError):
    """The job of a ``sync`` request ended without a result because of what was asked."""


class JobFailedError(AppError):
    """The job of a ``sync`` request ended in an error of ours."""


class JobInterruptedError(AppError):
    """The job of a ``sync`` request ended in an error that may not happen again."""


class JobUnfinishedError(AppError):
    """The job of a ``sync`` request takes longer than a connection is kept; it continues."""


class Fault(NamedTuple):
    """How an error is said over HTTP."""

    status: int
    code: str
    """The word of DALI 1.1 §4.2 for this kind of error."""
    json_status: int | None = None
    """Where the JSON face says it more precisely than UWS allows."""


CLIENT_CLOSED_REQUEST = 499
"""Nobody reads this answer; nginx and the request log use the number for clients that left."""

FAULTS: dict[type[Exception], Fault] = {
    NotSignedInError: Fault(401, "AuthenticationError"),
    MalformedCredentialsError: Fault(400, "AuthenticationError"),
    NotThroughIngressError: Fault(403, "AuthorizationError"),
    NotEntitledError: Fault(403, "AuthorizationError"),
    CrossSiteError: Fault(403, "AuthorizationError"),
    SignInFailedError: Fault(400, "AuthenticationError"),
    SignInRefusedError: Fault(403, "AuthorizationError"),
    IdentityUnavailableError: Fault(503, "ServiceUnavailable"),
    IdentityFaultError: Fault(502, "ServiceUnavailable"),
    MalformedBodyError: Fault(400, "UsageError"),
    UnsupportedBodyError: Fault(415, "UsageError"),
    BodyTooLargeError: Fault(413, "UsageError"),
    FormError: Fault(400, "UsageError", json_status=422),
    JobRefusedError: Fault(400, "UsageError"),
    JobFailedError: Fault(500, "Error"),
    JobInterruptedError: Fault(503, "ServiceUnavailable"),
    JobUnfinishedError: Fault(504, "ServiceUnavailable"),
    ClientGoneError: Fault(CLIENT_CLOSED_REQUEST, "UsageError"),
    ClientDisconnect: Fault(CLIENT_CLOSED_REQUEST, "UsageError"),
    UnknownCatalogError: Fault(404, "UsageError"),
    CatalogNotReadyError: Fault(503, "ServiceUnavailable"),
    SourceNotReadyError: Fault(503, "ServiceUnavailable"),
    RecipeError: Fault(400, "UsageError", json_status=422),
    SourceUnavailableError: Fault(503, "ServiceUnavailable"),
    PzTokenError: Fault(403, "AuthorizationError"),
    ProductError: Fault(400, "UsageError", json_status=422),
    PzUnavailableError: Fault(503, "ServiceUnavailable"),
    PzError: Fault(502, "ServiceUnavailable"),
    UnknownJobError: Fault(404, "UsageError"),
    UnknownPublicationError: Fault(404, "UsageError"),
    InvalidPublicationError: Fault(400, "UsageError", json_status=422),
    PublicationConflictError: Fault(409, "UsageError"),
    UnknownUploadError: Fault(404, "UsageError"),
    UnknownApiTokenError: Fault(404, "UsageError"),
    UnknownShareError: Fault(404, "UsageError"),
    TooManyTokensError: Fault(409, "UsageError"),
    UnknownBlobError: Fault(404, "UsageError"),
    BlobTooLargeError: Fault(413, "UsageError"),
    JobPhaseError: Fault(403, "UsageError", json_status=409),
    RegistrationConflictError: Fault(403, "UsageError", json_status=409),
    UploadInUseError: Fault(403, "UsageError", json_status=409),
    InvalidControlError: Fault(400, "UsageError", json_status=422),
    TooManyRequestsError: Fault(429, "ServiceUnavailable"),
    TooManyQueuedError: Fault(429, "ServiceUnavailable"),
    ResultsFullError: Fault(413, "UsageError"),
    QueueFullError: Fault(503, "ServiceUnavailable"),
    StorageFullError: Fault(503, "ServiceUnavailable"),
    QueueUnavailableError: Fault(503, "ServiceUnavailable"),
    StoreUnavailableError: Fault(503, "ServiceUnavailable"),
    FilesUnavailableError: Fault(503, "ServiceUnavailable"),
}
"""Base classes of errors and how they are said; an error without a base here is a fault of ours."""

RETRY_AFTER_SECONDS = 5
"""After this long, trying again may help: restarts of stores and token services take a few seconds."""


def fault_of(error: Exception) -> Fault:
    """The entry of the nearest base class."""
    return next(FAULTS[base] for base in type(error).__mro__ if base in FAULTS)


def install_error_handlers(app: FastAPI, *, prefix: str, realm: str) -> None:
    """Make every error of the application, FastAPI's own included, answer in the words of its face.

    Parameters
    ----------
    app
        The application.
    prefix
        URL prefix of the service; what lies under ``{prefix}/api`` is the JSON face.
    realm
        Name that clients show when they ask for a password.
    """
    speaker = _Speaker(prefix, realm)
    for base in FAULTS:
        app.add_exception_handler(base, speaker.say_fault)
    app.add_exception_handler(SignInNeededError, speaker.send_to_sign_in)
    app.add_exception_handler(HTTPException, speaker.say_http_error)
    app.add_exception_handler(RequestValidationError, speaker.say_invalid_request)
    app.add_exception_handler(Exception, speaker.say_unexpected)


class _Speaker:
    """Exception handlers that choose the face by the path of the request."""

    def __init__(self, prefix: str, realm: str) -> None:
        self._json_path = f"{prefix}/api"
        self._pages_path = f"{prefix}/jobs"
        self._realm = realm

    async def send_to_sign_in(self, request: Request, error: Exception) -> Response:
        """Lead a person to where one signs in, and back to the page that was wanted."""
        return RedirectResponse(
            sign_in_address(request, pages_path(Addresses.of(request))), status_code=HTTPStatus.SEE_OTHER
        )

    async def say_fault(self, request: Request, error: Exception) -> Response:
        fault = fault_of(error)
        request.state.fault = type(error).__name__  # for the log and the metrics: which limit, which part
        status = fault.json_status if fault.json_status and self._is_json(request) else fault.status
        response = self._answer(request, status, fault.code, str(error), getattr(error, "problems", ()))
        response.headers.update(_challenge(self._realm, error))
        if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
            response.headers["Retry-After"] = str(getattr(error, "retry_after", RETRY_AFTER_SECONDS))
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.warning("request_failed", path=request.url.path, status=status, error=str(error))
        return response

    async def say_http_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        message = str(error.detail)
        if message == HTTPStatus(error.status_code).phrase:
            message = _HTTP_MESSAGES.get(error.status_code, message)
            message = message.format(method=request.method, path=request.url.path)
        response = self._answer(request, error.status_code, "UsageError", message)
        response.headers.update(error.headers or {})
        return response

    async def say_invalid_request(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        problems = tuple(_problem(detail) for detail in error.errors())
        status = HTTPStatus.UNPROCESSABLE_ENTITY if self._is_json(request) else HTTPStatus.BAD_REQUEST
        return self._answer(request, status, "UsageError", "; ".join(map(str, problems)), problems)

    async def say_unexpected(self, request: Request, error: Exception) -> Response:
        error_id = uuid.uuid4().hex[:12]
        _log.error("unexpected_error", error_id=error_id, path=request.url.path, exc_info=error)
        message = f"The service made an error; it is in the log as {error_id}. Please report this number."
        response = self._answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Error", message)
        # The framework sends this answer outside of all middleware.
        response.headers.update(SECURITY_HEADERS)
        return response

    def _is_json(self, request: Request) -> bool:
        return _is_below(self._json_path, request)

    def _answer(
        self, request: Request, status: int, code: str, message: str, problems: Iterable[Problem] = ()
    ) -> Response:
        if self._is_json(request):
            return _problem_document(status, message, problems)
        if _is_below(self._pages_path, request):
            return error_page(message, base=pages_path(Addresses.of(request)), status=status, problems=problems)
        if request.headers.get("accept", "").strip() == "text/plain":
            return PlainTextResponse(f"{code}: {message}\n", status_code=status)
        return Response(error_document(message), status_code=status, media_type=VOTABLE_MEDIA_TYPE)


def _is_below(path: str, request: Request) -> bool:
    return request.url.path == path or request.url.path.startswith(f"{path}/")


_HTTP_MESSAGES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing at {path}.",
    HTTPStatus.METHOD_NOT_ALLOWED: "{method} is not possible at {path}.",
}
"""In place of the framework's bare reason phrases."""


def _challenge(realm: str, error: Exception) -> dict[str, str]:
    """The header that makes a client ask for credentials, or for others."""
    match error:
        case InvalidTokenError():
            return challenge(realm, error="invalid_token")
        case NotSignedInError():
            return challenge(realm)
        case NotEntitledError(scope=scope):
            return challenge(realm, error="insufficient_scope", scope=scope)
        case _:
            return {}


def _problem_document(status: int, message: str, problems: Iterable[Problem]) -> Response:
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": "Client Closed Request" if status == CLIENT_CLOSED_REQUEST else HTTPStatus(status).phrase,
        "status": int(status),
        "detail": message,
        "problems": [problem.model_dump(mode="json", exclude_none=True) for problem in problems],
    }
    return JSONResponse(content, status_code=status, media_type="application/problem+json")


def _problem(detail: Mapping[str, Any]) -> Problem:
    """Say a finding of FastAPI in our words; the first item of ``loc`` is where (body, query, path)."""
    if detail["type"] == "json_invalid":
        message = f"is no JSON: {detail['ctx']['error']} at character {detail['loc'][1] + 1}"
        return Problem(parameter="body", message=message)
    location = [str(item) for item in detail["loc"]]
    parameter = ".".join(location[1:]) or location[0]
    value = detail.get("input")
    shown = repr(value)[:80] if isinstance(value, str | int | float | bool) else None
    return Problem(parameter=parameter, message=str(detail["msg"]).removeprefix("Value error, "), value=shown)
