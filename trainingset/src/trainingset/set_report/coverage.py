"""Which magnitudes and colors of the target objects a training set covers: counts of both in the same cells."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from trainingset.layout import TableLayout
from trainingset.set_report.figures import real_numbers
from trainingset.sky_index import IntArray

__all__ = ["CoverageGrid", "CoverageMap", "coverage_grids"]

_MAGNITUDES = (14.0, 30.0, 32)
_COLORS = (-2.0, 4.0, 30)


@dataclass(frozen=True, slots=True)
class CoverageGrid:
    """Cells of one color and one magnitude."""

    title: str
    magnitude: str
    """Column of the magnitude."""
    blue: str
    red: str
    """Columns whose difference is the color."""

    @property
    def magnitude_edges(self) -> tuple[float, ...]:
        """Borders of the cells in magnitude."""
        return tuple(np.linspace(_MAGNITUDES[0], _MAGNITUDES[1], _MAGNITUDES[2] + 1).round(12).tolist())

    @property
    def color_edges(self) -> tuple[float, ...]:
        """Borders of the cells in color."""
        return tuple(np.linspace(_COLORS[0], _COLORS[1], _COLORS[2] + 1).round(12).tolist())

    def count(self, rows: pa.Table) -> IntArray:
        """Rows by cell of magnitude and color, shape (32, 30); those without one of them are in none."""
        magnitude = real_numbers(rows, self.magnitude)
        color = real_numbers(rows, self.blue) - real_numbers(rows, self.red)
        is_known = np.isfinite(magnitude) & np.isfinite(color)
        cells = np.histogram2d(
            magnitude[is_known], color[is_known], bins=(list(self.magnitude_edges), list(self.color_edges))
        )[0]
        counts: IntArray = cells.astype(np.int64)
        return counts


@dataclass(frozen=True, slots=True)
class CoverageMap:
    """Rows of a training set and target objects in the cells of a grid."""

    grid: CoverageGrid
    rows: IntArray
    target: IntArray

    def covered_fraction(self, least_rows: int) -> float:
        """Part of the target objects whose cell has so many rows; NaN without any."""
        total = int(self.target.sum())
        return float(self.target[self.rows >= least_rows].sum() / total) if total else float("nan")


def coverage_grids(layout: TableLayout, names: Collection[str]) -> tuple[CoverageGrid, ...]:
    """Each color of neighboring bands over the magnitude in the reference band, as far as the columns allow."""
    bands = [(band, columns.magnitude) for band, columns in layout.bands.items() if columns.magnitude in names]
    known = dict(bands)
    if not bands:
        return ()
    reference = layout.reference_band if layout.reference_band in known else bands[-1][0]
    assert reference is not None, "one of the bands"
    return tuple(
        CoverageGrid(f"Coverage of the target, {blue} - {red} by {reference}", known[reference], blue_name, red_name)
        for (blue, blue_name), (red, red_name) in pairwise(bands)
    )
