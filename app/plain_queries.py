"""Queries that are no cross-matches: what the worker needs to answer one."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic_core import to_jsonable_python

from app.catalogs import OpenCatalogs
from app.queries import COMPILATIONS
from app.result_rights import REQUIRED_RIGHTS, rights_needed_by
from app.sources import FoundSource, InputBlob
from trainingset.errors import Problem
from trainingset.registry import card_key
from uws.publications import Publication

__all__ = ["QueryRequest", "request_for_query"]


class QueryRequest(NamedTuple):
    """The request of a query's job."""

    request: dict[str, Any]
    """What the worker gets, as JSON."""
    inputs: tuple[str, ...]
    """Blob keys that must outlive the job."""


def request_for_query(
    values: Mapping[str, object],
    problems: Sequence[Problem],
    found: Mapping[str, FoundSource | Problem],
    catalogs: OpenCatalogs,
    *,
    published: Sequence[Publication],
    rights: frozenset[str],
) -> QueryRequest:
    """The request of a query: of a catalog with its card, of another table with it, else with all that can be seen.

    Parameters
    ----------
    found
        What there is of the table that the query names, if it names one.
    """
    catalog, is_of_tap_schema = values.get("catalog"), not {"catalog", "source"} & values.keys()
    described = (f"catalog:{catalog}", str(values.get("source")))
    cards = {
        f"card:{id_}": InputBlob(blob=card_key(id_), name=id_, sha256="", size=0)
        for id_ in catalogs.cards
        if is_of_tap_schema or f"catalog:{id_}" in described
    }
    sources = {name: source for name, source in found.items() if isinstance(source, FoundSource)}
    tables = {name: source.input for name, source in sources.items() if source.input is not None}
    needed = rights_needed_by([catalogs.entries[str(catalog)].required_right] if catalog is not None else [])
    request = {
        "kind": "query",
        "recipe": to_jsonable_python({"kind": "query", **values}),
        "problems": [problem.model_dump(mode="json", exclude_none=True) for problem in problems],
        "inputs": {name: stored.model_dump(mode="json") for name, stored in (cards | tables).items()},
        "catalogs": list(catalogs.entries),
        "compilations": {
            f"{COMPILATIONS}.{publication.name}": publication.details
            for publication in published
            if is_of_tap_schema and publication.latest_for and publication.is_open_to(rights)
        },
        REQUIRED_RIGHTS: sorted(needed.union(*(source.required_rights for source in sources.values()))),
    }
    # Cards are the service's own, and written anew at any time: nobody has to keep them for a job.
    return QueryRequest(request, tuple(stored.blob for stored in tables.values()))
