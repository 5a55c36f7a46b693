"""Errors of the computation, named after what happened; they know no transport."""

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel, ConfigDict

__all__ = ["MissingPackageError", "Problem", "RecipeError", "SourceUnavailableError", "TableError", "TrainingSetError"]


class Problem(BaseModel):
    """One thing wrong with a request, complete enough to be mended without asking."""

    model_config = ConfigDict(frozen=True)

    parameter: str
    """Wire name of the parameter (``RADIUS``), or of the upload (``UPLOAD mine``) it concerns."""
    message: str
    """A sentence that names object, value and limit, and says what to do."""
    column: str | None = None
    rows: tuple[int, ...] = ()
    """First few offending row numbers, counted from 1."""
    value: str | None = None
    limit: str | None = None

    def __str__(self) -> str:
        return f"{self.parameter}: {self.message}"


class TrainingSetError(Exception):
    """Base of everything this package raises on purpose."""


class RecipeError(TrainingSetError):
    """What the user asked for cannot be done; carries every problem that was found.

    Trying again without a change is useless (UWS: ``fatal``).
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(str(problem) for problem in self.problems))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.problems,)


class TableError(RecipeError):
    """A table that the user sent is not one that redshifts can be read from."""


class SourceUnavailableError(TrainingSetError):
    """A catalog or a stored input cannot be read now; the same job may succeed later (UWS: ``transient``)."""


class MissingPackageError(TrainingSetError):
    """Something was asked for that needs a package which is not installed; the message says how to install it."""
