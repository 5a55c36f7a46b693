"""Which column of a table may be one that a survey's rules need, under another name."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from trainingset.roles import NAMES
from trainingset.specz.flags import known_flags
from trainingset.specz.release_columns import ReleaseFit, close_columns
from trainingset.specz.rules import SurveyRules

__all__ = ["RenamedColumn", "renamed"]

_MOST_FLAGS = 100
"""Distinct values of a column of flags: numbers of objects have more."""

_LEAST_DISTINCTIVE = 2
"""So many columns that few catalogs have make a release, though no other is called like the one that is missing."""

_GENERIC = frozenset(name for names in NAMES.values() for name in names)


@dataclass(frozen=True, slots=True)
class RenamedColumn:
    """A survey that a table would be of if one of its columns had another name."""

    survey: str
    question: str


def renamed(table: pa.Table, fit: ReleaseFit) -> RenamedColumn | None:
    """What to ask about a table that lacks one column of a release; None where too little tells that it is one."""
    (missing,) = fit.missing
    taken = {*fit.columns.values()}
    close = [name for name in close_columns(missing, table.column_names) if name not in taken]
    distinctive = [name for name in fit.telling if name.casefold() not in _GENERIC]
    if not close and len(distinctive) < _LEAST_DISTINCTIVE:
        return None
    is_flag = missing == fit.rules.columns.z_flag
    found = list(dict.fromkeys([*close, *(_columns_of_flags(table, fit.rules, taken) if is_flag else ())]))
    shown = ", ".join(fit.telling[:8])
    told = f"its columns are those of {fit.survey} ({shown}), but there is no {missing!r}"
    if found:
        told += f"; did you mean {' or '.join(map(repr, found[:3]))}?"
    role = _role(missing, fit)
    said = f"survey_name={fit.survey}" + (f" and {role}={found[0] if found else 'COLUMN'}" if role else "")
    mend = f"Say {said} behind the input" if role else f"Rename it, and say {said} behind the input"
    return RenamedColumn(fit.survey, f"{told}{'' if found else '.'} {mend}; if it is another survey, name that.")


def _role(missing: str, fit: ReleaseFit) -> str | None:
    columns = fit.rules.columns
    roles = {
        "ra": columns.ra,
        "dec": columns.dec,
        "z": columns.z,
        "z_err": columns.z_err,
        "quality_flag": columns.z_flag,
    }
    return next((role for role, name in roles.items() if name == missing), None)


def _columns_of_flags(table: pa.Table, rules: SurveyRules, taken: set[str]) -> Iterator[str]:
    """Columns all of whose values are flags of the survey."""
    for name in table.column_names:
        if name in taken or not _is_value(table.schema.field(name).type):
            continue
        values = table[name].drop_null().unique()
        if 1 < len(values) <= _MOST_FLAGS:
            known = known_flags(pa.chunked_array([values]), rules)
            if known is not None and np.all(known):
                yield name


def _is_value(datatype: pa.DataType) -> bool:
    return bool(pa.types.is_string(datatype) or pa.types.is_integer(datatype) or pa.types.is_floating(datatype))
