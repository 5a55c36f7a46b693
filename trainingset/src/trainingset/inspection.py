"""What one look at a redshift table tells: the profile against which recipes are checked without reading it again."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix

from trainingset.arrow_metadata import schema_descriptions
from trainingset.errors import Problem, TableError
from trainingset.positions import FloatArray, Positions, looks_like_radians, position_problems, read_positions
from trainingset.profile import TableProfile
from trainingset.redshifts import redshift_problems
from trainingset.roles import find_roles
from trainingset.tables import read_table, table_format_of, table_notes

__all__ = ["inspect_file", "profile_table", "require_rows_within"]

FINEST_ORDER = 10
"""HEALPix order of a coverage: pixels of 3.4 arcmin."""

MOST_PIXELS = 4096
"""Most pixels of a coverage: some 30 kB as JSON. Tables of more sky are told in coarser ones."""


def inspect_file(
    path: Path, *, name: str, media_type: str | None = None, sha256: str = "", most_rows: int | None = None
) -> TableProfile:
    """Read a table of redshifts and tell what is in it.

    Parameters
    ----------
    most_rows
        Rows from which on it is refused; None without a limit.

    Raises
    ------
    TableError
        With everything that is wrong, where it cannot be read.
    """
    table = read_table(path, name=name, media_type=media_type)
    require_rows_within(table, most_rows, name=name)
    return profile_table(table, name=name, sha256=sha256)


def require_rows_within(table: pa.Table, most_rows: int | None, *, name: str) -> None:
    """Refuse a table of more rows than the operator wants to get from users.

    Raises
    ------
    TableError
        If it has more.
    """
    if most_rows is None or table.num_rows <= most_rows:
        return
    message = (
        f"has {table.num_rows} rows; at most {most_rows} can be sent. Send the part of the sky that you need, or ask "
        "the operator to register the table as a catalog of redshifts (then name it as catalog:ID)."
    )
    limit = f"{most_rows} rows"
    raise TableError([Problem(parameter=f"UPLOAD {name}", message=message, value=str(table.num_rows), limit=limit)])


def profile_table(
    table: pa.Table,
    *,
    name: str,
    table_format: str | None = None,
    roles: Mapping[str, str] = MappingProxyType({}),
    sha256: str = "",
) -> TableProfile:
    """Tell what is in a table of redshifts, and what stands in the way of using it.

    Parameters
    ----------
    table
        As `trainingset.tables.read_table` gives it.
    table_format
        Format of its file, where the table itself does not tell.
    roles
        Column by role, as far as that is known; the others are found.
    sha256
        Checksum of the file as it was sent.
    """
    columns = schema_descriptions(table.schema)
    found = find_roles(columns, roles)
    problems = [*found.problems, *position_problems(table, found.roles), *redshift_problems(table, found.roles)]
    positions = _positions(table, found.roles, {problem.value for problem in problems})
    order, pixels, counts = (None, (), ()) if positions is None else coverage(positions)
    return TableProfile(
        name=name,
        table_format=table_format or table_format_of(table),
        n_rows=table.num_rows,
        columns=columns,
        roles=found.roles,
        role_evidence=found.evidence,
        bad_coordinate_rows=0 if positions is None else int(np.count_nonzero(~positions.is_valid)),
        coordinate_problems=() if positions is None else positions.row_problems,
        role_problems=tuple(problems),
        coverage_order=order,
        coverage_pixels=pixels,
        coverage_counts=counts,
        sha256=sha256,
        notes=_notes(table, found.roles, positions),
    )


def coverage(positions: Positions) -> tuple[int | None, tuple[int, ...], tuple[int, ...]]:
    """HEALPix order, sorted NESTED pixels that hold valid positions, and how many each holds."""
    ra, dec = positions.ra[positions.is_valid], positions.dec[positions.is_valid]
    if not ra.size:
        return None, (), ()
    order, (pixels, counts) = FINEST_ORDER, np.unique(_pixels(ra, dec), return_counts=True)
    while pixels.size > MOST_PIXELS:
        order, (pixels, first) = order - 1, np.unique(pixels >> 2, return_index=True)
        counts = np.add.reduceat(counts, first)
    return order, tuple(pixels.tolist()), tuple(counts.tolist())


def _pixels(ra: FloatArray, dec: FloatArray) -> npt.NDArray[np.int64]:
    longitude, latitude = Longitude(ra, unit="deg"), Latitude(dec, unit="deg")
    pixels: npt.NDArray[np.int64] = lonlat_to_healpix(longitude, latitude, FINEST_ORDER).astype(np.int64)
    return pixels


def _positions(table: pa.Table, roles: Mapping[str, str], unfit: set[str | None]) -> Positions | None:
    """Positions by the found roles, None where one is missing or its column cannot hold coordinates."""
    if not {"ra", "dec"} <= roles.keys() or {"ra", "dec"} & unfit:
        return None
    return read_positions(table, roles)


def _notes(table: pa.Table, roles: Mapping[str, str], positions: Positions | None) -> tuple[str, ...]:
    notes = table_notes(table)
    if positions is None:
        return notes
    notes += positions.notes
    if looks_like_radians(table, roles):
        notes += (RADIANS_NOTE.format(ra=roles["ra"], dec=roles["dec"]),)
    return notes


RADIANS_NOTE = (
    "{ra!r} and {dec!r} tell no unit and were taken as degrees, but all positions lie where radians would: "
    "if they are radians, convert them."
)
