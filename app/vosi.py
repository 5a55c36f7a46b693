"""VOSI 1.1: what the service is, whether it works and which catalogs it has, without signing in.

All three are served beside each job list, where DALI and TOPCAT look, and at the prefix, where pyvo looks next.
"""

from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.addresses import AddressesDep
from app.credentials import challenge
from app.documents.availability import availability_document
from app.documents.capabilities import capabilities_document
from app.documents.tables import table_document, tables_document
from app.errors import FormError
from app.health import readiness
from app.identity import Authenticator, Identity, signed_in
from app.job_kinds import KIND_PATH, JobKind
from app.job_queries import one_value
from app.services import ServicesDep
from trainingset.errors import Problem
from trainingset.registry import CatalogContent

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
        vosi=addresses.service(kind) if kind else addresses.base, services=[addresses.service(kind) for kind in kinds]
    )
    headers = {"Last-Modified": format_datetime(services.up_since, usegmt=True), "Vary": "Authorization"}
    if identity is None:
        headers |= challenge(services.config.identity.realm)
    return Response(document, media_type=XML, headers=headers)


@vosi_router.get("/tables")
@vosi_router.get(f"{KIND_PATH}/tables")
async def get_tables(request: Request, services: ServicesDep, identity: PerhapsSignedIn, kind: PerhapsKind) -> Response:
    """The catalogs that the user may match or combine; without signing in, those that need no right."""
    detail = one_value(request.query_params.multi_items(), "DETAIL")
    if detail not in (None, "min", "max"):
        raise FormError([Problem(parameter="DETAIL", message=f"{detail[:80]!r} is neither min nor max")])
    catalogs = await services.shelf.open_to(identity.grants if identity else frozenset())
    content = CatalogContent.REDSHIFTS if kind is JobKind.COMBINE else CatalogContent.OBJECTS
    cards = [card for card in catalogs.cards.values() if card.entry.content is content]
    return Response(tables_document(cards, with_columns=detail != "min"), media_type=XML)


@vosi_router.get("/tables/{name}")
@vosi_router.get(f"{KIND_PATH}/tables/{{name}}")
async def get_table(name: str, services: ServicesDep, identity: PerhapsSignedIn) -> Response:
    """One catalog with its columns."""
    catalogs = await services.shelf.open_to(identity.grants if identity else frozenset())
    return Response(table_document(catalogs.card(name)), media_type=XML)
