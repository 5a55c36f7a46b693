"""Redshifts that a recipe can name as its source: registered catalogs, published compilations, products elsewhere."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from app.addresses import Addresses, AddressesDep
from app.api.job_document import ExactJson
from app.api.problem import errors
from app.api.pz_redshifts import PzProduct, RedshiftSource, find_products, require_filters
from app.downloads import serve_blob
from app.identity import Identity, SignedIn
from app.services import Services, ServicesDep
from pz.products import Product
from trainingset.columns import ColumnDescription
from trainingset.provenance import Provenance
from trainingset.published import PublishedCompilation
from trainingset.registry import CatalogCard, CatalogContent, CatalogEntry, Citation
from uws.errors import UnknownBlobError, UnknownPublicationError
from uws.publications import Publication

__all__ = ["redshifts_router"]

redshifts_router = APIRouter(tags=["redshifts"])

CompilationName = Annotated[str, Path(max_length=64, description="Name of a published compilation.")]
CompilationVersion = Annotated[str, Path(max_length=64, description="One of its versions.")]


class CompilationFile(BaseModel):
    """The published file of a compilation, which never changes."""

    name: str
    version: str
    latest_for: list[str] = Field(description="Releases of which this is the latest version.")
    publication_time: datetime
    retirement_time: datetime | None = Field(description="When it was taken from the lists; it can still be fetched.")
    doi: str | None
    notes: str = Field(description="What to know before using it.")
    url: str = Field(description="Where the file is fetched.")
    provenance_url: str | None = Field(description="How it was made, if that is known.")
    filename: str
    mime_type: str
    size: int = Field(description="Bytes.")
    sha256: str

    @classmethod
    def of(cls, publication: Publication, told: PublishedCompilation, addresses: Addresses) -> "CompilationFile":
        """The file as users see it."""
        here = addresses.api(f"/redshifts/compilations/{publication.name}/{publication.version}")
        return cls(
            name=publication.name,
            version=publication.version,
            latest_for=list(publication.latest_for),
            publication_time=publication.publication_time,
            retirement_time=publication.retirement_time,
            doi=told.doi,
            notes=told.notes,
            url=f"{here}/file",
            provenance_url=f"{here}/provenance" if publication.record is not None else None,
            filename=publication.filename,
            mime_type=publication.media_type,
            size=publication.size,
            sha256=publication.sha256,
        )


class RedshiftCatalog(BaseModel):
    """One registered catalog of redshifts, or one version of a published compilation."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "mock_redshifts",
                "source": "catalog:mock_redshifts",
                "title": "Mock compilation of redshifts",
                "description": "All redshifts of the four surveys of the mock sky.",
                "release": "2026.1",
                "release_date": "2026-11-01",
                "series": "mock_redshifts",
                "ready": True,
                "n_rows": 14600,
                "columns": [{"name": "z", "datatype": "float64", "ucd": "src.redshift"}],
                "surveys": ["WIDEZ", "FIBERDEEP", "NEARBYCZ", "GRISMFIELD"],
                "citations": [{"text": "The mock sky of the PZ Training Set Maker"}],
                "compilation": None,
                "product": None,
            }
        }
    )

    id: str
    source: str = Field(description="How a recipe names it.")
    title: str
    description: str
    release: str
    release_date: date | None
    series: str | None = Field(description="Name that its releases or versions share.")
    ready: bool = Field(
        description="Whether a worker has opened it; until then counts and columns are unknown. Products of a PZ "
        "Server are opened by the job that names them."
    )
    n_rows: int | None
    columns: list[ColumnDescription] = Field(description="Every column, with unit, UCD and description.")
    surveys: list[str] = Field(description="Surveys whose redshifts it holds, if that is known.")
    citations: list[Citation] = Field(description="What its users are asked to cite.")
    compilation: CompilationFile | None = Field(None, description="Its file, if it is a published compilation.")
    product: PzProduct | None = Field(None, description="What the PZ Server tells, if it is a product there.")

    @classmethod
    def of(cls, entry: CatalogEntry, card: CatalogCard | None) -> "RedshiftCatalog":
        """A registered catalog as users see it."""
        return cls(
            id=entry.id,
            source=f"catalog:{entry.id}",
            title=entry.title,
            description=entry.description,
            release=entry.release,
            release_date=entry.release_date,
            series=entry.series,
            ready=card is not None,
            n_rows=card.n_rows if card else None,
            columns=list(card.columns) if card else [],
            surveys=list(entry.surveys),
            citations=list(entry.citations),
        )

    @classmethod
    def of_published(cls, publication: Publication, addresses: Addresses) -> "RedshiftCatalog":
        """A published version as users see it."""
        told = PublishedCompilation.model_validate(publication.details)
        return cls(
            id=f"{publication.name}@{publication.version}",
            source=f"compilation:{publication.name}@{publication.version}",
            title=told.title,
            description=told.description,
            release=publication.release,
            release_date=publication.publication_time.astimezone(UTC).date(),
            series=publication.name,
            ready=True,
            n_rows=told.profile.n_rows,
            columns=list(told.profile.columns),
            surveys=list(told.surveys),
            citations=list(told.citations),
            compilation=CompilationFile.of(publication, told, addresses),
        )

    @classmethod
    def of_product(cls, product: Product) -> "RedshiftCatalog":
        """A product of the PZ Server as users see it; papers to cite are in its description, if anywhere."""
        return cls(
            id=product.internal_name,
            source=f"pz:{product.internal_name}",
            title=product.display_name,
            description=product.description or "",
            release=product.release_name or "",
            release_date=product.created_at.astimezone(UTC).date(),
            series=product.display_name,
            ready=False,
            n_rows=None,
            columns=[],
            surveys=[],
            citations=[],
            product=PzProduct.of(product),
        )


