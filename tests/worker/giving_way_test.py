"""A long computation is nicer than a short one, in all of its threads, and leaves its process as it was."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor

import dask
import pytest

from worker.giving_way import MOST_NICENESS, give_way, niceness


def my_niceness() -> int:
    return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())


def niceness_in_dask() -> set[int]:
    told = [dask.delayed(my_niceness)(dask_key_name=f"told-{number}") for number in range(8)]
    return set(dask.compute(*told, scheduler="threads", num_workers=2))


@pytest.mark.parametrize(("seconds", "steps"), [(0.01, 0), (1, 0), (2, 4), (4, 8), (100, 9), (1e6, 9), (None, 5)])
def test_the_longer_a_job_is_to_take_the_more_it_gives_way(seconds: float | None, steps: int) -> None:
    assert niceness(seconds) == steps <= MOST_NICENESS


def test_threads_that_it_starts_give_way_too_and_this_one_does_not() -> None:
    before = my_niceness()

    def in_another_thread() -> int:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(my_niceness).result()

    assert give_way(3, my_niceness) == before + 3
    assert give_way(3, in_another_thread) == before + 3
    assert give_way(3, niceness_in_dask) == {before + 3}
    assert niceness_in_dask() == {before}
    assert my_niceness() == before


def test_who_gives_no_way_stays_in_this_thread() -> None:
    assert give_way(0, threading.get_ident) == threading.get_ident()


def test_what_goes_wrong_is_raised_here() -> None:
    def fail(text: str) -> None:
        raise LookupError(text)

    with pytest.raises(LookupError, match="nothing here"):
        give_way(5, fail, "nothing here")
