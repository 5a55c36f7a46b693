"""Fields of a compilation as users give them in Python, and tables of redshifts that go into one."""

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, NamedTuple, TypedDict

from trainingset.combine_recipe import (
    CombinedRedshift,
    CombineInput,
    DzScale,
    Mode,
    Preset,
    RadiusFrom,
    Repeats,
    RuleSet,
    Sentinels,
    Stars,
    Ties,
)
from trainingset.errors import Problem
from trainingset.wire import BadRows, ResponseFormat
from tsm.errors import DiskError, TableRefusedError
from tsm.remote.recipe_fields import FormatName, plain_fields

__all__ = ["CombineFields", "GivenTable", "given_tables", "plain_combine_fields"]

_KEYS = frozenset({"table", "source", "survey", "roles"})


class CombineFields(TypedDict, total=False):
    """Keywords of a compilation besides its inputs; all have defaults, most of them by the preset.

    The same fields as `trainingset.combine_recipe.CombineRecipe`, which describes them.
    """

    preset: Preset | Literal["training", "reference", "complete"]
    """Sets what is not given."""
    mode: Mode | Literal["concatenate", "mark", "remove"] | None
    """What becomes of repeated measurements."""
    ties: Ties | Literal["remove_all", "keep_all", "draw_one"]
    """What becomes of best measurements that contradict each other."""
    radius_arcsec: float
    """Largest separation of two measurements of one galaxy in arcsec."""
    radius_from: RadiusFrom | Literal["fixed", "survey"] | None
    """Whether surveys with less accurate positions have a wider radius."""
    survey_radius: Mapping[str, float] | str
    """Match radius in arcsec by survey."""
    max_diameter_arcsec: float | None
    """Largest separation in arcsec of two members of a group."""
    dz: float
    """Measurements that differ by at most this agree."""
    dz_scale: DzScale | Literal["absolute", "one_plus_z", "error"] | None
    """What ``dz`` is compared with."""
    priority: Iterable[str] | None
    """What decides between measurements, in this order."""
    min_quality: float | None
    """Least flag on the common scale."""
    instrument_types: Iterable[str] | None
    """Kinds of measurement that are wanted: ``s``, ``g``, ``p``."""
    stars: Stars | Literal["keep", "drop"] | None
    """Whether stars stay."""
    z_min: float | None
    """Redshifts must be finite and above this."""
    sentinels: Sentinels | Literal["null", "keep"] | None
    """What becomes of values that stand for no redshift."""
    rules: RuleSet | Literal["current", "reference"] | None
    """Which rules turn the surveys' flags into the common scale."""
    survey_rules: str | os.PathLike[str] | None
    """Rules of surveys of your own: their YAML text, or the path of the file."""
    z_from: CombinedRedshift | Literal["best", "mean"]
    """Which redshift the kept row of a group has."""
    repeats: Repeats | Literal["error", "allow"] | None
    """Whether one file may be given twice, and one survey in two releases."""
    footprints: Iterable[str]
    """Footprints to add a flag for: ``dp1``, the operator's, ``catalog:ID``."""
    extra_columns: Iterable[str]
    """Further columns of the inputs to keep: ``NAME`` or ``NAME=COLUMN``."""
    wrap_ra: bool | None
    """Whether right ascensions beyond 360 degrees are brought back."""
    bad_rows: BadRows | Literal["error", "drop"]
    """What happens to rows without valid coordinates."""
    seed: int
    """Key of the hash by which ``ties="draw_one"`` draws."""
    responseformat: ResponseFormat | FormatName
    """Format of the result named ``result``."""
    formats: Iterable[ResponseFormat | FormatName]
    """Further formats: one or several."""
    maxrec: int | None
    """Most rows of the result."""


class GivenTable(NamedTuple):
    """One table of redshifts that goes into a compilation, and what its columns do not tell."""

    table: object
    """The table itself, or what names it at a service."""
    survey: str | None = None
    roles: Mapping[str, str] = MappingProxyType({})

    def entry(self, source: str) -> dict[str, Any]:
        """The input as a recipe has it, under this source."""
        told = {"survey": self.survey, "roles": dict(self.roles)}
        return {"source": source, **{key: value for key, value in told.items() if value}}


def given_tables(inputs: object) -> list[GivenTable]:
    """Tables as they were given: one or several, each alone, with what is told of it, or as a mapping.

    Raises
    ------
    TableRefusedError
        With every input that cannot be understood.
    """
    several = list(inputs) if isinstance(inputs, list | tuple) and not _is_pair(inputs) else [inputs]
    found: list[GivenTable] = []
    problems: list[Problem] = []
    for number, item in enumerate(several, start=1):
        try:
            found.append(_given(item))
        except ValueError as error:
            problems.append(Problem(parameter="INPUT", message=f"input {number}: {error}"))
    if not several:
        problems.append(Problem(parameter="INPUT", message="there is no table to combine; give at least one"))
    if problems:
        raise TableRefusedError(problems)
    return found


def plain_combine_fields(fields: Mapping[str, object]) -> dict[str, Any]:
    """Fields as JSON knows them; a file of survey rules is read.

    Raises
    ------
    DiskError
        If the file cannot be read.
    """
    rules = fields.get("survey_rules")
    if not isinstance(rules, os.PathLike):
        return plain_fields(fields)
    try:
        return plain_fields({**fields, "survey_rules": Path(rules).read_text(encoding="utf-8")})
    except (OSError, UnicodeDecodeError) as error:
        raise DiskError(f"the survey rules {os.fspath(rules)} cannot be read: {error}") from error


def _is_pair(value: object) -> bool:
    """Whether this is one table with what is told of it: ``(table, {"survey": "VVDS"})``."""
    return isinstance(value, tuple) and len(value) == 2 and _is_told(value[1])


def _is_told(value: object) -> bool:
    return isinstance(value, Mapping) and not ({"table", "source"} & set(value))


def _given(item: object) -> GivenTable:
    if isinstance(item, CombineInput):
        return GivenTable(item.source, item.survey, item.roles)
    if isinstance(item, tuple) and _is_pair(item):
        return _told(*item)
    if isinstance(item, Mapping):
        table = item.get("table", item.get("source"))
        if table is None:
            raise ValueError("it names no table; say {'table': ..., 'survey': ..., 'roles': {...}}")
        return _told(table, item)
    return GivenTable(item)


def _told(table: object, told: Mapping[str, Any]) -> GivenTable:
    if unknown := sorted(map(str, set(told) - _KEYS)):
        raise ValueError(f"{', '.join(unknown)}: no such thing is told of an input; there are survey and roles")
    roles = told.get("roles") or {}
    if not isinstance(roles, Mapping):
        raise ValueError(f"its roles are {str(roles)[:80]!r}; give columns by role: {{'z': 'zspec'}}")
    return GivenTable(table, told.get("survey"), roles)
