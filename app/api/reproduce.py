"""Running a provenance record again over JSON, and asking afterwards whether the rows are the same."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.addresses import AddressesDep
from app.api.job_document import JobDocument
from app.api.jobs import JobPath, make_job, own_job
from app.api.problem import errors
from app.api.provenance_views import provenance_of_job
from app.api.small_body import SmallBodyRoute
from app.hang_up import while_connected
from app.identity import SignedIn
from app.reproduction import REPRODUCES, repetition_of
from app.services import ServicesDep
from trainingset.provenance import Provenance
from trainingset.reproduction import Difference, RowDifferences, differences_of, read_record
from uws.errors import UnknownBlobError
from uws.job import Job

__all__ = ["reproduce_router"]

_MOST_OF_RUN_ID = 64

reproduce_router = APIRouter(tags=["jobs"], route_class=SmallBodyRoute)


class ReproductionDocument(BaseModel):
    """What came of running a record again."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "is_same": False,
                "job_id": "n3v9x2q7w5k8",
                "job_url": "https://data.example.org/tsm/crossmatch/async/n3v9x2q7w5k8",
                "recorded_rows": 9,
                "found_rows": 8,
                "recorded_checksum": "sha256:1d1c7f0a",
                "found_checksum": "sha256:77ab03ff",
                "differences": [
                    {"what": "input", "name": "1 SHA-256", "recorded": "9f86d081...", "found": "41b2c6d0..."}
                ],
                "rows": None,
            }
        }
    )

    is_same: bool = Field(description="Whether the rows are the same, bit by bit.")
    job_id: str
    job_url: str
    recorded_rows: int
    found_rows: int
    recorded_checksum: str
    found_checksum: str
    differences: tuple[Difference, ...] = Field(
        description="All that differs, the nearest causes first; rows may be the same although software changed."
    )
    rows: RowDifferences | None = Field(
        description="Which rows differ, column by column, with a few examples; null if they are the same, or where the "
        "recorded rows are not here: their job is gone, and nobody sent them as an upload."
    )


@reproduce_router.post(
    "/reproduce", status_code=201, summary="Run a provenance record again", responses=errors(413, 422)
)
async def reproduce(
    record: Annotated[dict[str, Any], Body(description="A provenance record, of this service or of another one.")],
    request: Request,
    response: Response,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
) -> JobDocument:
    """Check a provenance record; if nothing is wrong, make a job that runs its recipe again.

    Inputs are found by their checksums among your uploads and results: on another service, send the tables first.
    Catalogs, compilations and products of a PZ Server are asked for by name. What is wrong comes back at once and
    together. When the job is COMPLETED, `/jobs/{job_id}/reproduction` tells whether the rows are the same.
    """
    repetition = await while_connected(request, repetition_of(services, identity, record))
    run_id = f"reproduces {repetition.record.facts.get('job_id', 'a record')}"
    job = await make_job(services, identity, repetition.submission, run_id=_printable(run_id)[:_MOST_OF_RUN_ID])
    response.headers["Location"] = addresses.api(f"/jobs/{job.id}")
    return JobDocument.of(job, addresses)


@reproduce_router.get(
    "/jobs/{job_id}/reproduction", summary="Tell whether a result was reproduced", responses=errors(404, 422)
)
async def get_reproduction(
    job_id: JobPath, identity: SignedIn, services: ServicesDep, addresses: AddressesDep
) -> ReproductionDocument:
    """Same rows, or which input changed and which rows differ, of a COMPLETED job that `/reproduce` made."""
    job = await own_job(services, identity, job_id)
    recorded = _recorded(job)
    found = provenance_of_job(job)
    rows = job.request.get("row_differences")
    return ReproductionDocument(
        is_same=found.row_checksum == recorded.row_checksum,
        job_id=job.id,
        job_url=addresses.job(job),
        recorded_rows=recorded.rows,
        found_rows=found.rows,
        recorded_checksum=recorded.row_checksum,
        found_checksum=found.row_checksum,
        differences=tuple(differences_of(recorded, found)),
        rows=None if rows is None else RowDifferences.model_validate(rows),
    )


def _recorded(job: Job) -> Provenance:
    told = job.request.get(REPRODUCES)
    if not isinstance(told, Mapping):
        raise UnknownBlobError(f"job {job.id} reproduces nothing: POST a provenance record to /api/v1/reproduce")
    return read_record(told["record"])


def _printable(text: str) -> str:
    """What a run id may hold; the record may be anybody's."""
    return "".join(character for character in text if character.isprintable())
