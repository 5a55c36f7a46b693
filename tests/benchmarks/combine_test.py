"""The benchmark of compilations measures what it says: a tenth of repeats, marked as a plain loop marks them."""

import numpy as np
import pytest

from benchmarks.combine import a_recipe, exponent, synthetic_rows, time_loop, time_ours, with_keys
from trainingset.specz.duplicates import mark_duplicates


def test_about_a_tenth_of_the_rows_are_repeats() -> None:
    marks = mark_duplicates(with_keys(synthetic_rows(20_000)), a_recipe("training"))
    galaxies = len(np.unique(marks["group_id"].to_numpy()))
    assert 0.08 < 1 - galaxies / 20_000 < 0.1


def test_a_loop_over_groups_gives_the_same_marks() -> None:
    assert time_loop(2000) > 0


@pytest.mark.parametrize("preset", ["training", "reference"])
def test_all_three_steps_are_timed(preset: str) -> None:
    run = time_ours(3000, preset)
    assert run.seconds == pytest.approx(run.keys + run.mark + run.keep)
    assert run.peak_mib >= run.before_mib > 0
    assert 2000 < run.kept < 3000


def test_growth_is_one_where_it_is_in_proportion() -> None:
    assert exponent([10, 100], [3.0, 30.0]) == pytest.approx(1)
    assert exponent([10, 1000], [3.0, 30.0]) == pytest.approx(0.5)
