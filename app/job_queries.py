"""What clients ask of job lists and jobs in the query string: PHASE, AFTER, LAST and WAIT."""

import re
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import NamedTuple, TypeVar

from app.errors import FormError
from app.instants import read_instant
from trainingset.errors import Problem
from uws.phase import ExecutionPhase

__all__ = ["JobFilters", "Wait", "one_value", "read_filters", "read_wait"]

_T = TypeVar("_T")
Pairs = Iterable[tuple[str, str]]

MAX_LAST = 2**31 - 1
"""More jobs than anybody has; what the store can count."""


class JobFilters(NamedTuple):
    """Which jobs of a list are wanted; they apply together, ``last`` after the others."""

    phases: frozenset[ExecutionPhase]
    """Any of these; empty for all but ARCHIVED."""
    after: datetime | None
    last: int | None


class Wait(NamedTuple):
    """How long a client waits for a job."""

    seconds: float
    phase: ExecutionPhase | None
    """The phase that the client knows: with any other, it need not wait."""


def read_filters(query: Pairs) -> JobFilters:
    """Read the filters of a job list.

    Raises
    ------
    FormError
        If one of them cannot be understood.
    """
    pairs = tuple(query)
    return JobFilters(
        phases=frozenset(_read("PHASE", text, _read_phase) for text in _values_of(pairs, "PHASE")),
        after=_read_optional(pairs, "AFTER", read_instant),
        last=_read_optional(pairs, "LAST", _read_last),
    )


def read_wait(query: Pairs, *, longest: float) -> Wait | None:
    """Read WAIT and the phase beside it; None without WAIT.

    Parameters
    ----------
    query
        Names and values.
    longest
        Seconds that the service waits at most, and for ``WAIT=-1``.

    Raises
    ------
    FormError
        If one of them cannot be understood.
    """
    pairs = tuple(query)
    seconds = _read_optional(pairs, "WAIT", _read_wait_seconds)
    if seconds is None:
        return None
    phase = _read_optional(pairs, "PHASE", _read_phase)
    return Wait(longest if seconds < 0 else min(seconds, longest), phase)


def one_value(pairs: Pairs, name: str) -> str | None:
    """The value of a parameter that may have one; equal repetitions are one value.

    Raises
    ------
    FormError
        If there are several.
    """
    values = _values_of(pairs, name)
    if len(values) > 1:
        shown = " and ".join(repr(value[:80]) for value in values[:2])
        raise FormError([Problem(parameter=name, message=f"is given as {shown}; give it once")])
    return values[0] if values else None


def _values_of(pairs: Pairs, name: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value for given, value in pairs if given.upper() == name))


def _read_optional(pairs: Pairs, name: str, read: Callable[[str], _T]) -> _T | None:
    text = one_value(pairs, name)
    return None if text is None else _read(name, text, read)


def _read(name: str, text: str, read: Callable[[str], _T]) -> _T:
    try:
        return read(text)
    except ValueError as error:
        raise FormError([Problem(parameter=name, message=str(error), value=text[:80])]) from error


def _read_phase(text: str) -> ExecutionPhase:
    try:
        return ExecutionPhase(text)
    except ValueError as error:
        raise ValueError(f"{text[:80]!r} is no phase: {', '.join(ExecutionPhase)}") from error


def _read_last(text: str) -> int:
    if not re.fullmatch("0*[1-9][0-9]{0,17}", text):
        raise ValueError(f"{text[:80]!r} is no number of jobs: a whole number from 1")
    return min(int(text), MAX_LAST)


def _read_wait_seconds(text: str) -> int:
    if not re.fullmatch("-1|[0-9]{1,18}", text):
        raise ValueError(f"{text[:80]!r} is no time to wait: whole seconds, or -1 for as long as possible")
    return int(text)
