"""The tables that VO tools are shown, and may name in queries."""

from app.job_kinds import JobKind
from app.queries import COMPILATIONS
from app.services import Services
from trainingset.listed_table import ListedTable
from trainingset.published import PublishedCompilation
from trainingset.query.tap_schema import TAP_SCHEMA
from trainingset.registry import CatalogContent

__all__ = ["listed_tables"]


async def listed_tables(services: Services, grants: frozenset[str], kind: JobKind | None) -> list[ListedTable]:
    """Tables that are open to a user, at the endpoint of a kind of job, or for None at the prefix.

    At the prefix these are the object catalogs. A cross-match matches them with redshifts, which only combinations
    read alone.
    """
    catalogs = await services.shelf.open_to(grants)
    wanted = {
        None: {CatalogContent.OBJECTS},
        JobKind.CROSSMATCH: {CatalogContent.OBJECTS, CatalogContent.REDSHIFTS},
        JobKind.COMBINE: {CatalogContent.REDSHIFTS},
    }[kind]
    shown = [ListedTable.of_catalog(card) for card in catalogs.cards.values() if card.entry.content in wanted]
    if kind is JobKind.CROSSMATCH:
        shown += TAP_SCHEMA
        for publication in await services.publications.list():
            if publication.latest_for and publication.is_open_to(grants):
                told = PublishedCompilation.model_validate(publication.details)
                name = f"{COMPILATIONS}.{publication.name}"
                shown.append(ListedTable.of_compilation(name, told.title, told.description, told.profile))
    return shown
