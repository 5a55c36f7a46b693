"""The histograms of a training set's report: what is drawn, in which bins."""

from collections.abc import Collection
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.layout import TableLayout
from trainingset.positions import FloatArray
from trainingset.sky_index import IntArray

__all__ = ["HistogramFigure", "figures_of", "real_numbers"]


@dataclass(frozen=True, slots=True)
class HistogramFigure:
    """One histogram: a column, or the difference of two, in bins of equal width."""

    title: str
    axis: str
    """Words below the axis, with the unit."""
    columns: tuple[str, ...]
    """One column, or two of which the second is subtracted."""
    low: float
    high: float
    n_bins: int

    @property
    def edges(self) -> tuple[float, ...]:
        """Borders of the bins, rounded so that a border at 0 is 0."""
        return tuple(np.linspace(self.low, self.high, self.n_bins + 1).round(12).tolist())

    def values(self, rows: pa.Table) -> FloatArray:
        """What is counted of each row, NaN where there is none; shape (n,)."""
        first, *others = (real_numbers(rows, name) for name in self.columns)
        return first - others[0] if others else first

    def count(self, values: FloatArray) -> IntArray:
        """Rows by bin, the upper border of the last one included; values outside are in none. Shape (n_bins,)."""
        found: IntArray = np.histogram(values[np.isfinite(values)], self.edges)[0].astype(np.int64)
        return found


def real_numbers(rows: pa.Table, name: str) -> FloatArray:
    """A column as real numbers, NaN for null and for what is not finite; shape (n,)."""
    values = pc.cast(rows[name].combine_chunks(), pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    numbers: FloatArray = np.where(np.isfinite(values), values, np.nan)
    return numbers


def figures_of(layout: TableLayout, names: Collection[str], *, radius_arcsec: float) -> tuple[HistogramFigure, ...]:
    """Histograms that the columns of a training set allow.

    Parameters
    ----------
    names
        Columns of the table.
    radius_arcsec
        Match radius: separations and offsets end there.
    """
    radius = radius_arcsec
    bands = [(band, columns.magnitude) for band, columns in layout.bands.items()]
    # Stars and the nearest galaxies are a little below 0.
    figures = [HistogramFigure("Redshifts", "redshift", (layout.redshift,), -0.1, 6, 61)]
    figures += [
        HistogramFigure(f"Magnitudes, {band} band", f"{magnitude} / AB mag", (magnitude,), 14, 30, 64)
        for band, magnitude in bands
    ]
    figures += [
        HistogramFigure(f"Colors, {blue} - {red}", f"{blue_name} - {red_name} / mag", (blue_name, red_name), -2, 4, 60)
        for (blue, blue_name), (red, red_name) in pairwise(bands)
    ]
    figures += [
        HistogramFigure("Separations", "separation / arcsec", ("separation_arcsec",), 0, radius, 40),
        HistogramFigure("Offsets to the east", "offset / arcsec", ("delta_ra_arcsec",), -radius, radius, 40),
        HistogramFigure("Offsets to the north", "offset / arcsec", ("delta_dec_arcsec",), -radius, radius, 40),
    ]
    return tuple(figure for figure in figures if set(figure.columns) <= set(names))
