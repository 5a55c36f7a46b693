"""Which bands are missing, survey by survey."""

from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.figure import panels
from tsm.plots.source import BoolArray, Groups, NotPlottableError, source_of
from tsm.plots.style import STATE_STYLES, label_text

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tsm.plots.source import Plottable

__all__ = ["missing_bands"]


def missing_bands(table: "Plottable") -> "Figure":
    """Shares of objects that each band detected, did not detect or did not observe, one panel for each survey.

    Parameters
    ----------
    table
        A training set, or a table with states named like ``i_state``. Rows without an object do not count.

    Examples
    --------
    >>> figure = tsm.plots.missing_bands(ts)
    """
    source = source_of(table)
    states = {columns.band: columns.state for columns in source.meanings.bands if columns.state is not None}
    if not states:
        raise NotPlottableError("the table has no states of bands; they are named like 'i_state'")
    by_band = {band: _told(source.groups(name)) for band, name in states.items()}
    n_rows = len(next(iter(by_band.values())).get("detected", ()))
    has_object = np.any([rows for told in by_band.values() for rows in told.values()], axis=0)
    groups = source.groups(source.meanings.survey)
    shown = {"all": np.ones(n_rows, np.bool_)} if groups is None else dict(groups)
    shown = {name: rows & has_object for name, rows in shown.items() if (rows & has_object).any()}
    if not shown:
        raise NotPlottableError("no row has an object, so there are no bands to plot")
    figure, axes = panels(len(shown))
    places = np.arange(len(by_band))
    for axis, (name, rows) in zip(axes, shown.items(), strict=True):
        bottom = np.zeros(len(by_band))
        for state, (label, color, hatch) in STATE_STYLES.items():
            shares = np.array([100 * (told[state] & rows).sum() / rows.sum() for told in by_band.values()])
            axis.bar(
                places, shares, 0.8, bottom, color=color, hatch=hatch, edgecolor="#2b2b2b", linewidth=0.6, label=label
            )
            bottom += shares
        axis.set_title(f"{label_text(name)} ({rows.sum():,})", fontsize="small")
        axis.set_xticks(places, [label_text(band) for band in by_band])
        axis.set_xlabel("Band")
        axis.set_ylabel("Objects [%]")
        axis.set_ylim(0, 100)
        axis.grid(visible=False, axis="x")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels), frameon=False, fontsize="small")
    return figure


def _told(groups: Groups | None) -> dict[str, BoolArray]:
    """Whether each row is in each state; rows without an object are in none."""
    if groups is None:
        return {}
    told = dict(groups)
    return {state: told.get(state, np.zeros(len(groups.codes), np.bool_)) for state in STATE_STYLES}
