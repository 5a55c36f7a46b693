"""Registered catalogs of redshifts: compilations and surveys that a recipe can name as its source."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from app.api.problem import errors
from app.identity import SignedIn
from app.services import ServicesDep
from trainingset.columns import ColumnDescription
from trainingset.registry import CatalogCard, CatalogContent, CatalogEntry, Citation

__all__ = ["redshifts_router"]

redshifts_router = APIRouter(tags=["redshifts"])


class RedshiftCatalog(BaseModel):
    """One registered catalog of redshifts."""

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
            }
        }
    )

    id: str
    source: str = Field(description="How `redshifts` of a recipe names it.")
    title: str
    description: str
    release: str
    release_date: date | None
    series: str | None = Field(description="Name that its releases share.")
    ready: bool = Field(description="Whether a worker has opened it; until then counts and columns are unknown.")
    n_rows: int | None
    columns: list[ColumnDescription] = Field(description="Every column, with unit, UCD and description.")
    surveys: list[str] = Field(description="Surveys whose redshifts it holds, if that is known.")
    citations: list[Citation] = Field(description="What its users are asked to cite.")

    @classmethod
    def of(cls, entry: CatalogEntry, card: CatalogCard | None) -> "RedshiftCatalog":
        """The catalog as users see it."""
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


@redshifts_router.get("/redshifts", summary="List the redshift catalogs that you may match", responses=errors(422))
async def list_redshifts(
    identity: SignedIn,
    services: ServicesDep,
    latest: Annotated[bool, Query(description="Only the latest release of each series.")] = False,
) -> list[RedshiftCatalog]:
    """Registered catalogs of redshifts in the operator's order, without those that need a right that you lack."""
    catalogs = await services.shelf.open_to(identity.rights)
    entries = _of_redshifts(catalogs.entries)
    shown = _latest(entries) if latest else entries
    return [RedshiftCatalog.of(entry, catalogs.cards.get(entry.id)) for entry in shown]


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
