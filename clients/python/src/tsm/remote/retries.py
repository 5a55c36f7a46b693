"""When a request is sent again, and after how long."""

import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum

import anyio
import httpx

__all__ = ["Clock", "Patience", "Repeat", "retry_after"]


class Repeat(Enum):
    """Which failed requests may be sent again."""

    ALWAYS = "always"
    """Sending it twice does what sending it once does."""
    IF_NOTHING_HAPPENED = "if nothing happened"
    """Only if it never left, or if the service said that it took nothing of it."""

    def allows(self, failure: httpx.TransportError | httpx.Response) -> bool:
        """Whether a request that failed in this way may be sent again."""
        if isinstance(failure, httpx.TransportError):
            return self is Repeat.ALWAYS or isinstance(failure, httpx.ConnectError | httpx.ConnectTimeout)
        if self is Repeat.ALWAYS:
            return failure.status_code in (429, 502, 503, 504)
        # 502 and 504 come from a proxy that had passed the request on.
        return failure.status_code in (429, 503)


@dataclass(frozen=True)
class Clock:
    """Time and chance, which tests replace."""

    now: Callable[[], float] = time.monotonic
    """Seconds, from any beginning."""
    sleep: Callable[[float], Awaitable[None]] = anyio.sleep
    draw: Callable[[], float] = field(default=random.random)
    """A number from 0 to 1."""


@dataclass(frozen=True)
class Patience:
    """How often, and with what pauses."""

    attempts: int = 5
    """Requests in all, the first one included."""
    first_pause: float = 0.5
    """Seconds; each further pause is twice as long."""
    longest_pause: float = 30.0
    """Seconds; a service that asks for more is not waited for."""
    first_event_seconds: float = 10.0
    """The service sends the first event of a job at once: what is not there by then, a proxy keeps back."""
    outage_seconds: float = 900.0
    """How long a service that restarts is waited for while a job runs."""

    def pause(self, failures: int, failure: httpx.TransportError | httpx.Response, clock: Clock) -> float:
        """Seconds until the next attempt, after so many failures.

        What the service asks for is kept to; otherwise chance spreads the clients of a service that restarts.
        """
        doubled = min(self.first_pause * 2.0 ** (failures - 1), self.longest_pause)
        pause = doubled * (0.5 + 0.5 * clock.draw())
        asked = retry_after(failure) if isinstance(failure, httpx.Response) else None
        return pause if asked is None else max(asked, 0.0) + pause * 0.1


def retry_after(answer: httpx.Response) -> float | None:
    """Seconds that the service asks for, as a number or as a date."""
    text = answer.headers.get("Retry-After", "").strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    if date.tzinfo is None:
        date = date.replace(tzinfo=UTC)
    return (date - datetime.now(UTC)).total_seconds()
