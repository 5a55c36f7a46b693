"""VOSI 1.1: what the service is, whether it works and which catalogs it has, without signing in.

All three are served beside each job list, where DALI and TOPCAT look, and at the prefix, where pyvo looks next.
"""

from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.addresses import AddressesDep
from app.config import AppConfig
from app.credentials import challenge
from app.documents.availability import availability_document
from app.documents.capabilities import TapLimits, capabilities_document
from app.documents.examples import cross_match_examples, examples_document
from app.documents.tables import table_document, tables_document
from app.errors import FormError
from app.health import readiness
from app.identity import Authenticator, Identity, signed_in
from app.job_kinds import KIND_PATH, JobKind
from app.job_queries import one_value
from app.listed_tables import listed_tables
from app.services import ServicesDep
from trainingset.errors import Problem
from trainingset.listed_table import ListedTable

__all__ = ["vosi_router"]

XML = "application/xml"

vosi_router = APIRouter()


async def perhaps_signed_in(request: Request) -> Identity | None:
    """The user, or None for a request without credentials; bad credentials are refused here as everywhere."""
    authenticator: Authenticator = request.app.state.services.authenticator
    return await signed_in(request, None, None) if authenticator.is_tried(request) else None


async def perhaps_kind(request: Request) -> JobKind | None:
    """The kind of job beside whose list a document was asked for; None at the prefix."""
    found: JobKind | None = request.path_params.get("kind")
    return found


PerhapsKind = Annotated[JobKind | None, Depends(perhaps_kind)]
PerhapsSignedIn = Annotated[Identity | None, Depends(perhaps_signed_in)]


@vosi_router.get("/availability")
@vosi_router.get(f"{KIND_PATH}/availability")
async def get_availability(services: ServicesDep) -> Response:
    """Whether a job that is sent now would be computed soon; 200 also if not."""
    found = await readiness(services)
    document = availability_document(
        is_available=found.is_ready, up_since=services.up_since, notes=found.faults.values()
    )
    return Response(document, media_type=XML)


@vosi_router.get("/capabilities")
@vosi_router.get(f"{KIND_PATH}/capabilities")
async def get_capabilities(
    services: ServicesDep, identity: PerhapsSignedIn, addresses: AddressesDep, kind: PerhapsKind
) -> Response:
    """What the service offers. A request without credentials gets the challenge of a 401 with it.

    STILTS and TOPCAT offer to sign in only after a challenge on this document.
    """
    # A client that asks beside a job list takes the first one that is named for the one that it works with.
    kinds = [*([kind] if kind else []), *(other for other in JobKind if other is not kind)]
    document = capabilities_document(
        vosi=addresses.service(kind) if kind else addresses.base,
        services=[addresses.service(kind) for kind in kinds],
        tap=addresses.service(JobKind.CROSSMATCH),
        limits=_tap_limits(services.config),
    )
    headers = {"Last-Modified": format_datetime(services.up_since, usegmt=True), "Vary": "Authorization"}
    if identity is None:
        headers |= challenge(services.config.identity.realm)
    return Response(document, media_type=XML, headers=headers)


def _tap_limits(config: AppConfig) -> TapLimits:
    limits = config.limits
    return TapLimits(
        default_lifetime=limits.default_lifetime,
        max_lifetime=limits.max_lifetime,
        default_execution_duration=limits.default_execution_duration,
        max_execution_duration=limits.max_execution_duration,
        upload_bytes=config.upload_limit_bytes,
        fetches_uploads=bool(config.upload_hosts),
    )


@vosi_router.get("/tables")
@vosi_router.get(f"{KIND_PATH}/tables")
async def get_tables(request: Request, services: ServicesDep, identity: PerhapsSignedIn, kind: PerhapsKind) -> Response:
    """The tables that the user may match or combine; without signing in, those that need no right."""
    detail = one_value(request.query_params.multi_items(), "DETAIL")
    if detail not in (None, "min", "max"):
        raise FormError([Problem(parameter="DETAIL", message=f"{detail[:80]!r} is neither min nor max")])
    tables = await listed_tables(services, identity.grants if identity else frozenset(), kind)
    return Response(tables_document(tables, with_columns=detail != "min"), media_type=XML)


@vosi_router.get("/tables/{name}")
@vosi_router.get(f"{KIND_PATH}/tables/{{name}}")
async def get_table(name: str, services: ServicesDep, identity: PerhapsSignedIn, kind: PerhapsKind) -> Response:
    """One table with its columns."""
    grants = identity.grants if identity else frozenset()
    plain = name.replace('"', "")
    listed = await listed_tables(services, grants, kind)
    if (found := next((table for table in listed if table.name == plain), None)) is None:
        # A catalog of another kind, or one that nobody has opened yet.
        found = ListedTable.of_catalog((await services.shelf.open_to(grants)).card(plain))
    return Response(table_document(found), media_type=XML)


@vosi_router.get(f"/{JobKind.CROSSMATCH}/examples")
async def get_examples(services: ServicesDep, identity: PerhapsSignedIn) -> Response:
    """Cross-matches that TAP clients offer to begin with."""
    tables = await listed_tables(services, identity.grants if identity else frozenset(), JobKind.CROSSMATCH)
    return Response(examples_document(cross_match_examples(tables)), media_type="application/xhtml+xml")
