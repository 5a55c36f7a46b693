"""How well repeated measurements of two surveys agree."""

from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.compilation.source import numbers_of
from tsm.plots.figure import new_figure, plain_axes
from tsm.plots.source import NotPlottableError
from tsm.plots.style import label_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainingset.specz.report.numbers import Agreement
    from tsm.plots.compilation.source import PlottableCompilation

__all__ = ["compilation_agreement"]

_MOST_PAIRS = 30
"""Pairs of surveys that are drawn, those with the most galaxies in common."""
_LINEAR = 1e-4
"""Differences below this are drawn to scale, larger ones by their logarithm: slit and grism spectra share a plot."""


def compilation_agreement(compilation: "PlottableCompilation") -> "Figure":
    """Differences dz/(1+z) of all two measurements of one galaxy, by the two surveys, or by one and itself.

    Parameters
    ----------
    compilation
        A compilation, the numbers of its report, or a table with the columns of a compilation. Of a table, measurements
        that were removed are not known.

    Returns
    -------
    matplotlib.figure.Figure
        One line for each two surveys, the most pairs at the top: bias (median) with scatter (1.4826 times the median
        absolute deviation), share of pairs that disagree and of outliers, number of pairs.

    Raises
    ------
    NotPlottableError
        If no galaxy has two redshifts.

    Examples
    --------
    >>> figure = tsm.plots.compilation_agreement(compilation)                           # doctest: +SKIP
    """
    from trainingset.specz.report.numbers import DISAGREEMENT, OUTLIER

    found = numbers_of(compilation).agreement
    if not found:
        raise NotPlottableError(
            "no galaxy has two redshifts here, so there is no agreement to plot; of a table from which repeated "
            "measurements were removed, the report of its job has it"
        )
    shown = found[:_MOST_PAIRS]
    figure = new_figure(11.0, 2.0 + 0.27 * len(shown))
    bias, shares, pairs = figure.subplots(1, 3, sharey=True, width_ratios=(1.4, 1, 0.8))
    places = np.arange(len(shown))
    for axis in (bias, shares, pairs):
        plain_axes(axis)
    _draw_bias(bias, shown)
    for label, marker, fill, counts in (
        (f"|dz|/(1+z) > {DISAGREEMENT:g}", "o", "none", [one.disagreements for one in shown]),
        (f"|dz|/(1+z) > {OUTLIER:g}", "s", "#1a1a1a", [one.outliers for one in shown]),
    ):
        percent = [100 * count / one.pairs for count, one in zip(counts, shown, strict=True)]
        shares.plot(percent, places, marker, color="#1a1a1a", markerfacecolor=fill, markersize=5, label=label)
    shares.set_xlim(-2, 102)
    shares.set_xlabel("Pairs [%]")
    shares.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize="x-small")
    pairs.barh(places, [one.pairs for one in shown], 0.6, color="#b9cfe4", edgecolor="#2b2b2b", linewidth=0.6)
    pairs.set_xscale("log")
    pairs.set_xlim(left=0.5)
    pairs.set_xlabel("Pairs of measurements")
    if len(found) > len(shown):
        figure.suptitle(f"The {len(shown)} of {len(found)} pairs of surveys with the most in common", fontsize="small")
    return figure


def _draw_bias(axis: "Axes", shown: "tuple[Agreement, ...]") -> None:
    places = np.arange(len(shown))
    axis.axvline(0, color="0.6", linewidth=0.8)
    axis.errorbar(
        [one.bias for one in shown],
        places,
        xerr=[one.scatter for one in shown],
        fmt="D",
        color="#2f5d8a",
        ecolor="#2f5d8a",
        markersize=4,
        capsize=3,
        linewidth=1.2,
    )
    axis.set_yticks(places, [f"{label_text(one.survey)} – {label_text(one.other)}" for one in shown], fontsize="small")
    axis.set_ylim(len(shown) - 0.4, -0.6)
    reach = max(2 * _LINEAR, *(abs(one.bias) + one.scatter for one in shown))
    axis.set_xscale("symlog", linthresh=_LINEAR)
    axis.set_xlim(-1.5 * reach, 1.5 * reach)
    decades = 10.0 ** np.arange(np.log10(_LINEAR), np.ceil(np.log10(reach)) + 1)[:: 1 if reach < 0.02 else 2]
    axis.set_xticks([*-decades[::-1], 0, *decades], minor=False)
    axis.set_xlim(-1.5 * reach, 1.5 * reach)
    axis.set_xlabel("Bias and scatter of dz/(1+z)")
