"""Figures in two dimensions: which cells of magnitude and color are covered, and where objects lie about redshifts."""

from collections.abc import Sequence
from xml.etree import ElementTree as ET

import numpy as np

from trainingset.set_report.coverage import CoverageMap
from trainingset.sky_index import IntArray

__all__ = ["draw_coverage", "draw_offsets"]

_SIDE, _LEFT, _BOTTOM, _TOP = 420, 60, 40, 12


def draw_coverage(found: CoverageMap) -> ET.Element:
    """Cells with target objects, darker where more are: of one color with rows of the set, of another without."""
    grid = found.grid
    svg = _frame(grid.title, grid.color_edges, grid.magnitude_edges, ("color / mag", "magnitude / AB mag"))
    most = np.log1p(max(int(found.target.max(initial=0)), 1))
    for line, column in np.argwhere((found.target > 0) | (found.rows > 0)).tolist():
        rows, target = int(found.rows[line, column]), int(found.target[line, column])
        kind = "type-0" if rows and target else "type-5" if target else "type-7"
        opacity = 0.25 + 0.75 * np.log1p(target) / most
        words = (
            f"color {_span(grid.color_edges, column)}, magnitude {_span(grid.magnitude_edges, line)}: "
            f"{target} target objects, {rows} rows"
        )
        _cell(svg, (column, line), (len(grid.color_edges) - 1, len(grid.magnitude_edges) - 1), kind, opacity, words)
    return svg


def draw_offsets(counts: IntArray, edges: Sequence[float]) -> ET.Element:
    """Where objects lie about their redshifts: east to the left, north up, darker where more are."""
    svg = _frame("Offsets of objects from redshifts", edges[::-1], edges[::-1], ("east / arcsec", "north / arcsec"))
    most = np.log1p(max(int(counts.max(initial=0)), 1))
    n_cells = len(edges) - 1
    for east, north in np.argwhere(counts > 0).tolist():
        number = int(counts[east, north])
        words = f"{_span(edges, east)} to the east, {_span(edges, north)} to the north: {number} rows"
        place = (n_cells - 1 - east, n_cells - 1 - north)
        _cell(svg, place, (n_cells, n_cells), "type-0", 0.15 + 0.85 * np.log1p(number) / most, words)
    return svg


def _frame(title: str, x: Sequence[float], y: Sequence[float], labels: tuple[str, str]) -> ET.Element:
    """Axes whose first values are at the left and at the top."""
    svg = ET.Element(
        "svg", {"viewBox": f"0 0 {_LEFT + _SIDE + 20} {_TOP + _SIDE + _BOTTOM}", "role": "img", "aria-label": title}
    )
    svg.set("style", "max-width: 40rem")
    ET.SubElement(svg, "title").text = title
    box = {"x": str(_LEFT), "y": str(_TOP), "width": str(_SIDE), "height": str(_SIDE), "class": "axis"}
    ET.SubElement(svg, "rect", box)
    for part in range(5):
        step = part / 4
        _text(svg, _LEFT + _SIDE * step, _TOP + _SIDE + 15, f"{x[0] + (x[-1] - x[0]) * step:.3g}", "middle")
        _text(svg, _LEFT - 6, _TOP + _SIDE * step + 4, f"{y[0] + (y[-1] - y[0]) * step:.3g}", "end")
    _text(svg, _LEFT + _SIDE / 2, _TOP + _SIDE + 32, labels[0], "middle")
    label = ET.SubElement(svg, "text", {"transform": f"translate(14 {_TOP + _SIDE / 2}) rotate(-90)"})
    label.set("text-anchor", "middle")
    label.text = labels[1]
    return svg


def _cell(
    svg: ET.Element, place: tuple[int, int], cells: tuple[int, int], kind: str, opacity: float, words: str
) -> None:
    width, height = _SIDE / cells[0], _SIDE / cells[1]
    box = {
        "x": f"{_LEFT + place[0] * width:.2f}",
        "y": f"{_TOP + place[1] * height:.2f}",
        "width": f"{width:.2f}",
        "height": f"{height:.2f}",
        "opacity": f"{opacity:.2f}",
        "class": kind,
    }
    ET.SubElement(ET.SubElement(svg, "rect", box), "title").text = words


def _span(edges: Sequence[float], place: int) -> str:
    return f"{edges[place]:.3g} to {edges[place + 1]:.3g}"


def _text(svg: ET.Element, x: float, y: float, words: str, anchor: str) -> None:
    ET.SubElement(svg, "text", {"x": f"{x:.1f}", "y": f"{y:.1f}", "text-anchor": anchor}).text = words
