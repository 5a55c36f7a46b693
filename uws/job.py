"""The job as everyone outside the store sees it: immutable values."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, NewType

from uws.phase import ExecutionPhase

__all__ = [
    "INSPECT",
    "ErrorSummary",
    "ErrorType",
    "Job",
    "JobId",
    "NewJob",
    "Parameter",
    "Progress",
    "Result",
    "new_job_id",
]

JobId = NewType("JobId", str)
"""Unguessable, legal in a URL path without escaping; the last segment of the job's URL."""

INSPECT = "inspect"
"""Kind of the internal jobs that look into an upload: in no list, under no owner's limit, before all others."""

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_ID_LENGTH = 22
"""22 of these 58 letters and digits, none easily taken for another, are 128 bits."""


def new_job_id() -> JobId:
    """Draw the id of a job or an upload that does not exist yet (128 random bits)."""
    return JobId("".join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH)))


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter as it was given; with ``blob``, an inline upload that is served by reference."""

    name: str
    value: str
    blob: str | None = None
    media_type: str | None = None
    size: int = 0
    """Bytes of the upload."""
    sha256: str = ""
    """Of the upload."""


@dataclass(frozen=True, slots=True)
class Result:
    """One file that a finished job offers."""

    id: str
    blob: str
    """Key in the blob store."""
    filename: str
    """Name under which a browser saves it."""
    mime_type: str
    size: int
    """Bytes of the identity encoding."""
    sha256: str


class ErrorType(StrEnum):
    """Whether trying the same job again makes sense."""

    TRANSIENT = "transient"
    FATAL = "fatal"


@dataclass(frozen=True, slots=True)
class ErrorSummary:
    """Why a job failed, in words for its owner."""

    type: ErrorType
    message: str
    problems: tuple[dict[str, Any], ...] = ()
    """Each problem as JSON, for faces that can show more than text."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an executing job has come."""

    stage: str
    done: int | None = None
    """Units of work finished in this stage, of ``total``; what a unit is, ``unit`` says."""
    total: int | None = None
    unit: str = "partitions"
    rows: int | None = None


@dataclass(frozen=True, slots=True)
class NewJob:
    """What is needed to create a job; it starts PENDING."""

    kind: str
    """Which job list shows it: ``crossmatch``; ``inspect`` is internal and shown by none."""
    owner: str
    parameters: tuple[Parameter, ...] = ()
    request: dict[str, Any] = field(default_factory=dict)
    """What the computation gets: JSON that means nothing here."""
    inputs: tuple[str, ...] = ()
    """Blob keys that must outlive this job: pinned until it is destroyed."""
    run_id: str | None = None
    execution_duration: int | None = None
    """Wall-clock seconds, 0 = no limit, None = the service's default."""
    destruction: datetime | None = None
    """None = the service's default lifetime after creation."""
    id: JobId = field(default_factory=new_job_id)
    """Known before the job exists, so that its inline uploads can be stored first: a job never lacks its files."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job as stored. Times are UTC in whole milliseconds, as they are published."""

    id: JobId
    kind: str
    owner: str
    phase: ExecutionPhase
    creation_time: datetime
    start_time: datetime | None
    end_time: datetime | None
    destruction: datetime | None
    execution_duration: int
    quote: datetime | None
    expected_seconds: float | None
    """How long it is to run on a machine that has nothing else to do; None where nothing could be told."""
    run_id: str | None
    parameters: tuple[Parameter, ...]
    request: dict[str, Any]
    inputs: tuple[str, ...]
    results: tuple[Result, ...]
    error: ErrorSummary | None
    progress: Progress | None
    notes: tuple[str, ...]
    """Sentences for the owner: why the job waits, what to know about its result."""
    record: dict[str, Any] | None
    """What remains when the results are destroyed: the provenance."""
    attempt: int
    """Number of the current or last run; results of any other are never visible."""
