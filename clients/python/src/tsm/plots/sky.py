"""Where on the sky the rows are: all of it, or the fields that they lie in."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tsm.plots.figure import new_figure, panels
from tsm.plots.source import BoolArray, FloatArray, Groups, NotPlottableError, source_of
from tsm.plots.style import GROUP_STYLES, label_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from tsm.plots.source import Plottable

__all__ = ["sky_map"]

_MOST_FIELDS = 6
_FIELD_DEGREES = 20.0
"""A field may be this wide to be shown on its own; maps of wider ones would be too distorted."""
_APART_DEGREES = 3.0
"""Rows nearer than this are in one field."""
_MANY = 30_000
"""Rows above which their number is shown instead of each of them."""


@dataclass(frozen=True, slots=True)
class _Field:
    """Rows that lie together."""

    rows: npt.NDArray[np.int64]
    ra: float
    """Of the middle, degrees."""
    dec: float
    width: float
    """Largest extent in degrees on the sky."""


def sky_map(table: "Plottable") -> "Figure":
    """Positions of the rows by survey: a zoom on each field if they lie in a few, else a map of all the sky.

    Zooms have the scales of both axes alike at their middle and east to the left; the whole sky is in Mollweide's
    projection, which keeps areas, with right ascension 0 in the middle. Of many rows the number is shown.

    Parameters
    ----------
    table
        A training set, or a table with ``ra`` and ``dec`` (or ``coord_ra`` and ``coord_dec``) in degrees.

    Examples
    --------
    >>> figure = tsm.plots.sky_map(ts)
    """
    source = source_of(table)
    if source.meanings.ra is None or source.meanings.dec is None:
        raise NotPlottableError("the table has no positions; they are the columns 'ra' and 'dec'")
    ra, dec = source.floats(source.meanings.ra) % 360, source.floats(source.meanings.dec)
    groups = source.groups(source.meanings.survey)
    is_finite = np.isfinite(ra) & np.isfinite(dec)
    if not is_finite.any():
        raise NotPlottableError("no row has a finite position to plot")
    fields = _fields(ra, dec, is_finite)
    if len(fields) <= _MOST_FIELDS and max(field.width for field in fields) <= _FIELD_DEGREES:
        return _zooms(ra, dec, groups, fields)
    return _whole_sky(ra, dec, groups, is_finite)


def _fields(ra: FloatArray, dec: FloatArray, is_finite: BoolArray) -> list[_Field]:
    """Rows that chains of neighbors connect, largest field first."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components
    from scipy.spatial import KDTree

    rows = np.flatnonzero(is_finite)
    vectors = _vectors(ra[rows], dec[rows])
    # Cells of half the distance stand for their rows, so that a million rows are a few thousand places.
    cells, place = np.unique(np.round(vectors * (2 * 57.3 / _APART_DEGREES)), axis=0, return_inverse=True)
    centers = cells / (2 * 57.3 / _APART_DEGREES)
    first, second = KDTree(centers).query_pairs(np.radians(_APART_DEGREES), output_type="ndarray").T
    graph = coo_array((np.ones(len(first), np.bool_), (first, second)), shape=(len(cells), len(cells)))
    label = connected_components(graph, directed=False)[1][place.ravel()]
    order = np.argsort(-np.bincount(label), kind="stable")
    return [_field(rows[label == number], vectors[label == number]) for number in order]


def _vectors(ra: FloatArray, dec: FloatArray) -> FloatArray:
    longitude, latitude = np.radians(ra), np.radians(dec)
    parts = [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)]
    return np.stack(parts, axis=-1)


def _field(rows: npt.NDArray[np.int64], vectors: FloatArray) -> _Field:
    middle = vectors.mean(axis=0)
    middle /= max(float(np.linalg.norm(middle)), 1e-12)
    reach = np.degrees(np.arccos(np.clip(vectors @ middle, -1, 1))).max()
    ra = np.degrees(np.arctan2(middle[1], middle[0])) % 360
    return _Field(rows, float(ra), float(np.degrees(np.arcsin(middle[2]))), 2 * float(reach))


