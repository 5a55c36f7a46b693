"""Errors of the JSON face, as its OpenAPI document shows them (RFC 9457)."""

from http import HTTPStatus
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trainingset.errors import Problem

__all__ = ["PROBLEM_MEDIA_TYPE", "ProblemDocument", "errors"]

PROBLEM_MEDIA_TYPE = "application/problem+json"


class ProblemDocument(BaseModel):
    """What went wrong; for a request with several mistakes, all of them."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "about:blank",
                "title": "Unprocessable Content",
                "status": 422,
                "detail": "RADIUS: 8 arcsec is above the margin of mock.object, 5 arcsec: ask for at most 5",
                "problems": [
                    {
                        "parameter": "RADIUS",
                        "message": "8 arcsec is above the margin of mock.object, 5 arcsec: ask for at most 5",
                        "value": "8",
                        "limit": "5",
                    }
                ],
            }
        }
    )

    type: str = "about:blank"
    title: str
    status: int
    detail: str = Field(description="All problems in words.")
    problems: list[Problem] = Field(default_factory=list, description="Each problem with parameter, value and limit.")


_MEANINGS = {
    400: "The request cannot be read.",
    401: "Not signed in: the token is missing, unknown, expired or revoked.",
    403: "The token may not be used here; the text names the scope that it lacks or has too much.",
    404: "There is no such thing, or it belongs to somebody else.",
    409: "The present state does not allow this; the text says which one would.",
    413: "More bytes than the limit; nothing was kept.",
    415: "The body is of a kind that is not understood here.",
    416: "No such range of bytes.",
    422: "Some values are wrong; `problems` lists all of them.",
    429: "More at once than one user may; the text names the limit. Try again after `Retry-After` seconds.",
    502: "The PZ Server behind the service answers in a way that is not understood.",
    503: "Something behind the service does not answer, or is not ready yet; try again after `Retry-After` seconds.",
}
_ALWAYS = (400, 401, 403, 429, 503)
"""Errors of every request that must be signed in."""


def errors(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The ``responses`` of a signed-in route that can fail in these ways besides those that every one can."""
    return {
        status: {
            "model": ProblemDocument,
            "description": _MEANINGS[status],
            "headers": _HEADERS.get(HTTPStatus(status), {}),
        }
        for status in sorted({*_ALWAYS, *statuses})
    }


_RETRY_AFTER = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}}
_HEADERS: dict[HTTPStatus, dict[str, Any]] = {
    HTTPStatus.UNAUTHORIZED: {
        "WWW-Authenticate": {"description": "Challenges for Basic and Bearer.", "schema": {"type": "string"}}
    },
    HTTPStatus.TOO_MANY_REQUESTS: _RETRY_AFTER,
    HTTPStatus.SERVICE_UNAVAILABLE: _RETRY_AFTER,
}
