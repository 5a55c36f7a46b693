"""Long computations give way to short ones that share their processors."""

import math
import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

__all__ = ["MOST_NICENESS", "give_way", "niceness"]

P = ParamSpec("P")
T = TypeVar("T")

MOST_NICENESS = 9
"""Added to that of every computation, it is the most that Linux knows."""
_STEPS_PER_DOUBLING = 4
"""Each takes a fifth of the weight that the kernel gives a thread beside others."""
_UNKNOWN_SECONDS = 2.5


def niceness(expected_seconds: float | None) -> int:
    """How far a job gives way: not at all if it takes a second, and the more the longer it is expected to take."""
    doublings = math.log2(max(_UNKNOWN_SECONDS if expected_seconds is None else expected_seconds, 1.0))
    return min(round(_STEPS_PER_DOUBLING * doublings), MOST_NICENESS)


def give_way(added: int, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a function in a thread that is nicer than this one by some steps, with all threads that it starts.

    A process that has given way cannot take it back, so a warm one could never do a short job again.
    """
    if not added or sys.platform != "linux":
        return function(*args, **kwargs)
    with ThreadPoolExecutor(1, "give-way", initializer=_become_nicer, initargs=(added,)) as thread:
        return thread.submit(function, *args, **kwargs).result()


def _become_nicer(added: int) -> None:
    this_thread = threading.get_native_id()
    os.setpriority(os.PRIO_PROCESS, this_thread, os.getpriority(os.PRIO_PROCESS, this_thread) + added)