@redshifts_router.get(
    "/redshifts", summary="List the redshifts that you may match or combine", responses=errors(403, 422, 502)
)
async def list_redshifts(
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
    latest: Annotated[
        bool, Query(description="Only the latest release of each series, and versions tagged as the latest.")
    ] = False,
    release: Annotated[
        str | None, Query(description="Only of this data release; of compilations also those tagged for it.")
    ] = None,
    survey: Annotated[str | None, Query(description="Only with redshifts of this survey, in any case.")] = None,
    name: Annotated[str | None, Query(description="Only this compilation, or this catalog or series.")] = None,
    source: Annotated[
        RedshiftSource, Query(description="`pz` lists products of the PZ Server in place of what is kept here.")
    ] = RedshiftSource.SERVICE,
    product_type: Annotated[
        str | None,
        Query(alias="type", description="With `source=pz`: only products of this type; `redshift_catalog` without it."),
    ] = None,
    official: Annotated[
        bool | None, Query(description="With `source=pz`: only products that it marks as official, or the others.")
    ] = None,
) -> list[RedshiftCatalog]:
    """Registered catalogs in the operator's order, then published compilations, the last published first.

    What needs a right that you lack is left out. All filters must hold. With `source=pz`, published products of the
    PZ Server that you may use, the last registered first; `latest` then leaves one of those that one owner gave the
    same name.
    """
    require_filters(source, product_type=product_type, official=official, survey=survey)
    if source is RedshiftSource.PZ:
        products = await find_products(
            services.pz,
            identity,
            product_type=product_type,
            official=official,
            release=release,
            name=name,
            latest=latest,
        )
        return [RedshiftCatalog.of_product(product) for product in products]
    catalogs = await services.shelf.open_to(identity.grants)
    entries = _of_redshifts(catalogs.entries)
    entries = [
        entry for entry in entries if release in (None, entry.release) and name in (None, entry.id, entry.series)
    ]
    published = [
        publication
        for publication in await services.publications.list(name=name)
        if publication.is_open_to(identity.grants) and _is_wanted(publication, release, latest=latest)
    ]
    found = [
        *(
            RedshiftCatalog.of(entry, catalogs.cards.get(entry.id))
            for entry in (_latest(entries) if latest else entries)
        ),
        *(RedshiftCatalog.of_published(publication, addresses) for publication in published),
    ]
    return [shown for shown in found if survey is None or _has(shown, survey)]


