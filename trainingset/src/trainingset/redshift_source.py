"""Where redshifts come from, as recipes spell it, and the meanings that columns of such tables can have."""

import re

__all__ = ["ROLE_NAMES", "require_roles", "require_source"]

ROLE_NAMES = ("ra", "dec", "z", "z_err", "id", "survey", "quality_flag", "instrument_type", "group", "date")
"""Meanings that a column of a redshift table can have."""

_SOURCE = re.compile(
    r"(?:(upload|job|catalog):[A-Za-z0-9._-]{1,128}"
    r"|compilation:[A-Za-z0-9._-]{1,64}(@[A-Za-z0-9._-]{1,64})?"
    r"|pz:\w{1,300}"
    r"|[A-Za-z][A-Za-z0-9_]{0,127})"
)


def require_source(value: object) -> str:
    """The name of a source.

    Raises
    ------
    ValueError
        If it is none.
    """
    if isinstance(value, str) and _SOURCE.fullmatch(value):
        return value
    shown = repr(value)[:80]
    if isinstance(value, str) and value.startswith("pz:"):
        raise ValueError(
            f"{shown} names no product of the PZ Server: after pz: comes its id (pz:42) or its internal name "
            "(pz:42_ecdfs_specz_v2), which has letters, digits and _ alone; the name that pages show is another one"
        )
    raise ValueError(
        f"{shown} is none of upload:ID, job:ID, catalog:ID, compilation:NAME[@VERSION], pz:ID or the name of an upload"
    )


def require_roles(value: dict[str, str]) -> dict[str, str]:
    """Columns by role.

    Raises
    ------
    ValueError
        If a role is unknown.
    """
    if unknown := sorted(set(value) - set(ROLE_NAMES)):
        raise ValueError(f"{', '.join(unknown)}: no such role; the roles are {', '.join(ROLE_NAMES)}")
    return value
