"""What a query must know of the tables that it may name."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ObjectTable", "QueryTables"]


@dataclass(frozen=True, slots=True)
class ObjectTable:
    """What a query must know of an object catalog."""

    catalog: str
    ra: str
    dec: str
    columns: frozenset[str]


@dataclass(frozen=True, slots=True)
class QueryTables:
    """The tables that a query of this user may name."""

    objects: Mapping[str, ObjectTable]
    """Object catalogs by the names that they have in queries."""
    redshifts: Mapping[str, str]
    """Sources of redshifts, as recipes spell them, by the names that they have in queries."""
