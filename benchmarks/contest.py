"""Runs several ways to one answer side by side: each in a warm process of its own, in turns, medians of their times."""

import multiprocessing
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from multiprocessing.connection import Connection

import numpy as np

__all__ = ["Contender", "Times", "machine", "print_times", "run_contest"]

Run = Callable[[], int]
"""Gives the number of rows of the answer."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One way to the answer."""

    name: str
    prepare: Callable[..., Run]
    """Called once in the contender's process: opens what a warm service has open, and gives what is measured."""
    arguments: tuple[object, ...]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Times:
    """What was measured of one contender."""

    seconds: tuple[float, ...]
    cpu_seconds: tuple[float, ...]
    """Of the process and its children that ended meanwhile."""
    rows: int

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)


def run_contest(contenders: Sequence[Contender], *, repeat: int) -> dict[str, Times]:
    """Measure all in turns, so that what else the machine does befalls each of them alike.

    One turn of each is not counted: it fills caches and compiles.
    """
    running = {contender.name: _start(contender) for contender in contenders}
    measured: dict[str, list[tuple[float, float, int]]] = {name: [] for name in running}
    for turn in range(repeat + 1):
        for name, connection in running.items():
            connection.send("run")
            result = connection.recv()
            if turn:
                measured[name].append(result)
    for connection in running.values():
        connection.send("end")
    return {
        name: Times(tuple(r[0] for r in results), tuple(r[1] for r in results), results[-1][2])
        for name, results in measured.items()
    }


def _start(contender: Contender) -> Connection:
    here, there = multiprocessing.Pipe()
    before = dict(os.environ)
    os.environ.update(contender.environment)
    # Not a daemon: LSDB's processes are children of it.
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(there, contender))
    process.start()
    os.environ.clear()
    os.environ.update(before)
    there.close()
    assert here.recv() == "ready"
    return here


def _serve(connection: Connection, contender: Contender) -> None:
    run = contender.prepare(*contender.arguments)
    connection.send("ready")
    while connection.recv() == "run":
        start, cpu_start = time.perf_counter(), _cpu_seconds()
        rows = run()
        connection.send((time.perf_counter() - start, _cpu_seconds() - cpu_start, rows))


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def machine() -> str:
    """What it runs on, and how busy that is."""
    packages = ", ".join(f"{name} {version(name)}" for name in ("lsdb", "pyarrow", "dask", "numpy", "scipy", "astropy"))
    return f"{os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}, Python {platform.python_version()}\n{packages}"


def print_times(times: Mapping[str, Times]) -> None:
    """One line for each contender."""
    print(f"{'':<28}{'median s':>10}{'from':>10}{'to':>10}{'CPU s':>10}{'rows':>12}")
    for name, taken in times.items():
        cpu = float(np.median(taken.cpu_seconds))
        low, high = min(taken.seconds), max(taken.seconds)
        print(f"{name:<28}{taken.median:>10.3f}{low:>10.3f}{high:>10.3f}{cpu:>10.3f}{taken.rows:>12,}")
