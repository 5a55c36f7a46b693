"""The user's jobs on pages: a list, each job live, its results, and a form for a new one."""

from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from sse_starlette import EventSourceResponse

from app.addresses import AddressesDep
from app.api.events import job_events
from app.api.job_document import JobDocument
from app.api.provenance_views import ProvenanceView, provenance_view
from app.browser.form import SentForm, require_form_of, require_own_origin
from app.browser.form_fields import form_fields
from app.browser.pages import page
from app.browser.sign_in import CookiesDep, Visitor, VisitorDep, shown
from app.downloads import serve_result
from app.errors import FormError
from app.forms import Form
from app.hang_up import while_connected
from app.job_kinds import KIND_PATH, JobKind, JobKindPath
from app.parameters import listed_parameters
from app.services import ServicesDep
from app.shared_jobs import READER, jobs_shared_with, may_share_with, readers_of
from app.uws_jobs import create_job, job_of, read_job, start_job, start_new_job
from trainingset.errors import Problem
from trainingset.registry import CatalogContent
from uws.errors import UnknownBlobError
from uws.job import Job, Parameter
from uws.phase import ExecutionPhase

__all__ = ["job_pages_router"]

job_pages_router = APIRouter(prefix="/jobs")

_MOST_LISTED = 1000
_FILES: dict[JobKind, tuple[str, ...]] = {
    JobKind.CROSSMATCH: ("table",),
    JobKind.COMBINE: ("table1", "table2", "table3", "table4"),
}
"""Fields in which files come."""
_SOURCE = {JobKind.CROSSMATCH: "REDSHIFTS", JobKind.COMBINE: "INPUT"}
_TITLES = {JobKind.CROSSMATCH: "Cross-match", JobKind.COMBINE: "Combination"}


async def _own(kind: JobKindPath, job_id: str, visitor: VisitorDep, services: ServicesDep) -> Job:
    return await job_of(kind, job_id, visitor.identity, services)


VisitedJob = Annotated[Job, Depends(_own)]


async def _readable(kind: JobKindPath, job_id: str, visitor: VisitorDep, services: ServicesDep) -> Job:
    return await read_job(kind, job_id, visitor.identity, services)


ReadableJob = Annotated[Job, Depends(_readable)]


@job_pages_router.get("")
async def job_list(
    visitor: VisitorDep,
    services: ServicesDep,
    cookies: CookiesDep,
    addresses: AddressesDep,
    phase: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[str, Query(max_length=20)] = "",
    last: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 50,
) -> Response:
    """Jobs of the user, the latest first."""
    phases = frozenset({ExecutionPhase(phase)}) if phase in set(ExecutionPhase) else frozenset()
    wanted = JobKind(kind) if kind in set(JobKind) else None
    # One more than is shown tells whether there are more.
    found = await services.jobs.list_jobs(owner=visitor.username, kind=wanted, phases=phases, last=last + 1)
    found.sort(key=lambda job: (job.creation_time, job.id), reverse=True)
    response = page(
        "jobs.html",
        base=cookies.path,
        visitor=visitor,
        jobs=[JobDocument.of(job, addresses) for job in found[:last]],
        shared=[JobDocument.of(job, addresses) for job in await jobs_shared_with(services, visitor.identity)],
        more=min(10 * last, _MOST_LISTED) if len(found) > last and last < _MOST_LISTED else None,
        phases=list(ExecutionPhase),
        titles=_TITLES,
        phase=phase,
        kind=kind,
    )
    return shown(response, visitor, cookies)


@job_pages_router.get("/new" + KIND_PATH)
async def new_job(
    kind: JobKindPath, request: Request, visitor: VisitorDep, services: ServicesDep, cookies: CookiesDep
) -> Response:
    """A form for a new job; parameters in the address are filled in."""
    catalogs = await services.shelf.open_to(visitor.identity.grants)
    objects = [entry.id for entry in catalogs.entries.values() if entry.content is CatalogContent.OBJECTS]
    response = page(
        "new_job.html",
        base=cookies.path,
        visitor=visitor,
        kind=kind,
        titles=_TITLES,
        fields=form_fields(kind, catalogs=objects),
        files=_FILES[kind],
        source=_SOURCE[kind],
        given={name.upper(): value for name, value in request.query_params.items()},
        limit_bytes=services.config.upload_limit_bytes,
    )
    return shown(response, visitor, cookies)


@job_pages_router.post("/new" + KIND_PATH)
async def submit(
    kind: JobKindPath,
    request: Request,
    visitor: VisitorDep,
    services: ServicesDep,
    cookies: CookiesDep,
    addresses: AddressesDep,
) -> Response:
    """Make the job and start it."""
    require_own_origin(request, addresses.base)
    job, _ = await create_job(kind, request, visitor.identity, services, prepare=_as_program(kind, visitor))
    await start_new_job(job, visitor.identity, services)
    return _see(f"{cookies.path}/{kind}/{job.id}")


