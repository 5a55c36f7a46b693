"""The OpenAPI document of the JSON face, with what FastAPI cannot say of itself."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from app.api.problem import PROBLEM_MEDIA_TYPE
from app.api.uploads import UPLOAD_FORM

__all__ = ["describe"]

_DESCRIPTION = """\
Combine redshift catalogs, and cross-match them with the LSST Object catalog.

Send a table (`POST /uploads`), ask what a recipe would do (`POST /plan`), make a job of it (`POST /jobs`), follow it
(`GET /jobs/{job_id}/events`, or `wait`) and fetch its results. Jobs are those of the IVOA UWS 1.1 interface under
`/crossmatch/async` and `/combine/async`: made here, seen there.

Errors are problem documents (RFC 9457) that list every problem of a request. Times are UTC. Integers beyond 2^53, such
as object ids, are never numbers in JSON.
"""
_TAGS = [
    {"name": "me", "description": "The signed-in user."},
    {"name": "catalogs", "description": "Object catalogs to match with."},
    {"name": "surveys", "description": "Surveys of redshifts, and what to cite."},
    {"name": "redshifts", "description": "Registered catalogs and published compilations of redshifts."},
    {"name": "uploads", "description": "Tables of redshifts."},
    {"name": "jobs", "description": "Cross-matches and combinations under way."},
    {"name": "results", "description": "What finished jobs offer."},
]


def describe(app: FastAPI) -> None:
    """Make the application answer this document at its ``openapi_url``."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way that FastAPI documents


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        description=_DESCRIPTION,
        routes=app.routes,
        tags=_TAGS,
        separate_input_output_schemas=app.separate_input_output_schemas,
    )
    document["components"]["schemas"]["UploadForm"] = UPLOAD_FORM
    for path in document["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {})
                if int(status) >= 400 and "application/json" in content:
                    response["content"] = {PROBLEM_MEDIA_TYPE: content["application/json"]}
    return document
