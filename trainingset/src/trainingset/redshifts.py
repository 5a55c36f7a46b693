"""Redshifts ready to be matched: one clean table out of whatever a survey calls its columns."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import column_type, schema_descriptions
from trainingset.check import redshift_aliases, redshift_condition_columns
from trainingset.errors import Problem, TableError
from trainingset.expression import parse_condition
from trainingset.expression_arrow import rows_where
from trainingset.frames import FRAME_KEY, ICRS
from trainingset.positions import BoolArray, Positions, position_problems, read_positions, unit_of
from trainingset.redshift_keys import KEY_COLUMN, redshift_keys
from trainingset.roles import NUMBERS, FoundRoles, find_roles
from trainingset.tables import table_notes
from trainingset.wire import BadRows

__all__ = [
    "KEPT_ROWS",
    "REDSHIFT_COLUMN",
    "RedshiftCounts",
    "Redshifts",
    "is_marked_compilation",
    "prepare_redshifts",
    "redshift_problems",
    "redshift_values",
]

REDSHIFT_COLUMN = "redshift"
"""Name that the column of redshifts has in every result."""

KEPT_ROWS = "tie_result = 1"
"""Condition on the rows that a marked compilation keeps."""

SPEED_OF_LIGHT_KM_S = 299_792.458
"""Exact by definition of the metre."""

LARGEST_MEDIAN = 30.0
"""A table whose typical value is above this holds velocities or magnitudes: no source is known beyond z of 15."""

_PER_UNIT: dict[str, float] = {
    **dict.fromkeys(("", "1", "-", "none", "z", "redshift", "dimensionless", "c"), 1.0),
    **dict.fromkeys(
        ("km/s", "km.s-1", "km s-1", "km s^-1", "km s**-1", "km.s**-1", "km*s-1", "kms-1"), SPEED_OF_LIGHT_KM_S
    ),
    **dict.fromkeys(("m/s", "m.s-1", "m s-1", "m s^-1", "m s**-1", "m.s**-1"), SPEED_OF_LIGHT_KM_S * 1000.0),
}
"""What one unit of a column of redshifts is divided by."""

_KEY_METADATA = {
    "ucd": "meta.id",
    "description": "Key of the redshift: survey and native id or rounded position, the same in every release",
}
_COORDINATES = {"ra": ("pos.eq.ra;meta.main", "Right ascension"), "dec": ("pos.eq.dec;meta.main", "Declination")}


@dataclass(frozen=True, slots=True)
class RedshiftCounts:
    """What became of the rows."""

    read: int
    cut: int
    """Not wanted by ``REDSHIFTS_WHERE``."""
    without_position: int
    """Left out by ``BAD_ROWS=drop``."""
    kept: int
    without_redshift: int
    """Kept, but without a finite redshift: they are matched and counted, and their ``redshift`` is null."""


@dataclass(frozen=True, slots=True)
class Redshifts:
    """Redshift rows with valid positions."""

    table: pa.Table
    """All columns of the source with their metadata, besides: coordinates as float64 in ICRS degrees (right ascension
    in [0, 360)) under their own names, or as ``ra`` and ``dec`` where those are no equatorial ones; ``redshift`` as
    float64, null where not finite; and ``redshift_key``, a unique text."""
    roles: dict[str, str]
    """Column of `table` by role; the redshift's is ``redshift``."""
    counts: RedshiftCounts
    notes: tuple[str, ...]
    """What was changed or left out, in sentences."""
    names: dict[str, str]
    """Name in `table` of each column of the source."""
    redshift_column: str | None = None
    """Column of the source that the redshifts are from; None where positions alone were sent."""

    @property
    def n_dropped(self) -> int:
        """Rows of the source that are not here."""
        return self.counts.read - self.counts.kept


