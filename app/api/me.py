"""Who am I here, and what may I do?"""

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.problem import errors
from app.identity import SignedIn
from app.services import ServicesDep

__all__ = ["me_router"]

me_router = APIRouter(tags=["me"])


class Limits(BaseModel):
    """Bounds of this service for one user."""

    upload_bytes: int = Field(description="Most bytes of one uploaded table.")
    upload_rows: int = Field(description="Most rows of one uploaded table; larger ones must be registered.")
    stored_uploads_bytes: int = Field(description="Most bytes of all uploads; 0 = no limit, here and below.")
    stored_results_bytes: int = Field(description="Bytes of all results that you keep, beyond which no job starts.")
    running_jobs: int = Field(description="Most jobs that run at once; others wait in QUEUED.")
    queued_jobs: int = Field(description="Most jobs that wait; beyond, none more is started.")
    requests_per_second: float = Field(description="Requests that you may send in the long run.")
    held_requests: int = Field(description="Requests that may wait at the same time: `wait`, events, sync.")
    default_execution_duration: int = Field(description="Seconds a job may run unless it asks for another limit.")
    max_execution_duration: int = Field(description="Seconds a job may ask for.")
    default_lifetime: int = Field(description="Seconds from creation to the destruction of a job's results.")
    max_lifetime: int = Field(description="Seconds that a later destruction may lie ahead.")
    max_wait: int = Field(description="Seconds that a request with `wait` is held open at most.")


class Stored(BaseModel):
    """What the user keeps now."""

    uploads_bytes: int = Field(description="Bytes of all uploads.")
    results_bytes: int = Field(description="Bytes of all results.")


class Me(BaseModel):
    """The signed-in user."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "username": "mlima",
                "email": "mlima@example.org",
                "rights": ["dp1"],
                "quota": {"tap": 1000},
                "limits": {
                    "upload_bytes": 2147483648,
                    "upload_rows": 5000000,
                    "stored_uploads_bytes": 21474836480,
                    "stored_results_bytes": 214748364800,
                    "running_jobs": 4,
                    "queued_jobs": 500,
                    "requests_per_second": 100.0,
                    "held_requests": 200,
                    "default_execution_duration": 3600,
                    "max_execution_duration": 86400,
                    "default_lifetime": 2592000,
                    "max_lifetime": 31536000,
                    "max_wait": 30,
                },
                "stored": {"uploads_bytes": 1203840, "results_bytes": 48230411},
            }
        }
    )

    username: str
    email: str | None
    rights: list[str] = Field(description="Data rights, which open catalogs.")
    quota: dict[str, int] = Field(description="Requests that the identity provider grants, by its service names.")
    limits: Limits
    stored: Stored


@me_router.get("/me", summary="Show the signed-in user, data rights and limits", responses=errors())
async def get_me(identity: SignedIn, services: ServicesDep) -> Me:
    """Whose token this is, which data rights it gives, and the limits of the service."""
    life, user = services.config.limits, services.limits_of(identity)
    return Me(
        username=identity.username,
        email=identity.email,
        rights=sorted(identity.rights),
        quota=dict(identity.quota),
        limits=Limits(
            upload_bytes=services.config.upload_limit_bytes,
            upload_rows=services.config.upload_limit_rows,
            stored_uploads_bytes=user.stored_uploads_bytes,
            stored_results_bytes=user.stored_results_bytes,
            running_jobs=user.running_jobs or life.max_running_per_owner,
            queued_jobs=user.queued_jobs,
            requests_per_second=user.requests_per_second,
            held_requests=user.held_requests,
            default_execution_duration=life.default_execution_duration,
            max_execution_duration=life.max_execution_duration,
            default_lifetime=life.default_lifetime,
            max_lifetime=life.max_lifetime,
            max_wait=life.max_wait_seconds,
        ),
        stored=Stored(
            uploads_bytes=await services.uploads.stored_bytes(identity.username),
            results_bytes=await services.jobs.stored_result_bytes(owner=identity.username),
        ),
    )
