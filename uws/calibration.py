"""How long jobs take here by what is expected of them: a line through what the last ones took."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import log
from statistics import median, quantiles

__all__ = ["Calibration", "Observation", "fit"]

_FEWEST_FOR_CONSTANT = 5
"""Jobs; through fewer, a line with a constant says more of chance than of the service."""
_APART = 1.2
"""Expectations that differ by a smaller factor tell nothing of a slope."""

Observation = tuple[float, float]
"""Seconds expected of a job, and seconds that it took; both above 0."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """How long the last jobs of a kind took by what was expected of them."""

    n_jobs: int
    constant: float
    """Seconds that every job takes, whatever it asks for."""
    slope: float
    """Further seconds for each that is expected."""
    low: float
    """A tenth of the jobs took less than this part of what the line tells."""
    high: float
    """A tenth of the jobs took more."""

    def seconds(self, expected: float) -> float:
        """How long a job will take of which so many seconds are expected."""
        return self.constant + self.slope * expected


def fit(jobs: Sequence[Observation]) -> Calibration | None:
    """The line that is off by the smallest factor on the geometric average; None without any job.

    One odd job does not move it: it runs through two of the jobs, or through one and the origin. Neither its constant
    nor its slope is negative.
    """
    if not jobs:
        return None
    constant, slope = min(_lines(jobs), key=lambda line: _mean_error(line, jobs))
    shares = sorted(took / (constant + slope * expected) for expected, took in jobs)
    low, high = (shares[0], shares[0]) if len(shares) == 1 else _tenths(shares)
    return Calibration(len(jobs), constant, slope, low, high)


def _lines(jobs: Sequence[Observation]) -> Iterator[tuple[float, float]]:
    """Constant and slope of the lines to choose from."""
    yield 0.0, median(took / expected for expected, took in jobs)
    if len(jobs) < _FEWEST_FOR_CONSTANT:
        return
    for (x1, y1), (x2, y2) in combinations(sorted(jobs), 2):
        if x2 < _APART * x1:
            continue
        slope = max((y2 - y1) / (x2 - x1), 0.0)
        constant = y1 - slope * x1
        if constant > 0:
            yield constant, slope


def _mean_error(line: tuple[float, float], jobs: Sequence[Observation]) -> float:
    """Mean logarithm of the factors by which a line is off."""
    constant, slope = line
    return sum(abs(log((constant + slope * expected) / took)) for expected, took in jobs) / len(jobs)


def _tenths(shares: Sequence[float]) -> tuple[float, float]:
    tenths = quantiles(shares, n=10, method="inclusive")
    return tenths[0], tenths[-1]
