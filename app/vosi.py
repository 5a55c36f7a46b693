"""VOSI 1.1: what the service is, whether it works and which catalogs it has, without signing in.

All three are served beside the job list, where DALI and TOPCAT look, and at the prefix, where pyvo looks next.
"""

from email.utils import format_datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from app.addresses import Addresses, AddressesDep
from app.credentials import challenge
from app.documents.availability import availability_document
from app.documents.capabilities import capabilities_document
from app.documents.tables import table_document, tables_document
from app.errors import FormError
from app.health import readiness
from app.identity import Identity, signed_in
from app.job_queries import one_value
from app.services import ServicesDep
from app.submission import KIND
from trainingset.errors import Problem
from trainingset.registry import CatalogContent

__all__ = ["vosi_router"]

XML = "application/xml"

vosi_router = APIRouter()


async def perhaps_signed_in(request: Request) -> Identity | None:
    """The user, or None for a request without credentials; bad credentials are refused here as everywhere."""
    return await signed_in(request, None, None) if "authorization" in request.headers else None


PerhapsSignedIn = Annotated[Identity | None, Depends(perhaps_signed_in)]


@vosi_router.get("/availability")
@vosi_router.get(f"/{KIND}/availability")
async def get_availability(services: ServicesDep) -> Response:
    """Whether a job that is sent now would be computed soon; 200 also if not."""
    found = await readiness(services)
    document = availability_document(
        is_available=found.is_ready, up_since=services.up_since, notes=found.faults.values()
    )
    return Response(document, media_type=XML)


@vosi_router.get("/capabilities")
@vosi_router.get(f"/{KIND}/capabilities")
async def get_capabilities(
    request: Request, services: ServicesDep, identity: PerhapsSignedIn, addresses: AddressesDep
) -> Response:
    """What the service offers. A request without credentials gets the challenge of a 401 with it.

    STILTS and TOPCAT offer to sign in only after a challenge on this document.
    """
    document = capabilities_document(vosi=_parent(request, addresses), service=addresses.service(KIND))
    headers = {"Last-Modified": format_datetime(services.up_since, usegmt=True), "Vary": "Authorization"}
    if identity is None:
        headers |= challenge(services.config.identity.realm)
    return Response(document, media_type=XML, headers=headers)


@vosi_router.get("/tables")
@vosi_router.get(f"/{KIND}/tables")
async def get_tables(request: Request, services: ServicesDep, identity: PerhapsSignedIn) -> Response:
    """The object catalogs that the user may match; without signing in, those that need no right."""
    detail = one_value(request.query_params.multi_items(), "DETAIL")
    if detail not in (None, "min", "max"):
        raise FormError([Problem(parameter="DETAIL", message=f"{detail[:80]!r} is neither min nor max")])
    catalogs = await services.shelf.open_to(identity.rights if identity else frozenset())
    objects = [card for card in catalogs.cards.values() if card.entry.content is CatalogContent.OBJECTS]
    return Response(tables_document(objects, with_columns=detail != "min"), media_type=XML)


@vosi_router.get("/tables/{name}")
@vosi_router.get(f"/{KIND}/tables/{{name}}")
async def get_table(name: str, services: ServicesDep, identity: PerhapsSignedIn) -> Response:
    """One object catalog with its columns."""
    catalogs = await services.shelf.open_to(identity.rights if identity else frozenset())
    return Response(table_document(catalogs.card(name)), media_type=XML)


def _parent(request: Request, addresses: Addresses) -> str:
    """Address of the folder in which the document was asked for."""
    is_beside_jobs = request.url.path.rstrip("/").endswith(f"/{KIND}/capabilities")
    return addresses.service(KIND) if is_beside_jobs else addresses.base
