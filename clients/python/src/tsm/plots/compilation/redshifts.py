"""How the redshifts of a compilation are distributed, by instrument type and by survey."""

from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.compilation.source import numbers_of
from tsm.plots.figure import panels
from tsm.plots.source import MOST_GROUPS, FloatArray, NotPlottableError
from tsm.plots.style import GROUP_STYLES, TYPE_STYLES, label_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainingset.specz.report.numbers import CompilationNumbers
    from tsm.plots.compilation.source import PlottableCompilation

__all__ = ["compilation_redshifts"]


def compilation_redshifts(compilation: "PlottableCompilation") -> "Figure":
    """Redshift distribution n(z): stacked by instrument type without stars, and one line for each large survey.

    The last bin takes what is beyond it, which are few.

    Parameters
    ----------
    compilation
        A compilation, the numbers of its report, or a table with the columns of a compilation.

    Examples
    --------
    >>> figure = tsm.plots.compilation_redshifts(compilation)                           # doctest: +SKIP
    """
    numbers = numbers_of(compilation)
    if not any(sum(counts) for counts in numbers.n_of_z.values()):
        raise NotPlottableError(f"none of the {numbers.rows:,} rows has a redshift of a galaxy to plot")
    figure, (by_type, by_survey) = panels(2)
    edges = np.asarray(numbers.z_edges)
    _draw_types(by_type, numbers, edges)
    _draw_surveys(by_survey, numbers, edges)
    for axis in (by_type, by_survey):
        axis.set_xlabel("Redshift")
        axis.set_ylabel(f"Rows per {edges[1] - edges[0]:.3g}")
        axis.set_xlim(edges[0], edges[-1])
    by_type.set_ylim(bottom=0)
    # Surveys of a hundred and of a million redshifts share the panel.
    by_survey.set_yscale("log")
    by_survey.set_ylim(bottom=0.5)
    by_type.legend(title="galaxies by type", fontsize="x-small", title_fontsize="small", frameon=False)
    by_survey.legend(
        title="all rows by survey", fontsize="x-small", title_fontsize="small", frameon=False, handlelength=2.8
    )
    return figure


def _draw_types(axis: "Axes", numbers: "CompilationNumbers", edges: FloatArray) -> None:
    below = np.zeros(len(edges) - 1)
    for key, (name, color, hatch) in TYPE_STYLES.items():
        counts = np.asarray(numbers.n_of_z.get(key, ()))
        if counts.any():
            label = f"{name} ({counts.sum():,})"
            axis.stairs(
                below + counts,
                edges,
                baseline=below,
                fill=True,
                facecolor=color,
                hatch=hatch,
                edgecolor="#2b2b2b",
                linewidth=0.4,
                label=label,
            )
            below = below + counts


def _draw_surveys(axis: "Axes", numbers: "CompilationNumbers", edges: FloatArray) -> None:
    counts = {survey.survey: np.asarray(survey.n_of_z) for survey in numbers.surveys}
    ordered = sorted(counts, key=lambda name: (-counts[name].sum(), name))
    shown = ordered if len(ordered) <= MOST_GROUPS else ordered[: MOST_GROUPS - 1]
    lines = {name: counts[name] for name in shown}
    if others := ordered[len(shown) :]:
        lines[f"{len(others)} others"] = np.sum([counts[name] for name in others], axis=0)
    for style, (name, heights) in zip(GROUP_STYLES, lines.items(), strict=False):
        axis.stairs(
            heights,
            edges,
            color=style.color,
            linestyle=style.line,
            linewidth=1.5,
            label=f"{label_text(name)} ({heights.sum():,})",
        )
