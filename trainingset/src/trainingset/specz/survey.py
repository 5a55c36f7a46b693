"""Redshift surveys: name, release, instrument and what to cite, one YAML file each in ``surveys/``."""

from collections.abc import Iterable
from enum import StrEnum
from functools import cache
from importlib.resources import files

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator

from trainingset.registry import Citation
from trainingset.specz.rules import Sign, SurveyRules

__all__ = ["InstrumentType", "Survey", "cited_surveys", "find_survey", "load_surveys", "survey_of_vizier"]


class InstrumentType(StrEnum):
    """How a redshift was measured."""

    SPECTROSCOPIC = "s"
    GRISM = "g"
    """Grism or prism: low resolution."""
    PHOTOMETRIC = "p"


class Survey(BaseModel):
    """A survey or compilation of redshifts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=100)
    """As the column ``survey`` of a redshift table spells it, in any case of letters."""
    title: str = Field(min_length=1)
    release: str | None = None
    instrument: str | None = None
    """Telescope and instrument."""
    instrument_types: tuple[InstrumentType, ...] = Field(min_length=1)
    """Several where the rows of one table were measured in different ways."""
    vizier: tuple[str, ...] = ()
    """VizieR catalogs that hold it."""
    notes: str = ""
    """What to know before using its redshifts."""
    references: tuple[Citation, ...] = ()
    """What its users are asked to cite."""
    family: str | None = None
    """Name that all releases of one survey share; its own name where there is none."""
    year: float | None = Field(None, gt=1900, lt=2200)
    """When this release was published, in decimal years: `date` of rows that have none of their own."""
    signs: tuple[Sign, ...] = ()
    """By which values tell this release from others with the same columns. They decide between several; a table of
    which they do not hold is no error."""
    same_rules_as: str | None = None
    """Survey whose rules are these as well."""
    rules: SurveyRules | None = None
    """How its rows enter a compilation; None where they are taken from `same_rules_as`."""

    @field_validator("name")
    @classmethod
    def _is_one_word(cls, name: str) -> str:
        if name != name.strip() or not name.isprintable():
            raise ValueError("a name has no spaces around it and no characters that cannot be seen")
        return name


@cache
def load_surveys() -> tuple[Survey, ...]:
    """All surveys, by name. The files are read once in a process."""
    folder = files("trainingset.specz") / "surveys"
    texts = (file.read_text(encoding="utf-8") for file in folder.iterdir() if file.name.endswith(".yaml"))
    # The parser in C takes a tenth of the third of a second that the one in Python takes; both are safe ones.
    surveys = (Survey.model_validate(yaml.load(text, Loader=yaml.CSafeLoader)) for text in texts)
    return tuple(sorted(surveys, key=lambda survey: survey.name.casefold()))


def find_survey(name: str) -> Survey | None:
    """The survey of this name in any case of letters, or None."""
    return _by_name().get(name.strip().casefold())


def survey_of_vizier(catalog_id: str) -> Survey | None:
    """The survey that a VizieR catalog or one of its tables (``J/ApJS/199/26/table3``) holds, or None."""
    given = catalog_id.strip().strip("/").casefold()
    return next((survey for known, survey in _by_vizier() if f"{given}/".startswith(f"{known}/")), None)


def cited_surveys(names: Iterable[str]) -> tuple[Survey, ...]:
    """The surveys among these names that are known, each once, in the given order."""
    found = (find_survey(name) for name in names)
    return tuple({survey.name: survey for survey in found if survey is not None}.values())


@cache
def _by_name() -> dict[str, Survey]:
    return {survey.name.casefold(): survey for survey in load_surveys()}


@cache
def _by_vizier() -> tuple[tuple[str, Survey], ...]:
    return tuple((catalog.casefold(), survey) for survey in load_surveys() for catalog in survey.vizier)
