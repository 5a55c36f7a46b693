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
    stored_uploads_bytes: int = Field(description="Most bytes of all uploads that you keep.")
    running_jobs: int = Field(description="Most jobs that run at once; others wait in QUEUED.")
    default_execution_duration: int = Field(description="Seconds a job may run unless it asks for another limit.")
    max_execution_duration: int = Field(description="Seconds a job may ask for.")
    default_lifetime: int = Field(description="Seconds from creation to the destruction of a job's results.")
    max_lifetime: int = Field(description="Seconds that a later destruction may lie ahead.")
    max_wait: int = Field(description="Seconds that a request with `wait` is held open at most.")


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
                    "running_jobs": 4,
                    "default_execution_duration": 3600,
                    "max_execution_duration": 86400,
                    "default_lifetime": 2592000,
                    "max_lifetime": 31536000,
                    "max_wait": 30,
                },
            }
        }
    )

    username: str
    email: str | None
    rights: list[str] = Field(description="Data rights, which open catalogs.")
    quota: dict[str, int] = Field(description="Requests that the identity provider grants, by its service names.")
    limits: Limits


@me_router.get("/me", summary="Show the signed-in user, data rights and limits", responses=errors())
async def get_me(identity: SignedIn, services: ServicesDep) -> Me:
    """Whose token this is, which data rights it gives, and the limits of the service."""
    life = services.config.limits
    return Me(
        username=identity.username,
        email=identity.email,
        rights=sorted(identity.rights),
        quota=dict(identity.quota),
        limits=Limits(
            upload_bytes=services.config.upload_limit_bytes,
            upload_rows=services.config.upload_limit_rows,
            stored_uploads_bytes=services.config.stored_uploads_limit_bytes,
            running_jobs=life.max_running_per_owner,
            default_execution_duration=life.default_execution_duration,
            max_execution_duration=life.max_execution_duration,
            default_lifetime=life.default_lifetime,
            max_lifetime=life.max_lifetime,
            max_wait=life.max_wait_seconds,
        ),
    )
