"""Recognizes a survey's release by its columns and values, and says by which.

What is not clear is asked and never guessed: two releases whose columns and values are alike are told apart by their
owner, and so is a table whose values are not those of the survey whose columns it has.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.errors import Problem
from trainingset.specz.common_scale import read_common_scale
from trainingset.specz.release_columns import ReleaseFit, almost_fitting, fitting
from trainingset.specz.release_roles import release_roles
from trainingset.specz.renamed_columns import renamed
from trainingset.specz.survey_book import SurveyBook
from trainingset.specz.value_evidence import ValueEvidence, value_evidence

__all__ = ["Recognition", "find_survey_column", "recognize"]

_SURVEY_COLUMNS = ("survey_name", "survey", "source", "specsurvey", "survey_id")
"""Columns that usually name the survey of a row, in lower case, the surest first."""

_OWN_COLUMNS = 3
"""A release with so many columns that a better fitting one lacks is a rival of it all the same."""

_SHOWN = 8
"""Columns that a sentence names."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a table was recognized as."""

    survey: str | None
    """Name in capitals; None where it is unknown or ambiguous."""
    evidence: tuple[str, ...] = ()
    """Why, in sentences: first the columns, then the values."""
    candidates: tuple[str, ...] = ()
    """Surveys that the owner is asked about: several that fit equally well, or one that does not fit quite."""
    question: str = ""
    """What speaks for and against them, where there are any."""

    def problem(self) -> Problem | None:
        """What to ask where it is not clear; None otherwise."""
        if not self.candidates:
            return None
        return Problem(parameter="INPUT", message=self.question, value=", ".join(self.candidates))


def find_survey_column(table: pa.Table, book: SurveyBook, *, is_certain: bool) -> str | None:
    """The column of texts that names the survey of each row, None if there is none.

    Parameters
    ----------
    is_certain
        Whether only a column counts that surely does: one called ``survey_name``, one called ``survey`` with a known
        survey in it, or one of another usual name with known surveys alone. Releases have columns of these names
        with other meanings (``SURVEY`` of DESI is the part of its program).
    """
    named = sorted(_usual(table, book), key=_rank)
    return next((name for name in named if not is_certain or _surely_names(table, name, book)), None)


def _surely_names(table: pa.Table, name: str, book: SurveyBook) -> bool:
    if name.casefold() == _SURVEY_COLUMNS[0]:
        return True
    known = _known(table[name], book)
    return any(known) if name.casefold() == _SURVEY_COLUMNS[1] else bool(known) and all(known)


def recognize(table: pa.Table, book: SurveyBook) -> Recognition:
    """Propose the survey of a table whose columns do not name it.

    Columns come first, in any case of letters: those that a release has and others lack. Then values: flags that are
    none of the survey's, and redshifts that are none at all, speak against it; they and the signs of releases (parts
    of the sky, identifiers) decide between surveys with the same columns.

    Parameters
    ----------
    table
        As `trainingset.tables.read_table` gives it.
    """
    weighed = [(fit, _values(table, book, fit)) for fit in fitting(table, book)]
    left = [(fit, values) for fit, values in weighed if not values.is_refuted]
    if not left:
        refuted = _strongest(weighed)
        return _asked_despite_values(refuted) if refuted else _asked_for_renamed(table, book)
    rivals = _strongest(left)
    # Without any doubt is better than with some, where columns do not decide.
    rivals = [(fit, values) for fit, values in rivals if not values.doubts] or rivals
    if len(rivals) > 1:
        return _asked_which(rivals)
    (fit, values), others = rivals[0], [other for other in _strongest(weighed) if other[0] is not rivals[0][0]]
    return Recognition(fit.survey, evidence=(_columns_told(fit), *_values_told(values), *_against(others)))


Weighed = tuple[ReleaseFit, ValueEvidence]


