"""How long jobs take here, learned from the last ones."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from uws.calibration import Observation, fit

JOBS = st.lists(st.tuples(st.floats(0.01, 1e4), st.floats(0.01, 1e4)), min_size=1, max_size=20)
EXPECTED = (0.2, 0.3, 0.8, 4.0, 4.0, 10.0)


def test_without_jobs_nothing_is_known() -> None:
    assert fit([]) is None


def test_one_job_scales_what_is_expected() -> None:
    known = fit([(2.0, 6.0)])

    assert known is not None
    assert (known.seconds(1.0), known.low, known.high) == (3.0, 1.0, 1.0)


@pytest.mark.parametrize(("constant", "slope"), [(1.0, 0.4), (0.0, 3.0), (2.0, 0.0)])
def test_jobs_on_a_line_are_told_exactly(constant: float, slope: float) -> None:
    known = fit([(expected, constant + slope * expected) for expected in EXPECTED])

    assert known is not None
    assert (known.constant, known.slope) == pytest.approx((constant, slope), abs=1e-9)
    assert (known.low, known.high) == pytest.approx((1.0, 1.0))


def test_one_odd_job_does_not_move_the_line() -> None:
    known = fit([*((expected, 1.0 + 0.4 * expected) for expected in EXPECTED), (5.0, 500.0)])

    assert known is not None
    assert (known.constant, known.slope) == pytest.approx((1.0, 0.4))


def test_a_constant_halves_the_error_where_every_job_takes_some_time_of_its_own() -> None:
    draw = random.Random(1)
    jobs = [(expected, (1.0 + 0.4 * expected) * draw.uniform(0.8, 1.25)) for expected in [0.2, 0.4, 2.0, 10.0] * 5]
    known = fit(jobs)

    assert known is not None
    scale = sorted(took / expected for expected, took in jobs)[len(jobs) // 2]
    off_by_line = [max(known.seconds(x) / y, y / known.seconds(x)) for x, y in jobs]
    off_by_factor = [max(scale * x / y, y / (scale * x)) for x, y in jobs]
    assert max(off_by_line) < 1.6
    assert sum(off_by_factor) > 2 * sum(off_by_line)


@given(jobs=JOBS, expected=st.floats(0.01, 1e5))
def test_what_is_told_is_positive_and_grows_with_what_is_expected(jobs: list[Observation], expected: float) -> None:
    known = fit(jobs)

    assert known is not None
    assert 0 < known.seconds(expected) <= known.seconds(2 * expected)
    assert known.low <= known.high


@given(jobs=JOBS, scale=st.sampled_from([0.5, 4.0]))
def test_a_machine_that_is_slower_in_everything_scales_everything(jobs: list[Observation], scale: float) -> None:
    known, slower = fit(jobs), fit([(expected, scale * took) for expected, took in jobs])

    assert known is not None
    assert slower is not None
    assert slower.seconds(1.0) == pytest.approx(scale * known.seconds(1.0))
