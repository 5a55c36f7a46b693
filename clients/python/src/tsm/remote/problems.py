"""Findings of the service, as the rest of this package and the local functions know them."""

from collections.abc import Iterable

from trainingset.errors import Problem
from tsm.api.models.problem import Problem as SentProblem

__all__ = ["problems_of"]


def problems_of(sent: Iterable[SentProblem]) -> tuple[Problem, ...]:
    """The same findings, of the one type that local and remote findings share."""
    return tuple(Problem.model_validate(problem.to_dict()) for problem in sent)
