"""Histograms: bins with round edges, and groups that are told apart without color."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.source import BoolArray, FloatArray, NotPlottableError
from tsm.plots.style import GROUP_STYLES, label_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["covering_edges", "draw_all", "draw_groups", "finite_range", "legend", "round_edges"]

_BINS = 40
_MOST_BINS = 300
"""With outliers there may be more, most of them empty."""


def finite_range(values: FloatArray, what: str, *, outliers: float = 0.0) -> tuple[float, float]:
    """Smallest and largest finite value.

    Parameters
    ----------
    outliers
        Fraction of the values that may lie outside on either side.

    Raises
    ------
    NotPlottableError
        If no value is finite.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        raise NotPlottableError(f"there is no finite value of {what} to plot in {len(values)} rows")
    low, high = np.quantile(finite, [outliers, 1 - outliers])
    return float(low), float(high)


def round_edges(low: float, high: float) -> FloatArray:
    """Edges of at most `_BINS` bins of a round width that cover a range."""
    return _edges(low, high, (high - low) / (_BINS - 1))


def covering_edges(values: FloatArray, what: str) -> FloatArray:
    """Edges that cover all finite values, with bins as narrow as most of the values deserve."""
    low, high = finite_range(values, what)
    first, last = finite_range(values, what, outliers=0.02)
    return _edges(low, high, max((last - first) / (_BINS - 1), (high - low) / _MOST_BINS))


def _edges(low: float, high: float, narrowest: float) -> FloatArray:
    narrowest = max(narrowest, 1e-9 * max(abs(low), abs(high), 1e-3))
    power = 10.0 ** np.floor(np.log10(narrowest))
    width = next(power * step for step in (1, 2, 5, 10, 20) if power * step >= narrowest)
    first = np.floor(low / width)
    n_bins = int(np.floor(high / width) - first) + 1
    edges: FloatArray = (first + np.arange(n_bins + 1)) * width
    return edges


def draw_all(axis: "Axes", values: FloatArray, edges: FloatArray, *, is_density: bool = False) -> None:
    """All rows, as a light gray background."""
    heights = _heights(values, edges, is_density=is_density)
    axis.stairs(heights, edges, fill=True, color="0.88", label=f"all ({np.isfinite(values).sum():,})")


def draw_groups(
    axis: "Axes",
    values: FloatArray,
    edges: FloatArray,
    groups: Iterable[tuple[str, BoolArray]],
    *,
    is_density: bool = False,
) -> None:
    """Each group as a line of its own color and dashes."""
    for style, (name, is_member) in zip(GROUP_STYLES, groups, strict=False):
        heights = _heights(values[is_member], edges, is_density=is_density)
        count = int(np.isfinite(values[is_member]).sum())
        axis.stairs(
            heights,
            edges,
            color=style.color,
            linestyle=style.line,
            linewidth=1.5,
            label=f"{label_text(name)} ({count:,})",
        )


def legend(axis: "Axes", title: str | None = None) -> None:
    """A legend that does not hide the data, if there is anything to tell."""
    if axis.get_legend_handles_labels()[1]:
        axis.legend(title=title, fontsize="x-small", title_fontsize="small", frameon=False, handlelength=2.8)


def _heights(values: FloatArray, edges: FloatArray, *, is_density: bool) -> FloatArray:
    counts = np.histogram(values[np.isfinite(values)], edges)[0].astype(np.float64)
    total = counts.sum()
    return counts / (total * np.diff(edges)) if is_density and total else counts
