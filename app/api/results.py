"""Results and provenance of finished jobs over JSON."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from app.addresses import AddressesDep
from app.api.job_document import ExactJson, JobResult, result_of
from app.api.jobs import JobPath
from app.api.problem import errors
from app.api.provenance_views import ProvenanceView, provenance_view, record_of_job
from app.downloads import serve_result
from app.identity import SignedIn
from app.services import ServicesDep
from app.shared_jobs import readable_job
from trainingset.provenance import Provenance
from uws.errors import UnknownBlobError

__all__ = ["results_router"]

results_router = APIRouter(tags=["results"])


@results_router.get("/jobs/{job_id}/results", summary="List the results of a job", responses=errors(404, 422))
async def list_results(
    job_id: JobPath, identity: SignedIn, services: ServicesDep, addresses: AddressesDep
) -> list[JobResult]:
    """The files of a COMPLETED job; none before, and none after its destruction."""
    job = await readable_job(services, identity, job_id)
    return [result_of(job, result, addresses) for result in job.results]


@results_router.get(
    "/jobs/{job_id}/results/{result_id}",
    summary="Download one result",
    response_class=Response,
    responses={
        200: {
            "description": "The file; `ETag` is its SHA-256.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        206: {"description": "The range of bytes that was asked for."},
        304: {"description": "The client's copy is still good."},
        307: {"description": "The store itself sends the file, from an address that holds for a short time."},
        **errors(404, 416, 422),
    },
)
async def download_result(
    job_id: JobPath,
    result_id: Annotated[str, Path(max_length=128, description="Id of a result, such as `result` or `parquet`.")],
    request: Request,
    identity: SignedIn,
    services: ServicesDep,
) -> Response:
    """The whole file, or one range of it (`Range`, `If-Range`)."""
    job = await readable_job(services, identity, job_id)
    services.require_rights(job, identity)
    result = next((result for result in job.results if result.id == result_id), None)
    if result is None:
        raise UnknownBlobError(f"job {job_id} has no result {result_id!r}")
    return await serve_result(request, services.blobs, job, result, signed=services.config.signed_downloads)


@results_router.get(
    "/jobs/{job_id}/provenance",
    summary="Show how a result was made",
    response_model=ExactJson,
    responses={200: {"description": "The provenance record.", "model": Provenance}, **errors(404, 422)},
)
async def get_provenance(
    job_id: JobPath,
    identity: SignedIn,
    services: ServicesDep,
    # Not in the document: clients made from it read one type, the record.
    view: Annotated[ProvenanceView, Query(alias="format", include_in_schema=False)] = ProvenanceView.JSON,
) -> Any:
    """Recipe, inputs with checksums, software, counts of every stage and the checksum of the rows.

    It outlives the results. Integers beyond 2^53 are texts here; the result `provenance` holds them as they are.
    """
    job = await readable_job(services, identity, job_id)
    return record_of_job(job) if view is ProvenanceView.JSON else provenance_view(job, view)
