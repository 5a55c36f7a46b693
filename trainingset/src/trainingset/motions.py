"""Epochs and proper motions of positions: told to the owner of a table, never applied."""

import re
from collections.abc import Iterable, Sequence

import pyarrow as pa

from trainingset.arrow_metadata import schema_descriptions
from trainingset.columns import ColumnDescription

__all__ = ["EPOCH_KEY", "motion_notes"]

EPOCH_KEY = b"epoch"
"""Key of the column metadata that holds the epoch of positions, as COOSYS declares it."""

_MOTION = re.compile(r"_?(pm_?(ra|de|dec|alpha|delta|l|b)(_?cos_?dec)?|mu_?(ra|de|dec|alpha|delta)(_?cos_?dec)?)")
_EPOCH = re.compile(r"_?(ref_?)?epoch|ep_?(ra|de|dec)")


def motion_notes(table: pa.Table, positions: Iterable[str]) -> tuple[str, ...]:
    """What the owner of a table with epochs or proper motions should know.

    Parameters
    ----------
    positions
        Columns that hold the positions.
    """
    columns = schema_descriptions(table.schema)
    motions = [column.name for column in columns if _is_motion(column)]
    declared = _declared_epochs(table, positions)
    if not motions and not declared:
        return ()
    epochs = [column.name for column in columns if _EPOCH.fullmatch(column.name.casefold())]
    at = f" ({', '.join([*map(repr, epochs), *declared])})" if epochs or declared else ""
    note = f"Positions are used as they are, at their own epoch{at}"
    if motions:
        note += f"; the proper motions in {', '.join(map(repr, motions))} do not move them"
    return (f"{note}. Where sources move, send positions at the epoch of the object catalog.",)


def _is_motion(column: ColumnDescription) -> bool:
    ucd = (column.ucd or "").casefold()
    return ucd.startswith("pos.pm") or bool(_MOTION.fullmatch(column.name.casefold()))


def _declared_epochs(table: pa.Table, names: Iterable[str]) -> Sequence[str]:
    """Epochs that COOSYS tells of these columns, J2000 left out: that is what everybody takes for granted."""
    told = ((table.schema.field(name).metadata or {}).get(EPOCH_KEY, b"").decode() for name in names)
    return [f"declared as {epoch}" for epoch in dict.fromkeys(told) if epoch and epoch.upper() not in _USUAL]


_USUAL = frozenset({"J2000", "J2000.0", "2000", "2000.0"})
