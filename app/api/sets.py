"""Standardized sets: the presets that recipes start from, and the training sets that were published as official."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response, status
from pydantic import BaseModel, ConfigDict, Field

from app.addresses import Addresses, AddressesDep
from app.api.job_document import ExactJson
from app.api.problem import errors
from app.downloads import serve_blob
from app.errors import FormError
from app.identity import Identity, NotEntitledError, SignedIn
from app.result_rights import named_rights, required_rights
from app.services import Services, ServicesDep
from trainingset.errors import Problem
from trainingset.presets import StandardPreset, standard_presets
from trainingset.provenance import Provenance
from trainingset.published import PublishedSet
from trainingset.registry import Citation
from uws.errors import UnknownBlobError, UnknownPublicationError
from uws.job import Job, JobId
from uws.phase import ExecutionPhase
from uws.publications import NewPublication, Publication

__all__ = ["sets_router"]

sets_router = APIRouter(tags=["sets"])

SetName = Annotated[str, Path(max_length=64, description="Name of an official training set.")]
SetVersion = Annotated[str, Path(max_length=64, description="One of its versions.")]

_RESULT = "parquet"
"""Result of a job that is published: it holds every row and column as computed."""


class SetOrder(BaseModel):
    """A training set that is to be official."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "example": {
                "job": "5b0e7d0f3c9a4e1f8a6b2c4d6e8f0a11",
                "name": "dp1-training",
                "version": "2026.1",
                "title": "Training set for DP1",
                "latest": True,
            }
        },
    )

    job: str = Field(max_length=64, description="Your completed job that made it.")
    name: str = Field(max_length=64)
    version: str = Field(max_length=64, description="A version never changes.")
    title: str = Field(min_length=1, max_length=200)
    description: str = Field("", max_length=10_000)
    notes: str = Field("", max_length=10_000, description="What to know before using it.")
    doi: str | None = Field(None, max_length=200)
    latest: bool = Field(False, description="Whether it becomes the latest version for the release of its catalog.")


