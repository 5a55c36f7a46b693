"""How often galaxies of a compilation were measured, and what became of repeated measurements."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.compilation.source import numbers_of
from tsm.plots.figure import new_figure, plain_axes
from tsm.plots.source import NotPlottableError
from tsm.plots.style import label_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tsm.plots.compilation.source import PlottableCompilation

__all__ = ["compilation_repeats"]

_MOST_MEASUREMENTS = 10
"""Larger numbers of measurements share a bar."""
_TIES = {"0": "0 not the best", "1": "1 to use", "2": "2 tied", "3": "3 star"}
_MOST_REASONS = 12


def compilation_repeats(compilation: "PlottableCompilation") -> "Figure":
    """Galaxies by number of measurements, and rows by ``tie_result`` and by what decided (``resolved_by``).

    Parameters
    ----------
    compilation
        A compilation, the numbers of its report, or a table with the columns of a compilation. Of a table, measurements
        that were removed are not known.

    Raises
    ------
    NotPlottableError
        If repeated measurements were not looked for.

    Examples
    --------
    >>> figure = tsm.plots.compilation_repeats(compilation)                             # doctest: +SKIP
    """
    numbers = numbers_of(compilation)
    if not numbers.tie_results:
        raise NotPlottableError(
            "repeated measurements were not looked for, so there is nothing of them to plot; combine with mode='mark'"
        )
    figure = new_figure(10.8, 3.4)
    sizes, ties, reasons = figure.subplots(1, 3)
    _draw(sizes, _sizes(numbers.group_sizes), "Galaxies")
    sizes.set_ylabel("Measurements of one galaxy")
    _draw(ties, {_TIES.get(key, key): count for key, count in numbers.tie_results.items()}, "Rows")
    ties.set_ylabel("tie_result")
    decided = sorted(numbers.resolved_by.items(), key=lambda item: (-item[1], item[0]))
    _draw(reasons, dict(decided[:_MOST_REASONS]), "Rows")
    reasons.set_ylabel("Decided by")
    return figure


def _sizes(group_sizes: Mapping[int, int]) -> dict[str, int]:
    found = {str(size): group_sizes[size] for size in sorted(group_sizes) if size <= _MOST_MEASUREMENTS}
    if more := sum(count for size, count in group_sizes.items() if size > _MOST_MEASUREMENTS):
        found[f"> {_MOST_MEASUREMENTS}"] = more
    return found


def _draw(axis: "Axes", counts: Mapping[str, int], label: str) -> None:
    """Bars from top to bottom, each with its number: few beside many are hard to see otherwise."""
    plain_axes(axis)
    axis.grid(visible=False, axis="y")
    places = np.arange(len(counts))
    bars = axis.barh(places, list(counts.values()), 0.7, color="#b9cfe4", edgecolor="#2b2b2b", linewidth=0.6)
    axis.bar_label(bars, [f"{count:,}" for count in counts.values()], padding=3, fontsize="x-small")
    axis.set_yticks(places, [label_text(name) for name in counts], fontsize="small")
    axis.set_ylim(len(counts) - 0.4, -0.6)
    axis.set_xscale("log")
    axis.set_xlim(0.5, 8 * max([*counts.values(), 1]))
    axis.set_xlabel(label)
