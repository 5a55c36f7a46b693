"""A job as the JSON face shows it."""

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

from app.addresses import Addresses
from app.api.json_numbers import exact
from app.job_kinds import JobKind
from trainingset.errors import Problem
from uws.job import ErrorSummary, ErrorType, Job, Progress, Result
from uws.phase import ExecutionPhase

__all__ = ["JobDocument", "JobError", "JobProgress", "JobResult", "error_of"]

ExactJson = Annotated[dict[str, Any], PlainSerializer(exact, return_type=dict[str, Any])]
"""An object of any shape, without integers that readers could get wrong."""


class JobProgress(BaseModel):
    """How far an executing job has come."""

    stage: str
    done: int | None = Field(description="Units of work finished in this stage.")
    total: int | None
    unit: str = Field(description="What is counted by `done` and `total`.")
    rows: int | None = Field(description="Rows found so far.")


class JobResult(BaseModel):
    """One file that a finished job offers."""

    id: str = Field(description="`result` is the primary one.")
    url: str
    filename: str
    mime_type: str
    size: int = Field(description="Bytes.")
    sha256: str


class JobError(BaseModel):
    """Why a job failed."""

    type: ErrorType = Field(description="Whether trying the same job again makes sense.")
    message: str
    problems: list[Problem]


class JobDocument(BaseModel):
    """One job; the UWS document at `url` shows the same."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": "n3v9x2q7w5k8",
                "url": "https://data.example.org/tsm/crossmatch/async/n3v9x2q7w5k8",
                "kind": "crossmatch",
                "owner": "mlima",
                "phase": "EXECUTING",
                "run_id": "zCOSMOS pilot",
                "creation_time": "2026-11-22T14:03:11.120000Z",
                "start_time": "2026-11-22T14:03:11.340000Z",
                "end_time": None,
                "quote": None,
                "destruction": "2026-12-22T14:03:11.120000Z",
                "execution_duration": 3600,
                "recipe": {"kind": "crossmatch", "catalog": "mock.object", "redshifts": "upload:u8k2m4"},
                "progress": {"stage": "match", "done": 7, "total": 12, "unit": "partitions", "rows": 512},
                "notes": [],
                "results": [],
                "error": None,
            }
        }
    )

    id: str
    url: str = Field(description="UWS document of this job; its results lie below.")
    kind: JobKind
    owner: str
    phase: ExecutionPhase
    run_id: str | None
    creation_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    quote: datetime | None = Field(description="When it is expected to end, if that can be told.")
    destruction: datetime | None = Field(description="When its results are removed.")
    execution_duration: int = Field(description="Wall-clock seconds that it may run, 0 = no limit.")
    recipe: ExactJson = Field(description="What was asked for; with every default resolved once that is known.")
    progress: JobProgress | None
    notes: list[str] = Field(description="Sentences for the owner: why it waits, what to know about its result.")
    results: list[JobResult]
    error: JobError | None

    @classmethod
    def of(cls, job: Job, addresses: Addresses) -> "JobDocument":
        """The document of a job as stored."""
        return cls(
            id=job.id,
            url=addresses.job(job),
            kind=JobKind(job.kind),
            owner=job.owner,
            phase=job.phase,
            run_id=job.run_id,
            creation_time=job.creation_time,
            start_time=job.start_time,
            end_time=job.end_time,
            quote=job.quote,
            destruction=job.destruction,
            execution_duration=job.execution_duration,
            recipe=job.request.get("resolved") or job.request.get("recipe", {}),
            progress=_progress(job.progress),
            notes=list(job.notes),
            results=[result_of(job, result, addresses) for result in job.results],
            error=error_of(job.error),
        )


def result_of(job: Job, result: Result, addresses: Addresses) -> JobResult:
    """One result with its absolute address."""
    return JobResult(
        id=result.id,
        url=addresses.result(job, result.id),
        filename=result.filename,
        mime_type=result.mime_type,
        size=result.size,
        sha256=result.sha256,
    )


def error_of(error: ErrorSummary | None) -> JobError | None:
    """The error of a job or of an upload's inspection."""
    if error is None:
        return None
    problems = [Problem.model_validate(problem) for problem in error.problems]
    return JobError(type=error.type, message=error.message, problems=problems)


def _progress(progress: Progress | None) -> JobProgress | None:
    if progress is None:
        return None
    return JobProgress(
        stage=progress.stage, done=progress.done, total=progress.total, unit=progress.unit, rows=progress.rows
    )