class TrainingSetDocument(BaseModel):
    """One version of an official training set."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "dp1-training",
                "version": "2026.1",
                "release": "dp1",
                "latest_for": ["dp1"],
                "title": "Training set for DP1",
                "description": "",
                "notes": "",
                "doi": None,
                "publisher": "mlima",
                "publication_time": "2026-11-22T14:03:11.120000Z",
                "catalog": "dp1.object",
                "preset": "dp1-training@1",
                "rows": 8,
                "rows_by_subset": {"train": 6, "test": 2},
                "row_checksum": "1d1c7f0a...",
                "citations": [{"text": "Scodeggio et al. 2018, A&A 609, A84", "bibcode": "2018A&A...609A..84S"}],
                "url": "https://tsm.example/tsm/api/v1/sets/dp1-training/2026.1/file",
                "provenance_url": "https://tsm.example/tsm/api/v1/sets/dp1-training/2026.1/provenance",
                "filename": "dp1-training_2026.1.parquet",
                "mime_type": "application/vnd.apache.parquet",
                "size": 12038,
                "sha256": "9f86d081...",
            }
        }
    )

    name: str
    version: str
    release: str = Field(description="Data release of its object catalog.")
    latest_for: list[str] = Field(description="Releases of which this is the latest version.")
    title: str
    description: str
    notes: str = Field(description="What to know before using it.")
    doi: str | None
    publisher: str
    publication_time: datetime
    catalog: str = Field(description="Object catalog.")
    preset: str | None = Field(description="Preset that its recipe started from.")
    rows: int
    rows_by_subset: dict[str, int]
    row_checksum: str = Field(description="Who makes the set again has rows of the same checksum.")
    citations: list[Citation] = Field(description="What its users are asked to cite.")
    url: str = Field(description="Where the file is fetched.")
    provenance_url: str = Field(description="How it was made: all that is needed to make it again.")
    filename: str
    mime_type: str
    size: int = Field(description="Bytes.")
    sha256: str

    @classmethod
    def of(cls, publication: Publication, addresses: Addresses) -> "TrainingSetDocument":
        """The version as users see it."""
        told = PublishedSet.model_validate(publication.details)
        here = addresses.api(f"/sets/{publication.name}/{publication.version}")
        return cls(
            name=publication.name,
            version=publication.version,
            release=publication.release,
            latest_for=list(publication.latest_for),
            title=told.title,
            description=told.description,
            notes=told.notes,
            doi=told.doi,
            publisher=told.publisher,
            publication_time=publication.publication_time,
            catalog=told.catalog,
            preset=None if told.preset is None else f"{told.preset.name}@{told.preset.version}",
            rows=told.rows,
            rows_by_subset=told.rows_by_subset,
            row_checksum=told.row_checksum,
            citations=list(told.citations),
            url=f"{here}/file",
            provenance_url=f"{here}/provenance",
            filename=publication.filename,
            mime_type=publication.media_type,
            size=publication.size,
            sha256=publication.sha256,
        )


@sets_router.get("/presets", summary="List the presets of standardized sets", responses=errors())
async def list_presets(identity: SignedIn) -> list[StandardPreset]:
    """Every version of every preset, with the parameters that it sets."""
    return list(standard_presets().values())


@sets_router.get("/sets", summary="List the official training sets", responses=errors(422))
async def list_sets(
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
    name: Annotated[str | None, Query(description="Only of this name.")] = None,
    release: Annotated[str | None, Query(description="Only of this data release.")] = None,
    latest: Annotated[bool, Query(description="Only versions that are the latest of a release.")] = False,
) -> list[TrainingSetDocument]:
    """The last published first. What needs a right that you lack is left out."""
    return [
        TrainingSetDocument.of(found, addresses)
        for found in await services.published_sets.list(name=name)
        if _is_open(found, identity)
        and release in (None, found.release, *found.latest_for)
        and (found.latest_for or not latest)
    ]


@sets_router.post(
    "/sets",
    summary="Publish a training set as official",
    status_code=status.HTTP_201_CREATED,
    responses=errors(403, 404, 409, 422),
)
async def publish_set(
    order: SetOrder, identity: SignedIn, services: ServicesDep, addresses: AddressesDep
) -> TrainingSetDocument:
    """Keep the rows of your completed job as a version that never changes. Only officials may do so."""
    _require_official(services, identity)
    job = await services.jobs.get(JobId(order.job), owner=identity.username)
    record = _record_of(job)
    services.require_rights(job, identity)
    result = next(result for result in job.results if result.id == _RESULT)
    told = PublishedSet(
        title=order.title,
        description=order.description,
        notes=order.notes,
        doi=order.doi,
        publisher=identity.username,
        catalog=record.catalogs[0].id,
        preset=record.preset,
        rows=record.rows,
        rows_by_subset=record.rows_by_subset,
        row_checksum=record.row_checksum,
        citations=record.citations,
        required_rights=tuple(sorted(required_rights(job))),
    )
    new = NewPublication(
        name=order.name,
        version=order.version,
        release=record.catalogs[0].release,
        filename=f"{order.name}_{order.version}.parquet",
        media_type=result.mime_type,
        details=told.model_dump(mode="json"),
        record=job.record,
    )
    published = await services.published_sets.publish(new, services.blobs.stream(result.blob), latest=order.latest)
    return TrainingSetDocument.of(published, addresses)


@sets_router.get("/sets/{name}", summary="Show the latest version of an official set", responses=errors(404, 422))
async def get_latest_set(
    name: SetName,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
    release: Annotated[str | None, Query(description="The latest for this data release.")] = None,
) -> TrainingSetDocument:
    """Of all versions that are the latest of a release, the last published."""
    for found in await services.published_sets.list(name=name):
        if found.latest_for and release in (None, *found.latest_for) and _is_open(found, identity):
            return TrainingSetDocument.of(found, addresses)
    raise UnknownPublicationError(f"There is no latest version of {name!r}.")


@sets_router.get("/sets/{name}/{version}", summary="Show a version of an official set", responses=errors(404, 422))
async def get_set(
    name: SetName, version: SetVersion, identity: SignedIn, services: ServicesDep, addresses: AddressesDep
) -> TrainingSetDocument:
    """One version, which never changes."""
    return TrainingSetDocument.of(await _own(services, identity, name, version), addresses)


@sets_router.get(
    "/sets/{name}/{version}/file",
    summary="Download an official set",
    response_class=Response,
    responses={
        200: {
            "description": "The file; `ETag` is its SHA-256.",
            "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
        },
        206: {"description": "The range of bytes that was asked for."},
        304: {"description": "The client's copy is still good."},
        **errors(404, 416, 422),
    },
)
async def download_set(
    name: SetName, version: SetVersion, request: Request, identity: SignedIn, services: ServicesDep
) -> Response:
    """The whole file, or one range of it (`Range`, `If-Range`)."""
    found = await _own(services, identity, name, version)
    return await serve_blob(
        request,
        services.blobs,
        found.blob,
        sha256=found.sha256,
        media_type=found.media_type,
        filename=found.filename,
    )


@sets_router.get(
    "/sets/{name}/{version}/provenance",
    summary="Show how an official set was made",
    response_model=ExactJson,
    responses={200: {"description": "The provenance record.", "model": Provenance}, **errors(404, 422)},
)
async def get_set_provenance(
    name: SetName, version: SetVersion, identity: SignedIn, services: ServicesDep
) -> dict[str, Any]:
    """The record of the job that made it, from which everybody can make it again."""
    found = await _own(services, identity, name, version)
    if found.record is None:
        raise UnknownBlobError(f"version {version} of {name} was published without provenance")
    return found.record


def _require_official(services: Services, identity: Identity) -> None:
    needed = services.config.official_right
    if needed is None:
        raise NotEntitledError("nobody publishes official sets here: the operator has named no right for it")
    if needed not in identity.grants:
        raise NotEntitledError(f"to publish official sets needs {named_rights([needed])}, which you do not have")


def _record_of(job: Job) -> Provenance:
    """The record of a job that made a training set."""
    is_made = job.phase is ExecutionPhase.COMPLETED and job.record is not None
    if not is_made or job.kind != "crossmatch":
        words = f"job {job.id} ({job.kind}, {job.phase}) has no training set to publish; name a COMPLETED cross-match."
        raise FormError([Problem(parameter="job", message=words, value=job.id)])
    return Provenance.model_validate(job.record)


def _is_open(publication: Publication, identity: Identity) -> bool:
    return set(PublishedSet.model_validate(publication.details).required_rights) <= identity.grants


async def _own(services: Services, identity: Identity, name: str, version: str) -> Publication:
    """The version; one that needs a right that the user lacks is answered as if it did not exist."""
    publication = await services.published_sets.get(name, version)
    if _is_open(publication, identity):
        return publication
    raise UnknownPublicationError(f"There is no version {version!r} of {name!r}.")
