"""The figures of a benchmark of matching: how ours compares, as its last lines."""

from collections.abc import Mapping

from benchmarks.contest import Times

__all__ = ["print_ratios"]


def print_ratios(times: Mapping[str, Times], prefix: str = "") -> None:
    """Print how many times ours is faster than each other way, and how many times slower than the floor."""
    ours = times["ours"].median
    stock = [taken.median for name, taken in times.items() if name.startswith("LSDB")]
    if stock:
        print(f"{prefix}ratio to stock LSDB: {min(stock) / ours:.1f}")
    for name in ("STILTS tmatch2", "astropy"):
        if name in times:
            print(f"{prefix}ratio to {name}: {times[name].median / ours:.1f}")
    for name, taken in times.items():
        if name.startswith("floor"):
            print(f"{prefix}ratio to the floor: {ours / taken.median:.2f}")
