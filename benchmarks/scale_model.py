"""What a match costs by its partitions, bytes and redshifts, fitted to small matches."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

__all__ = ["Cost", "Work", "fit_cost", "mean_error"]


@dataclass(frozen=True, slots=True)
class Work:
    """What a match is to do."""

    n_partitions: int
    bytes_to_read: float
    n_redshifts: int

    @property
    def _terms(self) -> tuple[float, float, float, float]:
        return 1.0, self.n_partitions, self.bytes_to_read, self.n_redshifts


@dataclass(frozen=True, slots=True)
class Cost:
    """Processor seconds of a match: at its start, for each partition, for each byte and for each redshift."""

    start: float
    partition: float
    byte: float
    redshift: float

    def seconds(self, work: Work) -> float:
        """Processor seconds of some work."""
        terms = zip((self.start, self.partition, self.byte, self.redshift), work._terms, strict=True)
        return sum(price * amount for price, amount in terms)


def fit_cost(works: Sequence[Work], seconds: Sequence[float]) -> Cost:
    """Fit the prices, none below zero, to the smallest relative error.

    Parameters
    ----------
    works, seconds
        What was measured, at least four.
    """
    terms = np.array([work._terms for work in works]) / np.array(seconds)[:, None]
    size = terms.max(axis=0)
    prices, _ = nnls(terms / size, np.ones(len(works)))
    return Cost(*(prices / size).tolist())


def mean_error(works: Sequence[Work], seconds: Sequence[float]) -> float:
    """Mean relative error for each measurement of a fit to all others."""
    errors = []
    for left_out, (work, took) in enumerate(zip(works, seconds, strict=True)):
        others = [number for number in range(len(works)) if number != left_out]
        fitted = fit_cost([works[number] for number in others], [seconds[number] for number in others])
        errors.append(abs(fitted.seconds(work) / took - 1))
    return float(np.mean(errors))
