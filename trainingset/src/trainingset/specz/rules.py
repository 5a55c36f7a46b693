"""What a survey's own flags mean on the common scales: models of the rules in ``surveys/``.

The common scale of quality is that of the VVDS: 0 no redshift, 1 tentative (below 70 %), 2 likely (70 to 90 %),
3 probable (90 to 99 %), 4 very secure (above 99 %), 6 a star; 5 does not exist and null is unknown.

A rule is a default, then a table of the survey's flags, then conditions in order, of which the last that is true
wins. A comparison with null is not true. Conditions are search conditions (`trainingset.expression`) on the columns
of the release and on the roles ``z``, ``z_err`` and ``z_flag``; they are parsed and never evaluated.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from trainingset.columns import ColumnType

__all__ = [
    "ROLE_COLUMNS",
    "Condition",
    "FlagReading",
    "InstrumentCondition",
    "InstrumentRule",
    "Measured",
    "QualityCondition",
    "QualityFlag",
    "QualityRule",
    "ReferenceRules",
    "Sign",
    "SurveyColumns",
    "SurveyRules",
]

ROLE_COLUMNS = {"z": ColumnType.FLOAT64, "z_err": ColumnType.FLOAT64, "z_flag": ColumnType.FLOAT64}
"""Names that mean roles in conditions, whatever the release calls its columns."""

QualityFlag = Literal[0, 1, 2, 3, 4, 6]
"""The homogenized scale of quality."""

FlagReading = Literal["flag", "last_digit"]
"""How the table reads a flag: as it is, or its last digit (`LAST_DIGIT`: 214.4 is 4, -10 is 0, -3 is -3)."""

FlagKey = Annotated[float, Field(allow_inf_nan=False)] | Annotated[str, Field(min_length=1, max_length=200)]
"""A flag as a survey writes it: a number or a text."""

_FROZEN = ConfigDict(frozen=True, extra="forbid")


class Measured(BaseModel):
    """A number that somebody published or measured."""

    model_config = _FROZEN

    value: float = Field(gt=0)
    source: str = Field(min_length=1)
    """Where it is from; ``unverified`` where only memory says so."""


class Condition(BaseModel):
    """A condition on a row and what it gives."""

    model_config = _FROZEN

    when: str = Field(min_length=1, max_length=10_000)


class QualityCondition(Condition):
    """A condition that gives a quality flag."""

    gives: QualityFlag | None


class InstrumentCondition(Condition):
    """A condition that gives an instrument type."""

    gives: Literal["s", "g", "p"] | None


class QualityRule(BaseModel):
    """From the survey's flag to the homogenized one."""

    model_config = _FROZEN

    reads: FlagReading = "flag"
    values: dict[FlagKey, QualityFlag | None] = Field(default_factory=dict)
    """Table of flags: numbers by their value, texts in any case of letters (``A``, ``LRb_X``)."""
    default: QualityFlag | None = None
    """For rows to which nothing else applies."""
    conditions: tuple[QualityCondition, ...] = ()


class InstrumentRule(BaseModel):
    """From the survey's columns to the homogenized instrument type."""

    model_config = _FROZEN

    column: str | None = None
    """Column that `values` reads; none where the type is the same for all."""
    values: dict[FlagKey, Literal["s", "g", "p"] | None] = Field(default_factory=dict)
    default: Literal["s", "g", "p"] | None = None
    conditions: tuple[InstrumentCondition, ...] = ()


class SurveyColumns(BaseModel):
    """Columns of a release: those that fill roles, and those that rules need besides."""

    model_config = _FROZEN

    id: tuple[str, ...] = ()
    """Joined by ``-`` where one alone is not unique (``field`` and ``phot_id``)."""
    ra: str
    dec: str
    z: str
    z_err: str | None = None
    z_flag: str | None = None
    """The survey's own quality flag; none where the rules go by other columns."""
    survey: str | None = None
    """Column whose value is the survey's name in files that carry it."""
    date: str | None = None
    needed: dict[str, ColumnType] = Field(default_factory=dict)
    """Further columns that conditions name, exactly as the release spells them."""
    known: tuple[str, ...] = ()
    """Further columns by which the release is recognized."""

    @field_validator("id", mode="before")
    @classmethod
    def _several(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value


class ReferenceRules(BaseModel):
    """Where the reference implementation does otherwise; what is absent here is as in the rules themselves."""

    model_config = _FROZEN

    quality: QualityRule | None = None
    instrument_type: InstrumentRule | None = None
    why: str = Field(min_length=1)
    """What differs, and why it was not taken over."""


class Sign(BaseModel):
    """What is so in nearly all rows of a release and tells it from others: its part of the sky, its identifiers."""

    model_config = _FROZEN

    holds: str = Field(min_length=1, max_length=10_000)
    """Condition on the roles ``id``, ``ra``, ``dec`` (degrees), ``z``, ``z_err`` and ``z_flag``, on ``needed`` columns,
    and on ``known`` ones, which are texts here."""
    source: str = Field(min_length=1)
    """Where that is from."""


class SurveyRules(BaseModel):
    """How the rows of a release become rows of a compilation."""

    model_config = _FROZEN

    version: int = Field(ge=1)
    """Raised with each change that may change a row."""
    source: str = Field(min_length=1)
    """Where flags and numbers are from."""
    columns: SurveyColumns
    flags: dict[str, str] = Field(default_factory=dict)
    """What each original flag means, in the survey's words."""
    quality: QualityRule
    instrument_type: InstrumentRule
    star: str | None = None
    """Condition that marks stars (6) after everything else; rules may give 6 themselves."""
    sentinels: tuple[Annotated[float, Field(allow_inf_nan=False)], ...] = ()
    """Values of z that stand for none."""
    z_frame: Literal["heliocentric", "cmb", "unknown"] = "unknown"
    precision: Measured | None = None
    """Typical error of (z - z_true) / (1 + z)."""
    position_accuracy_arcsec: Measured | None = None
    """Typical error of a position."""
    reference: ReferenceRules | None = None
