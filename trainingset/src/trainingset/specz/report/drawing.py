"""The figures of a quality report as SVG: histogram of redshifts, and map of the sky."""

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

import numpy as np
from cdshealpix.nested import healpix_to_lonlat

from trainingset.positions import FloatArray

__all__ = ["draw_histogram", "draw_sky"]

_WIDTH, _HEIGHT, _LEFT, _BOTTOM = 720, 260, 60, 36
_NEWTON_STEPS = 30


def draw_histogram(
    edges: Sequence[float],
    counts: Mapping[str, Sequence[int]],
    names: Mapping[str, str],
    *,
    title: str = "Number of redshifts by redshift and instrument type",
    axis: str = "redshift",
    symbol: str = "z",
) -> ET.Element:
    """Stacked histogram.

    Parameters
    ----------
    edges
        Borders of the bins.
    counts
        Rows of each bin, by the key of a part.
    names
        What the parts are called, by key, in the order in which they are stacked.
    title
        What the figure shows, for those who cannot see it.
    axis, symbol
        What the bins are of, with the unit: below the axis, and in the words of each bar.
    """
    svg = _svg(_WIDTH, _HEIGHT, title)
    total = np.sum([counts[key] for key in counts], axis=0) if counts else np.zeros(1)
    top, bottom = max(float(np.max(total)), 1.0), _HEIGHT - _BOTTOM
    width, scale = (_WIDTH - _LEFT - 10) / max(len(edges) - 1, 1), (bottom - 14) / top
    below = np.zeros(max(len(edges) - 1, 0))
    for key in (key for key in names if key in counts):
        group = ET.SubElement(svg, "g", {"class": f"type-{key}"})
        for place, count in enumerate(counts[key]):
            if count:
                height = count * scale
                x, y = _LEFT + place * width, bottom - below[place] * scale - height
                box = {"x": f"{x:.2f}", "y": f"{y:.2f}", "width": f"{width:.2f}", "height": f"{height:.2f}"}
                bar = ET.SubElement(group, "rect", box)
                ET.SubElement(
                    bar, "title"
                ).text = f"{names[key]}, {symbol} {edges[place]:.3g} to {edges[place + 1]:.3g}: {count} rows"
            below[place] += count
    _axis(svg, edges, top, bottom, axis)
    return svg


def _axis(svg: ET.Element, edges: Sequence[float], top: float, bottom: float, label: str) -> None:
    ET.SubElement(
        svg, "line", {"x1": str(_LEFT), "x2": str(_WIDTH - 10), "y1": str(bottom), "y2": str(bottom), "class": "axis"}
    )
    for part in range(6):
        z = edges[0] + (edges[-1] - edges[0]) * part / 5 if edges else 0.0
        _text(svg, _LEFT + (_WIDTH - _LEFT - 10) * part / 5, bottom + 15, f"{z:.3g}", "middle")
    _text(svg, _LEFT + (_WIDTH - _LEFT) / 2, bottom + 31, label, "middle")
    _text(svg, _LEFT - 6, bottom, "0", "end")
    _text(svg, _LEFT - 6, 18, f"{top:.0f}", "end")
    _text(svg, _LEFT - 6, (bottom + 18) / 2, "rows", "end")


def draw_sky(order: int, pixels: Sequence[int], counts: Sequence[int]) -> ET.Element:
    """Map of the sky in Mollweide's projection, right ascension growing to the left, darker where more rows are."""
    svg = _svg(_WIDTH, 380, "Map of the sky: number of rows in each HEALPix pixel")
    outline = {"cx": "360", "cy": "190", "rx": "340", "ry": "170", "class": "sky"}
    ET.SubElement(svg, "ellipse", outline)
    if len(pixels):
        longitude, latitude = healpix_to_lonlat(np.asarray(pixels, np.uint64), order)
        x, y = _mollweide(longitude.deg, latitude.deg)
        strength = np.log1p(np.asarray(counts)) / np.log1p(max(counts))
        for place, (pixel_x, pixel_y) in enumerate(zip(x, y, strict=True)):
            dot = {
                "cx": f"{360 - 170 * pixel_x:.1f}",
                "cy": f"{190 - 170 * pixel_y:.1f}",
                "r": "2.4",
                "opacity": f"{0.25 + 0.75 * strength[place]:.2f}",
                "class": "pixel",
            }
            mark = ET.SubElement(svg, "circle", dot)
            ET.SubElement(
                mark, "title"
            ).text = f"ra {longitude.deg[place]:.1f}, dec {latitude.deg[place]:+.1f}: {counts[place]} rows"
    for ra, x_place in ((180, 24), (90, 190), (0, 360), (270, 530)):
        _text(svg, x_place, 376, f"ra {ra}", "middle")
    return svg


def _mollweide(ra: FloatArray, dec: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Places in the ellipse with half axes 2 and 1 (Snyder 1987, USGS Professional Paper 1395, p. 251)."""
    longitude = np.radians((ra + 180) % 360 - 180)
    latitude = np.radians(dec)
    theta = latitude.copy()
    for _ in range(_NEWTON_STEPS):
        slope = np.maximum(2 + 2 * np.cos(2 * theta), 1e-9)
        theta -= (2 * theta + np.sin(2 * theta) - np.pi * np.sin(latitude)) / slope
        theta = theta.clip(-np.pi / 2, np.pi / 2)
    return 2 * longitude / np.pi * np.cos(theta), np.sin(theta)


def _svg(width: int, height: int, title: str) -> ET.Element:
    svg = ET.Element("svg", {"viewBox": f"0 0 {width} {height}", "role": "img", "aria-label": title})
    ET.SubElement(svg, "title").text = title
    return svg


def _text(svg: ET.Element, x: float, y: float, words: str, anchor: str) -> None:
    ET.SubElement(svg, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}).text = words
