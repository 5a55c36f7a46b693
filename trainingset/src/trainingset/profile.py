"""What is known of a redshift table after it was inspected once: columns, roles, rows, problems."""

from pydantic import BaseModel, ConfigDict

from trainingset.columns import ColumnDescription
from trainingset.errors import Problem

__all__ = ["TableProfile"]


class TableProfile(BaseModel):
    """The profile that an inspection leaves, enough to check a recipe without reading the table again."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Name by which the user knows the table."""
    table_format: str
    n_rows: int
    columns: tuple[ColumnDescription, ...]
    roles: dict[str, str]
    """Column by role, as found by UCD or name; a recipe's ``roles`` override it."""
    role_evidence: dict[str, str] = {}
    """Why a column was taken for a role: its UCD, its name."""
    bad_coordinate_rows: int = 0
    """Rows without finite coordinates in range, for the found roles."""
    coordinate_problems: tuple[Problem, ...] = ()
    """What is wrong with coordinate values; ``bad_rows=drop`` forgives them."""
    role_problems: tuple[Problem, ...] = ()
    """Roles that could not be found, are ambiguous, or fell to a column that cannot serve; ``value`` is the role.
    A recipe's ``roles`` may mend them."""
    coverage_order: int | None = None
    coverage_pixels: tuple[int, ...] = ()
    """NESTED HEALPix pixels at ``coverage_order`` that hold redshifts."""
    coverage_counts: tuple[int, ...] = ()
    """Redshifts in each of ``coverage_pixels``; empty in profiles of older releases."""
    notes: tuple[str, ...] = ()
    """What was left out or converted on reading, and what its owner should look at, in sentences."""
    sha256: str = ""
    """Checksum of the file as it was sent."""
