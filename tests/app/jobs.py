"""Jobs for tests of documents: say what matters, the rest is as usual."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from uws.job import ErrorSummary, ErrorType, Job, JobId, Parameter, Progress, Result
from uws.phase import FINAL_PHASES, ExecutionPhase

__all__ = ["CREATION", "a_job", "a_result"]

CREATION = datetime(2026, 11, 22, 18, 0, 0, 123000, tzinfo=UTC)


def a_result(result_id: str = "result", **changes: Any) -> Result:
    """A VOTable of 1234 bytes."""
    result = Result(
        id=result_id,
        blob=f"jobs/abc/1/{result_id}.vot",
        filename="training_set.vot",
        mime_type="application/x-votable+xml",
        size=1234,
        sha256="0" * 64,
    )
    return replace(result, **changes)


def a_job(phase: ExecutionPhase = ExecutionPhase.PENDING, **changes: Any) -> Job:
    """A cross-match of user ``mlima`` with everything that its phase brings."""
    has_started = phase not in {ExecutionPhase.PENDING, ExecutionPhase.QUEUED}
    job = Job(
        id=JobId("abc"),
        kind="crossmatch",
        owner="mlima",
        phase=phase,
        creation_time=CREATION,
        start_time=CREATION + timedelta(seconds=1) if has_started else None,
        end_time=CREATION + timedelta(seconds=2) if phase in FINAL_PHASES else None,
        destruction=CREATION + timedelta(days=30),
        execution_duration=3600,
        quote=None,
        expected_seconds=None,
        run_id=None,
        parameters=(Parameter("CATALOG", "mock.object"), Parameter("RADIUS", "1.0")),
        request={},
        inputs=(),
        results=(a_result(),) if phase is ExecutionPhase.COMPLETED else (),
        error=ErrorSummary(ErrorType.FATAL, "RADIUS: 9 is above the margin") if phase is ExecutionPhase.ERROR else None,
        progress=Progress("match", done=3, total=7, rows=120) if has_started else None,
        notes=(),
        record=None,
        attempt=1 if has_started else 0,
    )
    return replace(job, **changes)
