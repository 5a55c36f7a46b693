"""Following a job by server-sent events."""

from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress

from fastapi import APIRouter, Response
from sse_starlette import EventSourceResponse, ServerSentEvent

from app.addresses import Addresses, AddressesDep
from app.api.job_document import JobDocument
from app.api.jobs import JobPath, own_job
from app.api.problem import errors
from app.identity import SignedIn
from app.services import Services, ServicesDep
from uws.errors import UnknownJobError
from uws.job import Job

__all__ = ["events_router", "job_events"]

events_router = APIRouter(tags=["jobs"])


@events_router.get(
    "/jobs/{job_id}/events",
    summary="Follow a job as server-sent events",
    response_class=Response,
    responses={
        200: {
            "description": "Events named `job`, each with the job's whole JSON document as its data: one at once, one "
            "at each change of phase or progress, the last one when the job has ended.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **errors(404, 422),
    },
)
async def follow_job(job_id: JobPath, identity: SignedIn, services: ServicesDep, addresses: AddressesDep) -> Response:
    """An event now, one at each change, and the end of the stream when the job has ended or is deleted."""
    job = await own_job(services, identity, job_id)
    # While it can still be said: in the stream, an answer has begun.
    services.traffic.require_place(job.owner)
    return EventSourceResponse(job_events(services, job, addresses), ping=services.config.event_ping_seconds)


async def job_events(services: Services, job: Job, addresses: Addresses) -> AsyncGenerator[ServerSentEvent, None]:
    """The job's document now, and at each change until it has ended or is deleted."""
    # A job that is deleted under way has no further state to tell.
    with services.holding(job.owner, "events"), suppress(UnknownJobError):
        async with aclosing(services.jobs.watch(job.id, owner=job.owner)) as states:
            async for state in states:
                yield ServerSentEvent(data=JobDocument.of(state, addresses).model_dump_json(), event="job")
