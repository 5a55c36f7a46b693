"""Counts of rows of a training set that add up: those of its batches are those of the whole, in any order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.layout import TableLayout
from trainingset.set_report.coverage import CoverageGrid
from trainingset.set_report.figures import HistogramFigure, real_numbers
from trainingset.sky_index import IntArray, sky_pixels

__all__ = ["OFFSET_CELLS", "OTHERS", "SKY_ORDER", "Groups", "PartKey", "SetTally", "survey_names", "tally_batch"]

SKY_ORDER = 5
"""HEALPix order of the map: pixels of 1.8 degrees, 12 288 in all."""
OFFSET_CELLS = 40
"""Cells of the map of offsets, on each side."""
OTHERS = "other surveys"
"""What surveys that are not listed are counted as."""
_UNKNOWN = "unknown"
PartKey = tuple[int, str, str | None]
"""Number of a figure, ``survey`` or ``subset``, and the name of it; None for all surveys that are not drawn."""
Key = TypeVar("Key")
_STATES = ("not_observed", "not_detected", "detected")


@dataclass(frozen=True, slots=True)
class Groups:
    """Columns by which rows are told apart; None where a table has none."""

    survey: str | None
    subset: str | None
    drawn: tuple[str, ...] = ()
    """Surveys that have a part of their own in the histograms."""
    listed: tuple[str, ...] | None = None
    """Surveys that are counted by name, the rest together as `OTHERS`; None for all."""


@dataclass(frozen=True, slots=True)
class SetTally:
    """What is counted of some rows."""

    rows: int = 0
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Rows by survey and subset."""
    facts: Counter[str] = field(default_factory=Counter)
    """Rows of which something is true."""
    states: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Rows by band and state."""
    nulls: Counter[str] = field(default_factory=Counter)
    """Rows without a value, by column that was looked at."""
    bins: Mapping[PartKey, IntArray] = field(default_factory=dict)
    outside: Counter[int] = field(default_factory=Counter)
    """Rows with a value that no bin of the figure holds."""
    sky: IntArray = field(default_factory=lambda: np.zeros(12 * 4**SKY_ORDER, np.int64))
    """Rows by NESTED pixel, shape (12288,)."""
    cells: Mapping[str, IntArray] = field(default_factory=dict)
    """Rows by cell of magnitude and color, by title of the grid."""
    offsets: IntArray = field(default_factory=lambda: np.zeros((OFFSET_CELLS, OFFSET_CELLS), np.int64))
    """Rows by offset of the object to the east and to the north."""

    def __add__(self, other: "SetTally") -> "SetTally":
        return SetTally(
            rows=self.rows + other.rows,
            kinds=self.kinds + other.kinds,
            facts=self.facts + other.facts,
            states=self.states + other.states,
            nulls=self.nulls + other.nulls,
            bins=_sums(self.bins, other.bins),
            outside=self.outside + other.outside,
            sky=self.sky + other.sky,
            cells=_sums(self.cells, other.cells),
            offsets=self.offsets + other.offsets,
        )


def _sums(one: Mapping[Key, IntArray], other: Mapping[Key, IntArray]) -> dict[Key, IntArray]:
    both = dict(one)
    for key, counts in other.items():
        both[key] = both[key] + counts if key in both else counts
    return both


def tally_batch(
    rows: pa.Table,
    layout: TableLayout,
    groups: Groups,
    figures: Sequence[HistogramFigure],
    grids: Sequence[CoverageGrid] = (),
    *,
    radius_arcsec: float = 1.0,
) -> SetTally:
    """Count the rows of a batch.

    Parameters
    ----------
    grids
        Cells of magnitude and color.
    radius_arcsec
        Largest offset that is counted.
    """
    if not rows.num_rows:
        return SetTally()
    surveys, subsets = survey_names(rows, groups.survey), _texts(rows, groups.subset, "none")
    is_drawn = pc.is_in(surveys, value_set=pa.array(groups.drawn, pa.string()))
    parts = [("survey", pc.if_else(is_drawn, surveys, pa.scalar(None, pa.string())))]
    if groups.subset is not None:
        parts.append(("subset", subsets))
    bins: dict[PartKey, IntArray] = {}
    outside: Counter[int] = Counter()
    for place, figure in enumerate(figures):
        values = figure.values(rows)
        for kind, names in parts:
            for name in pc.unique(names).to_pylist():
                is_part = pc.is_null(names) if name is None else pc.fill_null(pc.equal(names, name), False)
                bins[place, kind, name] = figure.count(values[np.asarray(is_part)])
        outside[place] = int(np.isfinite(values).sum() - figure.count(values).sum())
    return SetTally(
        rows=rows.num_rows,
        kinds=_pairs(_listed(surveys, groups), subsets),
        facts=_facts(rows, layout),
        states=_states(rows, layout),
        nulls=Counter({name: rows[name].null_count for name in rows.column_names}),
        bins=bins,
        outside=outside,
        sky=_sky(rows, layout),
        cells={grid.title: grid.count(rows) for grid in grids},
        offsets=_offsets(rows, radius_arcsec),
    )


def survey_names(rows: pa.Table, column: str | None) -> pa.Array:
    """Survey of each row, ``unknown`` where there is none; shape (n,)."""
    return _texts(rows, column, _UNKNOWN)


def _texts(rows: pa.Table, column: str | None, absent: str) -> pa.Array:
    if column is None:
        return pa.array([absent] * rows.num_rows, pa.string())
    return pc.fill_null(rows[column].combine_chunks().cast(pa.string()), absent)


def _listed(surveys: pa.Array, groups: Groups) -> pa.Array:
    if groups.listed is None:
        return surveys
    return pc.if_else(pc.is_in(surveys, value_set=pa.array(groups.listed, pa.string())), surveys, OTHERS)


def _pairs(surveys: pa.Array, subsets: pa.Array) -> Counter[tuple[str, str]]:
    table = pa.table({"survey": surveys, "subset": subsets})
    found = table.group_by(["survey", "subset"]).aggregate([([], "count_all")]).to_pylist()
    return Counter({(row["survey"], row["subset"]): row["count_all"] for row in found})


def _facts(rows: pa.Table, layout: TableLayout) -> Counter[str]:
    facts = Counter(without_redshift=int(np.isnan(real_numbers(rows, layout.redshift)).sum()))
    facts["matched"] = rows.num_rows - rows[layout.object_id].null_count
    above = {"ambiguous": "n_within_radius", "several_redshifts": "n_redshifts"}
    for fact, column in above.items():
        if column in rows.column_names:
            facts[fact] = int((real_numbers(rows, column) > 1).sum())
    if "z_conflict" in rows.column_names:
        facts["z_conflict"] = pc.sum(rows["z_conflict"]).as_py() or 0
    return facts


def _states(rows: pa.Table, layout: TableLayout) -> Counter[tuple[str, str]]:
    return Counter(
        {
            (band, state): int(pc.sum(pc.equal(rows[columns.state], state)).as_py() or 0)
            for band, columns in layout.bands.items()
            if columns.state in rows.column_names
            for state in _STATES
        }
    )


def _sky(rows: pa.Table, layout: TableLayout) -> IntArray:
    ra, dec = real_numbers(rows, layout.ra), real_numbers(rows, layout.dec)
    is_known = np.isfinite(ra) & np.isfinite(dec)
    found: IntArray = np.bincount(sky_pixels(ra[is_known], dec[is_known], order=SKY_ORDER), minlength=12 * 4**SKY_ORDER)
    return found


def _offsets(rows: pa.Table, radius_arcsec: float) -> IntArray:
    names = ("delta_ra_arcsec", "delta_dec_arcsec")
    if not set(names) <= set(rows.column_names):
        return np.zeros((OFFSET_CELLS, OFFSET_CELLS), np.int64)
    east, north = (real_numbers(rows, name) for name in names)
    is_known = np.isfinite(east) & np.isfinite(north)
    edges = np.linspace(-radius_arcsec, radius_arcsec, OFFSET_CELLS + 1)
    found: IntArray = np.histogram2d(east[is_known], north[is_known], bins=(edges, edges))[0].astype(np.int64)
    return found
