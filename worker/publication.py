"""Turns what a child answered into what its job's owner gets: published results, or an error in words."""

import asyncio
import hashlib
import secrets
from collections.abc import Sequence
from pathlib import Path

import structlog

from trainingset.errors import Problem
from trainingset.order import TrainingSetFiles
from uws.blobs import BlobInfo, BlobStore
from uws.claims import Claim, Claims
from uws.job import ErrorSummary, ErrorType, Result

__all__ = ["exhausted", "internal_error", "publish", "refused", "store_results", "unavailable"]

_log = structlog.get_logger("worker.publication")


async def store_results(claim: Claim, made: TrainingSetFiles, folder: Path, blobs: BlobStore) -> tuple[Result, ...]:
    """Move finished files into the blob store, where nobody sees them before they are published.

    Parameters
    ----------
    claim
        Of the run that made them: its number is in their keys, so that no other run can overwrite them.
    made
        The child's answer.
    folder
        Where the child worked.
    """
    keys: dict[str, str] = {}
    results = []
    for file in made.files:
        if file.path not in keys:
            name = Path(file.path).relative_to(folder).as_posix()
            keys[file.path] = f"{claim.blob_prefix}/{name}"
            stored = await _put(blobs, keys[file.path], Path(file.path))
            if stored.sha256 != file.sha256:
                raise OSError(f"{file.path} changed between being written and being stored")
        results.append(
            Result(
                id=file.id,
                blob=keys[file.path],
                filename=file.filename,
                mime_type=file.mime_type,
                size=file.size,
                sha256=file.sha256,
            )
        )
    return tuple(results)


async def _put(blobs: BlobStore, key: str, path: Path) -> BlobInfo:
    """Store a file, or find that an earlier attempt did: it is gone from its place then."""
    if await asyncio.to_thread(path.exists):
        return await blobs.put_file(key, path)
    digest = hashlib.sha256()
    size = 0
    async for chunk in blobs.stream(key):
        digest.update(chunk)
        size += len(chunk)
    return BlobInfo(key=key, size=size, sha256=digest.hexdigest())


async def publish(claims: Claims, claim: Claim, made: TrainingSetFiles, results: tuple[Result, ...]) -> None:
    """Complete a job whose results are stored: they all become visible in one step.

    Raises
    ------
    ClaimLostError
        If the job is no longer this claim's; nothing of it becomes visible.
    """
    await claims.publish(
        claim,
        results=results,
        record=made.provenance,
        notes=made.notes,
        request={**claim.job.request, "resolved": made.recipe, **_compared(made)},
    )


def _compared(made: TrainingSetFiles) -> dict[str, object]:
    differences = made.row_differences
    return {} if differences is None else {"row_differences": differences.model_dump(mode="json")}


def refused(problems: Sequence[Problem]) -> ErrorSummary:
    """All problems in one message, a line each, and each by itself for faces that can show more."""
    lines = [str(problem) for problem in problems]
    message = lines[0] if len(lines) == 1 else "\n".join([f"{len(lines)} problems were found:", *lines])
    return ErrorSummary(
        ErrorType.FATAL, message, tuple(problem.model_dump(mode="json", exclude_none=True) for problem in problems)
    )


def unavailable(message: str) -> ErrorSummary:
    """Something cannot be read now."""
    return ErrorSummary(ErrorType.TRANSIENT, f"{message} The same job may succeed later.")


def exhausted(limit_bytes: int) -> ErrorSummary:
    """The memory that the operator allows did not suffice."""
    message = f"More than the allowed {limit_bytes / 1e9:.1f} GB of memory would be needed."
    return ErrorSummary(ErrorType.FATAL, f"{message} Ask for fewer columns or fewer redshifts at once.")


def internal_error(detail: str) -> ErrorSummary:
    """A fault of ours: the owner gets a reference, the operator's log the detail under it."""
    reference = secrets.token_hex(4)
    _log.error("internal error", reference=reference, detail=detail)
    message = f"Internal error, reference {reference}. It is not your request's fault: tell the operator the reference."
    return ErrorSummary(ErrorType.FATAL, message)
