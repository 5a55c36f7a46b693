"""Whether the service lives and is of use: for orchestrators, operators and VOSI availability."""

from dataclasses import dataclass

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST

from app.services import Services, ServicesDep
from migrations import is_behind
from trainingset.registry import RegistryError
from uws.errors import QueueUnavailableError, StorageFullError, StoreUnavailableError

__all__ = ["Readiness", "health_router", "readiness"]

health_router = APIRouter()


@dataclass(frozen=True, slots=True)
class Readiness:
    """Which parts are in order; a part that is not has a sentence about it."""

    faults: dict[str, str]
    """What is wrong, by part: ``store``, ``queue``, ``workers``, ``catalogs``, ``files``."""

    @property
    def is_ready(self) -> bool:
        """Whether a job that is sent now would be computed soon."""
        return not self.faults


async def readiness(services: Services) -> Readiness:
    """Ask every part that a job needs."""
    faults: dict[str, str] = {}
    try:
        async with services.database.transaction() as session:
            is_old = await is_behind(session)
        if is_old:
            faults["store"] = "The job store was not brought up to date: run the migration of this version."
        elif (await services.jobs.queue_numbers()).workers_alive == 0:
            faults["workers"] = "No worker is alive: jobs are kept and wait for one."
    except StoreUnavailableError:
        faults["store"] = "The job store does not answer: nothing can be taken or shown."
    try:
        await services.wakeups.ping()
    except QueueUnavailableError:
        faults["queue"] = "The queue does not answer: jobs are kept and start later than usual."
    try:
        await services.shelf.open_to(frozenset())
    except RegistryError:
        faults["catalogs"] = "The registry of catalogs cannot be read."
    try:
        await services.blobs.require_answer()
        await services.blobs.require_space(services.config.limits.min_free_bytes)
    except StorageFullError as error:
        faults["files"] = str(error)
    except OSError:
        faults["files"] = "The store of files cannot be looked at: nothing can be taken or handed out."
    return Readiness(faults)


async def _queue_answers(services: Services) -> bool:
    try:
        await services.wakeups.ping()
    except QueueUnavailableError:
        return False
    return True


async def _free_bytes(services: Services) -> int | None:
    """None for S3, and while the folder cannot be looked at, of which `/health/ready` tells."""
    try:
        return await services.blobs.free_bytes()
    except OSError:
        return None


@health_router.get("/health/live")
async def is_alive() -> dict[str, str]:
    """Answers as long as the process does; says nothing about the stores, which a restart would not mend."""
    return {"status": "alive"}


@health_router.get("/health/ready")
async def is_ready(services: ServicesDep) -> Response:
    """200 when a job sent now would be computed soon, else 503 with what is wrong."""
    found = await readiness(services)
    content = {"status": "ready" if found.is_ready else "not ready", "faults": found.faults}
    return JSONResponse(content, status_code=200 if found.is_ready else 503)


@health_router.get("/metrics")
async def show_metrics(services: ServicesDep) -> Response:
    """Prometheus metrics; what the stores say is asked for now."""
    try:
        services.metrics.show_queue(await services.jobs.queue_numbers())
    except StoreUnavailableError:
        services.metrics.show_queue(None)
    services.metrics.show_parts(
        queue_answers=await _queue_answers(services),
        free_bytes=await _free_bytes(services),
        least_free_bytes=services.config.limits.min_free_bytes,
    )
    return Response(services.metrics.exposition(), headers={"Content-Type": CONTENT_TYPE_LATEST})