def prepare_redshifts(
    table: pa.Table,
    *,
    name: str,
    roles: Mapping[str, str] = MappingProxyType({}),
    bad_rows: BadRows = BadRows.ERROR,
    where: str | None = None,
    are_positions: bool = False,
) -> Redshifts:
    """Make one clean table of redshifts out of a table that was read.

    Parameters
    ----------
    table
        As `trainingset.tables.read_table` gives it.
    name
        Name of the table: part of the keys where no column tells the survey.
    roles
        Column by role as the user says; the others are found.
    where
        Constraint on rows (``REDSHIFTS_WHERE``), on the columns as they were sent and on ``redshift``.
    are_positions
        Whether positions are enough (``SELECT``): without redshifts ``redshift`` is null, and with them the column
        that holds them stays beside it as it was sent.

    Raises
    ------
    TableError
        With everything wrong: roles, units, constraint, and rows without a position unless they are to be dropped.
    """
    found = find_roles(schema_descriptions(table.schema), roles)
    if are_positions and "z" not in roles:
        found = _without_redshifts(found, table)
    problems = [*found.problems, *redshift_problems(table, found.roles)]
    problems += position_problems(table, _known(found.roles, table))
    if problems:
        raise TableError(problems)
    z = found.roles.get("z")
    values = pa.chunked_array([pa.nulls(table.num_rows, pa.float64())]) if z is None else redshift_values(table, z)
    wanted = _wanted(table, found.roles, values, where)
    positions = read_positions(table, found.roles, among=wanted)
    if positions.row_problems and bad_rows == BadRows.ERROR:
        raise TableError(positions.row_problems)
    kept = wanted & positions.is_valid
    counts = RedshiftCounts(
        read=table.num_rows,
        cut=int(np.count_nonzero(~wanted)),
        without_position=int(np.count_nonzero(wanted & ~positions.is_valid)),
        kept=int(np.count_nonzero(kept)),
        without_redshift=pc.filter(values, pa.array(kept)).null_count,
    )
    if counts.kept == (0 if are_positions else counts.without_redshift):
        raise TableError([_nothing_left(counts)])
    coordinates = _coordinate_names(table, found.roles, positions.frame)
    # In place of the column that holds them, unless that is to stay.
    replaced = z if z == REDSHIFT_COLUMN or not are_positions else None
    names = {column: _free_name(column, replaced, table.column_names) for column in table.column_names}
    clean = _clean(table, found.roles, values, positions, kept, names, coordinates)
    z_notes = () if z is None else _redshift_notes(table, z)
    notes = (*table_notes(table), *positions.notes, *z_notes, *_count_notes(counts))
    return Redshifts(clean, {**found.roles, **coordinates, "z": REDSHIFT_COLUMN}, counts, notes, names, z)


def _without_redshifts(found: FoundRoles, table: pa.Table) -> FoundRoles:
    """Leave the redshift out where it is not told or cannot be one."""
    problems = tuple(problem for problem in found.problems if problem.value != "z")
    is_usable = len(problems) == len(found.problems) and not redshift_problems(table, found.roles)
    roles = {role: name for role, name in found.roles.items() if role != "z" or is_usable}
    return FoundRoles(roles, found.evidence, problems)


def is_marked_compilation(table: pa.Table) -> bool:
    """Whether a table is a compilation that holds rows which it does not keep, told by ``tie_result``."""
    return {"tie_result", "compared_to"} <= {*table.column_names} and column_type(
        table.schema.field("tie_result").type
    ) in NUMBERS


def redshift_problems(table: pa.Table, roles: Mapping[str, str]) -> tuple[Problem, ...]:
    """Why the column of redshifts cannot hold any: text, a strange unit, velocities without a unit."""
    name = roles.get("z")
    if name is None or name not in table.column_names:
        return ()
    field = table.schema.field(name)
    if column_type(field.type) not in NUMBERS:
        message = f"the column {name!r} holds {field.type} values and no redshifts; name another: ROLES=z=COLUMN."
        return (Problem(parameter="ROLES", message=message, column=name, value="z", limit="numbers"),)
    unit = unit_of(field)
    if unit not in _PER_UNIT:
        message = f"the column {name!r} has the unit {unit!r}; redshifts have none, and velocities are read in km/s."
        return (Problem(parameter="ROLES", message=message, column=name, value="z", limit="no unit, or km/s"),)
    median = pc.quantile(redshift_values(table, name), q=0.5)[0].as_py()
    if median is None:
        message = (
            f"the column {name!r} has no finite value in any of {table.num_rows} rows; name another: ROLES=z=COLUMN."
        )
        return (Problem(parameter="ROLES", message=message, column=name, value="z", limit="finite values"),)
    if median > LARGEST_MEDIAN:
        message = (
            f"half the values of {name!r} are above {median:g}, so they are no redshifts; if they are velocities, "
            "give the column the unit km/s or divide it by 299792.458."
        )
        return (
            Problem(parameter="ROLES", message=message, column=name, value="z", limit=f"median {LARGEST_MEDIAN:g}"),
        )
    return ()


def redshift_values(table: pa.Table, name: str) -> pa.ChunkedArray:
    """Redshifts as float64, null where not finite; velocities are divided by the speed of light."""
    values = table[name].cast(pa.float64(), safe=False)
    values = pc.if_else(pc.is_finite(values), values, pa.scalar(None, pa.float64()))
    per_unit = _PER_UNIT[unit_of(table.schema.field(name))]
    return values if per_unit == 1.0 else pc.divide(values, per_unit)


def _known(roles: Mapping[str, str], table: pa.Table) -> dict[str, str]:
    return {role: name for role, name in roles.items() if name in table.column_names}


def _wanted(table: pa.Table, roles: Mapping[str, str], values: pa.ChunkedArray, where: str | None) -> BoolArray:
    if where is None:
        return np.ones(table.num_rows, dtype=bool)
    types = {description.name: description.datatype for description in schema_descriptions(table.schema)}
    condition = parse_condition(where, redshift_condition_columns(types, roles), parameter="REDSHIFTS_WHERE")
    aliases = {alias: table[name] for alias, name in redshift_aliases(table.column_names, roles).items()}
    named = {name: table[name] for name in table.column_names} | aliases | {REDSHIFT_COLUMN: values}
    return rows_where(condition, pa.table(named))


