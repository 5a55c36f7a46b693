"""The DALI-sync face: a job whose result is the answer."""

import time

from fastapi import APIRouter, Request, Response

from app.addresses import Addresses
from app.downloads import serve_result
from app.errors import JobFailedError, JobInterruptedError, JobRefusedError, JobUnfinishedError
from app.hang_up import ClientGoneError, while_connected
from app.identity import Identity, SignedIn
from app.job_kinds import KIND_PATH, JobKind, JobKindPath
from app.services import Services, ServicesDep
from app.uws_jobs import create_job, start_new_job
from uws.errors import JobPhaseError
from uws.job import ErrorType, Job
from uws.phase import ACTIVE_PHASES, ExecutionPhase

__all__ = ["answer_of", "sync_router"]

sync_router = APIRouter(prefix=f"{KIND_PATH}/sync")


@sync_router.get("")
async def ask(kind: JobKindPath, request: Request, identity: SignedIn, services: ServicesDep) -> Response:
    """Run a recipe and answer the result; parameters in the query string."""
    return await _answer(kind, request, identity, services)


@sync_router.post("")
async def submit(kind: JobKindPath, request: Request, identity: SignedIn, services: ServicesDep) -> Response:
    """Run a recipe and answer the result; parameters in query string and body."""
    return await _answer(kind, request, identity, services)


async def _answer(kind: JobKind, request: Request, identity: Identity, services: Services) -> Response:
    job, _ = await create_job(kind, request, identity, services)
    return await answer_of(job, request, identity, services)


async def answer_of(job: Job, request: Request, identity: Identity, services: Services) -> Response:
    """Run a new job for as long as a connection is kept, and answer its result.

    Raises
    ------
    JobRefusedError, JobFailedError, JobInterruptedError
        If the job ended without a result.
    JobUnfinishedError
        If it takes longer; it continues, and the message tells where.
    ClientGoneError
        If nobody waits any more; then the job is aborted.
    """
    address = Addresses.of(request).job(job)
    try:
        job = await _started(job, identity, services)
        with services.holding(job.owner, "sync"):
            job = await while_connected(request, _wait_for_end(job, services))
    except ClientGoneError:
        await services.jobs.abort(job.id, owner=job.owner)
        raise
    _require_completed(job, address, services.config.sync_seconds)
    result = next(result for result in job.results if result.id == "result")
    return await serve_result(request, services.blobs, job, result)


async def _started(job: Job, identity: Identity, services: Services) -> Job:
    try:
        return await start_new_job(job, identity, services)
    except JobPhaseError:  # its destruction time, or its owner, was quicker: the job tells
        return await services.jobs.get(job.id, owner=job.owner)


async def _wait_for_end(job: Job, services: Services) -> Job:
    deadline = time.monotonic() + services.config.sync_seconds
    while job.phase in ACTIVE_PHASES and (left := deadline - time.monotonic()) > 0:
        job = await services.jobs.wait(job.id, owner=job.owner, seconds=left, phase=job.phase)
    return job


def _require_completed(job: Job, address: str, sync_seconds: float) -> None:
    match job.phase:
        case ExecutionPhase.COMPLETED:
            return
        case ExecutionPhase.ERROR if job.error is not None and job.error.problems:
            raise JobRefusedError(job.error.message)
        case ExecutionPhase.ERROR if job.error is not None and job.error.type is ErrorType.TRANSIENT:
            raise JobInterruptedError(job.error.message)
        case ExecutionPhase.ERROR:
            raise JobFailedError(job.error.message if job.error is not None else "the job failed")
        case ExecutionPhase.ABORTED | ExecutionPhase.ARCHIVED:
            reason = " ".join(job.notes) or "it was aborted."
            raise JobRefusedError(f"The job {address} ended without a result: {reason}")
        case _:
            raise JobUnfinishedError(
                f"The job needs more than the {sync_seconds:g} s that a sync request may take. It continues at "
                f"{address}: follow it there, and send such requests to async."
            )
