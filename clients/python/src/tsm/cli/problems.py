"""Errors that the command line finds by itself, before anything is sent."""

from collections.abc import Iterable

from trainingset.errors import Problem

__all__ = ["UsageProblemsError"]


class UsageProblemsError(Exception):
    """Options that cannot be taken; carries every problem that was found."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("; ".join(map(str, self.problems)))
