"""Surveys as a compilation knows them: those of this package, and a user's own before them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from trainingset.specz.rules import SurveyRules
from trainingset.specz.survey import Survey, load_surveys

__all__ = ["SurveyBook"]


@dataclass(frozen=True, slots=True)
class SurveyBook:
    """Surveys by name; made by `SurveyBook.of`."""

    surveys: Mapping[str, Survey]
    """By name in capitals, which is how compilations spell them."""

    @classmethod
    def of(cls, extra: Iterable[Survey] = ()) -> "SurveyBook":
        """The surveys of this package and further ones, which come before those of the same name."""
        every = (*load_surveys(), *extra)
        return cls({survey.name.strip().upper(): survey for survey in every})

    @property
    def names(self) -> tuple[str, ...]:
        """Names in capitals, sorted."""
        return tuple(sorted(self.surveys))

    def find(self, name: str) -> Survey | None:
        """The survey of this name in any case of letters, or None."""
        return self.surveys.get(name.strip().upper())

    def rules(self, name: str) -> SurveyRules | None:
        """Rules of a survey, its own or those of the one that it names; None if it has none."""
        seen: set[str] = set()
        survey = self.find(name)
        while survey is not None and survey.rules is None and survey.same_rules_as and survey.name not in seen:
            seen.add(survey.name)
            survey = self.find(survey.same_rules_as)
        return None if survey is None else survey.rules

    def family(self, name: str) -> str:
        """Name that all releases of the survey share, in capitals; of unknown surveys the name itself."""
        survey = self.find(name)
        return (survey.family if survey is not None and survey.family else name).strip().upper()
