"""The provenance record of a job in the forms that people and tools other than ours read."""

from enum import StrEnum

from fastapi import Response
from fastapi.responses import HTMLResponse, JSONResponse

from app.api.json_numbers import exact
from trainingset.provenance import Provenance, read_stored_record
from trainingset.provenance_html import provenance_html
from trainingset.provenance_prov import prov_document
from uws.errors import UnknownBlobError
from uws.job import Job

__all__ = ["ProvenanceView", "provenance_of_job", "provenance_view", "record_of_job"]

_PAGE_POLICY = (
    # The page brings its own style and nothing else; that is all it may have.
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; "
    "sandbox"
)


class ProvenanceView(StrEnum):
    """How a record is shown."""

    JSON = "json"
    PROV = "prov"
    HTML = "html"


def record_of_job(job: Job) -> dict[str, object]:
    """The record as it was stored.

    Raises
    ------
    UnknownBlobError
        If the job has none, since it is not COMPLETED.
    """
    if job.record is None:
        raise UnknownBlobError(f"job {job.id} is {job.phase}: its provenance exists once it is COMPLETED")
    return job.record


def provenance_of_job(job: Job) -> Provenance:
    """The record of a job in our types, whatever release wrote it.

    Raises
    ------
    UnknownBlobError
        If the job has none, since it is not COMPLETED.
    """
    return read_stored_record(record_of_job(job))


def provenance_view(job: Job, view: ProvenanceView) -> Response:
    """The record of a job in one form.

    Raises
    ------
    UnknownBlobError
        If the job has none, since it is not COMPLETED.
    """
    stored = record_of_job(job)
    if view is ProvenanceView.JSON:
        return JSONResponse(exact(stored))
    record = provenance_of_job(job)
    if view is ProvenanceView.PROV:
        return JSONResponse(exact(prov_document(record)))
    return HTMLResponse(provenance_html(record), headers={"Content-Security-Policy": _PAGE_POLICY})
