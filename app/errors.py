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
from fastapi.responses import JSONResponse, PlainTextResponse
from starlette.exceptions import HTTPException
from trainingset.errors import Problem, RecipeError, SourceUnavailableError, TrainingSetError

from app.documents.error import VOTABLE_MEDIA_TYPE, error_document
from uws.errors import (
    BlobTooLargeError,
    InvalidControlError,
    JobPhaseError,
    QueueUnavailableError,
    StoreUnavailableError,
    UnknownBlobError,
    UnknownJobError,
    UnknownUploadError,
    UploadInUseError,
    UwsError,
)

__all__ = [
    "FAULTS",
    "AppError",
    "BodyTooLargeError",
    "Fault",
    "FormError",
    "IdentityUnavailableError",
    "MalformedBodyError",
    "NotAllowedError",
    "NotSignedInError",
    "TooManyRequestsError",
    "UnsupportedBodyError",
    "challenges",
    "install_error_handlers",
]

_log = structlog.get_logger(__name__)


class AppError(Exception):
    """Base of everything this package raises on purpose."""


class NotSignedInError(AppError):
    """Nobody has signed in, or the token is not valid (any more)."""


class NotAllowedError(AppError):
    """Signed in, but without the scope or data right that this needs; the message names it."""


class IdentityUnavailableError(AppError):
    """Who is calling cannot be found out now. Never told as 401: clients drop good credentials on one."""


class MalformedBodyError(AppError):
    """The body of the request is not what its headers say."""


class UnsupportedBodyError(AppError):
    """The body is neither an urlencoded nor a multipart form."""


class BodyTooLargeError(AppError):
    """A part of the request is larger than the limit; the message names both."""


class TooManyRequestsError(AppError):
    """The user has reached a limit that time or deletion will lift."""


class FormError(AppError):
    """A form that cannot be taken as it is; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))


class Fault(NamedTuple):
    """How an error is said over HTTP."""

    status: int
    code: str
    """The word of DALI 1.1 §4.2 for this kind of error."""
    json_status: int | None = None
    """Where the JSON face says it more precisely than UWS allows."""


FAULTS: dict[type[Exception], Fault] = {
    NotSignedInError: Fault(401, "AuthenticationError"),
    NotAllowedError: Fault(403, "AuthorizationError"),
    IdentityUnavailableError: Fault(503, "ServiceUnavailable"),
    MalformedBodyError: Fault(400, "UsageError"),
    UnsupportedBodyError: Fault(415, "UsageError"),
    BodyTooLargeError: Fault(413, "UsageError"),
    TooManyRequestsError: Fault(429, "ServiceUnavailable"),
    FormError: Fault(400, "UsageError", json_status=422),
    RecipeError: Fault(400, "UsageError", json_status=422),
    SourceUnavailableError: Fault(503, "ServiceUnavailable"),
    UnknownJobError: Fault(404, "UsageError"),
    UnknownUploadError: Fault(404, "UsageError"),
    UnknownBlobError: Fault(404, "UsageError"),
    BlobTooLargeError: Fault(413, "UsageError"),
    JobPhaseError: Fault(403, "UsageError", json_status=409),
    UploadInUseError: Fault(403, "UsageError", json_status=409),
    InvalidControlError: Fault(400, "UsageError", json_status=422),
    QueueUnavailableError: Fault(503, "ServiceUnavailable"),
    StoreUnavailableError: Fault(503, "ServiceUnavailable"),
}
"""Base classes of errors and how they are said; an error whose bases are not here is a fault of ours."""

RETRY_AFTER_SECONDS = 5
"""After this long, trying again may help: restarts of stores and token services take a few seconds."""

REALM = "PZ Training Set Maker"


def challenges() -> tuple[str, ...]:
    """Values of ``WWW-Authenticate``: Basic first, for STILTS and TOPCAT know nothing else.

    Each goes into a header of its own.
    """
    return f'Basic realm="{REALM}", charset="UTF-8"', f'Bearer realm="{REALM}"'


def fault_of(error: Exception) -> Fault | None:
    """The entry of the nearest base class, or None for an error that nobody expected."""
    return next((FAULTS[base] for base in type(error).__mro__ if base in FAULTS), None)


def install_error_handlers(app: FastAPI, *, prefix: str) -> None:
    """Make every error of the application, FastAPI's own included, answer in the words of its face.

    Parameters
    ----------
    app
        The application.
    prefix
        URL prefix of the service; what lies under ``{prefix}/api`` is the JSON face.
    """
    speaker = _Speaker(f"{prefix.rstrip('/')}/api")
    for base in (AppError, TrainingSetError, UwsError):
        app.add_exception_handler(base, speaker.say_fault)
    app.add_exception_handler(HTTPException, speaker.say_http_error)
    app.add_exception_handler(RequestValidationError, speaker.say_invalid_request)
    app.add_exception_handler(Exception, speaker.say_unexpected)


class _Speaker:
    """Exception handlers that choose the face by the path of the request."""

    def __init__(self, json_path: str) -> None:
        self._json_path = json_path

    async def say_fault(self, request: Request, error: Exception) -> Response:
        fault = fault_of(error)
        if fault is None:
            return await self.say_unexpected(request, error)
        problems = getattr(error, "problems", ())
        status = fault.json_status if fault.json_status and self._is_json(request) else fault.status
        response = self._answer(request, status, fault.code, str(error), problems)
        if status == HTTPStatus.UNAUTHORIZED:
            for challenge in challenges():
                response.headers.append("WWW-Authenticate", challenge)
        if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
            response.headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
        return response

    async def say_http_error(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        message = _HTTP_MESSAGES.get(error.status_code, str(error.detail))
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
        return self._answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "Error", message)

    def _is_json(self, request: Request) -> bool:
        path = request.url.path
        return path == self._json_path or path.startswith(f"{self._json_path}/")

    def _answer(
        self, request: Request, status: int, code: str, message: str, problems: Iterable[Problem] = ()
    ) -> Response:
        if self._is_json(request):
            return _problem_document(status, message, problems)
        if request.headers.get("accept", "").strip() == "text/plain":
            return PlainTextResponse(f"{code}: {message}\n", status_code=status)
        return Response(error_document(message), status_code=status, media_type=VOTABLE_MEDIA_TYPE)


_HTTP_MESSAGES: Mapping[int, str] = {
    HTTPStatus.NOT_FOUND: "There is nothing at {path}.",
    HTTPStatus.METHOD_NOT_ALLOWED: "{method} is not possible at {path}.",
}
"""In place of the framework's bare reason phrases."""


def _problem_document(status: int, message: str, problems: Iterable[Problem]) -> Response:
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": int(status),
        "detail": message,
        "problems": [problem.model_dump(mode="json", exclude_none=True) for problem in problems],
    }
    return JSONResponse(content, status_code=status, media_type="application/problem+json")


def _problem(detail: Mapping[str, Any]) -> Problem:
    """Say a finding of FastAPI in our words; the first item of ``loc`` is where (body, query, path)."""
    location = [str(item) for item in detail["loc"]]
    parameter = ".".join(location[1:]) or location[0]
    value = detail.get("input")
    shown = repr(value)[:80] if isinstance(value, str | int | float | bool) else None
    return Problem(parameter=parameter, message=str(detail["msg"]), value=shown)
