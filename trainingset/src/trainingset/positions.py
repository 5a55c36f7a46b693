"""Positions of redshifts: columns turned into ICRS degrees by unit and frame, and rows that have none."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import column_type
from trainingset.errors import Problem
from trainingset.frames import (
    FRAME_KEY,
    ICRS,
    conversion_advice,
    frame_of_text,
    frame_of_words,
    is_convertible,
)
from trainingset.motions import motion_notes
from trainingset.roles import NUMBERS

__all__ = [
    "BoolArray",
    "FloatArray",
    "Positions",
    "full_turn",
    "looks_like_radians",
    "position_frame",
    "position_problems",
    "read_positions",
    "unit_of",
]

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

ROWS_TOLD = 5
"""Bad rows that a problem names; more would hide the sentence."""

_DEGREES: dict[str, float] = {
    "deg": 1.0,
    "degree": 1.0,
    "degrees": 1.0,
    "°": 1.0,
    "d": 1.0,
    "rad": 180.0 / np.pi,
    "radian": 180.0 / np.pi,
    "radians": 180.0 / np.pi,
    "arcmin": 1.0 / 60.0,
    "arcsec": 1.0 / 3600.0,
    "mas": 1.0 / 3_600_000.0,
}
"""Degrees in one unit of an angle."""

_HOURS = frozenset({"h", "hr", "hour", "hours", "hourangle"})

_SEXAGESIMAL = re.compile(r"[+-]?\d{1,3}\s*[:hd°\s]\s*\d{1,2}\s*([:m'\s]\s*\d{1,2}(\.\d*)?\s*[s\"]?)?")

_LIMITS = {"ra": (-180.0, 360.0), "dec": (-90.0, 90.0)}
"""Degrees that are taken; right ascensions from -180 to 0 are a usual way to write 180 to 360."""


class Positions(NamedTuple):
    """Positions of all rows of a table, in ICRS."""

    ra: FloatArray
    """Degrees in [0, 360), shape (n,); meaningless where not valid."""
    dec: FloatArray
    """Degrees in [-90, 90], shape (n,); meaningless where not valid."""
    is_valid: BoolArray
    row_problems: tuple[Problem, ...]
    """Rows without a value, or out of range."""
    notes: tuple[str, ...]
    frame: str = ICRS
    """Frame that they were given in."""


def unit_of(field: pa.Field) -> str:
    """Unit of a column in lower case, empty where it has none; ``km / s``, as astropy writes it, is ``km/s``."""
    unit: bytes = (field.metadata or {}).get(b"unit", b"")
    return "/".join(part.strip() for part in unit.decode().casefold().split("/"))


def full_turn(field: pa.Field) -> float:
    """A full turn of right ascension in the unit of a column: 360 degrees, 24 hours."""
    unit = unit_of(field)
    return 24.0 if unit in _HOURS else 360.0 / _DEGREES.get(unit, 1.0)


def position_problems(table: pa.Table, roles: Mapping[str, str]) -> tuple[Problem, ...]:
    """Why columns cannot hold coordinates at all: text, an unknown unit, a frame that is not converted, radians.

    Each problem's ``value`` is the role.
    """
    problems = [
        problem
        for role in ("ra", "dec")
        if role in roles and (problem := _column_problem(table, role, roles[role])) is not None
    ]
    if problems or not {"ra", "dec"} <= roles.keys():
        return tuple(problems)
    if (problem := _frame_problem(table, roles)) is not None:
        return (problem,)
    if position_frame(table, roles) == ICRS and _are_radians_of_all_sky(table, roles):
        problems.append(_radians_problem(roles))
    return tuple(problems)


def position_frame(table: pa.Table, roles: Mapping[str, str]) -> str:
    """Frame of positions without `position_problems`, as `trainingset.frames` writes it."""
    return _frame(table, roles["ra"]).name


def read_positions(table: pa.Table, roles: Mapping[str, str], *, among: BoolArray | None = None) -> Positions:
    """Positions in degrees, by the units of both columns.

    Parameters
    ----------
    table
        A table whose `position_problems` are none.
    among
        Rows that matter, shape (n,); problems are told of these alone, by their place in the whole table.
    """
    matters = np.ones(table.num_rows, dtype=bool) if among is None else among
    given = {role: _degrees(table, role, roles[role]) for role in ("ra", "dec")}
    in_range = {role: (values >= _LIMITS[role][0]) & (values <= _LIMITS[role][1]) for role, values in given.items()}
    problems = [
        problem
        for role, values in given.items()
        for problem in (
            _absent_problem(roles[role], values, matters),
            _range_problem(role, roles[role], values, matters & ~in_range[role]),
        )
        if problem is not None
    ]
    ra = np.where(in_range["ra"], given["ra"], 0.0) % 360.0
    # -1e-20 % 360 is 360 in floating point, which is no right ascension.
    ra[ra >= 360.0] = 0.0
    dec = np.where(in_range["dec"], given["dec"], 0.0)
    is_valid = in_range["ra"] & in_range["dec"]
    frame = position_frame(table, roles)
    if frame != ICRS:
        ra, dec = _to_icrs(ra, dec, frame)
    notes = (*_notes(table, roles), *_frame_notes(frame, roles), *motion_notes(table, (roles["ra"], roles["dec"])))
    return Positions(ra, dec, is_valid, tuple(problems), notes, frame)


def _to_icrs(longitude: FloatArray, latitude: FloatArray, frame: str) -> tuple[FloatArray, FloatArray]:
    """Positions in degrees from degrees in a frame that `is_convertible`."""
    # A late import: nearly all tables are in ICRS, and frames take half a second to load.
    from astropy.coordinates import SkyCoord

    name, _, equinox = frame.partition(" ")
    there = SkyCoord(longitude, latitude, unit="deg", frame=name, **({"equinox": equinox} if equinox else {}))
    icrs = there.icrs
    return icrs.ra.deg, icrs.dec.deg


def looks_like_radians(table: pa.Table, roles: Mapping[str, str]) -> bool:
    """Whether positions without a unit all lie where radians would.

    A field of some degrees near (0, 0) looks alike, so this is a hint and no proof.
    """
    if any(unit_of(table.schema.field(roles[role])) for role in ("ra", "dec")):
        return False
    ra, dec = (_floats(table[roles[role]]) for role in ("ra", "dec"))
    ra, dec = ra[np.isfinite(ra)], dec[np.isfinite(dec)]
    if not ra.size or not dec.size:
        return False
    return bool(np.abs(dec).max() <= np.pi / 2 and ra.min() >= -np.pi and ra.max() <= 2 * np.pi)


def _are_radians_of_all_sky(table: pa.Table, roles: Mapping[str, str]) -> bool:
    """Whether such positions spread over most of the circle in radians, as no survey in degrees would."""
    if not looks_like_radians(table, roles):
        return False
    ra, dec = (_floats(table[roles[role]]) for role in ("ra", "dec"))
    return bool(np.nanmax(ra) - np.nanmin(ra) > np.pi and np.nanmax(dec) - np.nanmin(dec) > 0.5)


def _radians_problem(roles: Mapping[str, str]) -> Problem:
    message = (
        f"all values of {roles['ra']!r} are within 0 to 2π and all of {roles['dec']!r} within ±π/2: they look like "
        "radians. Convert them to degrees, or send a format that tells units (VOTable, FITS, ECSV, Parquet) with "
        "the unit 'rad', or 'deg' if they are degrees."
    )
    return Problem(parameter="ROLES", message=message, column=roles["ra"], value="ra", limit="degrees")


def _column_problem(table: pa.Table, role: str, name: str) -> Problem | None:
    field = table.schema.field(name)
    if column_type(field.type) not in NUMBERS:
        return _text_problem(table[name], role, name)
    unit = unit_of(field)
    if not unit or unit in _DEGREES or (role == "ra" and unit in _HOURS):
        return None
    message = f"the column {name!r} has the unit {unit!r}, which is no angle; coordinates are read in deg or rad."
    return Problem(parameter="ROLES", message=message, column=name, value=role, limit="deg or rad")


class _Frame(NamedTuple):
    name: str
    is_declared: bool
    """Whether the file says so; otherwise the column's name or UCD does, or nothing."""


