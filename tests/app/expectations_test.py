"""What a plan says of this service: how long jobs take here, how sure that is, and which limits it meets."""

import pytest

from app.expectations import as_here
from trainingset.plan import Plan, refused_plan
from uws.calibration import Calibration
from uws.config import LifeLimits

LIMITS = LifeLimits(default_execution_duration=60, max_execution_duration=600)


def a_plan(seconds: float | None) -> Plan:
    return refused_plan((), None).model_copy(update={"seconds": seconds})


@pytest.mark.parametrize(("seconds", "said"), [(59, None), (61, "ask for more than 61 s"), (601, "longer than 600 s")])
def test_time_beyond_a_limit_is_said(seconds: float, said: str | None) -> None:
    notes = as_here(a_plan(seconds), None, LIMITS).notes

    assert [said in note for note in notes if said] == ([True] if said else [])
    assert bool(notes) == bool(said)


def test_limits_of_zero_are_none() -> None:
    free = LifeLimits(default_execution_duration=0, max_execution_duration=0)

    assert as_here(a_plan(1e6), None, free).notes == ()


def test_time_is_scaled_by_the_last_jobs_and_their_spread_is_told() -> None:
    known = Calibration(n_jobs=20, constant=3.0, slope=4.0, low=0.5, high=1.5)

    plan = as_here(a_plan(10), known, LIMITS)

    assert plan.seconds == 43.0
    assert plan.notes == (
        "seconds is calibrated by jobs of this service: most of the last 20 jobs took 0.5 to 1.5 times as long.",
    )


def test_a_plan_that_tells_no_time_stays_as_it_is() -> None:
    known = Calibration(n_jobs=20, constant=3.0, slope=4.0, low=0.5, high=1.5)

    assert as_here(a_plan(None), known, LIMITS) == a_plan(None)
