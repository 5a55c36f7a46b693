"""Jobs in the phase that a test needs, reached as real ones reach it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from uws.assembly import JobLife
from uws.claims import Claim
from uws.job import ErrorSummary, ErrorType, Job, JobId, NewJob, Result
from uws.phase import ExecutionPhase

OWNER = "ada"
LONG_AGO = datetime(2001, 1, 1, tzinfo=UTC)
FAILURE = ErrorSummary(type=ErrorType.FATAL, message="RADIUS 5 is above the margin 2.")


def a_new_job(**values: Any) -> NewJob:
    return NewJob(**{"kind": "crossmatch", "owner": OWNER, **values})


async def a_job(life: JobLife, phase: ExecutionPhase = ExecutionPhase.PENDING, **values: Any) -> Job:
    """A job in this phase; a COMPLETED one has a result file."""
    job = await life.jobs.create(a_new_job(**values))
    match phase:
        case ExecutionPhase.PENDING:
            pass
        case ExecutionPhase.QUEUED:
            await life.jobs.run(job.id, owner=job.owner)
        case ExecutionPhase.ABORTED:
            await life.jobs.abort(job.id, owner=job.owner)
        case ExecutionPhase.ARCHIVED:
            await life.jobs.set_destruction(job.id, owner=job.owner, when=LONG_AGO)
            await life.reconciler.destroy_expired()
        case _:
            await life.jobs.run(job.id, owner=job.owner)
            claim = await take(life)
            assert claim.job.id == job.id
            if phase == ExecutionPhase.COMPLETED:
                await complete(life, claim)
            elif phase == ExecutionPhase.ERROR:
                await life.claims.fail(claim, FAILURE)
    found = await life.jobs.get(job.id, owner=job.owner)
    assert found.phase == phase
    return found


async def take(life: JobLife, worker_id: str = "worker") -> Claim:
    """Claim a job that must be there."""
    claim = await life.claims.claim(worker_id)
    assert claim is not None
    return claim


async def a_result(life: JobLife, claim: Claim, content: bytes = b"rows") -> Result:
    """A stored file of this run."""
    blob = await life.blobs.write(f"{claim.blob_prefix}/result.parquet", pieces(content))
    return Result(
        id="result",
        blob=blob.key,
        filename="result.parquet",
        mime_type="application/vnd.apache.parquet",
        size=blob.size,
        sha256=blob.sha256,
    )


async def complete(life: JobLife, claim: Claim) -> Result:
    result = await a_result(life, claim)
    await life.claims.publish(claim, results=(result,), record={"rows": 4})
    return result


async def expire(life: JobLife, job_id: JobId, owner: str = OWNER) -> None:
    await life.jobs.set_destruction(job_id, owner=owner, when=LONG_AGO)
    await life.reconciler.destroy_expired()


async def pieces(*contents: bytes) -> AsyncIterator[bytes]:
    for content in contents:
        yield content


def in_days(days: int) -> datetime:
    return datetime.now(UTC) + timedelta(days=days)