def _declared_frame(table: pa.Table, name: str) -> str | None:
    """Frame that was declared for a column, else for its table; None where neither was."""
    metadata = table.schema.field(name).metadata or {}
    declared = metadata.get(FRAME_KEY) or (table.schema.metadata or {}).get(FRAME_KEY)
    return None if declared is None else frame_of_text(declared.decode(errors="replace")[:80])


def _frame(table: pa.Table, column: str) -> _Frame:
    field = table.schema.field(column)
    declared = _declared_frame(table, column)
    if FRAME_KEY in (field.metadata or {}) and declared is not None:
        return _Frame(declared, is_declared=True)
    told = frame_of_words(column, (field.metadata or {}).get(b"ucd", b"").decode())
    if told is not None:
        return _Frame(told, is_declared=told == declared)
    return _Frame(declared or ICRS, is_declared=True)


def _frame_problem(table: pa.Table, roles: Mapping[str, str]) -> Problem | None:
    """Why positions cannot be turned into ICRS ones, with the line that does it."""
    ra, dec = roles["ra"], roles["dec"]
    frame, other = _frame(table, ra), _frame(table, dec)
    if frame.name != other.name:
        message = f"{ra!r} is in the frame {frame.name!r} and {dec!r} in {other.name!r}; name a pair of one frame."
        return Problem(parameter="ROLES", message=message, column=ra, value="ra", limit="one frame")
    if is_convertible(frame.name) and frame.is_declared:
        return None
    told = "are declared as" if frame.is_declared else "are by name or UCD"
    message = (
        f"positions are read in ICRS, but {ra!r} and {dec!r} {told} {frame.name!r}; "
        f"{conversion_advice(frame.name, ra, dec)}"
    )
    return Problem(parameter="ROLES", message=message, column=ra, value="ra", limit="ICRS")


