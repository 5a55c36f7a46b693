"""Weights of nearest neighbors: against brute force, never negative, with mean one, equal where samples are alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from trainingset.weights import color_space, neighbor_weights

# A coarse grid: distances are equal, or differ by far more than rounding.
POINTS = st.integers(1, 25).flatmap(
    lambda n: arrays.arrays(np.float64, (n, 2), elements=st.integers(-8, 8).map(float) | st.just(float("nan")))
)
NEIGHBORS = st.integers(1, 6)


def by_brute_force(rows: np.ndarray, target: np.ndarray, n_neighbors: int) -> list[float]:
    """One row after another, as the paper says it."""

    def squared(one: np.ndarray, other: np.ndarray) -> float:
        return float(((one - other) ** 2).sum())

    placed = [row for row in rows if not np.isnan(row).any()]
    aims = [aim for aim in target if not np.isnan(aim).any()]
    counts = []
    for row in rows:
        if np.isnan(row).any():
            counts.append(0)
            continue
        reach = sorted(squared(row, other) for other in placed)[min(n_neighbors, len(placed)) - 1]
        counts.append(sum(squared(row, aim) <= reach for aim in aims))
    mean = sum(counts) / len(counts)
    return [count / mean if mean else 0.0 for count in counts]


@given(rows=POINTS, target=POINTS, n_neighbors=NEIGHBORS)
def test_weights_are_those_of_brute_force(rows: np.ndarray, target: np.ndarray, n_neighbors: int) -> None:
    weights = neighbor_weights(rows, target, n_neighbors=n_neighbors)
    np.testing.assert_allclose(weights, by_brute_force(rows, target, n_neighbors), rtol=1e-12)


@given(rows=POINTS, target=POINTS, n_neighbors=NEIGHBORS, order=st.randoms(use_true_random=False))
def test_weights_are_never_negative_have_mean_one_and_do_not_depend_on_order(
    rows: np.ndarray, target: np.ndarray, n_neighbors: int, order: object
) -> None:
    weights = neighbor_weights(rows, target, n_neighbors=n_neighbors)
    assert (weights >= 0).all()
    assert (weights == 0).all() or weights.mean() == pytest.approx(1)
    places = list(range(len(rows)))
    order.shuffle(places)  # type: ignore[attr-defined]  # a random.Random
    assert neighbor_weights(rows[places], target[::-1], n_neighbors=n_neighbors).tolist() == weights[places].tolist()


@given(exponents=st.sets(st.integers(0, 20), min_size=1), n_neighbors=NEIGHBORS)
def test_weights_are_equal_where_the_samples_are(exponents: set[int], n_neighbors: int) -> None:
    # Of powers of two no two distances are equal.
    points = np.array([[2.0**exponent, 0.0] for exponent in exponents])
    assert neighbor_weights(points, points, n_neighbors=n_neighbors).tolist() == [1.0] * len(points)


def test_a_bright_sample_is_weighted_towards_the_faint_target() -> None:
    rng = np.random.default_rng(3)
    rows, target = rng.normal(21, 1.2, (4000, 1)), rng.normal(22, 1, (20_000, 1))
    weights = neighbor_weights(rows, target, n_neighbors=50)
    assert abs(rows.mean() - target.mean()) > 0.9
    assert np.average(rows[:, 0], weights=weights) == pytest.approx(target.mean(), abs=0.1)
    assert np.sqrt(np.cov(rows[:, 0], aweights=weights)) == pytest.approx(1, abs=0.1)


def test_samples_of_one_distribution_have_weights_near_one() -> None:
    rng = np.random.default_rng(5)
    weights = neighbor_weights(rng.normal(0, 1, (3000, 2)), rng.normal(0, 1, (30_000, 2)), n_neighbors=60)
    assert weights.std() < 0.25


def test_axes_are_one_magnitude_and_the_colors_of_neighbors() -> None:
    magnitudes = np.array([[24.0, 23.5, 23.2], [22.0, np.nan, 21.0]])
    np.testing.assert_allclose(color_space(magnitudes, 2), [[23.2, 0.5, 0.3], [21.0, np.nan, np.nan]])


def test_no_target_near_any_row_leaves_nothing() -> None:
    far = np.array([[1e3, 1e3]])
    assert neighbor_weights(np.zeros((3, 2)), far, n_neighbors=2).tolist() == [0, 0, 0]
    assert neighbor_weights(np.zeros((0, 2)), far, n_neighbors=2).tolist() == []
