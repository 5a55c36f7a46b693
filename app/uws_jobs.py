"""What both DALI faces do with a job: make it of a form, start it, find it again."""

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Request

from app.dali_form import DaliForm, as_sent, read_dali_form
from app.errors import FormError
from app.expectations import expected_seconds
from app.forms import Form
from app.identity import Identity, SignedIn
from app.inline_uploads import InlineUploads, inline_tables
from app.job_kinds import JobKind, JobKindPath
from app.queries import language_problems, query_of
from app.recipe_parameters import given_values
from app.services import Services, ServicesDep
from app.shared_jobs import readable_job
from app.submission import request_for_run
from trainingset.errors import Problem
from uws.errors import JobPhaseError, LimitReachedError, UnknownJobError
from uws.job import Job, JobId, NewJob, Parameter, new_job_id
from uws.life import KEEP
from uws.phase import ExecutionPhase

__all__ = [
    "OwnJob",
    "ReadableJob",
    "create_job",
    "job_of",
    "own_job",
    "read_job",
    "replace_parameters",
    "start_job",
    "start_new_job",
]

_JOB_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")


async def own_job(kind: JobKindPath, job_id: str, identity: SignedIn, services: ServicesDep) -> Job:
    """The job of this address, if it belongs to the user and to this job list.

    Raises
    ------
    UnknownJobError
        If not; a job of somebody else is answered just the same, so that ids tell nothing.
    """
    return await job_of(kind, job_id, identity, services)


async def job_of(kind: JobKind, job_id: str, identity: Identity, services: Services) -> Job:
    """The job of this kind and id that belongs to this user. Raises UnknownJobError if there is none."""
    unknown = UnknownJobError(f"you have no job {job_id[:64]!r} here")
    if not _JOB_ID.fullmatch(job_id):
        raise unknown
    job = await services.jobs.get(JobId(job_id), owner=identity.username)
    if job.kind != kind:
        raise unknown
    return job


OwnJob = Annotated[Job, Depends(own_job)]


async def read_job(kind: JobKind, job_id: str, identity: Identity, services: Services) -> Job:
    """The job of this kind and id that the user owns or may read. Raises UnknownJobError if there is none."""
    unknown = UnknownJobError(f"you have no job {job_id[:64]!r} here")
    if not _JOB_ID.fullmatch(job_id):
        raise unknown
    job = await readable_job(services, identity, job_id)
    if job.kind != kind:
        raise unknown
    return job


async def _readable(kind: JobKindPath, job_id: str, identity: SignedIn, services: ServicesDep) -> Job:
    return await read_job(kind, job_id, identity, services)


ReadableJob = Annotated[Job, Depends(_readable)]
"""A job that its owner and its readers see; whatever changes it takes `OwnJob`."""


async def create_job(
    kind: JobKind,
    request: Request,
    identity: Identity,
    services: Services,
    *,
    prepare: Callable[[Form], Form] = as_sent,
) -> tuple[Job, DaliForm]:
    """Make a pending job of a form; nothing is left behind if the form is refused."""
    job_id = new_job_id()
    async with InlineUploads(services.blobs, job_id, limit_bytes=services.config.upload_limit_bytes) as uploads:
        hosts = services.config.upload_hosts
        form = await read_dali_form(kind, request, uploads, hosts=hosts, prepare=prepare)
        new = NewJob(
            id=job_id,
            kind=kind,
            owner=identity.username,
            parameters=form.parameters,
            run_id=form.run_id,
            execution_duration=form.execution_duration,
            destruction=form.destruction,
        )
        job = await services.jobs.create(new)
        uploads.commit()
    return job, form


async def start_new_job(job: Job, identity: Identity, services: Services) -> Job:
    """Queue a job that was made in the same request: where a limit forbids it, nothing of it is left.

    Raises
    ------
    LimitReachedError
        If a limit allows no further job now.
    """
    try:
        return await start_job(job, identity, services)
    except LimitReachedError:
        await services.jobs.delete(job.id, owner=job.owner)
        raise


async def start_job(job: Job, identity: Identity, services: Services) -> Job:
    """Queue a pending job; whatever is wrong with its parameters, the worker reports all of it together.

    Raises
    ------
    JobPhaseError
        If it was started before.
    LimitReachedError
        If a limit allows no further job now; it stays PENDING.
    """
    # Asked before the work is done; between two who start at once, the store decides.
    _require_pending(job)
    kind = JobKind(job.kind)
    found = given_values(job)
    query = query_of(kind, job.parameters)
    run = await request_for_run(
        services,
        identity,
        kind=kind,
        values=found.values,
        # TAP wants parameters that nobody knows to be passed over; beside a query none of ours can be misspelt.
        problems=found.problems if query is None else tuple(language_problems(job.parameters)),
        inline=inline_tables(job.parameters),
        query=query,
    )
    return await services.jobs.run(
        job.id,
        owner=job.owner,
        request=run.request,
        inputs=run.inputs,
        allowance=services.limits_of(identity).allowance,
        expected_seconds=await expected_seconds(services, identity, kind, run),
    )


async def replace_parameters(request: Request, job: Job, services: Services) -> Job:
    """Put the parameters of a form in the place of those with the same names.

    Raises
    ------
    JobPhaseError
        If the job was started before.
    FormError
        If the form is refused, or holds what has a child resource of its own.
    """
    _require_pending(job)
    async with InlineUploads(services.blobs, job.id, limit_bytes=services.config.upload_limit_bytes) as uploads:
        form = await read_dali_form(JobKind(job.kind), request, uploads, hosts=services.config.upload_hosts)
        _require_no_controls(form, job)
        kept = _parameters_kept(job.parameters, form.parameters)
        changed = await services.jobs.replace_parameters(
            job.id, owner=job.owner, parameters=(*kept, *form.parameters), run_id=form.run_id or KEEP
        )
        uploads.commit()
    return changed


def _parameters_kept(old: tuple[Parameter, ...], new: tuple[Parameter, ...]) -> tuple[Parameter, ...]:
    """Old parameters without a new one of their name; with a new ``UPLOAD`` the old tables go.

    Their files stay as long as the job: somebody may have started it with them at this very moment.
    """
    names = {parameter.name.upper() for parameter in new}
    return tuple(
        parameter
        for parameter in old
        if parameter.name.upper() not in names and not (parameter.blob is not None and "UPLOAD" in names)
    )


def _require_no_controls(form: DaliForm, job: Job) -> None:
    controls = {
        "PHASE": form.starts,
        "EXECUTIONDURATION": form.execution_duration is not None,
        "DESTRUCTION": form.destruction is not None,
    }
    problems = [
        Problem(parameter=name, message=f"is no parameter to change: POST it to {job.id}/{name.lower()}")
        for name, is_given in controls.items()
        if is_given
    ]
    if problems:
        raise FormError(problems)


def _require_pending(job: Job) -> None:
    if job.phase is not ExecutionPhase.PENDING:
        raise JobPhaseError(f"job {job.id} is {job.phase}: this is possible only before it is started")
