"""Places of a worker: whoever wakes it, never more jobs run at once than it has places for."""

import asyncio

import structlog

from uws.claims import Claim, Claims, JobsToClaim
from uws.errors import StoreUnavailableError
from worker.run import JobRunner

__all__ = ["Dispatcher"]

_log = structlog.get_logger("worker.dispatch")

_PATIENCE_SECONDS = 0.2
"""How long a wake-up waits for a place: long enough that an idle worker takes the next one, and no longer, so that
wake-ups do not pile up. Dropped ones are sent again while a job is overlooked."""


class Dispatcher:
    """Claims jobs and has them run in the background.

    Parameters
    ----------
    worker_id
        Name of this worker in the job store.
    slots
        Jobs that run at once. Inspections of uploads have one place more: their owners wait for them. Small jobs have
        one more as well: they must not wait behind large ones, and are gone soon.
    """

    def __init__(self, claims: Claims, runner: JobRunner, *, worker_id: str, slots: int) -> None:
        self._claims = claims
        self._runner = runner
        self._worker_id = worker_id
        self._slots = asyncio.Semaphore(slots)
        self._reserved = {JobsToClaim.INSPECTIONS: asyncio.Semaphore(1), JobsToClaim.SMALL: asyncio.Semaphore(1)}
        self._running: set[asyncio.Task[None]] = set()
        self._may_claim = True

    @property
    def n_running(self) -> int:
        """Places that are taken."""
        return len(self._running)

    async def look_for_work(self) -> None:
        """Claim a job if there is a place for it, and let it run; returns when that is decided."""
        if self._slots.locked():
            for among, slot in self._reserved.items():
                if not slot.locked():
                    await slot.acquire()
                    await self._fill(slot, among)
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                await self._slots.acquire()
        except TimeoutError:
            return
        await self._fill(self._slots, JobsToClaim.ALL)

    async def close(self, *, grace_seconds: float) -> None:
        """Claim nothing more, wait for the running jobs, and hand back what is not finished in time."""
        self._may_claim = False
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        self._runner.stop()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _fill(self, slot: asyncio.Semaphore, among: JobsToClaim) -> None:
        """Use a place that was acquired, or give it back."""
        claim = await self._claim(among)
        if claim is None:
            slot.release()
            return
        # A task of its own: wake-ups come and go with the queue, jobs do not.
        task = asyncio.create_task(self._run(claim, slot, among))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _run(self, claim: Claim | None, slot: asyncio.Semaphore, among: JobsToClaim) -> None:
        """Run a job and then whatever else can be claimed: nobody else need be waked for it."""
        try:
            while claim is not None:
                await self._runner.run(claim)
                claim = await self._claim(among)
        finally:
            slot.release()

    async def _claim(self, among: JobsToClaim) -> Claim | None:
        if not self._may_claim:
            return None
        try:
            return await self._claims.claim(self._worker_id, among=among)
        except StoreUnavailableError as error:
            _log.warning("no job can be claimed", error=str(error))
            return None
