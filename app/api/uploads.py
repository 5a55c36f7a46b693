"""Tables of redshifts that users send once and match as often as they like."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from python_multipart.multipart import parse_options_header

from app.addresses import AddressesDep
from app.api.job_document import JobError, error_of
from app.api.problem import errors
from app.body_size import FRAMING_BYTES, require_claim_within
from app.errors import BodyTooLargeError, FormError, MalformedBodyError
from app.hang_up import while_connected
from app.identity import Identity, SignedIn
from app.multipart import parts_of
from app.services import Services, ServicesDep
from trainingset.columns import ColumnDescription
from trainingset.errors import Problem
from trainingset.profile import TableProfile
from uws.uploads import Upload, UploadState

__all__ = ["UPLOAD_FORM", "uploads_router"]

uploads_router = APIRouter(tags=["uploads"])

_MAX_NAME = 255
_FILE_FIELD = "file"

UploadId = Annotated[str, Path(max_length=128, description="Id of an upload.")]
Wait = Annotated[
    int, Query(ge=0, description="Seconds to wait for the inspection; the service waits no longer than its limit.")
]


class UploadProfile(BaseModel):
    """What the inspection found in a table."""

    table_format: str
    n_rows: int
    columns: list[ColumnDescription]
    roles: dict[str, str] = Field(description="Column by meaning, as found by UCD or name.")
    role_evidence: dict[str, str] = Field(description="Why a column was taken for a role.")
    bad_coordinate_rows: int = Field(description="Rows without valid coordinates.")
    problems: list[Problem] = Field(description="What a recipe's `roles` or `bad_rows` must settle.")

    @classmethod
    def of(cls, profile: TableProfile) -> "UploadProfile":
        """The profile without its coverage of the sky, which is long and means nothing to people."""
        return cls(
            table_format=profile.table_format,
            n_rows=profile.n_rows,
            columns=list(profile.columns),
            roles=profile.roles,
            role_evidence=profile.role_evidence,
            bad_coordinate_rows=profile.bad_coordinate_rows,
            problems=[*profile.role_problems, *profile.coordinate_problems],
        )


class UploadDocument(BaseModel):
    """One uploaded table."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a",
                "source": "upload:5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a",
                "url": "https://data.example.org/tsm/api/v1/uploads/5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a",
                "name": "zcosmos.fits",
                "media_type": "application/fits",
                "size": 1203840,
                "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
                "creation_time": "2026-11-22T14:01:02.334000Z",
                "destruction": "2026-12-22T14:01:02.334000Z",
                "state": "inspecting",
                "profile": None,
                "error": None,
            }
        }
    )

    id: str
    source: str = Field(description="How `redshifts` of a recipe names it.")
    url: str
    name: str
    media_type: str = Field(description="As the sender declared it; the content decides how it is read.")
    size: int = Field(description="Bytes.")
    sha256: str
    creation_time: datetime
    destruction: datetime | None = Field(description="When it goes, unless a job still uses it then.")
    state: UploadState = Field(description="`inspecting` at first, then `ready` or `rejected`.")
    profile: UploadProfile | None = Field(description="Only when `ready`.")
    error: JobError | None = Field(description="Why it was rejected.")


