"""How many rows each survey has, and of which type and quality they are."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.compilation.source import numbers_of
from tsm.plots.figure import new_figure, plain_axes
from tsm.plots.style import FLAG_STYLES, TYPE_STYLES, label_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from trainingset.specz.report.numbers import SurveyNumbers
    from tsm.plots.compilation.source import PlottableCompilation

__all__ = ["compilation_counts"]

_MOST_SURVEYS = 40
"""Surveys with a bar of their own; the smallest ones share the last one."""
_EDGE = "#2b2b2b"


def compilation_counts(compilation: "PlottableCompilation") -> "Figure":
    """Rows of each survey, and how they are shared by instrument type and by homogenized flag.

    Parameters
    ----------
    compilation
        A compilation, the numbers of its report, or a table with the columns of a compilation.

    Returns
    -------
    matplotlib.figure.Figure
        One line for each survey, the largest at the top: rows (and how many of them are the ones to use), shares by
        type, shares by flag.

    Examples
    --------
    >>> figure = tsm.plots.compilation_counts(compilation)                              # doctest: +SKIP
    """
    numbers = numbers_of(compilation)
    names, rows, used, types, flags = _lines(numbers.surveys)
    figure = new_figure(11.0, 2.2 + 0.26 * len(names))
    counts, by_type, by_flag = figure.subplots(1, 3, sharey=True)
    places = np.arange(len(names))
    for axis in (counts, by_type, by_flag):
        plain_axes(axis)
        axis.grid(visible=False, axis="y")
    counts.barh(places, rows, 0.8, color="#b9cfe4", edgecolor=_EDGE, linewidth=0.6, label="all rows")
    counts.barh(places, used, 0.4, color="#2f5d8a", edgecolor=_EDGE, linewidth=0.6, label="rows to use")
    counts.set_xscale("log")
    counts.set_xlim(left=0.5)
    counts.set_yticks(places, [label_text(name) for name in names], fontsize="small")
    counts.set_ylim(len(names) - 0.5, -0.5)
    counts.set_xlabel(f"Rows ({numbers.rows:,} in all, {numbers.used:,} to use)")
    counts.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2, frameon=False, fontsize="x-small")
    _draw_shares(by_type, types, rows, TYPE_STYLES, "Rows by instrument type [%]")
    _draw_shares(by_flag, flags, rows, FLAG_STYLES, "Rows by homogenized flag [%]")
    return figure


def _lines(
    surveys: Iterable["SurveyNumbers"],
) -> tuple[list[str], list[int], list[int], list[Mapping[str, int]], list[Mapping[str, int]]]:
    """What is drawn, the largest survey first; the smallest ones are one line."""
    ordered = sorted(surveys, key=lambda survey: (-survey.rows, survey.survey))
    shown = ordered if len(ordered) <= _MOST_SURVEYS else ordered[: _MOST_SURVEYS - 1]
    names = [survey.survey for survey in shown]
    rows, used = [survey.rows for survey in shown], [survey.used for survey in shown]
    types: list[Mapping[str, int]] = [survey.instrument_types for survey in shown]
    flags: list[Mapping[str, int]] = [survey.quality for survey in shown]
    if others := ordered[len(shown) :]:
        names.append(f"{len(others)} others")
        rows.append(sum(survey.rows for survey in others))
        used.append(sum(survey.used for survey in others))
        types.append(_added(survey.instrument_types for survey in others))
        flags.append(_added(survey.quality for survey in others))
    return names, rows, used, types, flags


def _added(counts: Iterable[Mapping[str, int]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for each in counts:
        total.update(each)
    return total


def _draw_shares(
    axis: "Axes",
    counts: list[Mapping[str, int]],
    rows: list[int],
    styles: Mapping[str, tuple[str, str, str]],
    label: str,
) -> None:
    places = np.arange(len(rows))
    left = np.zeros(len(rows))
    for key, (name, color, hatch) in styles.items():
        shares = np.array([100 * each.get(key, 0) / total for each, total in zip(counts, rows, strict=True)])
        if shares.any():
            axis.barh(places, shares, 0.8, left, color=color, hatch=hatch, edgecolor=_EDGE, linewidth=0.6, label=name)
        left += shares
    axis.set_xlim(0, 100)
    axis.set_xlabel(label)
    if axis.get_legend_handles_labels()[1]:
        axis.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, frameon=False, fontsize="x-small")
