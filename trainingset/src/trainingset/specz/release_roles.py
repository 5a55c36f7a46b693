"""Which columns of an input fill the roles: as its owner says, as its survey's release has them, as names tell."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from trainingset.arrow_metadata import schema_descriptions
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.errors import Problem
from trainingset.redshift_keys import KEY_COLUMN
from trainingset.roles import REQUIRED_ROLES, find_roles, given_role_problems
from trainingset.specz.release_columns import close_columns, spelled
from trainingset.specz.rules import SurveyRules

__all__ = ["ReleaseRoles", "as_released", "is_earlier_output", "readable_columns", "release_roles"]

_EARLIER = frozenset({"ra", "dec", "z", "z_flag_homogenized"})
"""Columns that every earlier compilation has."""

_EARLIER_OWN = frozenset({KEY_COLUMN, "CRD_ID", "tie_result"})
"""Columns of which every earlier compilation has one: the key of its rows (``CRD_ID`` in the PZ Server's), a mark.

A concatenation has no marks, and the PZ Server leaves out columns that are null in every row: ``compared_to`` where
nothing is repeated, ``id``, ``survey``.
"""

_EARLIER_ROLES = {
    "ra": "ra",
    "dec": "dec",
    "z": "z",
    "z_err": "z_err",
    "z_flag": "z_flag",
    "survey": "survey",
    "instrument_type": "instrument_type",
    "date": "date",
}


@dataclass(slots=True)
class ReleaseRoles:
    """Columns by role; the survey's own flag has the role ``z_flag``."""

    columns: dict[str, str] = field(default_factory=dict)
    id: tuple[str, ...] = ()
    """Columns that identify a row together."""
    evidence: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def is_earlier_output(table: pa.Table) -> bool:
    """Whether a table is the outcome of an earlier compilation, by its columns."""
    names = {*table.column_names}
    return names >= _EARLIER and not names.isdisjoint(_EARLIER_OWN)


def as_released(table: pa.Table, rules: Iterable[SurveyRules]) -> pa.Table:
    """The table with flags and columns that rules need under the release's names too, where only case differs.

    Positions and redshifts are found whatever the case of their names. A name that several columns share but for case
    finds none: which one is meant is not clear.
    """
    for rule in rules:
        columns = rule.columns
        for name in (*filter(None, (columns.z_flag, columns.date)), *columns.id, *columns.needed):
            same = [other for other in table.column_names if other.casefold() == name.casefold()]
            if name not in same and len(same) == 1:
                place = table.schema.get_field_index(same[0])
                table = table.append_column(table.schema.field(place).with_name(name), table[same[0]])
    return table


def readable_columns(table: pa.Table) -> list[ColumnDescription]:
    """Columns with texts taken for numbers: who reads their values tells those that are none, with their rows."""
    return [
        column.model_copy(update={"datatype": ColumnType.FLOAT64}) if column.datatype is ColumnType.STRING else column
        for column in schema_descriptions(table.schema)
    ]


def release_roles(table: pa.Table, given: Mapping[str, str], rules: Iterable[SurveyRules]) -> ReleaseRoles:
    """Find the column of each role.

    Parameters
    ----------
    given
        As the owner says, with ``quality_flag`` for the survey's own flag.
    rules
        Of the surveys in the table.
    """
    several = list(rules)
    found = ReleaseRoles()
    found.problems += given_role_problems(given, readable_columns(table))
    for role, column in given.items():
        found.columns["z_flag" if role == "quality_flag" else role] = column
    if "id" in given:
        found.id = (found.columns.pop("id"),)
    if is_earlier_output(table):
        _take(found, table, _EARLIER_ROLES)
        found.id = found.id or tuple(name for name in ("id", "CRD_ID") if name in table.column_names)[:1]
        found.evidence.append("It is an earlier compilation, by its columns.")
    for rule in several[:1]:
        _take_release(found, table, rule)
    _take_generic(found, table)
    found.problems += _missing(found, table, several)
    return found


def _take(found: ReleaseRoles, table: pa.Table, columns: Mapping[str, str]) -> None:
    for role, column in columns.items():
        if role not in found.columns and column in table.column_names:
            found.columns[role] = column


def _take_release(found: ReleaseRoles, table: pa.Table, rules: SurveyRules) -> None:
    columns = rules.columns
    named = {
        "ra": columns.ra,
        "dec": columns.dec,
        "z": columns.z,
        "z_err": columns.z_err,
        "z_flag": columns.z_flag,
        "date": columns.date,
    }
    has = {name: spelled(name, table.column_names) for name in (*filter(None, named.values()), *columns.id)}
    release = {role: column for role, name in named.items() if name is not None and (column := has[name]) is not None}
    # A pair of coordinates is taken whole: of two pairs half each would be no position.
    if not {"ra", "dec"} <= {*release}:
        release = {role: column for role, column in release.items() if role not in ("ra", "dec")}
    taken = [column for role, column in release.items() if role not in found.columns]
    _take(found, table, release)
    of_id = tuple(column for name in columns.id if (column := has[name]) is not None)
    if not found.id and columns.id and len(of_id) == len(columns.id):
        found.id = of_id
    if taken:
        found.evidence.append(f"Columns as the release has them: {', '.join(taken)}.")


def _take_generic(found: ReleaseRoles, table: pa.Table) -> None:
    """Fill what is left by UCDs and well-known names."""
    given = {role: column for role, column in found.columns.items() if role not in ("z_flag", "date")}
    generic = find_roles(schema_descriptions(table.schema), given)
    for role in ("ra", "dec", "z", "z_err", "survey", "instrument_type"):
        if role in generic.roles:
            found.columns.setdefault(role, generic.roles[role])
    if "quality_flag" in generic.roles and generic.roles["quality_flag"] not in found.columns.values():
        found.columns.setdefault("z_flag", generic.roles["quality_flag"])
    if not found.id and "id" in generic.roles:
        found.id = (generic.roles["id"],)
    known = {role for role in REQUIRED_ROLES if role in found.columns}
    found.problems += [problem for problem in generic.problems if problem.value not in known and problem.value]


def _missing(found: ReleaseRoles, table: pa.Table, rules: Iterable[SurveyRules]) -> Iterator[Problem]:
    """Columns that rules need and the table lacks."""
    for rule in rules:
        for column in rule.columns.needed:
            if column not in table.column_names:
                yield _absent(column, "which its survey's rules need", table)
        if rule.quality.values and "z_flag" not in found.columns:
            flag = rule.columns.z_flag or "z_flag"
            yield _absent(flag, "the survey's quality flag (or say quality_flag=COLUMN)", table)


def _absent(column: str, what: str, table: pa.Table) -> Problem:
    close = close_columns(column, table.column_names)
    hint = f"; did you mean {' or '.join(close)}? Rename it, or give another survey" if close else ""
    message = f"there is no column {column!r}, {what}{hint}."
    return Problem(parameter="INPUT", message=message, column=column, value="missing")
