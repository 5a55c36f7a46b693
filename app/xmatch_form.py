"""The CDS X-Match protocol: its form, turned into the parameters of a cross-match of ours."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.forms import Form
from trainingset.errors import Problem
from trainingset.recipe import MOST_NEIGHBORS, Match, Unique
from trainingset.wire import BadRows
from uws.job import Parameter

__all__ = ["XMatchForm", "read_xmatch_form"]

_TABLES = ("cat1", "cat2")
_PREFIXES = ("vizier:", "tsm:")
"""What clients put before the name of a catalog; STILTS does so always."""
_KNOWN = frozenset(
    {
        *("request", "responseformat", "format", "distmaxarcsec", "selection", "area", "maxrec", "tapclient"),
        *("cat1", "colra1", "coldec1", "cols1"),
        *("cat2", "colra2", "coldec2", "cols2"),
    }
)


@dataclass(frozen=True, slots=True)
class XMatchForm:
    """A request that was understood."""

    parameters: tuple[Parameter, ...]
    """Of our cross-match, without the uploaded table."""
    table: str
    """Which table is the uploaded one, ``cat1`` or ``cat2``: name of its form field, and of the upload."""


def read_xmatch_form(form: Form) -> tuple[XMatchForm | None, tuple[Problem, ...]]:
    """Read one request: a table that is sent along against a registered catalog, either first.

    Returns
    -------
    form : XMatchForm or None
        None if there are problems.
    problems : tuple of Problem
        Everything that is wrong with it.
    """
    given = {name.casefold(): value.strip() for name, value in form.values}
    files = [file.field for file in form.files]
    problems = [*_table_problems(given, files), *_field_problems(given)]
    if problems:
        return None, tuple(problems)
    table = files[0]
    place = _TABLES.index(table) + 1
    radius = given["distmaxarcsec"]
    catalog = _without_prefix(given["cat2" if table == "cat1" else "cat1"])
    values = {
        "CATALOG": catalog,
        "REDSHIFTS": table,
        "ROLES": f"ra={given[f'colra{place}']},dec={given[f'coldec{place}']}",
        "RADIUS": radius,
        **_pairs(given.get("selection") or "all", uploaded_first=table == "cat1"),
        "BAD_ROWS": BadRows.DROP.value,
        "SELECT": _select(given, uploaded_first=table == "cat1"),
        "RESPONSEFORMAT": given.get("responseformat") or "votable",
        "MAXREC": given.get("maxrec", ""),
        "UPLOAD": f"{table},param:{table}",
    }
    return XMatchForm(tuple(Parameter(name, value) for name, value in values.items() if value), table), ()


def _pairs(selection: str, *, uploaded_first: bool) -> dict[str, str]:
    """Which pairs count: all, or for each row of the first table the best of the second."""
    if selection == "best" and uploaded_first:
        return {"MATCH": Match.NEAREST.value, "UNIQUE": Unique.NONE.value}
    unique = Unique.NEAREST if selection == "best" else Unique.NONE
    return {"MATCH": Match.ALL.value, "NEIGHBORS": str(MOST_NEIGHBORS), "UNIQUE": unique.value}


def _select(given: Mapping[str, str], *, uploaded_first: bool) -> str:
    """``angDist``, then columns of the first table, then of the second; ``cols`` left empty means none of them."""
    sides = ("redshifts", "objects") if uploaded_first else ("objects", "redshifts")
    items = ["pairs.separation_arcsec AS angDist"]
    for number, side in enumerate(sides, start=1):
        items += _columns(side, given.get(f"cols{number}"))
    return ", ".join(items)


def _columns(side: str, names: str | None) -> Iterator[str]:
    if names is None or names == "*":
        yield f"{side}.*"
        return
    for name in filter(None, (name.strip() for name in names.split(","))):
        yield f'{side}."{name.replace(chr(34), chr(34) * 2)}"'


def _table_problems(given: Mapping[str, str], files: Sequence[str]) -> Iterator[Problem]:
    advice = "send one table as a file, in cat1 or cat2, and the name of a catalog in the other"
    for field in files:
        if field not in _TABLES:
            yield Problem(parameter=field[:80], message=f"is no field for a table: {advice}")
    tables = [field for field in files if field in _TABLES]
    if len(tables) != 1:
        sent = "two tables" if tables else "no table"
        yield Problem(parameter="cat1", message=f"{sent} came with the request: {advice}")
        return
    other = "cat2" if tables[0] == "cat1" else "cat1"
    if not given.get(other):
        yield Problem(parameter=other, message=f"names no catalog: {advice}")
    place = _TABLES.index(tables[0]) + 1
    for axis, name in (("RA", f"colra{place}"), ("Dec", f"coldec{place}")):
        if not given.get(name):
            message = f"is missing: the column of {tables[0]} that holds the {axis} in degrees"
            yield Problem(parameter=f"col{axis}{place}", message=message)


def _field_problems(given: Mapping[str, str]) -> Iterator[Problem]:
    yield from _choice("request", given, ("xmatch",), needed=True)
    yield from _choice("selection", given, ("best", "all"))
    yield from _choice("area", given, ("allsky",))
    text = given.get("distmaxarcsec", "")
    try:
        radius = float(text)
    except ValueError:
        radius = math.nan
    if not radius > 0 or math.isinf(radius):
        message = f"{text[:80]!r} is no radius in arcsec: a number above 0"
        yield Problem(parameter="distMaxArcsec", message=message, value=text[:80], limit="above 0 arcsec")
    for name, value in given.items():
        if "\0" in value:
            yield Problem(parameter=name[:80], message="holds the character U+0000, which no name has")
    for name in given.keys() - _KNOWN:
        yield Problem(parameter=name[:80], message="is no field of the X-Match protocol that is known here")


def _choice(name: str, given: Mapping[str, str], choices: Iterable[str], *, needed: bool = False) -> Iterator[Problem]:
    value = given.get(name, "")
    if (needed or value) and value.casefold() not in choices:
        allowed = " or ".join(choices)
        yield Problem(parameter=name, message=f"{value[:80]!r} is refused here: it must be {allowed}", value=value[:80])


def _without_prefix(name: str) -> str:
    for prefix in _PREFIXES:
        if name.casefold().startswith(prefix):
            return name[len(prefix) :]
    return name
