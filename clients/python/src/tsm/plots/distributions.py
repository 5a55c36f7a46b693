"""How redshifts, magnitudes and colors are distributed, by survey and by subset."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.figure import panels
from tsm.plots.histograms import covering_edges, draw_all, draw_groups, finite_range, legend, round_edges
from tsm.plots.source import FloatArray, NotPlottableError, PlotSource, source_of
from tsm.plots.style import label_text, with_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tsm.plots.source import Plottable

__all__ = ["color_distribution", "magnitude_distribution", "redshift_distribution"]

_COLOR_OUTLIERS = 0.005
"""Fraction of colors at either end that may lie outside of the plot: noise makes them as wild as it likes."""


def redshift_distribution(table: "Plottable", *, bins: Sequence[float] | None = None) -> "Figure":
    """Redshift distribution n(z) by survey, and by subset where the set was split.

    Surveys are counted; subsets, which are to be alike whatever their size, are normalized to unit area.

    Parameters
    ----------
    table
        A training set, or a table with ``redshift`` and, if there are any, ``survey`` and ``subset``.
    bins
        Edges of the bins; without them, round ones that cover all redshifts.

    Returns
    -------
    matplotlib.figure.Figure
        One panel for each of survey and subset that the table has.

    Examples
    --------
    >>> figure = tsm.plots.redshift_distribution(ts, bins=[0, 0.5, 1, 1.5, 2])
    """
    source = source_of(table)
    source.require("redshift")
    values = source.floats("redshift")
    edges = _edges(values, "redshift", bins)
    by = {"survey": source.groups(source.meanings.survey), "subset": source.groups(source.meanings.subset)}
    shown = {name: groups for name, groups in by.items() if groups is not None}
    figure, axes = panels(max(len(shown), 1))
    for axis, (name, groups) in zip(axes, shown.items(), strict=False):
        is_density = name == "subset"
        draw_all(axis, values, edges, is_density=is_density)
        draw_groups(axis, values, edges, groups, is_density=is_density)
        legend(axis, name)
        _name_axes(axis, "Redshift", edges, "", is_density=is_density)
    if not shown:
        draw_all(axes[0], values, edges)
        legend(axes[0])
        _name_axes(axes[0], "Redshift", edges, "")
    return figure


def magnitude_distribution(table: "Plottable", *, kind: str | None = None) -> "Figure":
    """Magnitudes of each band, by subset where the set was split.

    Parameters
    ----------
    table
        A training set, or a table with magnitudes named like ``i_gaap1p0Mag``.
    kind
        Flux kind, such as ``gaap1p0``; without it, the first that the table has, corrected for dust if it is.

    Examples
    --------
    >>> figure = tsm.plots.magnitude_distribution(ts, kind="gaap1p0")
    """
    source = source_of(table)
    columns = _magnitude_columns(source, kind)
    values = {band: source.floats(name) for band, name in columns.items()}
    edges = covering_edges(np.concatenate(list(values.values())), "magnitudes")
    return _by_panel(
        source,
        {with_unit(label_text(columns[band]), source.unit(columns[band]) or "mag"): values[band] for band in columns},
        [edges] * len(columns),
    )


def color_distribution(table: "Plottable", *, kind: str | None = None) -> "Figure":
    """Colors of neighboring bands, by subset where the set was split.

    The bluest and reddest half per cent, which noise makes, may lie outside; each panel says how many do.

    Parameters
    ----------
    table
        A training set, or a table with magnitudes named like ``i_gaap1p0Mag``.
    kind
        Flux kind, such as ``gaap1p0``; without it, the first that the table has, corrected for dust if it is.

    Examples
    --------
    >>> figure = tsm.plots.color_distribution(ts)
    """
    source = source_of(table)
    columns = _magnitude_columns(source, kind)
    if len(columns) < 2:
        raise NotPlottableError("a color needs magnitudes in two bands, and the table has them in one")
    values = {band: source.floats(name) for band, name in columns.items()}
    colors: dict[str, FloatArray] = {}
    for blue, red in pairwise(columns):
        color = values[blue] - values[red]
        if np.isfinite(color).any():
            kind_text = label_text(columns[blue].removeprefix(f"{blue}_").replace("Mag", "", 1).replace("_", " "))
            label = f"{label_text(blue)} − {label_text(red)} ({kind_text})"
            colors[with_unit(label, source.unit(columns[blue]) or "mag")] = color
    if not colors:
        raise NotPlottableError("no row has magnitudes in two neighboring bands")
    edges = [round_edges(*finite_range(color, "colors", outliers=_COLOR_OUTLIERS)) for color in colors.values()]
    return _by_panel(source, colors, edges)


def _by_panel(source: PlotSource, values: dict[str, FloatArray], edges: Sequence[FloatArray]) -> "Figure":
    """One panel for each quantity."""
    groups = source.groups(source.meanings.subset)
    figure, axes = panels(len(values))
    for axis, (label, each), bins in zip(axes, values.items(), edges, strict=True):
        draw_all(axis, each, bins)
        if groups is not None:
            draw_groups(axis, each, bins, groups)
        legend(axis)
        _name_axes(axis, label, bins, "mag")
        outside = int(((each < bins[0]) | (each > bins[-1])).sum())
        if outside:
            axis.set_title(f"{outside:,} outside", fontsize="x-small", loc="right", color="0.3")
    return figure


def _magnitude_columns(source: PlotSource, kind: str | None) -> dict[str, str]:
    """Column by band; those corrected for dust before uncorrected ones."""
    found: dict[str, str] = {}
    for columns in source.meanings.bands:
        wanted = [name for name in columns.magnitudes if kind is None or _kind_of(name, columns.band) == kind]
        if wanted:
            first = _kind_of(wanted[0], columns.band)
            same = [name for name in wanted if _kind_of(name, columns.band) == first]
            found[columns.band] = next((name for name in same if name.endswith("_dered")), same[0])
    if not found:
        wanted_kind = "" if kind is None else f" of kind {kind!r}"
        raise NotPlottableError(f"the table has no magnitudes{wanted_kind}; they are named like 'i_gaap1p0Mag'")
    return found


def _kind_of(name: str, band: str) -> str:
    return name.removesuffix("_dered").removesuffix("Mag").removeprefix(f"{band}_")


def _edges(values: FloatArray, what: str, bins: Sequence[float] | None) -> FloatArray:
    return covering_edges(values, what) if bins is None else np.asarray(bins, np.float64)


def _name_axes(axis: "Axes", label: str, edges: FloatArray, unit: str, *, is_density: bool = False) -> None:
    axis.set_xlabel(label)
    widths = np.diff(edges)
    width = f"{widths[0]:.3g} {unit}".strip() if np.allclose(widths, widths[0]) else "bin"
    axis.set_ylabel("Normalized n(z)" if is_density else f"Rows per {width}")
    axis.set_xlim(edges[0], edges[-1])
    axis.set_ylim(bottom=0)
