"""Surveys of redshifts that are known here, with what to cite."""

import asyncio

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from app.api.problem import errors
from app.identity import SignedIn
from trainingset.registry import Citation
from trainingset.specz.rules import SurveyRules
from trainingset.specz.survey import InstrumentType, Survey, find_survey, load_surveys

__all__ = ["surveys_router"]

surveys_router = APIRouter(tags=["surveys"])


class SurveyRulesDocument(BaseModel):
    """How the rows of a survey enter a compilation."""

    version: int = Field(description="Raised with each change that may change a row.")
    source: str = Field(description="Where flags and numbers are from.")
    flags: dict[str, str] = Field(description="What each original flag means, in the survey's words.")
    columns: dict[str, str | list[str]] = Field(
        description="Columns of the release by role; `needed` are further ones that the rules read."
    )
    z_frame: str = Field(description="Frame of its redshifts: `heliocentric`, `cmb` or `unknown`.")
    precision: float | None = Field(description="Typical error of (z - z_true) / (1 + z).")
    position_accuracy_arcsec: float | None = Field(description="Typical error of a position in arcsec.")

    @classmethod
    def of(cls, rules: SurveyRules) -> "SurveyRulesDocument":
        """The rules as users see them."""
        roles = rules.columns.model_dump(exclude={"needed", "known"}, exclude_none=True)
        named = {role: list(column) if isinstance(column, tuple) else column for role, column in roles.items()}
        return cls(
            version=rules.version,
            source=rules.source,
            flags=rules.flags,
            columns={**named, "needed": list(rules.columns.needed)},
            z_frame=rules.z_frame,
            precision=rules.precision.value if rules.precision else None,
            position_accuracy_arcsec=(rules.position_accuracy_arcsec.value if rules.position_accuracy_arcsec else None),
        )


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
                "family": "VIPERS",
                "rules": {
                    "version": 1,
                    "source": "Scodeggio et al. 2018",
                    "flags": {"3, 4": "secure, above 99 %"},
                    "columns": {"id": ["id_IAU"], "ra": "alpha", "dec": "delta", "z": "zspec", "z_flag": "zflg"},
                    "z_frame": "unknown",
                    "precision": 0.00054,
                    "position_accuracy_arcsec": None,
                },
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
    family: str = Field(description="Name that all releases of one survey share.")
    rules: SurveyRulesDocument | None = Field(
        description="How its rows enter a compilation, also where that is as for another survey."
    )

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
            family=survey.family or survey.name,
            rules=_rules_of(survey),
        )


@surveys_router.get("/surveys", summary="List the redshift surveys that are known here", responses=errors())
async def list_surveys(identity: SignedIn) -> list[SurveyDocument]:
    """Name, release, instrument, references and rules of each survey, by name."""
    # The first request of a process reads forty files, which takes a tenth of a second.
    surveys = await asyncio.to_thread(load_surveys)
    return [SurveyDocument.of(survey) for survey in surveys]


def _rules_of(survey: Survey) -> SurveyRulesDocument | None:
    """Rules of a survey, its own or another's; the files hold no cycle, which is checked when they change."""
    while survey.rules is None and survey.same_rules_as is not None:
        other = find_survey(survey.same_rules_as)
        if other is None:
            return None
        survey = other
    return SurveyRulesDocument.of(survey.rules) if survey.rules is not None else None
