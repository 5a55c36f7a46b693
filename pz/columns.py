"""Which columns of a product play which role, as its owner associated them on the PZ Server."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pydantic import BaseModel

__all__ = ["ROLE_OF_ALIAS", "UCD_OF_ALIAS", "AssociatedColumn", "roles_of"]


class AssociatedColumn(BaseModel, frozen=True):
    """One entry of ``associated_columns``."""

    column_name: str
    alias: str | None = None
    ucd: str | None = None


ROLE_OF_ALIAS = {
    "ID": "id",
    "RA": "ra",
    "Dec": "dec",
    "z": "z",
    "z_err": "z_err",
    "z_flag": "quality_flag",
    "survey": "survey",
}
"""Aliases of the PZ Server, which compares them with case, and what they are here."""
UCD_OF_ALIAS = {
    "ID": "meta.id;meta.main",
    "RA": "pos.eq.ra;meta.main",
    "Dec": "pos.eq.dec;meta.main",
    "z": "src.redshift",
    "z_err": "stat.error;src.redshift",
    "z_flag": "stat.rank",
    "survey": "meta.curation",
}
_LITERAL = ("ra", "dec", "z")
"""Roles for which a column of that very name serves when no association, or more than one, tells."""


def roles_of(associated: Iterable[AssociatedColumn], names: Sequence[str] = ()) -> dict[str, str]:
    """Find the column of each role.

    Parameters
    ----------
    associated
        As the server tells them: maybe none, maybe several with one alias, and never to be trusted; columns that are
        not among `names` count like all others, and are refused when the table is read.
    names
        Columns of the table, where they are known.

    Returns
    -------
    dict[str, str]
        Name of the column by role. An alias that is there twice is no association, as in the server's own pipelines:
        nobody guesses which is meant.
    """
    known = [column for column in associated if column.alias in ROLE_OF_ALIAS]
    times = Counter(column.alias for column in known)
    found = {
        ROLE_OF_ALIAS[column.alias]: column.column_name for column in known if column.alias and times[column.alias] == 1
    }
    return {**{role: role for role in _LITERAL if role in names}, **found}
