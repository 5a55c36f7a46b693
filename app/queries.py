"""ADQL in ``QUERY``: which requests are queries, and the recipe that a query stands for."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from app.catalogs import OpenCatalogs
from app.job_kinds import JobKind
from trainingset.errors import Problem, RecipeError
from trainingset.query.tables import ObjectTable, QueryTables
from trainingset.query.tap_schema import SCHEMA
from trainingset.registry import CatalogContent
from uws.job import Parameter
from uws.publications import Publication

__all__ = ["COMPILATIONS", "ReadQuery", "language_problems", "query_of", "query_tables", "read_query"]

UPLOADS, COMPILATIONS = "TAP_UPLOAD", "compilations"
"""Schemas of the tables that came with a request, and of published compilations."""

_LANGUAGES = frozenset({"ADQL", "ADQL-2.0", "ADQL-2.1"})
_NO_QUERY = frozenset({"", "-"})
"""What clients send that must send a query and have none."""


def query_of(kind: JobKind, parameters: Iterable[Parameter]) -> str | None:
    """The query that a request is; None where parameters of ours say what is wanted, and ``QUERY`` is only echoed."""
    if kind is not JobKind.CROSSMATCH:
        return None
    given = {parameter.name: parameter.value.strip() for parameter in parameters if parameter.blob is None}
    if given.get("CATALOG") or given.get("REDSHIFTS"):
        return None
    query = given.get("QUERY", "")
    return None if query in _NO_QUERY else query


def language_problems(parameters: Iterable[Parameter]) -> Iterator[Problem]:
    """What stands against the language of a query: it is ADQL, 2.0 or 2.1, or none is named."""
    for parameter in parameters:
        given = parameter.value.strip()
        if parameter.name == "LANG" and given and given.upper() not in _LANGUAGES:
            message = f"{given[:80]!r} is no language of queries here; send ADQL, ADQL-2.0 or ADQL-2.1"
            yield Problem(parameter="LANG", message=message, value=given[:80])


def query_tables(
    catalogs: OpenCatalogs, compilations: Sequence[Publication], inline: Iterable[str], rights: frozenset[str]
) -> QueryTables:
    """The tables that a query of this user may name.

    Parameters
    ----------
    compilations
        Every published version.
    inline
        Names of the tables that came with the request.
    """
    objects: dict[str, ObjectTable] = {}
    redshifts = {f"{UPLOADS}.{name}": name for name in inline}
    for catalog_id, entry in catalogs.entries.items():
        if entry.content is CatalogContent.REDSHIFTS:
            redshifts[catalog_id] = f"catalog:{catalog_id}"
            continue
        card = catalogs.cards.get(catalog_id)
        columns = frozenset() if card is None else frozenset(column.name for column in card.columns)
        objects[catalog_id] = ObjectTable(catalog_id, entry.ra_column, entry.dec_column, columns)
    for publication in compilations:
        if publication.latest_for and publication.is_open_to(rights):
            redshifts[f"{COMPILATIONS}.{publication.name}"] = f"compilation:{publication.name}"
    return QueryTables(objects, redshifts)


class ReadQuery(NamedTuple):
    """What a query stands for."""

    values: dict[str, object]
    """Fields of its recipe."""
    is_plain: bool
    """Whether it is no cross-match: its recipe is a `trainingset.query_recipe.QueryRecipe`."""
    problems: tuple[Problem, ...] = ()


def read_query(query: str, values: Mapping[str, object], tables: QueryTables) -> ReadQuery:
    """The recipe fields of a query beside those that were given, and what is wrong with the query."""
    # Late imports: the parser takes a third of a second to load, which only those who ask in ADQL should wait for.
    from trainingset.query.crossmatch import crossmatch_of_query, plain_table_of
    from trainingset.query.syntax import names_schema

    if names_schema(query, SCHEMA):
        return ReadQuery({"query": query, **values}, is_plain=True)
    try:
        if (fields := plain_table_of(query, tables)) is not None:
            return ReadQuery({**fields, **values}, is_plain=True)
        return ReadQuery({**crossmatch_of_query(query, tables), **values}, is_plain=False)
    except RecipeError as error:
        return ReadQuery(dict(values), is_plain=False, problems=error.problems)
