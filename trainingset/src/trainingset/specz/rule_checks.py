"""What is wrong inside the rules of one survey, told also where other fields of them are wrong.

It looks at the values as they were read, before they are fields of anything: a field that is missing somewhere must
not hide a condition that can never be true.
"""

from collections.abc import Iterator, Mapping
from difflib import get_close_matches

from trainingset.columns import ColumnType
from trainingset.errors import RecipeError
from trainingset.expression import parse_condition
from trainingset.specz.impossible import why_never_true
from trainingset.specz.rules import ROLE_COLUMNS
from trainingset.specz.yaml_lines import Path

__all__ = ["SIGN_ROLES", "closest", "rule_faults", "sign_faults", "sign_types"]

SIGN_ROLES = {"id": ColumnType.STRING, "ra": ColumnType.FLOAT64, "dec": ColumnType.FLOAT64}
"""Roles that signs of a release may name besides those that conditions may."""

_CERTAIN = {**SIGN_ROLES, "z": ColumnType.FLOAT64, "z_err": ColumnType.FLOAT64}
"""Columns whose types are known whatever the rules say."""

_MOST_CHARACTERS = 10_000
"""Longer conditions are refused as fields."""

_QUALITY, _INSTRUMENT = "quality", "instrument_type"

Fault = tuple[Path, str]
"""Where, from the rules on, and what."""

Types = Mapping[str, ColumnType | None]
"""Types of the columns that conditions may name; None where it cannot be read."""


def rule_faults(rules: Mapping[object, object]) -> Iterator[Fault]:
    """What is wrong with conditions, tables and the columns that they name."""
    types = _types(rules)
    for path, condition in _conditions(rules):
        yield from ((path, message) for message in _condition_faults(condition, types))
    for path, rule in _tables(rules):
        for key, first in _repeated_keys(rule):
            yield (*path, "values", str(key)), f"the value {key!r} is {first!r} once more; give it once"
    for path, rule in _tables(rules):
        column = rule.get("column")
        if path[-1] == _INSTRUMENT and isinstance(column, str) and types is not None and column not in types:
            yield (*path, "column"), f"column {column!r} is none of `needed`.{closest(column, types)}"


def sign_faults(signs: object, types: Types | None) -> Iterator[Fault]:
    """What is wrong with the signs of a release; paths begin at the survey."""
    for number, sign in enumerate(signs if isinstance(signs, list) else ()):
        holds = sign.get("holds") if isinstance(sign, Mapping) else None
        if isinstance(holds, str):
            path = ("signs", number, "holds")
            yield from ((path, message) for message in _condition_faults(holds, types))


def sign_types(rules: Mapping[object, object]) -> Types | None:
    """Types of the columns that signs may name; None where the rules do not tell."""
    types = _types(rules)
    known = _at(rules, "columns").get("known")
    if types is None:
        return None
    texts = [name for name in known if isinstance(name, str)] if isinstance(known, list) else []
    return {**dict.fromkeys(texts, ColumnType.STRING), **types, **SIGN_ROLES}


def closest(name: str, known: Mapping[str, object] | list[str]) -> str:
    """A question for similar names, nothing where there are none."""
    close = get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" Did you mean {' or '.join(close)}?" if close else ""


def _types(rules: Mapping[object, object]) -> Types | None:
    columns = rules.get("columns")
    needed = columns.get("needed", {}) if isinstance(columns, Mapping) else None
    if not isinstance(needed, Mapping):
        return None
    named = {name: _type(value) for name, value in needed.items() if isinstance(name, str)}
    tables = [rule.get("values") for path, rule in _tables(rules) if path[-1] == _QUALITY]
    has_texts = any(isinstance(key, str) for table in tables if isinstance(table, Mapping) for key in table)
    return {**named, **ROLE_COLUMNS, **({"z_flag": ColumnType.STRING} if has_texts else {})}


def _type(value: object) -> ColumnType | None:
    return ColumnType(value) if isinstance(value, str) and value in {*ColumnType} else None


def _condition_faults(condition: str, types: Types | None) -> Iterator[str]:
    """Nothing is said of columns whose type cannot be read: that is told already."""
    if not condition or len(condition) > _MOST_CHARACTERS:
        return
    told = _CERTAIN if types is None else types
    known = {name: datatype for name, datatype in told.items() if datatype is not None}
    try:
        parsed = parse_condition(condition, known, parameter="condition")
    except RecipeError as error:
        for problem in error.problems:
            is_told = problem.column is not None and (types is None or problem.column in types)
            if not is_told:
                yield f"in the condition {_shortened(condition)}: {problem.message}"
        return
    if (reason := why_never_true(parsed.tree)) is not None:
        yield f"the condition {_shortened(condition)} can never be true: {reason}"


def _shortened(condition: str) -> str:
    return repr(condition if len(condition) <= 100 else condition[:97] + "...")


def _at(value: Mapping[object, object], *keys: str) -> Mapping[object, object]:
    """The mapping below these keys; an empty one where there is none."""
    found: object = value
    for key in keys:
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _tables(rules: Mapping[object, object]) -> Iterator[tuple[Path, Mapping[object, object]]]:
    for path in ((_QUALITY,), (_INSTRUMENT,), ("reference", _QUALITY), ("reference", _INSTRUMENT)):
        yield path, _at(rules, *path)


def _conditions(rules: Mapping[object, object]) -> Iterator[tuple[Path, str]]:
    for path, rule in _tables(rules):
        conditions = rule.get("conditions")
        for number, condition in enumerate(conditions if isinstance(conditions, list) else ()):
            when = condition.get("when") if isinstance(condition, Mapping) else None
            if isinstance(when, str):
                yield (*path, "conditions", number, "when"), when
    star = rules.get("star")
    if isinstance(star, str):
        yield ("star",), star


def _repeated_keys(rule: Mapping[object, object]) -> Iterator[tuple[object, object]]:
    """Keys of a table that mean the same flag: texts that differ in case alone."""
    values = rule.get("values")
    seen: dict[object, object] = {}
    for key in values if isinstance(values, Mapping) else ():
        same = key.strip().casefold() if isinstance(key, str) else key
        if same in seen:
            yield key, seen[same]
        seen.setdefault(same, key)