@job_pages_router.get(KIND_PATH + "/{job_id}")
async def show_job(
    job: ReadableJob, visitor: VisitorDep, services: ServicesDep, cookies: CookiesDep, addresses: AddressesDep
) -> Response:
    """One job: how far it is, what it was asked for, what it gives; to its owner also who may read it."""
    given = listed_parameters(job)
    is_own = job.owner == visitor.username
    shares = await services.shares.list(job.id, owner=visitor.username) if is_own else []
    response = page(
        "job.html",
        base=cookies.path,
        visitor=visitor,
        job=JobDocument.of(job, addresses),
        title=_TITLES[JobKind(job.kind)],
        here=f"{cookies.path}/{job.kind}/{job.id}",
        service=addresses.base,
        given=given,
        again=_again(given),
        is_pending=job.phase is ExecutionPhase.PENDING,
        is_active=is_own and job.phase in (ExecutionPhase.QUEUED, ExecutionPhase.EXECUTING),
        has_provenance=job.record is not None,
        is_own=is_own,
        shares=shares,
        readers=sorted(readers_of(visitor.identity) - {share.reader for share in shares}),
    )
    return shown(response, visitor, cookies)


@job_pages_router.get(KIND_PATH + "/{job_id}/events")
async def follow(job: VisitedJob, services: ServicesDep, addresses: AddressesDep) -> Response:
    """The job as server-sent events, for its page."""
    services.traffic.require_place(job.owner)
    return EventSourceResponse(job_events(services, job, addresses), ping=services.config.event_ping_seconds)


@job_pages_router.get(KIND_PATH + "/{job_id}/provenance")
async def show_provenance(
    job: ReadableJob, view: Annotated[ProvenanceView, Query(alias="format")] = ProvenanceView.HTML
) -> Response:
    """How the rows came to be; it outlives the results."""
    return provenance_view(job, view)


@job_pages_router.get(KIND_PATH + "/{job_id}/results/{result_id}")
async def download(
    result_id: str, request: Request, job: ReadableJob, visitor: VisitorDep, services: ServicesDep
) -> Response:
    """One result file."""
    services.require_rights(job, visitor.identity)
    result = next((item for item in job.results if item.id == result_id), None)
    if result is None:
        raise UnknownBlobError(f"job {job.id} has no result {result_id[:80]!r}; it is {job.phase}")
    return await serve_result(request, services.blobs, job, result, signed=services.config.signed_downloads)


@job_pages_router.post(KIND_PATH + "/{job_id}/run")
async def run(
    _form: SentForm,
    request: Request,
    job: VisitedJob,
    visitor: VisitorDep,
    services: ServicesDep,
    cookies: CookiesDep,
) -> Response:
    """Start a pending job."""
    await while_connected(request, start_job(job, visitor.identity, services))
    return _see(f"{cookies.path}/{job.kind}/{job.id}")


@job_pages_router.post(KIND_PATH + "/{job_id}/abort")
async def abort(_form: SentForm, job: VisitedJob, services: ServicesDep, cookies: CookiesDep) -> Response:
    """End a job before it is finished."""
    await services.jobs.abort(job.id, owner=job.owner)
    return _see(f"{cookies.path}/{job.kind}/{job.id}")


@job_pages_router.post(KIND_PATH + "/{job_id}/delete")
async def delete(_form: SentForm, job: VisitedJob, services: ServicesDep, cookies: CookiesDep) -> Response:
    """Remove a job with its results."""
    await services.jobs.delete(job.id, owner=job.owner)
    return _see(cookies.path)


@job_pages_router.post(KIND_PATH + "/{job_id}/share")
async def share(
    form: SentForm, job: VisitedJob, visitor: VisitorDep, services: ServicesDep, cookies: CookiesDep
) -> Response:
    """Let a group, or all who hold the data rights, read a job."""
    reader = form.get("reader", "")
    if not READER.fullmatch(reader) or not may_share_with(visitor.identity, reader):
        raise FormError([Problem(parameter="reader", message=f"{reader[:80]!r} is none of your groups")])
    await services.shares.add(job.id, owner=job.owner, reader=reader)
    return _see(f"{cookies.path}/{job.kind}/{job.id}")


@job_pages_router.post(KIND_PATH + "/{job_id}/unshare")
async def unshare(form: SentForm, job: VisitedJob, services: ServicesDep, cookies: CookiesDep) -> Response:
    """End a share now."""
    await services.shares.revoke(job.id, owner=job.owner, reader=form.get("reader", ""))
    return _see(f"{cookies.path}/{job.kind}/{job.id}")


def _again(given: Sequence[Parameter]) -> list[tuple[str, str]]:
    """Parameters to begin a further job with; files have to be chosen again, so nothing may name them."""
    files = {item.name for item in given if item.blob is not None}
    texts = [(item.name, item.value) for item in given if item.blob is None and item.name not in ("UPLOAD", "RUNID")]
    sources = set(_SOURCE.values())
    return [
        (name, ",".join(part for part in text.split(",") if part not in files) if name in sources else text)
        for name, text in texts
    ]


def _as_program(kind: JobKind, visitor: Visitor) -> Callable[[Form], Form]:
    """How the page's form becomes the one that a program would send: no empty fields, each file named."""

    def prepare(form: Form) -> Form:
        require_form_of(visitor, dict(form.values).get("form", ""))
        values = [(name, value.strip()) for name, value in form.values if name != "form" and value.strip()]
        for kept in form.files:
            values += [("UPLOAD", f"{kept.field},param:{kept.field}"), (_SOURCE[kind], kept.field)]
        return Form(tuple(values), form.files)

    return prepare


def _see(address: str) -> Response:
    return RedirectResponse(address, status_code=HTTPStatus.SEE_OTHER, headers={"Cache-Control": "no-store"})
