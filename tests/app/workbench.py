"""A worker for tests of the web process: it claims and ends jobs through the real store, without computing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from trainingset.columns import ColumnDescription, ColumnType
from trainingset.errors import Problem
from trainingset.profile import TableProfile
from trainingset.reproduction import RowDifferences
from uws.assembly import JobLife
from uws.claims import Claim
from uws.job import INSPECT, ErrorSummary, ErrorType, Progress, Result

__all__ = ["Workbench", "a_profile", "in_chunks"]

VOTABLE = b"<VOTABLE/>"


async def in_chunks(content: bytes, size: int = 65_536) -> AsyncIterator[bytes]:
    """Bytes as they arrive from a client."""
    for start in range(0, len(content), size):
        yield content[start : start + size]


def a_profile(**changes: Any) -> TableProfile:
    """What the inspection of a good table finds."""
    fields: dict[str, Any] = {
        "name": "zspec.csv",
        "table_format": "csv",
        "n_rows": 3,
        "columns": tuple(ColumnDescription(name=name, datatype=ColumnType.FLOAT64) for name in ("ra", "dec", "z")),
        "roles": {"ra": "ra", "dec": "dec", "z": "z"},
        "coverage_order": 2,
        "coverage_pixels": (5,),
    }
    return TableProfile.model_validate({**fields, **changes})


class Workbench:
    """Claims the next job and ends it in the way that its methods say."""

    def __init__(self, life: JobLife) -> None:
        self._life = life

    async def claim(self) -> Claim:
        """Take the next job, which then is EXECUTING."""
        claim = await self._life.claims.claim("workbench")
        assert claim is not None, "no job is queued"
        return claim

    async def claim_next(self) -> Claim:
        """Wait for the next job and take it."""
        while (claim := await self._life.claims.claim("workbench")) is None:
            await asyncio.sleep(0.02)
        return claim

    async def report_alive(self) -> None:
        """Count as a worker that is alive."""
        await self._life.claims.report_alive("workbench", slots=1)

    async def inspect(self, profile: TableProfile | None = None) -> None:
        """End the inspection of an upload well."""
        claim = await self.claim()
        assert claim.job.kind == INSPECT
        found = (profile or a_profile()).model_dump(mode="json")
        await self._life.claims.publish(claim, results=(), record=found)

    async def reject(self, *problems: Problem) -> None:
        """End the inspection of an upload with problems."""
        claim = await self.claim()
        assert claim.job.kind == INSPECT
        await self.fail(claim, *problems)

    async def progress(self, claim: Claim, stage: str, done: int, total: int) -> None:
        """Report how far a job has come."""
        await self._life.claims.heartbeat(claim, progress=Progress(stage=stage, done=done, total=total, rows=7))

    async def complete(
        self,
        claim: Claim | None = None,
        *,
        content: bytes = VOTABLE,
        record: dict[str, Any] | None = None,
        row_differences: RowDifferences | None = None,
    ) -> None:
        """End a job well, with the results ``result`` and ``parquet``."""
        claim = claim or await self.claim()
        results = (
            await self.store(claim, "result", "result.vot", "application/x-votable+xml", content),
            await self.store(claim, "parquet", "result.parquet", "application/vnd.apache.parquet", b"PAR1"),
        )
        told = {} if row_differences is None else {"row_differences": row_differences.model_dump(mode="json")}
        await self._life.claims.publish(
            claim,
            results=results,
            record=record or {"recipe": {}},
            notes=("Made.",),
            request={**claim.job.request, **told},
        )

    async def fail(self, claim: Claim | None = None, *problems: Problem) -> None:
        """End a job in ERROR."""
        claim = claim or await self.claim()
        summary = ErrorSummary(
            type=ErrorType.FATAL,
            message="; ".join(map(str, problems)) or "It cannot be done.",
            problems=tuple(problem.model_dump(mode="json", exclude_none=True) for problem in problems),
        )
        await self._life.claims.fail(claim, summary)

    async def destroy_expired(self) -> None:
        """Do what every worker does beside its jobs: destroy those whose time is over."""
        await self._life.reconciler.destroy_expired()

    async def store(self, claim: Claim, result_id: str, filename: str, mime_type: str, content: bytes) -> Result:
        """Write a file of a job's present run; nobody sees it before the job is completed with it."""
        stored = await self._life.blobs.write(f"{claim.blob_prefix}/{filename}", in_chunks(content))
        return Result(
            id=result_id,
            blob=stored.key,
            filename=filename,
            mime_type=mime_type,
            size=stored.size,
            sha256=stored.sha256,
        )
