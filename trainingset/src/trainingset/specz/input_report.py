"""What became of the rows of one input of a compilation: kept in the provenance and drawn in the quality report."""

from pydantic import BaseModel, ConfigDict, Field

__all__ = ["InputReport", "SurveyReport"]


class SurveyReport(BaseModel):
    """Rows of one survey in one input."""

    model_config = ConfigDict(frozen=True)

    survey: str
    release: str | None = None
    z_frame: str = "unknown"
    """heliocentric, cmb or unknown."""
    rules_version: int | None = None
    """Version of the survey's rules; None where none were needed."""
    rows: int
    wanted: int
    """Rows that the recipe's limits leave."""
    quality: dict[str, int] = Field(default_factory=dict)
    """Rows by homogenized flag (``0`` to ``4``, ``6``, ``null``)."""
    instrument_types: dict[str, int] = Field(default_factory=dict)
    unmapped_flags: dict[str, int] = Field(default_factory=dict)
    """Rows by survey flag that no rule covers; their homogenized flag is null."""
    sentinels: dict[str, int] = Field(default_factory=dict)
    """Rows by value of z that stands for none."""
    out_of_range: int = 0
    """Rows with z below -0.1 or above 20 that is no known sentinel; they are kept and counted."""
    stars: int = 0
    repeated_ids: int = 0
    """Rows that share their id with an earlier one of the survey in this input."""


class InputReport(BaseModel):
    """One input."""

    model_config = ConfigDict(frozen=True)

    source: str
    """As the recipe spells it."""
    name: str
    rows: int
    kept: int
    """Rows with a valid position."""
    without_position: int = 0
    wrapped_ra: int = 0
    z_unit: str = ""
    """Unit that z was converted from; empty if it was a redshift."""
    z_frame: str = "unknown"
    """heliocentric, cmb, unknown, or mixed where surveys differ: each tells its own."""
    roles: dict[str, str] = Field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    """Why survey and roles were taken, in sentences."""
    surveys: tuple[SurveyReport, ...] = ()
    notes: tuple[str, ...] = ()
