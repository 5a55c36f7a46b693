"""The UWS 1.1 face: job list, jobs and their children, as the standard says and as VO clients use them."""

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import PlainTextResponse

from app.addresses import Addresses
from app.dali_form import read_duration
from app.documents.error import VOTABLE_MEDIA_TYPE, error_document
from app.documents.job import job_document, parameters_document, results_document
from app.documents.job_list import job_list_document
from app.downloads import serve_blob, serve_result
from app.errors import FormError
from app.forms import read_form
from app.hang_up import while_connected
from app.identity import SignedIn
from app.instants import read_instant, write_instant
from app.job_kinds import KIND_PATH, JobKind, JobKindPath
from app.job_queries import one_value, read_filters, read_wait
from app.parameters import listed_parameters
from app.services import ServicesDep
from app.uws_jobs import OwnJob, ReadableJob, create_job, read_job, replace_parameters, start_job, start_new_job
from trainingset.errors import Problem
from uws.errors import UnknownBlobError
from uws.phase import ExecutionPhase

__all__ = ["uws_router"]

XML = "application/xml"

uws_router = APIRouter(prefix=f"{KIND_PATH}/async")


@uws_router.get("")
async def list_jobs(kind: JobKindPath, request: Request, identity: SignedIn, services: ServicesDep) -> Response:
    """Jobs of the user and of this kind, newest first, by the filters PHASE, AFTER and LAST."""
    wanted = read_filters(request.query_params.multi_items())
    jobs = await services.jobs.list_jobs(
        owner=identity.username, kind=kind, phases=wanted.phases, after=wanted.after, last=wanted.last
    )
    return Response(job_list_document(jobs, Addresses.of(request)), media_type=XML)


@uws_router.post("")
async def create(kind: JobKindPath, request: Request, identity: SignedIn, services: ServicesDep) -> Response:
    """Make a job, and start it with PHASE=RUN."""
    job, form = await create_job(kind, request, identity, services)
    if form.starts:
        await start_new_job(job, identity, services)
    return _see(Addresses.of(request).job(job))


@uws_router.get("/{job_id}")
async def get_job(request: Request, job: ReadableJob, identity: SignedIn, services: ServicesDep) -> Response:
    """The job; with WAIT, as soon as its phase has changed."""
    wait = read_wait(request.query_params.multi_items(), longest=services.config.limits.max_wait_seconds)
    if wait is not None:
        with services.holding(identity.username, "wait"):
            waiting = services.jobs.wait(job.id, owner=job.owner, seconds=wait.seconds, phase=wait.phase or job.phase)
            job = await while_connected(request, waiting)
        if job.owner != identity.username:
            # A share may have ended meanwhile.
            job = await read_job(JobKind(job.kind), job.id, identity, services)
    return Response(job_document(job, Addresses.of(request)), media_type=XML)


@uws_router.post("/{job_id}")
async def act(request: Request, job: OwnJob, services: ServicesDep) -> Response:
    """Delete the job; anything else, such as parameters, is refused."""
    if await _read_one(request, "ACTION") != "DELETE":
        raise _refuse("ACTION", "only ACTION=DELETE is possible here; parameters go to the job's /parameters")
    return await delete(request, job, services)


@uws_router.delete("/{job_id}")
async def delete(request: Request, job: OwnJob, services: ServicesDep) -> Response:
    """Delete the job, ending its computation."""
    await services.jobs.delete(job.id, owner=job.owner)
    return _see(Addresses.of(request).job_list(job.kind))


@uws_router.get("/{job_id}/phase")
async def get_phase(job: ReadableJob) -> Response:
    """The phase, one word."""
    return PlainTextResponse(job.phase.value)


@uws_router.post("/{job_id}/phase")
async def change_phase(request: Request, job: OwnJob, identity: SignedIn, services: ServicesDep) -> Response:
    """Start or abort the job."""
    match await _read_one(request, "PHASE"):
        case "RUN":
            await start_job(job, identity, services)
        case "ABORT":
            await services.jobs.abort(job.id, owner=job.owner)
        case other:
            raise _refuse("PHASE", f"RUN or ABORT is possible here, not {_shown(other)}")
    return _see(Addresses.of(request).job(job))


@uws_router.get("/{job_id}/executionduration")
async def get_execution_duration(job: ReadableJob) -> Response:
    """Wall-clock seconds that the job may take, 0 for no limit."""
    return PlainTextResponse(str(job.execution_duration))


