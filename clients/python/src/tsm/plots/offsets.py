"""Whether the astrometry of redshifts and objects agrees, survey by survey."""

from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.figure import panels
from tsm.plots.histograms import finite_range
from tsm.plots.source import FloatArray, NotPlottableError, source_of
from tsm.plots.style import GROUP_STYLES, label_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tsm.plots.source import Plottable

__all__ = ["astrometric_offsets"]

_MANY = 20_000
"""Pairs of a survey above which their number is shown instead of each of them."""
_ROBUST_SIGMA = 1.4826
"""Standard deviation over median absolute deviation, of a normal distribution."""


def astrometric_offsets(table: "Plottable") -> "Figure":
    """Offsets of objects from their redshifts in right ascension and declination, one panel for each survey.

    The cross is the median offset, and its arms the robust scatter (1.48 times the median absolute deviation); the
    dotted circle is the match radius.

    Parameters
    ----------
    table
        A training set, or a table with ``delta_ra_arcsec`` and ``delta_dec_arcsec``.

    Examples
    --------
    >>> figure = tsm.plots.astrometric_offsets(ts)
    """
    source = source_of(table)
    source.require("delta_ra_arcsec", "delta_dec_arcsec")
    east, north = source.floats("delta_ra_arcsec"), source.floats("delta_dec_arcsec")
    is_pair = np.isfinite(east) & np.isfinite(north)
    groups = source.groups(source.meanings.survey)
    shown = {"all": is_pair} if groups is None else {name: is_pair & rows for name, rows in groups}
    shown = {name: rows for name, rows in shown.items() if rows.any()}
    if not shown:
        raise NotPlottableError("there is no pair with offsets to plot")
    reach = finite_range(np.hypot(east, north), "offsets")[1]
    reach = 1.05 * max(reach, source.facts.get("radius_arcsec", 0.0))
    figure, axes = panels(len(shown))
    for axis, style, (name, rows) in zip(axes, GROUP_STYLES, shown.items(), strict=False):
        _draw(axis, east[rows], north[rows], reach, style.marker)
        _draw_circle(axis, source.facts.get("radius_arcsec"))
        axis.set_title(f"{label_text(name)} ({rows.sum():,})", fontsize="small")
        # East is to the left, as on the sky.
        axis.set_xlim(reach, -reach)
        axis.set_ylim(-reach, reach)
        axis.set_aspect("equal")
        axis.set_xlabel("Δα cos δ [arcsec]")
        axis.set_ylabel("Δδ [arcsec]")
    return figure


def _draw(axis: "Axes", east: FloatArray, north: FloatArray, reach: float, marker: str) -> None:
    axis.axhline(0, color="0.75", linewidth=0.8)
    axis.axvline(0, color="0.75", linewidth=0.8)
    if len(east) > _MANY:
        extent = (-reach, reach, -reach, reach)
        axis.hexbin(east, north, gridsize=60, bins="log", cmap="Greys", extent=extent, linewidths=0)
    else:
        axis.scatter(east, north, s=7, marker=marker, facecolor="#2f5d8a", alpha=0.35, linewidths=0, rasterized=True)
    middle = np.median(east), np.median(north)
    spread = [
        _ROBUST_SIGMA * np.median(np.abs(each - center)) for each, center in zip((east, north), middle, strict=True)
    ]
    label = f"({middle[0]:+.3f} ± {spread[0]:.3f}, {middle[1]:+.3f} ± {spread[1]:.3f})"
    axis.errorbar(*middle, xerr=spread[0], yerr=spread[1], color="#b03a00", linewidth=1.8, marker="+", label=label)
    axis.text(0.03, 0.03, f"median {label}″", transform=axis.transAxes, fontsize="x-small", bbox=_BACKGROUND)


_BACKGROUND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.0}


def _draw_circle(axis: "Axes", radius: float | None) -> None:
    if radius is None:
        return
    from matplotlib.patches import Circle

    axis.add_patch(Circle((0, 0), radius, fill=False, edgecolor="0.35", linestyle=":", linewidth=1.2))
