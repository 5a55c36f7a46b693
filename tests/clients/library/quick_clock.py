"""Time that passes at once, and chance that is none."""

import anyio
import anyio.lowlevel

from tsm.remote.retries import Clock

__all__ = ["QuickClock"]


class QuickClock:
    """Remembers how long it was slept."""

    def __init__(self) -> None:
        self.pauses: list[float] = []

    @property
    def clock(self) -> Clock:
        return Clock(now=lambda: sum(self.pauses), sleep=self._sleep, draw=lambda: 1.0)

    async def _sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        await anyio.lowlevel.checkpoint()