UPLOAD_FORM: dict[str, Any] = {
    "title": "UploadForm",
    "description": "A table as the one part of a form.",
    "type": "object",
    "required": [_FILE_FIELD],
    "properties": {_FILE_FIELD: {"type": "string", "format": "binary", "description": "The table."}},
    "example": {_FILE_FIELD: "RA,DEC,Z\n53.1,-28.1,0.42\n"},
}
"""The form in which tables come; the framework does not know of it, since its parts are read as they arrive."""
_FILE_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "description": "The table, as the part `file` of a form or as the body itself (then with `name`).",
        "content": {
            "multipart/form-data": {
                "schema": {"$ref": "#/components/schemas/UploadForm"},
            },
            "application/octet-stream": {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


@uploads_router.post(
    "/uploads",
    status_code=201,
    summary="Send a table of redshifts",
    responses=errors(413, 422),
    openapi_extra=_FILE_BODY,
)
async def create_upload(
    request: Request,
    response: Response,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
    name: Annotated[
        str | None, Query(max_length=_MAX_NAME, description="Name of the table, if not that of the file.")
    ] = None,
    wait: Wait = 0,
) -> UploadDocument:
    """Store a VOTable, Parquet, FITS, CSV or ECSV table and have it inspected.

    The answer comes as soon as all bytes are stored; `wait` holds it until the inspection is done. What the
    inspection found is in `profile` or `error`.
    """
    upload = await _receive(request, services, identity, name)
    if wait:
        upload = await while_connected(request, _inspection(services, identity, upload.id, wait))
    document = _document(upload, addresses)
    response.headers["Location"] = document.url
    return document


@uploads_router.get("/uploads", summary="List your uploads", responses=errors())
async def list_uploads(identity: SignedIn, services: ServicesDep, addresses: AddressesDep) -> list[UploadDocument]:
    """All your uploads, the latest first."""
    return [_document(upload, addresses) for upload in await services.uploads.list(identity.username)]


@uploads_router.get("/uploads/{upload_id}", summary="Show one upload", responses=errors(404, 422))
async def get_upload(
    upload_id: UploadId,
    request: Request,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
    wait: Wait = 0,
) -> UploadDocument:
    """State of an upload and what its inspection found."""
    upload = await services.uploads.get(upload_id, identity.username)
    if wait:
        upload = await while_connected(request, _inspection(services, identity, upload_id, wait))
    return _document(upload, addresses)


@uploads_router.delete("/uploads/{upload_id}", status_code=204, summary="Delete an upload", responses=errors(404, 422))
async def delete_upload(upload_id: UploadId, identity: SignedIn, services: ServicesDep) -> None:
    """Forget an upload. Jobs that use it keep its content until they are destroyed."""
    await services.uploads.delete(upload_id, identity.username)


async def _inspection(services: Services, identity: Identity, upload_id: str, seconds: float) -> Upload:
    capped = min(seconds, services.config.limits.max_wait_seconds)
    with services.metrics.held("wait"):
        return await services.uploads.wait(upload_id, identity.username, seconds=capped)


async def _receive(request: Request, services: Services, identity: Identity, name: str | None) -> Upload:
    """Store the one table of a request, counting bytes while they come."""
    longest = services.config.upload_limit_bytes + FRAMING_BYTES
    require_claim_within(request, longest, advice="send fewer rows, or only the columns that are needed")
    media_type, options = parse_options_header(request.headers.get("content-type"))
    if media_type != b"multipart/form-data":
        # curl declares a form for any body whose type nobody named.
        is_declared = media_type not in (b"", b"application/x-www-form-urlencoded", b"application/octet-stream")
        declared = media_type.decode("latin-1") if is_declared else None
        return await _store(services, identity, name, declared, request.stream())
    boundary = options.get(b"boundary")
    if not boundary:
        raise MalformedBodyError("the Content-Type of the multipart form names no boundary")
    return await _receive_form(request.stream(), boundary, services, identity, name)


async def _receive_form(
    stream: AsyncIterator[bytes], boundary: bytes, services: Services, identity: Identity, name: str | None
) -> Upload:
    upload: Upload | None = None
    async for part in parts_of(stream, boundary):
        if upload is not None or part.field != _FILE_FIELD:
            if upload is not None:
                await services.uploads.delete(upload.id, identity.username)
            message = f"is not expected: send one table, as the form field {_FILE_FIELD!r}"
            raise FormError([Problem(parameter=part.field, message=message)])
        async with aclosing(part.chunks()) as chunks:
            upload = await _store(services, identity, name or part.filename, part.media_type, chunks)
    if upload is None:
        raise FormError([Problem(parameter=_FILE_FIELD, message="is missing: send the table as this form field")])
    return upload


async def _store(
    services: Services, identity: Identity, name: str | None, media_type: str | None, chunks: AsyncIterator[bytes]
) -> Upload:
    stored = await services.uploads.stored_bytes(identity.username)
    most = services.limits_of(identity).stored_uploads_bytes
    return await services.uploads.create(
        identity.username,
        name=_label(name),
        media_type=media_type,
        chunks=_within_limits(chunks, services.config.upload_limit_bytes, stored=stored, most_stored=most),
    )


async def _within_limits(
    chunks: AsyncIterator[bytes], most_bytes: int, *, stored: int, most_stored: int
) -> AsyncGenerator[bytes, None]:
    """The same chunks, counted while they come: nobody need have told their number beforehand.

    Parameters
    ----------
    most_bytes
        Of one upload.
    stored
        Bytes of the user's other uploads.
    most_stored
        Of all uploads together; 0 = no limit.
    """
    n_bytes = 0
    async for chunk in chunks:
        n_bytes += len(chunk)
        if n_bytes > most_bytes:
            raise BodyTooLargeError(
                f"the table has more than {most_bytes} bytes, the limit of one upload; nothing was kept"
            )
        if most_stored and stored + n_bytes > most_stored:
            raise BodyTooLargeError(
                f"this and your other uploads ({stored} bytes) exceed {most_stored} bytes, "
                "the limit for one user: delete some first; nothing was kept"
            )
        yield chunk


def _label(name: str | None) -> str:
    """A name to show: the last part of a path, printable, never used as a path."""
    last = (name or "").replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(character for character in last if character.isprintable()).strip()[:_MAX_NAME] or "table"


def _document(upload: Upload, addresses: AddressesDep) -> UploadDocument:
    profile = TableProfile.model_validate(upload.profile) if upload.profile is not None else None
    return UploadDocument(
        id=upload.id,
        source=f"upload:{upload.id}",
        url=addresses.api(f"/uploads/{upload.id}"),
        name=upload.name,
        media_type=upload.media_type,
        size=upload.size,
        sha256=upload.sha256,
        creation_time=upload.creation_time,
        destruction=upload.destruction,
        state=upload.state,
        profile=UploadProfile.of(profile) if profile is not None else None,
        error=error_of(upload.error),
    )
