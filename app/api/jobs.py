"""Jobs over JSON: the same jobs as under the UWS lists, checked when they are made."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
)

from app.addresses import AddressesDep
from app.api.job_document import JobDocument
from app.api.problem import errors
from app.api.recipe_fields import RecipeFields
from app.api.small_body import SmallBodyRoute
from app.expectations import expected_seconds
from app.hang_up import while_connected
from app.identity import Identity, SignedIn
from app.inline_uploads import inline_tables
from app.job_kinds import JobKind
from app.recipe_parameters import given_values
from app.services import Services, ServicesDep
from app.shared_jobs import readable_job
from app.submission import RunRequest, Submission, check
from uws.errors import LimitReachedError, UnknownJobError
from uws.job import Job, JobId, NewJob
from uws.phase import ExecutionPhase

__all__ = ["JobPath", "jobs_router", "make_job", "own_job"]

_MAX_RUN_ID = 64

jobs_router = APIRouter(tags=["jobs"], route_class=SmallBodyRoute)

JobPath = Annotated[str, Path(max_length=128, description="Id of a job.")]
RunId = Annotated[str, Field(max_length=_MAX_RUN_ID, description="A name of your own for the job.")]


def _to_utc(time: datetime) -> datetime:
    """The same time in UTC, where offsets can lead out of the calendar."""
    try:
        return time.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("is outside the years 1 to 9999 in UTC") from error


Instant = Annotated[AwareDatetime, AfterValidator(_to_utc)]


class JobCreation(BaseModel):
    """A job to make."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "recipe": {
                    "catalog": "mock.object",
                    "redshifts": "upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a",
                    "radius_arcsec": 1.0,
                    "where": "i_gaap1p0SNR > 10",
                    "split": {"train": 0.8, "test": 0.2},
                    "formats": ["parquet", "fits"],
                },
                "run_id": "zCOSMOS pilot",
            }
        },
    )

    recipe: Annotated[dict[str, Any], RecipeFields()]
    run_id: RunId | None = None
    execution_duration: int | None = Field(
        None, ge=0, description="Wall-clock seconds that it may run; the service's limit holds. 0 = as long as allowed."
    )
    destruction: Instant | None = Field(None, description="When its results are removed; the limit holds.")
    start: bool = Field(True, description="False leaves it PENDING, to be run later.")


