"""Which column of a training set means what: the survey, the bands, the magnitudes."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trainingset.provenance import Provenance

__all__ = ["BandColumns", "Meanings", "read_meanings", "redshift_roles"]

_KEY = "redshift_key"
"""Last of the columns that come from the redshift table."""
_STATE = re.compile(r"(?P<band>[A-Za-z0-9]+)_state")
_BAND_ORDER = "ugrizy"


@dataclass(frozen=True, slots=True)
class BandColumns:
    """Columns of one band."""

    band: str
    state: str | None
    """``not_observed``, ``not_detected`` or ``detected``."""
    magnitudes: tuple[str, ...]
    """Of each flux kind, in the order of the table; corrected for dust after uncorrected ones."""


@dataclass(frozen=True, slots=True)
class Meanings:
    """Columns by what they mean; None where a table has no such column."""

    survey: str | None
    subset: str | None
    ra: str | None
    dec: str | None
    bands: tuple[BandColumns, ...]
    """From blue to red."""


def read_meanings(names: Sequence[str], roles: dict[str, str] | None = None) -> Meanings:
    """Find the columns that summary and plots are about.

    Parameters
    ----------
    names
        Columns, in the order of the table.
    roles
        Columns of the redshift table by role, as the provenance record tells them.
    """
    told = {"survey": "survey", "ra": "ra", "dec": "dec", **(roles or {})}
    found = {role: _of_redshifts(told[role], names) for role in ("survey", "ra", "dec")}
    if found["ra"] is None or found["dec"] is None:
        found |= {"ra": _named("coord_ra", names), "dec": _named("coord_dec", names)}
    return Meanings(**found, subset=_named("subset", names), bands=_bands(names))


def redshift_roles(provenance: Provenance) -> dict[str, str]:
    """Columns of the redshifts by role, as they are named in the result.

    Columns of a compilation have names of their own, whatever its inputs called them.
    """
    if provenance.kind == "combine" or isinstance(provenance.recipe.get("redshifts"), dict) or not provenance.inputs:
        return {}
    return provenance.inputs[0].roles


def _named(name: str, names: Iterable[str]) -> str | None:
    return name if name in names else None


def _of_redshifts(name: str, names: Sequence[str]) -> str | None:
    """A column of the redshift table, which has a suffix where the object catalog has one of that name."""
    # In a compilation the key is the first column, and no object's columns follow.
    ours = (names[: names.index(_KEY)] if _KEY in names else names) or names
    if name in ours:
        return name
    return next((ours_name for ours_name in ours if re.fullmatch(re.escape(name) + "(_specz)+", ours_name)), None)


def _bands(names: Sequence[str]) -> tuple[BandColumns, ...]:
    states = {match["band"]: name for name in names if (match := _STATE.fullmatch(name))}
    magnitudes: dict[str, list[str]] = {}
    for name in names:
        if match := re.fullmatch(r"(?P<band>[A-Za-z0-9]+)_\w+?Mag(_dered)?", name):
            magnitudes.setdefault(match["band"], []).append(name)
    bands = sorted({*states, *magnitudes}, key=lambda band: (_BAND_ORDER.find(band) % 100, band))
    return tuple(BandColumns(band, states.get(band), tuple(magnitudes.get(band, ()))) for band in bands)