def _clean(
    table: pa.Table,
    roles: Mapping[str, str],
    values: pa.ChunkedArray,
    positions: Positions,
    kept: BoolArray,
    names: Mapping[str, str],
    coordinates: Mapping[str, str],
) -> pa.Table:
    """Rows that are kept, with coordinates, redshift and key; a column in the way of `redshift` gets another name."""
    rows, values = table.filter(pa.array(kept)), values.filter(pa.array(kept))
    ra, dec = positions.ra[kept], positions.dec[kept]
    keys = redshift_keys(rows, roles, ra=ra, dec=dec)
    clean = rows if KEY_COLUMN not in rows.column_names else rows.drop_columns([KEY_COLUMN])
    clean = clean.rename_columns([names[column] for column in clean.column_names])
    for role, degrees in (("ra", ra), ("dec", dec)):
        clean = _with_coordinate(clean, role, coordinates[role], pa.array(degrees), positions.frame)
    field = _redshift_field(rows, roles.get("z"))
    is_there = REDSHIFT_COLUMN in clean.column_names
    clean = _replaced(clean, REDSHIFT_COLUMN, field, values) if is_there else clean.append_column(field, values)
    return clean.append_column(pa.field(KEY_COLUMN, pa.string(), metadata=_KEY_METADATA), keys)


def _free_name(column: str, z_column: str | None, columns: list[str]) -> str:
    """Name of a source column in the clean table, where `redshift` is taken by the redshift itself."""
    if column == z_column:
        return REDSHIFT_COLUMN
    if column != REDSHIFT_COLUMN:
        return column
    number = 2
    while f"{REDSHIFT_COLUMN}_{number}" in columns:
        number += 1
    return f"{REDSHIFT_COLUMN}_{number}"


def _coordinate_names(table: pa.Table, roles: Mapping[str, str], frame: str) -> dict[str, str]:
    """Columns of ICRS coordinates: those of the source, unless they are none of right ascension and declination."""
    if frame.startswith((ICRS, "fk5")):
        return {role: roles[role] for role in ("ra", "dec")}
    number = next(
        number for number in count() if not {f"ra{number or ''}", f"dec{number or ''}"} & {*table.column_names}
    )
    return {role: f"{role}{number or ''}" for role in ("ra", "dec")}


def _with_coordinate(table: pa.Table, role: str, name: str, degrees: pa.Array, frame: str) -> pa.Table:
    """Put ICRS degrees in place of the column of that name, or behind the others."""
    ucd, meaning = _COORDINATES[role]
    known = dict(table.schema.field(name).metadata or {}) if name in table.column_names else {}
    known.pop(FRAME_KEY, None)
    description = known.get(b"description") or f"{meaning} of the redshift".encode()
    if frame != ICRS:
        description = f"{meaning} of the redshift in ICRS, converted from {frame}".encode()
    metadata = known | {b"description": description, b"unit": b"deg", b"ucd": ucd.encode()}
    field = pa.field(name, pa.float64(), metadata=metadata)
    return _replaced(table, name, field, degrees) if name in table.column_names else table.append_column(field, degrees)


def _redshift_field(table: pa.Table, name: str | None) -> pa.Field:
    if name is None:
        return pa.field(REDSHIFT_COLUMN, pa.float64(), metadata={"description": "Redshift: the source has none"})
    field = table.schema.field(name)
    metadata = dict(field.metadata or {})
    metadata.pop(b"unit", None)
    if not metadata.get(b"description"):
        metadata[b"description"] = f"Redshift, from the column {name}".encode()
    return pa.field(REDSHIFT_COLUMN, pa.float64(), metadata=metadata | {b"ucd": b"src.redshift;meta.main"})


def _replaced(table: pa.Table, name: str, field: pa.Field, values: pa.Array | pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.column_names.index(name), field, values)


def _redshift_notes(table: pa.Table, name: str) -> tuple[str, ...]:
    unit = unit_of(table.schema.field(name))
    if _PER_UNIT[unit] == 1.0:
        return ()
    return (f"Divided {name!r} by {_PER_UNIT[unit]:.10g} to turn {unit} into redshifts (z = v/c).",)


def _count_notes(counts: RedshiftCounts) -> tuple[str, ...]:
    told = (
        (counts.cut, f"Left out {counts.cut} of {counts.read} redshift rows by REDSHIFTS_WHERE."),
        (counts.without_position, f"Left out {counts.without_position} redshift rows without valid coordinates."),
        (counts.without_redshift, f"{counts.without_redshift} of {counts.kept} redshift rows have no redshift."),
    )
    return tuple(note for count, note in told if count)


def _nothing_left(counts: RedshiftCounts) -> Problem:
    message = (
        f"no redshift is left of {counts.read} rows: {counts.cut} are cut by REDSHIFTS_WHERE, "
        f"{counts.without_position} have no valid coordinates, {counts.without_redshift} no finite redshift."
    )
    return Problem(parameter="REDSHIFTS", message=message, value="0 rows")
