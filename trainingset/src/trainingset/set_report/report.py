"""Makes the quality report of a training set out of its Parquet file, a few MiB of it at a time."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.formats.canonical import CanonicalTable
from trainingset.layout import require_columns
from trainingset.set_report.coverage import CoverageMap, coverage_grids
from trainingset.set_report.figures import HistogramFigure, figures_of, real_numbers
from trainingset.set_report.page import PALETTE, set_page
from trainingset.set_report.tally import Groups, SetTally, survey_names, tally_batch

__all__ = ["MOST_SURVEYS", "SetReport", "set_report"]

_SEPARATION = "separation_arcsec"
_LEAST_RADIUS_ARCSEC = 0.1
MOST_SURVEYS = 1000
"""Surveys that are counted by name. A column of another meaning may hold a name for each row."""


@dataclass(frozen=True, slots=True)
class SetReport:
    """A quality report, and the counts that it is made of."""

    page: str
    """HTML document."""
    tally: SetTally
    figures: tuple[HistogramFigure, ...]
    coverage: tuple[CoverageMap, ...] = ()
    """Beside the target objects, if there are any."""
    radius_arcsec: float = 1.0
    """Where the map of offsets ends."""


def set_report(
    table: Path, *, survey: str | None, subset: str | None = None, title: str, target: pa.Table | None = None
) -> SetReport:
    """Report on the quality of a training set.

    The file is read twice: first which surveys are the largest and how far matches reach, of two columns, then
    everything. No more than a batch of rows is held.

    Parameters
    ----------
    table
        Canonical Parquet file.
    survey, subset
        Columns of survey and subset; None where the table has none.
    target
        Magnitudes of target objects, drawn at random, by the names that they have in the table: with them the report
        tells which of their magnitudes and colors the set covers.

    Raises
    ------
    ValueError
        If the file has no layout, or lacks columns that its layout names.
    """
    source = CanonicalTable(table)
    layout = source.layout
    if layout is None:
        raise ValueError(f"{table.name} was not made as a training set: its metadata have no layout")
    needed = [layout.ra, layout.dec, layout.redshift, layout.object_id]
    require_columns([*needed, *(band.magnitude for band in layout.bands.values())], source.schema.names)
    counts, farthest = _survey_counts(source, survey)
    groups = Groups(survey, subset, _largest(counts), tuple(counts))
    figures = figures_of(layout, source.schema.names, radius_arcsec=farthest)
    grids = () if target is None else coverage_grids(layout, set(target.column_names) & set(source.schema.names))
    tallies = (tally_batch(rows, layout, groups, figures, grids, radius_arcsec=farthest) for rows in _tables(source))
    tally = reduce(SetTally.__add__, tallies, SetTally())
    coverage: tuple[CoverageMap, ...] = ()
    if target is not None:
        nothing = source.schema.empty_table()
        coverage = tuple(
            CoverageMap(grid, tally.cells.get(grid.title, grid.count(nothing)), grid.count(target)) for grid in grids
        )
    page = set_page(tally, figures, groups, source.columns, title=title, coverage=coverage, radius_arcsec=farthest)
    return SetReport(page, tally, figures, coverage, farthest)


def _tables(source: CanonicalTable, names: tuple[str, ...] | None = None) -> Iterable[pa.Table]:
    return (pa.Table.from_batches([batch]) for batch in source.batches(names))


def _survey_counts(source: CanonicalTable, survey: str | None) -> tuple[Counter[str], float]:
    """Rows by survey, and the largest separation rounded up to a tenth of an arcsecond.

    Of more than `MOST_SURVEYS` surveys those stay that have more than one in so many rows, with counts that are too
    low all by the same at most: the summary of Misra and Gries (1982), which never holds more names than these and
    those of a batch.
    """
    names = tuple(name for name in (survey, _SEPARATION) if name is not None and name in source.schema.names)
    counts: Counter[str] = Counter()
    farthest = 0.0
    for rows in _tables(source, names) if names else ():
        found = pc.value_counts(survey_names(rows, survey)).to_pylist()
        counts.update({one["values"]: one["counts"] for one in found})
        if len(counts) > MOST_SURVEYS:
            counts -= Counter(dict.fromkeys(counts, sorted(counts.values())[-MOST_SURVEYS - 1]))
        if _SEPARATION in names:
            farthest = max(farthest, float(np.nanmax(real_numbers(rows, _SEPARATION), initial=0.0)))
    return counts, max(float(np.ceil(farthest * 10) / 10), _LEAST_RADIUS_ARCSEC)


def _largest(counts: Counter[str]) -> tuple[str, ...]:
    """Surveys that are drawn, by number of rows, equal ones by name: the order of rows does not matter."""
    ranked = sorted(counts, key=lambda name: (-counts[name], name))
    return tuple(ranked[: len(PALETTE)])
