"""Keeps a claim alive while its job runs, tells its progress, and notices when the job is no longer ours."""

import asyncio
import contextlib
from types import TracebackType
from typing import Self

import structlog

from trainingset.order import StageProgress
from uws.changes import Change, ChangeFeed, Subscription
from uws.claims import Claim, Claims
from uws.errors import ClaimLostError, StoreUnavailableError
from uws.job import Progress

__all__ = ["ClaimKeeper"]

_log = structlog.get_logger("worker.keeper")

_PROGRESS_SECONDS = 0.2
"""Progress is told at most so often; nobody reads faster."""


class ClaimKeeper:
    """Sends heartbeats in the background; an async context manager.

    A change of the job's phase by others (abortion, deletion) is noticed at once by a notification, and at the next
    heartbeat if that was lost.

    Parameters
    ----------
    lease_seconds
        Time without a heartbeat after which the job goes to another worker.
    """

    def __init__(self, claims: Claims, feed: ChangeFeed, claim: Claim, *, lease_seconds: float) -> None:
        self._claims = claims
        self._feed = feed
        self._claim = claim
        self._interval_seconds = lease_seconds / 3
        self._execution_duration = claim.job.execution_duration
        self._started = asyncio.get_running_loop().time()
        self._duration_changed = asyncio.Event()
        self._progress: Progress | None = None
        self._look = asyncio.Event()
        self._lost = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._watching = contextlib.ExitStack()

    async def __aenter__(self) -> Self:
        subscription = self._watching.enter_context(self._feed.subscribe(self._claim.job.id, frozenset({Change.PHASE})))
        self._tasks = [asyncio.create_task(self._keep()), asyncio.create_task(self._watch(subscription))]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._watching.close()

    def report(self, step: StageProgress) -> None:
        """Tell how far the computation has come; only the latest is kept until it is sent."""
        self._progress = Progress(stage=step.stage, done=step.done, total=step.total, rows=step.rows)
        self._look.set()

    async def lost(self) -> None:
        """Wait until the job is no longer ours."""
        await self._lost.wait()

    async def out_of_time(self) -> None:
        """Wait until this run has taken as long as the job may, which its owner can change meanwhile."""
        while True:
            ends = self._started + self._execution_duration if self._execution_duration else None
            try:
                async with asyncio.timeout_at(ends):
                    await self._duration_changed.wait()
                    self._duration_changed.clear()
            except TimeoutError:
                return

    async def _watch(self, subscription: Subscription) -> None:
        while True:
            await subscription.wait()
            self._look.set()

    async def _keep(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._interval_seconds):
                    await self._look.wait()
            self._look.clear()
            progress, self._progress = self._progress, None
            try:
                async with asyncio.timeout(2 * self._interval_seconds):
                    duration = await self._claims.heartbeat(self._claim, progress=progress)
                if duration != self._execution_duration:
                    self._execution_duration = duration
                    self._duration_changed.set()
            except ClaimLostError:
                self._lost.set()
                return
            except (StoreUnavailableError, TimeoutError) as error:
                # The lease may run out meanwhile; then the next heartbeat that gets through says so. One that gets
                # no answer is given up within the lease: the next one takes another connection.
                _log.warning("heartbeat not sent", error=str(error))
            await asyncio.sleep(_PROGRESS_SECONDS)
