"""Who may read a job: its owner, and those with whom its owner shares it, as long as they hold the rights it needs."""

import json
import re

from app.identity import Identity
from app.job_kinds import JobKind
from app.result_rights import required_rights
from app.services import Services
from uws.errors import UnknownJobError
from uws.job import Job, JobId

__all__ = ["EVERYONE", "READER", "jobs_shared_with", "may_share_with", "readable_job", "readers_of"]

EVERYONE = "everyone"
"""Reader that stands for all users of the service who hold the data rights of the result."""

_CATALOG_SOURCE = re.compile(r"catalog:([^\s\"\\;,]+)")

READER = re.compile(r"everyone|group:[A-Za-z0-9._-]{1,64}")
"""How a reader is spelled."""


def readers_of(identity: Identity) -> frozenset[str]:
    """All that this user is as a reader."""
    return frozenset({EVERYONE, *(f"group:{name}" for name in identity.groups)})


def may_share_with(identity: Identity, reader: str) -> bool:
    """Whether this user may share with a reader: a group must be an own one, so that a mistyped one is told."""
    return reader in readers_of(identity)


async def readable_job(services: Services, identity: Identity, job_id: str) -> Job:
    """A job that the user owns or may read.

    Raises
    ------
    UnknownJobError
        If there is none, it is not shared (any more), or the user lacks a right of what it was made from: nobody learns
        which.
    """
    try:
        job = await services.jobs.get(JobId(job_id), owner=identity.username)
    except UnknownJobError:
        job = await services.shares.find(JobId(job_id), readers=readers_of(identity))
        if not _is_open_to(job, identity, await services.shelf.closed_to(identity.grants)):
            raise
    if job.kind not in set(JobKind):
        raise UnknownJobError(f"there is no job {job_id!r} of yours")
    return job


async def jobs_shared_with(services: Services, identity: Identity) -> list[Job]:
    """Jobs of others that the user may read, the latest first."""
    found = await services.shares.list_shared(readers=readers_of(identity), without=identity.username)
    closed = await services.shelf.closed_to(identity.grants)
    return [job for job in found if _is_open_to(job, identity, closed)]


def _is_open_to(job: Job, identity: Identity, closed: frozenset[str]) -> bool:
    """Whether its rights were enough when it was made, and are by the registry as it is now."""
    is_entitled = required_rights(job) <= identity.grants and not _named_catalogs(job) & closed
    return job.kind in set(JobKind) and is_entitled


def _named_catalogs(job: Job) -> frozenset[str]:
    """Ids of catalogs that a job names, those of redshifts among them; rather one too many."""
    recipe = job.request.get("recipe", {})
    if job.request.get("kind") == "query" and not {"catalog", "source"} & recipe.keys():
        # It tells what the catalogs hold: all that its owner could see.
        return frozenset(job.request.get("catalogs", ()))
    return frozenset({str(recipe.get("catalog")), *_CATALOG_SOURCE.findall(json.dumps(recipe))})
