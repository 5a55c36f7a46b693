"""What a row of a survey must become, as the survey's papers and the reference implementation have it."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Row", "SurveyCases", "last_digits", "one_flag", "row", "star_unless_reference"]

Cell = float | str | bool | None
SECURE_DIGITS = (3, 4)


@dataclass(frozen=True)
class Row:
    """A row of a release and its quality on the common scale by both sets of rules."""

    columns: Mapping[str, Cell]
    reference: float | None
    current: float | None
    reference_type: str | None = None
    """Instrument type, where it is not the same for the whole survey."""
    current_type: str | None = None


@dataclass(frozen=True)
class SurveyCases:
    """Rows of one survey, whose flags are all numbers or all texts."""

    survey: str
    rows: tuple[Row, ...]
    types: tuple[str, str] | None = None
    """Instrument types of all rows by the reference's and the current rules; None where rows tell theirs."""


def row(flag: float | None, *, current: float | str | None = "same", types: str | None = None, **columns: Cell) -> Row:
    """A row with a redshift of 0.5 and a good error, unless `columns` say otherwise."""
    now = flag if isinstance(current, str) else current
    given = {"z": 0.5, "z_err": 0.0001, "z_flag": None, **columns}
    return Row(given, flag, now, types, types)


def one_flag(flags: Mapping[float | str | None, float | None]) -> tuple[Row, ...]:
    """A row for each flag, the same in both sets of rules."""
    return tuple(row(quality, z_flag=flag) for flag, quality in flags.items())


def last_digits(digits: Mapping[int, float], *, default: float | None) -> tuple[Row, ...]:
    """Flags with decimals, of broad lines, of second objects and negative ones, told by their last digit."""
    rows = [row(digits.get(digit, default), z_flag=digit) for digit in range(10)]
    rows += [row(digits.get(digit, default), z_flag=tens + digit) for tens in (10, 20, 210) for digit in range(10)]
    rows += [row(digits.get(digit, default), z_flag=digit + 0.5) for digit in range(10)]
    rows += [row(digits.get(0, default), z_flag=-10), row(default, z_flag=-3), row(default, z_flag=None)]
    return tuple(rows)


def star_unless_reference(digits: Mapping[int, float]) -> tuple[Row, ...]:
    """Rows at z near 0: stars if their redshift is secure, which the reference implementation takes for galaxies."""
    rows = []
    for digit, quality in digits.items():
        now = 6 if digit in SECURE_DIGITS else quality
        rows += [row(quality, current=now, z_flag=digit, z=z) for z in (0.0, -0.0009, 0.0009)]
        rows += [row(quality, z_flag=digit, z=z) for z in (0.001, -0.002)]
    return tuple(rows)
