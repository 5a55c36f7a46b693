"""Facts about a whole table that travel inside the file, as name and value."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Info"]


class Info(BaseModel):
    """One fact about a table: a VOTable ``INFO``, a line in a FITS header."""

    model_config = ConfigDict(frozen=True)

    name: str
    value: str
    ucd: str | None = None
    """``meta.bib`` marks a citation."""
