"""Everything of this package put together, for a process that serves or works."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from uws.api_tokens import ApiTokenService
from uws.blobs import BlobStore
from uws.changes import ChangeFeed
from uws.claims import Claims
from uws.config import LifeLimits, StoreSettings
from uws.database import Database
from uws.disposal import Disposal
from uws.life import JobService
from uws.publications import PublicationService
from uws.reconciler import Reconciler
from uws.registrations import RegistrationService
from uws.shares import ShareService
from uws.uploads import UploadService
from uws.wakeup import Wakeups

__all__ = ["JobLife", "open_job_life"]


@dataclass(frozen=True, slots=True)
class JobLife:
    """The parts of the job life, on the same stores."""

    database: Database
    changes: ChangeFeed
    wakeups: Wakeups
    blobs: BlobStore
    disposal: Disposal
    jobs: JobService
    uploads: UploadService
    publications: PublicationService
    """Of compilations."""
    published_sets: PublicationService
    """Of training sets."""
    registrations: RegistrationService
    api_tokens: ApiTokenService
    shares: ShareService
    claims: Claims
    reconciler: Reconciler
    """Not running: workers start ``reconciler.run()`` as a task."""


@asynccontextmanager
async def open_job_life(settings: StoreSettings, limits: LifeLimits | None = None) -> AsyncIterator[JobLife]:
    """Connect to the stores, and close all connections at the end.

    Nothing fails here because a store is away: whoever needs it then is told, and it may come back.
    """
    limits = limits or LifeLimits()
    database = Database(settings.database_url)
    wakeups = Wakeups(settings.queue_url)
    blobs = BlobStore(settings.blob_root, settings.blob_options)
    disposal = Disposal(database, blobs)
    try:
        async with ChangeFeed(database) as changes:
            yield JobLife(
                database=database,
                changes=changes,
                wakeups=wakeups,
                blobs=blobs,
                disposal=disposal,
                jobs=JobService(database, changes, wakeups, blobs, disposal, limits),
                uploads=UploadService(database, changes, wakeups, blobs, disposal, limits),
                publications=PublicationService(database, blobs),
                published_sets=PublicationService(database, blobs, kind="set"),
                registrations=RegistrationService(database, lease_seconds=limits.lease_seconds),
                api_tokens=ApiTokenService(database),
                shares=ShareService(database),
                claims=Claims(database, wakeups, limits),
                reconciler=Reconciler(database, wakeups, disposal),
            )
    finally:
        await wakeups.close()
        await database.close()
