"""What the record tells of a cell of magnitude and redshift that a cap cut down. A model alone; light."""

from pydantic import BaseModel, ConfigDict

__all__ = ["CappedCell"]


class CappedCell(BaseModel):
    """A cell that had more rows than the cap."""

    model_config = ConfigDict(frozen=True)

    survey: str
    """In lower case; empty where none is known."""
    subset: str | None = None
    """Where subsets are capped each on its own."""
    magnitude: float | None
    """Lower end of the cell; None for rows without a magnitude."""
    redshift: float | None
    """Lower end of the cell; None for rows without a redshift."""
    rows_in: int
    rows_out: int