def _text_problem(values: pa.ChunkedArray, role: str, name: str) -> Problem:
    texts = pc.drop_null(values)
    first = str(texts[0].as_py()) if len(texts) else ""
    if _SEXAGESIMAL.fullmatch(first):
        unit = "hourangle" if role == "ra" else "deg"
        message = (
            f"the column {name!r} is sexagesimal text ({first!r}); convert it to decimal degrees "
            f"(astropy: table[{name!r}] = Angle(table[{name!r}], unit={unit!r}).deg)"
        )
    else:
        message = f"the column {name!r} holds {values.type} values such as {first!r}; it must be numbers in degrees"
    message += f", or name another column: ROLES={role}=COLUMN."
    return Problem(parameter="ROLES", message=message, column=name, value=role, limit="numbers in degrees")


def _degrees(table: pa.Table, role: str, name: str) -> FloatArray:
    unit = unit_of(table.schema.field(name))
    values = _floats(table[name])
    if role == "ra" and unit in _HOURS:
        return values * 15.0
    factor = _DEGREES.get(unit, 1.0)
    return values if factor == 1.0 else values * factor


def _floats(values: pa.ChunkedArray) -> FloatArray:
    """Values as float64, null as NaN."""
    floats: FloatArray = pc.fill_null(values.cast(pa.float64(), safe=False), np.nan).to_numpy()
    return floats


def _absent_problem(name: str, values: FloatArray, matters: BoolArray) -> Problem | None:
    rows = np.flatnonzero(matters & ~np.isfinite(values))
    if not rows.size:
        return None
    message = f"the column {name!r} has no finite value in {rows.size} of {values.size} rows{_told(rows)}. {_ADVICE}"
    return Problem(parameter="REDSHIFTS", message=message, column=name, rows=_numbers(rows), limit="finite values")


def _range_problem(role: str, name: str, values: FloatArray, is_outside: BoolArray) -> Problem | None:
    rows = np.flatnonzero(np.isfinite(values) & is_outside)
    if not rows.size:
        return None
    lowest, highest = _LIMITS[role]
    value = f"{values[rows[0]]:.10g}"
    message = (
        f"the column {name!r} is outside {lowest:g} to {highest:g} degrees in {rows.size} of {values.size} "
        f"rows{_told(rows)}; the first value is {value}. {_ADVICE}"
    )
    limit = f"{lowest:g} to {highest:g} deg"
    return Problem(parameter="REDSHIFTS", message=message, column=name, rows=_numbers(rows), value=value, limit=limit)


_ADVICE = "Mend them, or leave them out with BAD_ROWS=drop."


def _told(rows: npt.NDArray[np.intp]) -> str:
    return f" (row {', '.join(map(str, _numbers(rows)))}{', ...' if rows.size > ROWS_TOLD else ''})"


def _numbers(rows: npt.NDArray[np.intp]) -> tuple[int, ...]:
    return tuple(int(row) + 1 for row in rows[:ROWS_TOLD])


def _frame_notes(frame: str, roles: Mapping[str, str]) -> tuple[str, ...]:
    if frame == ICRS:
        return ()
    return (f"Converted positions in {roles['ra']!r} and {roles['dec']!r} from {frame} to ICRS.",)


def _notes(table: pa.Table, roles: Mapping[str, str]) -> tuple[str, ...]:
    notes = []
    for role in ("ra", "dec"):
        name = roles[role]
        field = table.schema.field(name)
        unit = unit_of(field)
        if _DEGREES.get(unit, 0.0 if unit else 1.0) != 1.0:
            notes.append(f"Converted {name!r} from {unit} to degrees.")
        if pa.types.is_float32(field.type):
            notes.append(f"{name!r} has single precision: positions are good to about 0.1 arcsec.")
    return tuple(notes)
