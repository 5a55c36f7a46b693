"""Surveys of redshifts that are known here, with what to cite."""

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.problem import errors
from app.identity import SignedIn
from trainingset.registry import Citation
from trainingset.specz.survey import InstrumentType, Survey, load_surveys

__all__ = ["surveys_router"]

surveys_router = APIRouter(tags=["surveys"])


class SurveyDocument(BaseModel):
    """One survey or compilation of redshifts."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "name": "VIPERS_PDR2",
                "title": "VIMOS Public Extragalactic Redshift Survey",
                "release": "PDR-2",
                "instrument": "VLT/VIMOS",
                "instrument_types": ["s"],
                "vizier": ["J/A+A/609/A84"],
                "notes": "",
                "references": [
                    {
                        "text": "Scodeggio et al. 2018, A&A 609, A84",
                        "doi": "10.1051/0004-6361/201630114",
                        "bibcode": "2018A&A...609A..84S",
                        "bibtex": None,
                    }
                ],
            }
        }
    )

    name: str = Field(description="As the column `survey` of a redshift table spells it, in any case of letters.")
    title: str
    release: str | None
    instrument: str | None = Field(description="Telescope and instrument.")
    instrument_types: list[InstrumentType] = Field(
        description="`s` spectroscopic, `g` grism or prism, `p` photometric; several where rows differ."
    )
    vizier: list[str] = Field(description="VizieR catalogs that hold it.")
    notes: str = Field(description="What to know before using its redshifts.")
    references: list[Citation] = Field(description="What its users are asked to cite.")

    @classmethod
    def of(cls, survey: Survey) -> "SurveyDocument":
        """The survey as users see it."""
        return cls(
            name=survey.name,
            title=survey.title,
            release=survey.release,
            instrument=survey.instrument,
            instrument_types=list(survey.instrument_types),
            vizier=list(survey.vizier),
            notes=survey.notes,
            references=list(survey.references),
        )


@surveys_router.get("/surveys", summary="List the redshift surveys that are known here", responses=errors())
async def list_surveys(identity: SignedIn) -> list[SurveyDocument]:
    """Name, release, instrument and references of each survey, by name."""
    # The first request of a process reads forty files, which takes a tenth of a second.
    surveys = await asyncio.to_thread(load_surveys)
    return [SurveyDocument.of(survey) for survey in surveys]