@redshifts_router.get(
    "/redshifts/compilations/{name}", summary="Show the latest version of a compilation", responses=errors(404, 422)
)
async def get_latest_compilation(
    name: CompilationName,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
    release: Annotated[str | None, Query(description="The latest for this data release.")] = None,
) -> RedshiftCatalog:
    """The version that `compilation:NAME` means: of all that are the latest of a release, the last published."""
    found = await services.publications.get_latest(name, release=release, rights=identity.grants)
    return RedshiftCatalog.of_published(found, addresses)


@redshifts_router.get(
    "/redshifts/compilations/{name}/{version}", summary="Show a version of a compilation", responses=errors(404, 422)
)
async def get_compilation(
    name: CompilationName,
    version: CompilationVersion,
    identity: SignedIn,
    services: ServicesDep,
    addresses: AddressesDep,
) -> RedshiftCatalog:
    """One version, which never changes; retired ones are shown as well."""
    return RedshiftCatalog.of_published(await _own(services, identity, name, version), addresses)


@redshifts_router.get(
    "/redshifts/compilations/{name}/{version}/file",
    summary="Download a compilation",
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
async def download_compilation(
    name: CompilationName, version: CompilationVersion, request: Request, identity: SignedIn, services: ServicesDep
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


@redshifts_router.get(
    "/redshifts/compilations/{name}/{version}/provenance",
    summary="Show how a compilation was made",
    response_model=ExactJson,
    responses={200: {"description": "The provenance record.", "model": Provenance}, **errors(404, 422)},
)
async def get_compilation_provenance(
    name: CompilationName, version: CompilationVersion, identity: SignedIn, services: ServicesDep
) -> dict[str, Any]:
    """The record of the job that made it, if it was published from one or with one."""
    found = await _own(services, identity, name, version)
    if found.record is None:
        raise UnknownBlobError(f"version {version} of {name} was published without provenance")
    return found.record


async def _own(services: Services, identity: Identity, name: str, version: str) -> Publication:
    """The version; one that needs a right that the user lacks is answered as if it did not exist."""
    publication = await services.publications.get(name, version)
    if publication.is_open_to(identity.grants):
        return publication
    raise UnknownPublicationError(f"There is no version {version!r} of {name!r}.")


def _is_wanted(publication: Publication, release: str | None, *, latest: bool) -> bool:
    if latest:
        return bool(publication.latest_for) and release in (None, *publication.latest_for)
    return release in (None, publication.release, *publication.latest_for)


def _has(shown: RedshiftCatalog, survey: str) -> bool:
    return survey.casefold() in {name.casefold() for name in shown.surveys}


def _of_redshifts(entries: Mapping[str, CatalogEntry]) -> list[CatalogEntry]:
    return [entry for entry in entries.values() if entry.content is CatalogContent.REDSHIFTS]


def _latest(entries: Iterable[CatalogEntry]) -> list[CatalogEntry]:
    """The latest entry of each series; one without a series is a series of its own.

    Of releases without a date, or of the same one, the operator's later one counts as newer.
    """
    newest: dict[str, CatalogEntry] = {}
    for entry in entries:
        key = f"series {entry.series}" if entry.series is not None else f"id {entry.id}"
        if key not in newest or _released(entry) >= _released(newest[key]):
            newest[key] = entry
    return list(newest.values())


def _released(entry: CatalogEntry) -> date:
    return entry.release_date or date.min