class JobChange(BaseModel):
    """What to change; fields left out stay as they are."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"destruction": "2027-01-31T00:00:00Z"}})

    run_id: RunId | None = Field(None, description="While the job is PENDING.")
    execution_duration: int | None = Field(None, ge=0, description="Seconds.")
    destruction: Instant | None = None


@jobs_router.get("/jobs", summary="List your jobs", responses=errors(422))
async def list_jobs(
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
    phase: Annotated[
        list[ExecutionPhase] | None,
        Query(description="Only jobs in one of these phases; without it, all but ARCHIVED."),
    ] = None,
    after: Annotated[Instant | None, Query(description="Only jobs created later than this.")] = None,
    last: Annotated[int | None, Query(ge=1, description="Only so many, the latest.")] = None,
    kind: Annotated[JobKind | None, Query(description="Only jobs of this kind.")] = None,
) -> list[JobDocument]:
    """Your jobs, the latest first; all filters must hold."""
    jobs = await services.jobs.list_jobs(
        owner=identity.username, kind=kind, phases=frozenset(phase or ()), after=after, last=last
    )
    latest_first = sorted(jobs, key=lambda job: (job.creation_time, job.id), reverse=True)
    return [JobDocument.of(job, addresses) for job in latest_first]


@jobs_router.post(
    "/jobs", status_code=201, summary="Make a job, and run it at once unless told otherwise", responses=errors(413, 422)
)
async def create_job(
    creation: JobCreation,
    request: Request,
    response: Response,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
) -> JobDocument:
    """Check a recipe against what it names; if nothing is wrong, make a job of it.

    The recipe's `kind` tells whether it is a cross-match (without it, that) or a combination of redshift tables.

    What is wrong comes back at once and together, as `problems` of a 422; then there is no job. A 503 means that
    the upload is still being inspected, or the catalog not opened yet: send the same request again.
    """
    submission = await while_connected(request, check(services, identity, creation.recipe))
    job = await make_job(
        services,
        identity,
        submission,
        run_id=creation.run_id,
        execution_duration=creation.execution_duration,
        destruction=creation.destruction,
        start=creation.start,
    )
    response.headers["Location"] = addresses.api(f"/jobs/{job.id}")
    return JobDocument.of(job, addresses)


@jobs_router.get("/jobs/{job_id}", summary="Show one job", responses=errors(404, 422))
async def get_job(
    job_id: JobPath,
    request: Request,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
    wait: Annotated[
        int, Query(ge=0, description="Seconds to wait for a change of phase; the service's limit holds.")
    ] = 0,
    phase: Annotated[
        ExecutionPhase | None, Query(description="With `wait`: answer at once if the phase is another one.")
    ] = None,
) -> JobDocument:
    """One job as it is, or as it will be after the next change of phase."""
    job = await readable_job(services, identity, job_id)
    if wait:
        job = await while_connected(request, _wait(services, identity, job, wait, phase))
    return JobDocument.of(job, addresses)


@jobs_router.patch(
    "/jobs/{job_id}", summary="Change name, duration or destruction", responses=errors(404, 409, 413, 422)
)
async def change_job(
    job_id: JobPath, change: JobChange, identity: SignedIn, services: ServicesDep, addresses: AddressesDep
) -> JobDocument:
    """Change what may still be changed. Values beyond a limit of the service become the limit: read the answer."""
    job = await own_job(services, identity, job_id)
    # The run id may be refused by phase: it goes first, so that a refused request has changed nothing.
    if change.run_id is not None:
        job = await services.jobs.set_run_id(job.id, owner=job.owner, run_id=change.run_id)
    if change.execution_duration is not None:
        job = await services.jobs.set_execution_duration(job.id, owner=job.owner, seconds=change.execution_duration)
    if change.destruction is not None:
        job = await services.jobs.set_destruction(job.id, owner=job.owner, when=change.destruction)
    return JobDocument.of(job, addresses)


@jobs_router.post("/jobs/{job_id}/run", summary="Run a pending job", responses=errors(404, 409, 422))
async def run_job(
    job_id: JobPath, request: Request, identity: SignedIn, services: ServicesDep, addresses: AddressesDep
) -> JobDocument:
    """Check a PENDING job once more (uploads may be gone by now) and queue it; with problems, it stays PENDING."""
    job = await own_job(services, identity, job_id)
    if job.phase is not ExecutionPhase.PENDING:
        return JobDocument.of(await _run(services, identity, job, RunRequest(job.request, job.inputs)), addresses)
    kind = JobKind(job.kind)
    given = given_values(job)
    inline = inline_tables(job.parameters)
    submission = await while_connected(
        request, check(services, identity, given.values, kind=kind, problems=given.problems, inline=inline)
    )
    return JobDocument.of(await _run(services, identity, job, submission.run), addresses)


@jobs_router.post("/jobs/{job_id}/abort", summary="Stop a job", responses=errors(404, 422))
async def abort_job(job_id: JobPath, identity: SignedIn, services: ServicesDep, addresses: AddressesDep) -> JobDocument:
    """Stop a job within about two seconds. A job that has ended stays as it is."""
    job = await own_job(services, identity, job_id)
    return JobDocument.of(await services.jobs.abort(job.id, owner=job.owner), addresses)


@jobs_router.delete(
    "/jobs/{job_id}", status_code=204, summary="Delete a job and its results", responses=errors(404, 422)
)
async def delete_job(job_id: JobPath, identity: SignedIn, services: ServicesDep) -> None:
    """Remove a job in any phase, its results and its record; from now on nobody finds it."""
    job = await own_job(services, identity, job_id)
    await services.jobs.delete(job.id, owner=job.owner)


async def make_job(
    services: Services,
    identity: Identity,
    submission: Submission,
    *,
    run_id: str | None = None,
    execution_duration: int | None = None,
    destruction: datetime | None = None,
    start: bool = True,
) -> Job:
    """Make a job of a request in which nothing was found wrong.

    Raises
    ------
    LimitReachedError
        If a limit allows no further job now; then there is none.
    """
    job = await services.jobs.create(
        NewJob(
            kind=submission.kind,
            owner=identity.username,
            parameters=submission.parameters,
            request=submission.run.request,
            inputs=submission.run.inputs,
            run_id=run_id,
            execution_duration=execution_duration,
            destruction=destruction,
        )
    )
    if not start:
        return job
    try:
        return await _run(services, identity, job, submission.run)
    except LimitReachedError:
        await services.jobs.delete(job.id, owner=job.owner)
        raise


async def own_job(services: Services, identity: Identity, job_id: str) -> Job:
    """The user's job of this id; the service's internal jobs are nobody's.

    Raises
    ------
    UnknownJobError
        If there is none.
    """
    job = await services.jobs.get(JobId(job_id), owner=identity.username)
    if job.kind not in set(JobKind):
        raise UnknownJobError(f"there is no job {job_id!r} of yours")
    return job


async def _run(services: Services, identity: Identity, job: Job, run: RunRequest) -> Job:
    return await services.jobs.run(
        job.id,
        owner=job.owner,
        request=run.request,
        inputs=run.inputs,
        allowance=services.limits_of(identity).allowance,
        expected_seconds=await expected_seconds(services, identity, JobKind(job.kind), run),
    )


async def _wait(services: Services, identity: Identity, job: Job, seconds: float, phase: ExecutionPhase | None) -> Job:
    capped = min(seconds, services.config.limits.max_wait_seconds)
    with services.holding(identity.username, "wait"):
        later = await services.jobs.wait(job.id, owner=job.owner, seconds=capped, phase=phase)
    # A share may have ended meanwhile.
    return later if job.owner == identity.username else await readable_job(services, identity, job.id)