def _zooms(ra: FloatArray, dec: FloatArray, groups: Groups | None, fields: list[_Field]) -> "Figure":
    figure, axes = panels(len(fields))
    for axis, field in zip(axes, fields, strict=True):
        # Counted from the middle, a field at right ascension 0 is in one piece.
        east = field.ra + (ra - field.ra + 180) % 360 - 180
        _draw(axis, east, dec, groups, field.rows)
        stretch = np.cos(np.radians(np.clip(field.dec, -89, 89)))
        axis.set_aspect(1 / stretch, adjustable="datalim")
        axis.margins(0.08)
        axis.invert_xaxis()
        axis.xaxis.set_major_formatter(lambda degrees, _: f"{degrees % 360:.6g}")
        axis.ticklabel_format(axis="y", useOffset=False)
        axis.locator_params(nbins=5)
        axis.set_title(f"{len(field.rows):,} rows around {field.ra:.2f}, {field.dec:+.2f}", fontsize="small")
        axis.set_xlabel("Right ascension [deg]")
        axis.set_ylabel("Declination [deg]")
    _legend(figure, axes, groups)
    return figure


def _whole_sky(ra: FloatArray, dec: FloatArray, groups: Groups | None, is_finite: BoolArray) -> "Figure":
    figure = new_figure(8.0, 4.6)
    axis = figure.add_subplot(projection="mollweide")
    # East is to the left, as on the sky.
    longitude = -np.radians((ra + 180) % 360 - 180)
    axis.grid(visible=True, color="0.85", linewidth=0.6)
    axis.set_axisbelow(True)
    rows = np.flatnonzero(is_finite)
    if len(rows) > _MANY:
        _draw_density(figure, axis, longitude[rows], np.radians(dec[rows]))
    else:
        _draw_points(axis, longitude, np.radians(dec), groups, rows)
        _legend(figure, [axis], groups)
    degrees = np.arange(-150, 151, 30)
    axis.set_xticks(np.radians(degrees), [f"{-degree % 360}°" for degree in degrees], fontsize="x-small", color="0.25")
    axis.tick_params(axis="y", labelsize="x-small")
    axis.set_title(f"{len(rows):,} rows", fontsize="small")
    axis.set_xlabel("Right ascension [deg]")
    axis.set_ylabel("Declination [deg]")
    return figure


def _draw(axis: "Axes", x: FloatArray, y: FloatArray, groups: Groups | None, rows: npt.NDArray[np.int64]) -> None:
    if len(rows) > _MANY:
        found = axis.hexbin(x[rows], y[rows], gridsize=50, bins="log", cmap="Greys", linewidths=0)
        axis.figure.colorbar(found, ax=axis, label="Rows", shrink=0.8)
    else:
        _draw_points(axis, x, y, groups, rows)


def _draw_points(
    axis: "Axes", x: FloatArray, y: FloatArray, groups: Groups | None, rows: npt.NDArray[np.int64]
) -> None:
    codes = np.zeros(len(x), np.int64) if groups is None else groups.codes
    for code, style in enumerate(GROUP_STYLES[: 1 if groups is None else len(groups.names)]):
        members = rows[codes[rows] == code]
        name = "rows" if groups is None else groups.names[code]
        axis.scatter(
            x[members],
            y[members],
            s=9,
            marker=style.marker,
            facecolor="none" if code % 2 else style.color,
            edgecolor=style.color,
            linewidths=0.6,
            alpha=0.7,
            rasterized=True,
            label=label_text(name),
        )


def _draw_density(figure: "Figure", axis: "Axes", longitude: FloatArray, latitude: FloatArray) -> None:
    from matplotlib.colors import LogNorm

    # Bands of equal area, so that a shade is a number of rows on the sky wherever it is.
    east = np.linspace(-np.pi, np.pi, 181)
    north = np.arcsin(np.linspace(-1, 1, 91))
    counts = np.histogram2d(longitude, latitude, (east, north))[0].T
    shown = axis.pcolormesh(
        east, north, np.ma.masked_equal(counts, 0), cmap="Greys", norm=LogNorm(vmin=0.5), rasterized=True
    )
    figure.colorbar(shown, ax=axis, label="Rows per 2.5 square degrees", shrink=0.7)


def _legend(figure: "Figure", axes: "list[Axes]", groups: Groups | None) -> None:
    if groups is None:
        return
    handles, labels = axes[0].get_legend_handles_labels()
    if labels:
        figure.legend(
            handles,
            labels,
            loc="outside lower center",
            ncols=len(labels),
            frameon=False,
            fontsize="small",
            markerscale=1.8,
        )
