"""Tables of which some are refused: all are looked at, and all that is wrong is told at once."""

from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike, fspath
from pathlib import Path

from trainingset.errors import Problem
from tsm.errors import DiskError, RequestRefusedError, TableRefusedError

__all__ = ["RefusedTables", "table_name"]

_UNPROCESSABLE = 422
_MOST_NAMED = 20
"""Tables that a message names; more would hide the sentence."""


class RefusedTables:
    """Which of several tables are good, and what is wrong with the others.

    Examples
    --------
    >>> tables = RefusedTables()
    >>> with tables.looking_at("vvds.csv"):
    ...     pass
    >>> with tables.looking_at("deep2.csv"):
    ...     raise DiskError("deep2.csv does not exist")
    >>> tables.require_none()
    Traceback (most recent call last):
        ...
    tsm.errors.TableRefusedError: 1 of 2 inputs cannot be used: 2 (deep2.csv). Nothing was found wrong with the \
others: 1 (vvds.csv).; input 2 (deep2.csv): deep2.csv does not exist
    """

    def __init__(self) -> None:
        self._good: dict[int, str] = {}
        self._bad: dict[int, str] = {}
        self._problems: list[Problem] = []
        self._is_refused_by_service = False

    @contextmanager
    def looking_at(self, name: str) -> Iterator[None]:
        """Keep in mind what is wrong with the next table; errors that concern all of them pass."""
        number = len(self._good) + len(self._bad) + 1
        try:
            yield
        except (RequestRefusedError, TableRefusedError, DiskError) as error:
            self._bad[number] = name
            self._is_refused_by_service |= isinstance(error, RequestRefusedError)
            self._problems += [_named(problem, number, name) for problem in _problems_of(error)]
        else:
            self._good[number] = name

    def require_none(self) -> None:
        """Refuse the tables together, if any was refused.

        Raises
        ------
        RequestRefusedError
            With everything that is wrong, if the service refused one.
        TableRefusedError
            With everything that is wrong, if all were refused here.
        """
        if not self._bad:
            return
        total = len(self._good) + len(self._bad)
        problems = [self._summary(total), *self._problems] if total > 1 else self._problems
        if not self._is_refused_by_service:
            raise TableRefusedError(problems)
        message = "; ".join(problem.message for problem in problems)
        raise RequestRefusedError(message, status=_UNPROCESSABLE, problems=problems)

    def _summary(self, total: int) -> Problem:
        message = f"{len(self._bad)} of {total} inputs cannot be used: {_listed(self._bad)}."
        if self._good:
            message += f" Nothing was found wrong with the others: {_listed(self._good)}."
        return Problem(parameter="INPUT", message=message, value=f"{len(self._bad)} of {total}")


def table_name(table: object) -> str:
    """How messages call a table: its file, its source, or what kind of table it is."""
    if isinstance(table, str | PathLike):
        return Path(fspath(table)).name
    told = getattr(table, "source", None) or getattr(table, "id", None)
    return told if isinstance(told, str) else f"a {type(table).__name__}"


def _problems_of(error: RequestRefusedError | TableRefusedError | DiskError) -> tuple[Problem, ...]:
    told: tuple[Problem, ...] = getattr(error, "problems", ())
    return told or (Problem(parameter="INPUT", message=str(error)),)


def _named(problem: Problem, number: int, name: str) -> Problem:
    message = f"input {number} ({name}): {problem.message}"
    return problem.model_copy(update={"parameter": "INPUT", "message": message})


def _listed(names: dict[int, str]) -> str:
    shown = [f"{number} ({name})" for number, name in names.items()]
    return ", ".join(shown[:_MOST_NAMED]) + (", ..." if len(shown) > _MOST_NAMED else "")
