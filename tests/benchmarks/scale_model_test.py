"""Prices of a match are found again in what they make, and its error is that of measurements left out."""

import numpy as np
import pytest

from benchmarks.scale_model import Cost, Work, fit_cost, mean_error

WORKS = [Work(n, n * size, n * density) for n in (5, 20, 100) for size in (1e5, 1e7) for density in (1, 50)]
TRUE = Cost(start=0.05, partition=4e-3, byte=2e-9, redshift=1e-5)


def test_prices_are_found_again() -> None:
    fitted = fit_cost(WORKS, [TRUE.seconds(work) for work in WORKS])

    assert (fitted.start, fitted.partition, fitted.byte, fitted.redshift) == pytest.approx(
        (TRUE.start, TRUE.partition, TRUE.byte, TRUE.redshift), rel=1e-6
    )
    assert mean_error(WORKS, [TRUE.seconds(work) for work in WORKS]) < 1e-6


def test_noise_is_told_as_error() -> None:
    draw = np.random.default_rng(1)
    noisy = [TRUE.seconds(work) * draw.uniform(0.8, 1.2) for work in WORKS]

    assert 0.05 < mean_error(WORKS, noisy) < 0.4


def test_no_price_is_negative() -> None:
    fitted = fit_cost(WORKS, [1 / work.n_partitions for work in WORKS])

    assert min(fitted.start, fitted.partition, fitted.byte, fitted.redshift) >= 0