def _values(table: pa.Table, book: SurveyBook, fit: ReleaseFit) -> ValueEvidence:
    survey = book.find(fit.survey)
    return value_evidence(table, fit.rules, survey.signs if survey is not None else (), fit.columns)


def _strongest(weighed: Sequence[Weighed]) -> list[Weighed]:
    """Those with the most columns, and those with several columns that the former lack."""
    best = max((fit for fit, _ in weighed), key=lambda fit: len(fit.telling), default=None)
    if best is None:
        return []
    return [
        (fit, values)
        for fit, values in weighed
        if len(fit.telling) == len(best.telling) or len({*fit.telling} - {*best.telling}) >= _OWN_COLUMNS
    ]


def _columns_told(fit: ReleaseFit) -> str:
    shown = ", ".join(fit.telling[:_SHOWN]) + (", ..." if len(fit.telling) > _SHOWN else "")
    return f"It has {len(fit.telling)} columns of {fit.survey}: {shown}."


def _values_told(values: ValueEvidence) -> Iterator[str]:
    if values.supports:
        yield f"Its values fit: {'; '.join(values.supports)}."
    if values.doubts:
        yield f"Not all values fit: {'; '.join(values.doubts)}."


def _against(others: Sequence[Weighed]) -> Iterator[str]:
    for fit, values in others:
        yield f"{fit.survey} has such columns too, but {'; '.join(values.doubts)}."


def _asked_which(rivals: Sequence[Weighed]) -> Recognition:
    names = tuple(fit.survey for fit, _ in rivals)
    told = " or ".join(names)
    doubts = "".join(f" Against {fit.survey}: {'; '.join(values.doubts)}." for fit, values in rivals if values.doubts)
    question = (
        f"its columns are those of {told}; say which it is: survey_name={names[0]} behind the input, or "
        f"a column survey_name.{doubts or ' Its values fit them equally well.'}"
    )
    return Recognition(None, tuple(_columns_told(fit) for fit, _ in rivals), names, question)


def _asked_despite_values(refuted: Sequence[Weighed]) -> Recognition:
    names = tuple(fit.survey for fit, _ in refuted)
    told = " ".join(f"Against {fit.survey}: {'; '.join(values.doubts)}." for fit, values in refuted)
    question = (
        f"its columns are those of {' or '.join(names)}, but its values are not. {told} If it is that survey, say "
        f"survey_name={names[0]} behind the input; if not, name its own, with rules in SURVEY_RULES."
    )
    return Recognition(None, tuple(_columns_told(fit) for fit, _ in refuted), names, question)


def _asked_for_renamed(table: pa.Table, book: SurveyBook) -> Recognition:
    """A table that lacks one column of a release: it may have another name."""
    if find_survey_column(table, book, is_certain=False) is not None:
        return Recognition(None)
    if read_common_scale(table, release_roles(table, {}, ())).tells_quality:
        # A flag that is a probability needs no survey.
        return Recognition(None)
    found = [question for fit in almost_fitting(table, book) if (question := renamed(table, fit)) is not None]
    if not found:
        return Recognition(None)
    names = tuple(one.survey for one in found)
    return Recognition(None, (), names, " ".join(one.question for one in found))


def _usual(table: pa.Table, book: SurveyBook) -> Iterator[str]:
    rules = [book.rules(name) for name in book.names]
    of_rules = {rule.columns.survey for rule in rules if rule is not None and rule.columns.survey}
    for field in table.schema:
        if pa.types.is_string(field.type) and (field.name.casefold() in _SURVEY_COLUMNS or field.name in of_rules):
            yield field.name


def _known(column: pa.ChunkedArray, book: SurveyBook) -> list[bool]:
    """Whether each of the column's values is a known survey."""
    return [book.find(value) is not None for value in pc.unique(column.drop_null()).to_pylist()[:1000]]


def _rank(name: str) -> int:
    folded = name.casefold()
    return _SURVEY_COLUMNS.index(folded) if folded in _SURVEY_COLUMNS else len(_SURVEY_COLUMNS)
