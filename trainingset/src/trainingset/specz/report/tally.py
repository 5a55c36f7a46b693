"""Counts of rows for a quality report that add up: those of parts of the sky are those of the whole."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import reduce

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.positions import FloatArray
from trainingset.sky_index import IntArray, sky_pixels
from trainingset.specz.compilation_table import STAR
from trainingset.specz.priority import column_numbers
from trainingset.specz.sentinels import find_sentinels

__all__ = ["FINE_BINS", "SKY_ORDER", "RowTally", "known_redshifts", "star_rows", "survey_names", "tally_rows", "total"]

BoolArray = npt.NDArray[np.bool_]

SKY_ORDER = 5
"""HEALPix order of the map: pixels of 1.8 degrees, 12 288 in all."""
FINE_BINS = 500
"""Bins in a unit of redshift: the bins of every histogram are whole numbers of these."""
_LAST_BIN = 20 * FINE_BINS - 1
"""Takes what is beyond z = 20."""

Kind = tuple[str, str, str]
"""Survey, instrument type and homogenized flag."""


@dataclass(frozen=True, slots=True)
class RowTally:
    """What is counted of marked rows before any is removed."""

    kinds: Counter[Kind] = field(default_factory=Counter)
    """Rows by survey, type and flag."""
    used: Counter[str] = field(default_factory=Counter)
    """Rows with ``tie_result`` 1 by survey, all rows where repeats were not looked for."""
    without_redshift: int = 0
    z_by_survey: Mapping[str, IntArray] = field(default_factory=dict)
    """Rows by fine bin of redshift, as far as there are any."""
    z_by_type: Mapping[str, IntArray] = field(default_factory=dict)
    """The same without stars, by instrument type."""
    sky: IntArray = field(default_factory=lambda: np.zeros(12 * 4**SKY_ORDER, np.int64))
    """Rows by NESTED pixel, shape (12288,)."""
    group_sizes: Counter[int] = field(default_factory=Counter)
    """Galaxies by number of measurements."""
    tie_results: Counter[str] = field(default_factory=Counter)
    resolved_by: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: "RowTally") -> "RowTally":
        return RowTally(
            kinds=self.kinds + other.kinds,
            used=self.used + other.used,
            without_redshift=self.without_redshift + other.without_redshift,
            z_by_survey=_added(self.z_by_survey, other.z_by_survey),
            z_by_type=_added(self.z_by_type, other.z_by_type),
            sky=self.sky + other.sky,
            group_sizes=self.group_sizes + other.group_sizes,
            tie_results=self.tie_results + other.tie_results,
            resolved_by=self.resolved_by + other.resolved_by,
        )


def total(tallies: Iterable[RowTally]) -> RowTally:
    """The tally of several sets of rows, of which no two share a group."""
    return reduce(RowTally.__add__, tallies, RowTally())


def tally_rows(table: pa.Table) -> RowTally:
    """Count rows.

    Parameters
    ----------
    table
        Marked rows, whole groups; without the columns of marks, repeats are not told.
    """
    if not table.num_rows:
        return RowTally()
    z, is_star = known_redshifts(table, "z"), star_rows(table)
    surveys, types = survey_names(table), _types(table)
    marks = set(table.column_names)
    places = sky_pixels(column_numbers(table, "ra"), column_numbers(table, "dec"), order=SKY_ORDER)
    return RowTally(
        kinds=_kinds(surveys, types, table["z_flag_homogenized"]),
        used=_told_counts(surveys.filter(_used(table))),
        without_redshift=int(np.isnan(z).sum()),
        z_by_survey=_histograms(surveys, z),
        z_by_type=_histograms(types.filter(pa.array(~is_star)), z[~is_star]),
        sky=np.bincount(places, minlength=12 * 4**SKY_ORDER),
        group_sizes=_group_sizes(table, is_star) if "group_id" in marks else Counter(),
        tie_results=_told_counts(table["tie_result"]) if "tie_result" in marks else Counter(),
        resolved_by=_told_counts(table["resolved_by"]) if "resolved_by" in marks else Counter(),
    )


def known_redshifts(table: pa.Table, name: str) -> FloatArray:
    """Redshifts, NaN also for values that stand for none, which the preset ``reference`` leaves in; shape (n,)."""
    z = column_numbers(table, name)
    return np.where(find_sentinels(z), np.nan, z)


def star_rows(table: pa.Table) -> BoolArray:
    """Whether each row is a star, shape (n,)."""
    is_star: BoolArray = column_numbers(table, "z_flag_homogenized") == STAR
    return is_star


def survey_names(table: pa.Table) -> pa.Array:
    """Survey of each row, ``unknown`` where there is none; shape (n,)."""
    return pc.fill_null(table["survey"].combine_chunks().cast(pa.string()), "unknown")


def _types(table: pa.Table) -> pa.Array:
    return pc.fill_null(table["instrument_type_homogenized"].combine_chunks().cast(pa.string()), "null")


def _used(table: pa.Table) -> pa.Array:
    if "tie_result" not in table.column_names:
        return pa.array(np.ones(table.num_rows, np.bool_))
    return pa.array(table["tie_result"].to_numpy() == 1)


def _kinds(surveys: pa.Array, types: pa.Array, flags: pa.ChunkedArray) -> Counter[Kind]:
    rows = pa.table({"survey": surveys, "type": types, "flag": flags})
    counts = rows.group_by(["survey", "type", "flag"]).aggregate([([], "count_all")]).to_pylist()
    return Counter({(row["survey"], row["type"], _told(row["flag"])): row["count_all"] for row in counts})


def _told_counts(column: pa.Array | pa.ChunkedArray) -> Counter[str]:
    return Counter({_told(count["values"]): int(count["counts"]) for count in pc.value_counts(column).to_pylist()})


def _told(value: object) -> str:
    if value is None:
        return "null"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _histograms(names: pa.Array, z: FloatArray) -> dict[str, IntArray]:
    """Rows by fine bin, of each name."""
    is_drawn = np.isfinite(z) & (z >= 0)
    bins = np.minimum(np.floor(np.where(is_drawn, z, 0) * FINE_BINS), _LAST_BIN).astype(np.int64)
    encoded = names.dictionary_encode()
    codes = np.asarray(encoded.indices.to_numpy(zero_copy_only=False))
    texts = encoded.dictionary.to_pylist()
    return {text: np.bincount(bins[is_drawn & (codes == code)]) for code, text in enumerate(texts)}


def _added(one: Mapping[str, IntArray], other: Mapping[str, IntArray]) -> dict[str, IntArray]:
    found = dict(one)
    for name, counts in other.items():
        known = found.get(name, np.zeros(0, np.int64))
        longest = max(len(known), len(counts))
        found[name] = np.pad(known, (0, longest - len(known))) + np.pad(counts, (0, longest - len(counts)))
    return found


def _group_sizes(table: pa.Table, is_star: BoolArray) -> Counter[int]:
    _, sizes = np.unique(table["group_id"].to_numpy()[~is_star], return_counts=True)
    found, counts = np.unique(sizes, return_counts=True)
    return Counter(dict(zip(found.tolist(), counts.tolist(), strict=True)))
