"""Registering results on the PZ Server over JSON."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.addresses import AddressesDep
from app.api.jobs import JobPath, own_job
from app.api.problem import errors
from app.api.small_body import SmallBodyRoute
from app.identity import SignedIn
from app.registration import Wish, ask_for_registration
from app.services import ServicesDep
from uws.errors import UnknownBlobError
from uws.registrations import Registration, RegistrationState

__all__ = ["registration_router"]

registration_router = APIRouter(tags=["jobs"], route_class=SmallBodyRoute)


class RegistrationRequest(BaseModel):
    """What is to be told of the product."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {"display_name": "DP1 x zCOSMOS", "description": "Bright sample.", "release": "DP1"}
        },
    )

    display_name: str = Field("TSM", max_length=255, description="The id of the job is added, by which it is found.")
    description: str = Field("", max_length=10_000, description="How it was made is added.")
    release: str | None = Field(None, max_length=255, description="Who sees this release sees the product.")
    share_private: bool = Field(
        False, description="Agree that private redshifts become visible to all who see the product."
    )


class ProductAccess(BaseModel):
    """How to get at a product; each line can be run as it is, with a token of the PZ Server in `PZ_TOKEN`."""

    python: str
    curl: str
    web_page: str


class RegisteredProduct(BaseModel):
    """The product on the PZ Server."""

    id: int
    internal_name: str
    display_name: str
    url: str
    access: ProductAccess


class RegistrationDocument(BaseModel):
    """How far a registration is, and what came of it."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "job_id": "n3v9x2q7w5k8",
                "state": "REGISTERED",
                "display_name": "DP1 x zCOSMOS [job n3v9x2q7w5k8]",
                "product": {
                    "id": 57,
                    "internal_name": "57_dp1_x_zcosmos_job_n3v9x2q7w5k8",
                    "display_name": "DP1 x zCOSMOS [job n3v9x2q7w5k8]",
                    "url": "https://pzserver.linea.org.br/api/products/57/",
                    "access": {
                        "python": "from pzserver import PzServer; ...",
                        "curl": "curl -fsS ...",
                        "web_page": "https://pzserver.linea.org.br/product/57_dp1_x_zcosmos_job_n3v9x2q7w5k8",
                    },
                },
                "error": None,
                "change_time": "2026-11-22T14:05:11.120000Z",
            }
        }
    )

    job_id: str
    state: RegistrationState = Field(description="WAITING and RUNNING end in REGISTERED or FAILED.")
    display_name: str = Field(description="It stays the same however often it is asked for.")
    product: RegisteredProduct | None
    error: str | None = Field(description="Why it failed; the result of the job is untouched, and it can be repeated.")
    change_time: datetime

    @classmethod
    def of(cls, registration: Registration) -> "RegistrationDocument":
        """The document of a registration as stored."""
        told = registration.outcome
        return cls(
            job_id=registration.job_id,
            state=registration.state,
            display_name=registration.name,
            product=None if told is None else RegisteredProduct(**told, access=_access(told)),
            error=registration.error,
            change_time=registration.change_time,
        )


@registration_router.post(
    "/jobs/{job_id}/registration",
    status_code=202,
    summary="Register a result on the PZ Server",
    responses=errors(404, 409, 422),
)
async def register_job(
    job_id: JobPath,
    wish: RegistrationRequest,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
) -> RegistrationDocument:
    """Make a published product of a COMPLETED job: its Parquet file, provenance, citations and description.

    It is done in the background: ask again until it is REGISTERED or FAILED. To repeat it is safe at any time: a
    product of this job that is there is found by its name, and one that was deleted there is made anew.
    """
    job = await own_job(services, identity, job_id)
    services.require_rights(job, identity)
    asked = await ask_for_registration(services, identity, job, Wish(**wish.model_dump()), job_url=addresses.job(job))
    return RegistrationDocument.of(asked)


@registration_router.get(
    "/jobs/{job_id}/registration", summary="Show how far a registration is", responses=errors(404, 422)
)
async def get_registration(job_id: JobPath, identity: SignedIn, services: ServicesDep) -> RegistrationDocument:
    """The registration of one of your jobs, with the product and how to get at it."""
    job = await own_job(services, identity, job_id)
    found = await services.registrations.find(job.id, identity.username)
    if found is None:
        raise UnknownBlobError(f"nobody asked to register job {job.id}: POST to this address does")
    return RegistrationDocument.of(found)


def _access(told: Mapping[str, Any]) -> ProductAccess:
    number, url = told["id"], told["url"]
    api = url.removesuffix(f"products/{number}/")
    header = '-H "Authorization: Token $PZ_TOKEN"'
    read_address = """python3 -c 'import json, sys; print(json.load(sys.stdin)["download_url"])'"""
    prepare = f'curl -fsS -X POST {header} -H "Accept: application/json" "{url}download/main-file/prepare/"'
    return ProductAccess(
        python=(
            "import os; from pzserver import PzServer; "
            f"table = PzServer(token=os.environ['PZ_TOKEN'], host={api!r}).get_product({number})"
        ),
        curl=f'curl -fsS {header} -o product_{number}.parquet "$({prepare} | {read_address})"',
        web_page=f"{api.removesuffix('api/')}product/{told['internal_name']}",
    )
