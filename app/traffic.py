"""How much one user asks of this process: requests in the long run, and requests that are held open."""

import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.user_limits import UserLimits

__all__ = ["TooManyHeldError", "TooManyRequestsError", "Traffic"]

_BURST_SECONDS = 10
"""So many seconds' worth of requests may come at once: clients open a dozen connections and then fall silent."""
_MOST_REMEMBERED = 10_000
"""Users of whom the last requests are remembered; one who is forgotten has waited long enough."""


class TooManyRequestsError(Exception):
    """A user sends more requests than the limit; the message names it.

    Parameters
    ----------
    message
        For the user.
    retry_after
        Seconds after which the next one is taken.
    """

    def __init__(self, message: str, *, retry_after: int = 1) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class TooManyHeldError(TooManyRequestsError):
    """A user has as many requests waiting as one user may."""


@dataclass(slots=True)
class _Bucket:
    tokens: float
    filled: float
    limits: UserLimits


class Traffic:
    """Counts of one process.

    Parameters
    ----------
    clock
        Seconds, never set back.
    """

    def __init__(self, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()
        self._held: Counter[str] = Counter()

    def admit(self, username: str, limits: UserLimits) -> None:
        """Count one request.

        Raises
        ------
        TooManyRequestsError
            If it is one too many.
        """
        rate, now = limits.requests_per_second, self._clock()
        most = rate * _BURST_SECONDS
        bucket = self._buckets.pop(username, None) or _Bucket(max(most, 1.0), now, limits)
        bucket.tokens = min(max(most, 1.0), bucket.tokens + (now - bucket.filled) * rate)
        bucket.filled, bucket.limits = now, limits
        self._buckets[username] = bucket
        while len(self._buckets) > _MOST_REMEMBERED:
            self._buckets.popitem(last=False)
        if not rate:
            return
        if bucket.tokens < 1:
            wait = max(1, round((1 - bucket.tokens) / rate))
            raise TooManyRequestsError(
                f"You send more than {rate:g} requests a second, the limit of one user. Wait {wait} s; to follow jobs, "
                "use WAIT or events instead of asking again and again.",
                retry_after=wait,
            )
        bucket.tokens -= 1

    def require_place(self, username: str) -> None:
        """Refuse to hold one more request of a user who has as many waiting as allowed.

        Raises
        ------
        TooManyHeldError
            If that is so.
        """
        bucket = self._buckets.get(username)
        most = bucket.limits.held_requests if bucket is not None else 0
        if most and self._held[username] >= most:
            raise TooManyHeldError(
                f"{most} requests of yours are waiting already, the limit of one user. Wait for one of them to end.",
                retry_after=5,
            )

    @contextmanager
    def holding(self, username: str) -> Iterator[None]:
        """Count a request as waiting while the block runs.

        Raises
        ------
        TooManyHeldError
            If as many wait as may.
        """
        self.require_place(username)
        self._held[username] += 1
        try:
            yield
        finally:
            self._held[username] -= 1
            if not self._held[username]:
                del self._held[username]
