"""The service's documents as values; fields that a newer service adds are ignored."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

from trainingset.errors import Problem

__all__ = ["JobError", "JobState", "Problem", "Progress", "Result", "UploadedTable"]

FINAL_PHASES = frozenset({"COMPLETED", "ERROR", "ABORTED", "ARCHIVED"})


class _Document(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Progress(_Document):
    """How far an executing job has come."""

    stage: str
    done: int | None = None
    total: int | None = None
    unit: str = "partitions"
    rows: int | None = None


class Result(_Document):
    """One file that a finished job offers."""

    id: str
    url: str
    filename: str
    mime_type: str
    size: int
    """Bytes."""
    sha256: str


class JobError(_Document):
    """Why a job failed."""

    type: str
    message: str
    problems: tuple[Problem, ...] = ()


class JobState(_Document):
    """A job at one moment."""

    id: str
    url: str
    phase: str
    run_id: str | None = None
    creation_time: datetime
    start_time: datetime | None = None
    end_time: datetime | None = None
    destruction: datetime | None = None
    recipe: dict[str, Any] = {}
    progress: Progress | None = None
    notes: tuple[str, ...] = ()
    results: tuple[Result, ...] = ()
    error: JobError | None = None

    @property
    def is_final(self) -> bool:
        """Whether nothing will happen any more."""
        return self.phase in FINAL_PHASES


class UploadedTable(_Document):
    """A table that was sent."""

    id: str
    source: str
    """How a recipe names it."""
    name: str
    size: int
    sha256: str
    state: str
    """``inspecting``, ``ready`` or ``rejected``."""
    error: JobError | None = None
