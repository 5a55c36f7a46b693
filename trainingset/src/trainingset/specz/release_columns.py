"""How well the columns of a table are those of a survey's release, whatever the case of their letters."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

import pyarrow as pa

from trainingset.specz.rules import SurveyColumns, SurveyRules
from trainingset.specz.survey_book import SurveyBook

__all__ = ["ReleaseFit", "almost_fitting", "close_columns", "fitting", "spelled"]

_LEAST_COLUMNS = 3
"""A release is recognized by at least so many of its own columns besides positions and redshift."""

_COMMON = frozenset({"ra", "dec", "z", "id", "redshift", "z_err", "z_flag", "flag", "quality", "type", "name"})
"""Names, in lower case, that say nothing about a survey."""


@dataclass(frozen=True, slots=True)
class ReleaseFit:
    """Columns of a release that a table has."""

    survey: str
    """Name in capitals."""
    rules: SurveyRules
    columns: Mapping[str, str]
    """Columns of the table by the names that the release gives them."""
    telling: tuple[str, ...]
    """Columns of the table that tell this release from others, as the table spells them."""
    missing: tuple[str, ...]
    """What the rules need and the table lacks, as the release spells it."""


def fitting(table: pa.Table, book: SurveyBook) -> list[ReleaseFit]:
    """Releases that the table has all needed columns of, and enough of the others."""
    return [fit for fit in _fits(table, book) if not fit.missing and len(fit.telling) >= _LEAST_COLUMNS]


def almost_fitting(table: pa.Table, book: SurveyBook) -> list[ReleaseFit]:
    """Releases that the table lacks one needed column of; those of which it has the most columns."""
    found = [fit for fit in _fits(table, book) if len(fit.missing) == 1 and len(fit.telling) >= _LEAST_COLUMNS]
    most = max((len(fit.telling) for fit in found), default=0)
    return [fit for fit in found if len(fit.telling) == most]


def spelled(name: str, columns: Sequence[str]) -> str | None:
    """The column of this name, or the only one that differs from it in the case of letters; None if there is none."""
    if name in columns:
        return name
    alike = [column for column in columns if column.casefold() == name.casefold()]
    return alike[0] if len(alike) == 1 else None


def close_columns(name: str, columns: Sequence[str]) -> list[str]:
    """Columns with similar names, the closest first, at most three."""
    folded = {column.casefold(): column for column in columns}
    return [folded[match] for match in get_close_matches(name.casefold(), folded, n=3, cutoff=0.5)]


def _fits(table: pa.Table, book: SurveyBook) -> Iterator[ReleaseFit]:
    names = table.column_names
    for survey in book.names:
        rules = book.rules(survey)
        if rules is None:
            continue
        needed = list(_required(rules.columns))
        own = dict.fromkeys((*needed, *rules.columns.id, *rules.columns.known))
        columns = {name: found for name in own if (found := spelled(name, names)) is not None}
        telling = dict.fromkeys(found for name, found in columns.items() if name.casefold() not in _COMMON)
        missing = tuple(name for name in needed if name not in columns)
        yield ReleaseFit(survey, rules, columns, tuple(telling), missing)


def _required(columns: SurveyColumns) -> Iterator[str]:
    roles = (columns.ra, columns.dec, columns.z, columns.z_err, columns.z_flag)
    yield from (name for name in roles if name is not None)
    yield from columns.needed
