"""The background duties: nothing that a user submitted waits for ever, and nothing that was destroyed stays.

Every worker runs one. Several at once do no harm, and each duty may be killed and done again.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial

import structlog
from sqlalchemy import and_, delete, func, or_, select, update

from uws.database import Database
from uws.disposal import Disposal
from uws.errors import UwsError
from uws.phase import ExecutionPhase
from uws.store import change_phase, end_stamp, mark_deleted
from uws.tables import JobRow, UploadRow, WorkerRow, clock, stamp
from uws.wakeup import Wakeups

__all__ = ["Reconciler"]

INTERVAL_SECONDS = 2.0
SWEEP_SECONDS = 600.0
OVERLOOKED_AFTER = timedelta(seconds=1)
"""A job that is queued for less than this has probably just been waked for."""
DELETION_TAKES = timedelta(seconds=30)
"""A deletion older than this was cut off, and is finished here."""
MOST_WAKEUPS = 8
"""At a time: each worker that wakes takes what is there, and the next round wakes again."""
WORKER_FORGOTTEN_AFTER = timedelta(days=1)
EXPIRED_NOTE = "Ended because its destruction time was reached."

logger = structlog.get_logger(__name__)


class Reconciler:
    """Does all background duties, as a task that never ends by itself."""

    def __init__(
        self,
        database: Database,
        wakeups: Wakeups,
        disposal: Disposal,
        *,
        interval_seconds: float = INTERVAL_SECONDS,
        sweep_seconds: float = SWEEP_SECONDS,
    ) -> None:
        self._database = database
        self._wakeups = wakeups
        self._disposal = disposal
        self._interval_seconds = interval_seconds
        self._sweep_seconds = sweep_seconds

    async def run(self) -> None:
        """Do all duties again and again, until cancelled."""
        # Several workers that start together do not sweep together.
        next_sweep = time.monotonic() + random.uniform(0, self._sweep_seconds)  # noqa: S311
        while True:
            await self.do_duties()
            if time.monotonic() >= next_sweep:
                await self._attempt("sweep", self._disposal.sweep)
                next_sweep = time.monotonic() + self._sweep_seconds
            await asyncio.sleep(self._interval_seconds)

    async def do_duties(self) -> None:
        """Do every duty but the sweep once; one that fails does not keep the others from being done."""
        await self._attempt("wake", self.wake_for_overlooked)
        await self._attempt("destroy", self.destroy_expired)
        await self._attempt("delete", self.finish_deletions)
        await self._attempt("forget workers", self.forget_workers)

    async def wake_for_overlooked(self) -> None:
        """Wake workers for queued jobs that nobody took, and for jobs whose worker fell silent."""
        # Queued in the future: the database's clock was set back, and whoever waits for it waits for long.
        is_old = or_(JobRow.queue_time <= clock() - OVERLOOKED_AFTER, JobRow.queue_time > clock())
        is_queued = and_(JobRow.phase == ExecutionPhase.QUEUED, is_old)
        is_lost = and_(JobRow.phase == ExecutionPhase.EXECUTING, JobRow.lease_end <= clock())
        overlooked = (
            select(func.count()).select_from(JobRow).where(or_(is_queued, is_lost), JobRow.deletion_time.is_(None))
        )
        async with self._database.reading() as session:
            count = await session.scalar(overlooked) or 0
        if count:
            await self._wakeups.top_up(min(count, MOST_WAKEUPS))

    async def destroy_expired(self) -> None:
        """Archive every job whose destruction time is reached; uploads go with the job that inspected them."""
        is_expired = and_(
            JobRow.destruction <= clock(), JobRow.phase != ExecutionPhase.ARCHIVED, JobRow.deletion_time.is_(None)
        )
        expired = select(JobRow.id, UploadRow.id).outerjoin(UploadRow, UploadRow.job_id == JobRow.id).where(is_expired)
        async with self._database.reading() as session:
            found = (await session.execute(expired)).all()
        for job_id, upload_id in found:
            # Each for itself: one whose files cannot be removed does not keep the others.
            if upload_id is None:
                await self._attempt("destroy", partial(self._archive, job_id))
            else:
                await self._attempt("destroy", partial(self._delete_upload, upload_id, job_id))

    async def finish_deletions(self) -> None:
        """Finish what a killed process began to delete."""
        is_cut_off = clock() - DELETION_TAKES
        uploads = select(UploadRow.id).where(UploadRow.deletion_time <= is_cut_off)
        jobs = select(JobRow.id).where(JobRow.deletion_time <= is_cut_off)
        async with self._database.reading() as session:
            upload_ids = (await session.scalars(uploads)).all()
            job_ids = (await session.scalars(jobs)).all()
        for upload_id in upload_ids:
            await self._attempt("delete", partial(self._disposal.finish_upload_deletion, upload_id))
        for job_id in job_ids:
            await self._attempt("delete", partial(self._disposal.finish_deletion, job_id))

    async def forget_workers(self) -> None:
        """Remove workers that have been silent for a day."""
        async with self._database.transaction() as session:
            await session.execute(delete(WorkerRow).where(WorkerRow.heartbeat < clock() - WORKER_FORGOTTEN_AFTER))

    async def _archive(self, job_id: str) -> None:
        is_expired = JobRow.destruction <= clock()  # still: its owner may have moved it
        async with self._database.transaction() as session:
            await change_phase(
                session, job_id, ExecutionPhase.ABORTED, is_expired, end_time=end_stamp(), notes=[EXPIRED_NOTE]
            )
            # Results are invisible before their files go; should we be killed between, the sweep finds the files.
            row = await change_phase(session, job_id, ExecutionPhase.ARCHIVED, is_expired, results=[], result_bytes=0)
        if row is not None:
            logger.info("job archived", job_id=job_id, owner=row.owner, run_id=row.run_id)
            await self._disposal.clean_job(job_id)

    async def _delete_upload(self, upload_id: str, job_id: str) -> None:
        async with self._database.transaction() as session:
            await session.execute(
                update(UploadRow)
                .where(UploadRow.id == upload_id, UploadRow.deletion_time.is_(None))
                .values(deletion_time=stamp())
            )
            await mark_deleted(session, job_id)
        await self._disposal.finish_upload_deletion(upload_id)
        await self._disposal.finish_deletion(job_id)

    async def _attempt(self, duty: str, do: Callable[[], Awaitable[None]]) -> None:
        try:
            await do()
        except (UwsError, OSError) as error:
            # A store is away: the next round tries again.
            logger.warning("duty not done", duty=duty, error=str(error))
        except Exception:
            # One broken job must not end all duties of this process.
            logger.exception("duty failed", duty=duty)
