"""Sharing results with a group or with everybody who holds the data rights, over JSON."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from app.addresses import AddressesDep
from app.api.job_document import JobDocument
from app.api.jobs import JobPath, own_job
from app.api.problem import errors
from app.api.small_body import SmallBodyRoute
from app.identity import Identity, SignedIn
from app.services import ServicesDep
from app.shared_jobs import EVERYONE, READER, jobs_shared_with, may_share_with
from trainingset.errors import Problem, RecipeError
from uws.shares import Share

__all__ = ["shares_router"]

shares_router = APIRouter(tags=["jobs"], route_class=SmallBodyRoute)

_SPELLING = "`group:NAME`, or `everyone` for all users who hold the data rights of the result."
Reader = Annotated[str, Field(pattern=f"^({READER.pattern})$", description=_SPELLING)]


class ShareCreation(BaseModel):
    """Who shall read a job."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"example": {"reader": "group:g_photoz"}})

    reader: Reader


class ShareDocument(BaseModel):
    """One reader of a job besides its owner."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"reader": "group:g_photoz", "creation_time": "2026-11-22T14:03:11.120000Z"}}
    )

    reader: Reader
    creation_time: datetime

    @classmethod
    def of(cls, share: Share) -> "ShareDocument":
        """The document of a share as stored."""
        return cls(reader=share.reader, creation_time=share.creation_time)


@shares_router.get("/shared", summary="List jobs that others share with you", responses=errors())
async def list_shared_jobs(identity: SignedIn, services: ServicesDep, addresses: AddressesDep) -> list[JobDocument]:
    """Jobs of others that you may read, the latest first."""
    return [JobDocument.of(job, addresses) for job in await jobs_shared_with(services, identity)]


@shares_router.get("/jobs/{job_id}/shares", summary="List who may read a job", responses=errors(404, 422))
async def list_shares(job_id: JobPath, identity: SignedIn, services: ServicesDep) -> list[ShareDocument]:
    """Who may read your job besides you."""
    job = await own_job(services, identity, job_id)
    return [ShareDocument.of(share) for share in await services.shares.list(job.id, owner=job.owner)]


@shares_router.post("/jobs/{job_id}/shares", status_code=201, summary="Share a job", responses=errors(404, 413, 422))
async def share_job(
    job_id: JobPath, creation: ShareCreation, identity: SignedIn, services: ServicesDep
) -> ShareDocument:
    """Let others read your job: the job itself, its results and its provenance, until they are destroyed.

    They neither change nor end it, nor read what you uploaded. Whoever lacks a data right of what it was made from
    does not see it.
    """
    job = await own_job(services, identity, job_id)
    _require_own_group(identity, creation.reader)
    return ShareDocument.of(await services.shares.add(job.id, owner=job.owner, reader=creation.reader))


@shares_router.delete(
    "/jobs/{job_id}/shares/{reader}", status_code=204, summary="End a share", responses=errors(404, 422)
)
async def revoke_share(
    job_id: JobPath,
    reader: Annotated[str, Path(max_length=80, description=_SPELLING)],
    identity: SignedIn,
    services: ServicesDep,
) -> None:
    """From the next request on they do not find it."""
    job = await own_job(services, identity, job_id)
    await services.shares.revoke(job.id, owner=job.owner, reader=reader)


def _require_own_group(identity: Identity, reader: str) -> None:
    """Refuse a group that the user is not in; otherwise a mistyped one would share with nobody, or with the wrong ones.

    Raises
    ------
    RecipeError
        If so.
    """
    if may_share_with(identity, reader):
        return
    groups = ", ".join(sorted(identity.groups)) or "none"
    message = f"you are not in {reader.replace(':', ' ', 1)}; your groups are: {groups}. Or share with {EVERYONE}"
    raise RecipeError([Problem(parameter="reader", message=message, value=reader)])
