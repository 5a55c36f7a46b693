"""Recognizes a survey's release by its columns and values, and says by which.

What is not clear is asked and never guessed: two releases whose columns are alike are told apart by their owner.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.errors import Problem
from trainingset.specz.rules import SurveyColumns
from trainingset.specz.survey_book import SurveyBook

__all__ = ["Recognition", "find_survey_column", "recognize"]

_SURVEY_COLUMNS = ("survey_name", "survey", "source", "specsurvey", "survey_id")
"""Columns that usually name the survey of a row, in lower case, the surest first."""

_LEAST_COLUMNS = 3
"""A release is recognized by at least so many of its own columns besides positions and redshift."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a table was recognized as."""

    survey: str | None
    """Name in capitals; None where it is unknown or ambiguous."""
    evidence: tuple[str, ...] = ()
    """Why, in sentences."""
    candidates: tuple[str, ...] = ()
    """Surveys that fit equally well, where several do."""

    def problem(self) -> Problem | None:
        """What to ask where several surveys fit; None otherwise."""
        if not self.candidates:
            return None
        names = " or ".join(self.candidates)
        message = (
            f"its columns are those of {names}; say which it is: survey_name={self.candidates[0]} behind the input, or "
            "a column survey_name."
        )
        return Problem(parameter="INPUT", message=message, value=", ".join(self.candidates))


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

    Parameters
    ----------
    table
        As `trainingset.tables.read_table` gives it.
    """
    scores = {name: _fit(table, book, name) for name in book.names}
    fitting = {name: columns for name, columns in scores.items() if len(columns) >= _LEAST_COLUMNS}
    if not fitting:
        return Recognition(None)
    best = max(len(columns) for columns in fitting.values())
    names = tuple(name for name, columns in fitting.items() if len(columns) == best)
    if len(names) > 1:
        return Recognition(None, candidates=names)
    shown = ", ".join(fitting[names[0]][:8])
    return Recognition(names[0], evidence=(f"It has {best} columns of {names[0]}: {shown}.",))


def _fit(table: pa.Table, book: SurveyBook, name: str) -> tuple[str, ...]:
    """Columns of the release that the table has; none unless it has all that the rules need."""
    rules = book.rules(name)
    if rules is None or not all(column in table.column_names for column in _required(rules.columns)):
        return ()
    own = (*_required(rules.columns), *rules.columns.id, *rules.columns.known)
    telling = [column for column in dict.fromkeys(own) if column.casefold() not in _COMMON]
    return tuple(column for column in telling if column in table.column_names)


_COMMON = frozenset({"ra", "dec", "z", "id", "redshift", "z_err", "z_flag", "flag", "quality", "type", "name"})
"""Names, in lower case, that say nothing about a survey."""


def _required(columns: SurveyColumns) -> Iterator[str]:
    roles = (columns.ra, columns.dec, columns.z, columns.z_err, columns.z_flag)
    yield from (name for name in roles if name is not None)
    yield from columns.needed


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
