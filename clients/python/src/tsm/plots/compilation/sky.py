"""Where on the sky a compilation is: rows by HEALPix pixel."""

from typing import TYPE_CHECKING

import numpy as np

from tsm.plots.compilation.source import numbers_of
from tsm.plots.figure import new_figure
from tsm.plots.source import FloatArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from tsm.plots.compilation.source import PlottableCompilation

__all__ = ["compilation_sky"]

_EDGE_STEPS = 2
"""Pieces of each edge of a pixel, which is no straight line on the map."""


def compilation_sky(compilation: "PlottableCompilation") -> "Figure":
    """Rows of each pixel of the sky, in Mollweide's projection, right ascension 0 in the middle and east to the left.

    Parameters
    ----------
    compilation
        A compilation, the numbers of its report, or a table with the columns of a compilation.

    Examples
    --------
    >>> figure = tsm.plots.compilation_sky(compilation)                                 # doctest: +SKIP
    """
    from matplotlib.collections import PolyCollection
    from matplotlib.colors import LogNorm

    numbers = numbers_of(compilation)
    figure = new_figure(8.0, 4.6)
    axis = figure.add_subplot(projection="mollweide")
    axis.grid(visible=True, color="0.85", linewidth=0.6)
    axis.set_axisbelow(True)
    shapes, pixel = _shapes(numbers.sky_order, np.asarray(numbers.sky_pixels, np.uint64))
    counts = np.asarray(numbers.sky_counts)
    most = max(int(counts.max()), 2)
    # Even one row must be seen on white paper: it lies at a third of the scale.
    norm = LogNorm(vmin=most**-0.5, vmax=most)
    shown = PolyCollection(list(shapes), array=counts[pixel], cmap="Greys", norm=norm, linewidths=0, rasterized=True)
    axis.add_collection(shown, autolim=False)
    area = 4 * np.pi * (180 / np.pi) ** 2 / (12 * 4**numbers.sky_order)
    bar = figure.colorbar(shown, ax=axis, label=f"Rows per {area:.2g} square degrees", shrink=0.7)
    bar.ax.set_ylim(bottom=0.8)
    degrees = np.arange(-150, 151, 30)
    axis.set_xticks(np.radians(degrees), [f"{-degree % 360}°" for degree in degrees], fontsize="x-small", color="0.25")
    axis.tick_params(axis="y", labelsize="x-small")
    axis.set_title(f"{counts.sum():,} rows in {len(counts):,} pixels", fontsize="small")
    axis.set_xlabel("Right ascension [deg]")
    axis.set_ylabel("Declination [deg]")
    return figure


def _shapes(order: int, pixels: "np.typing.NDArray[np.uint64]") -> "tuple[FloatArray, np.typing.NDArray[np.int64]]":
    """Outlines of pixels on the map in radians, shape (m, k, 2), and the place of each one's pixel, shape (m,).

    A pixel that the border of the map cuts is there twice, each time with its other part beyond the border.
    """
    from cdshealpix.nested import healpix_to_lonlat, vertices

    ra, dec = vertices(pixels, order, step=_EDGE_STEPS)
    center = healpix_to_lonlat(pixels, order)[0].deg[:, np.newaxis]
    middle = (center + 180) % 360 - 180
    # Counted from its middle, a pixel is in one piece; right ascension means nothing at a pole.
    away = (ra.deg - center + 180) % 360 - 180
    longitude = -(middle + np.where(np.abs(dec.deg) > 90 - 1e-6, 0, away))
    outlines = np.radians(np.stack([longitude, dec.deg], axis=-1))
    places = np.arange(len(pixels))
    east, west = longitude.max(axis=1) > 180, longitude.min(axis=1) < -180
    turn = np.array([2 * np.pi, 0.0])
    shapes = np.concatenate([outlines, outlines[east] - turn, outlines[west] + turn])
    return shapes, np.concatenate([places, places[east], places[west]])
