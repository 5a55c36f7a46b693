"""Points in time on the wire: DALI timestamps in, UTC with ``Z`` out."""

import re
from datetime import UTC, datetime

__all__ = ["read_instant", "write_instant"]

# Offsets are left out on purpose: UWS times are UTC, and "+" in a query string arrives as a space.
_INSTANT = re.compile(
    r"""(?P<year>\d{4})
    (?: (?P<compact>\d{4})
      | -(?P<month>\d\d)
        (?: -(?P<day>\d\d)
          (?: [T ](?P<hour>\d\d):(?P<minute>\d\d) (?: :(?P<second>\d\d) (?: \.(?P<fraction>\d{1,9}))? )? Z? )?
        )?
    )?""",
    re.ASCII | re.VERBOSE,
)


def read_instant(text: str) -> datetime:
    """Read a UTC time or date.

    ``2015-10-26T09:15:35.123Z``, ``2015-10-26 09:00``, ``2015-10-26``, ``20151026`` and ``2015`` are read; what is
    left out is the beginning of the rest (midnight, the first of the month).

    Raises
    ------
    ValueError
        If it is none of these, has an offset, or is no day of the calendar.
    """
    match = _INSTANT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no UTC time: write it like 2026-10-26T09:15:35Z, without an offset")
    part = match.groupdict(default="")
    month, day = (part["compact"][:2], part["compact"][2:]) if part["compact"] else (part["month"], part["day"])
    hour, minute, second = (int(part[name] or 0) for name in ("hour", "minute", "second"))
    microsecond = int(part["fraction"][:6].ljust(6, "0"))
    try:
        return datetime(
            int(part["year"]), int(month or 1), int(day or 1), hour, minute, second, microsecond, tzinfo=UTC
        )
    except ValueError as error:
        raise ValueError(f"{text!r} is no day and time of the calendar: {error}") from error


def write_instant(time: datetime | None) -> str | None:
    """Spell a time as VO clients read it: UTC, milliseconds, ``Z`` and never an offset (pyvo stops on one)."""
    if time is None:
        return None
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