@uws_router.post("/{job_id}/executionduration")
async def change_execution_duration(request: Request, job: OwnJob, services: ServicesDep) -> Response:
    """Ask for another duration; what is granted shows in the job."""
    try:
        seconds = read_duration(await _read_one(request, "EXECUTIONDURATION") or "")
    except ValueError as error:
        raise _refuse("EXECUTIONDURATION", str(error)) from error
    await services.jobs.set_execution_duration(job.id, owner=job.owner, seconds=seconds)
    return _see(Addresses.of(request).job(job))


@uws_router.get("/{job_id}/destruction")
async def get_destruction(job: ReadableJob) -> Response:
    """When the job will be destroyed, empty if never."""
    return PlainTextResponse(write_instant(job.destruction) or "")


@uws_router.post("/{job_id}/destruction")
async def change_destruction(request: Request, job: OwnJob, services: ServicesDep) -> Response:
    """Ask for another time; what is granted shows in the job."""
    try:
        when = read_instant(await _read_one(request, "DESTRUCTION") or "")
    except ValueError as error:
        raise _refuse("DESTRUCTION", str(error)) from error
    await services.jobs.set_destruction(job.id, owner=job.owner, when=when)
    return _see(Addresses.of(request).job(job))


@uws_router.get("/{job_id}/quote")
async def get_quote(job: ReadableJob) -> Response:
    """When the job will probably be finished, empty if unknown."""
    return PlainTextResponse(write_instant(job.quote) or "")


@uws_router.get("/{job_id}/owner")
async def get_owner(job: ReadableJob) -> Response:
    """Name of the user."""
    return PlainTextResponse(job.owner)


@uws_router.get("/{job_id}/parameters")
async def get_parameters(request: Request, job: OwnJob) -> Response:
    """All parameters as given."""
    return Response(parameters_document(job, Addresses.of(request)), media_type=XML)


@uws_router.post("/{job_id}/parameters")
async def change_parameters(request: Request, job: OwnJob, services: ServicesDep) -> Response:
    """Replace parameters of a pending job."""
    await replace_parameters(request, job, services)
    return _see(Addresses.of(request).job(job))


@uws_router.get("/{job_id}/parameters/{name:path}")
async def get_parameter(name: str, request: Request, job: OwnJob, services: ServicesDep) -> Response:
    """Content of a parameter: an inline upload with its media type, or text."""
    found = next((item for item in listed_parameters(job) if item.name.upper() == name.upper()), None)
    if found is None:
        raise UnknownBlobError(f"job {job.id} has no parameter {name[:80]!r}")
    if found.blob is None:
        return PlainTextResponse(found.value)
    media_type = found.media_type or "application/octet-stream"
    return await serve_blob(
        request,
        services.blobs,
        found.blob,
        sha256=found.sha256,
        media_type=media_type,
        filename=found.value or found.name,
    )


@uws_router.get("/{job_id}/results")
async def get_results(request: Request, job: ReadableJob) -> Response:
    """The list of results, empty before the job is completed."""
    return Response(results_document(job, Addresses.of(request)), media_type=XML)


@uws_router.get("/{job_id}/results/{result_id}")
async def get_result(
    result_id: str, request: Request, job: ReadableJob, identity: SignedIn, services: ServicesDep
) -> Response:
    """One result file. Without signed downloads it is answered here: astroquery cannot follow redirects."""
    services.require_rights(job, identity)
    result = next((item for item in job.results if item.id == result_id), None)
    if result is None:
        raise UnknownBlobError(f"job {job.id} has no result {result_id[:80]!r}; it is {job.phase}")
    return await serve_result(request, services.blobs, job, result, signed=services.config.signed_downloads)


@uws_router.get("/{job_id}/error")
async def get_error(job: ReadableJob) -> Response:
    """Why the job failed."""
    if job.phase is not ExecutionPhase.ERROR or job.error is None:
        raise UnknownBlobError(f"job {job.id} has not failed; it is {job.phase}")
    return Response(error_document(job.error.message), media_type=VOTABLE_MEDIA_TYPE)


def _see(location: str) -> Response:
    """The answer to everything that changes a job: 303, after which every client goes on with GET."""
    return Response(status_code=HTTPStatus.SEE_OTHER, headers={"Location": location})


def _refuse(parameter: str, message: str) -> FormError:
    return FormError([Problem(parameter=parameter, message=message)])


def _shown(value: str | None) -> str:
    return "nothing" if value is None else repr(value[:80])


async def _read_one(request: Request, name: str) -> str | None:
    """The value of one control parameter from query or body."""
    return one_value((await read_form(request)).values, name)
