"""What a quality report tells of a compilation, as numbers: counts, n(z), sky, repeats, agreement of surveys."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from trainingset.sky_index import IntArray
from trainingset.specz.compilation_table import STAR
from trainingset.specz.input_report import InputReport
from trainingset.specz.report.tally import (
    FINE_BINS,
    SKY_ORDER,
    RowTally,
    known_redshifts,
    star_rows,
    survey_names,
    tally_rows,
)

__all__ = ["Agreement", "CompilationNumbers", "SurveyNumbers", "agreement", "compilation_numbers", "numbers_of"]

N_BINS = 50
MOST_MEMBERS = 50
"""Members of one group that are compared with each other; larger groups are broken data."""
OUTLIER = 0.15
"""Differences dz/(1+z) above are those of another galaxy or of a mistaken line."""
DISAGREEMENT = 0.005
"""Differences dz/(1+z) above are no errors of measurement for spectra."""
_SCATTER_OF_MAD = 1.4826
"""Standard deviation of a normal distribution in units of its median absolute deviation."""

_TOPS = (0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20)
"""Where a histogram may end: `N_BINS` bins up to there are whole numbers of fine ones."""
_NEARLY_ALL = 0.995
_TYPES = ("s", "g", "p", "null")

_FROZEN = ConfigDict(frozen=True)


class SurveyNumbers(BaseModel):
    """Rows of one survey."""

    model_config = _FROZEN

    survey: str
    rows: int
    used: int
    """Rows with ``tie_result`` 1, all rows where repeats were not looked for."""
    quality: dict[str, int]
    instrument_types: dict[str, int]
    n_of_z: tuple[int, ...]
    """Rows by bin of redshift."""


class Agreement(BaseModel):
    """Repeated measurements of the same galaxies by two surveys, or by one."""

    model_config = _FROZEN

    survey: str
    other: str
    pairs: int
    bias: float
    """Median of (z - z_other) / (1 + mean of both); 0 for a survey with itself."""
    scatter: float
    """1.4826 times the median absolute deviation from the bias."""
    disagreements: int
    """Pairs that differ by more than `DISAGREEMENT`."""
    outliers: int
    """Pairs that differ by more than `OUTLIER`."""


class CompilationNumbers(BaseModel):
    """Numbers of a compilation before repeated measurements are removed."""

    model_config = _FROZEN

    rows: int
    used: int
    stars: int
    without_redshift: int
    surveys: tuple[SurveyNumbers, ...] = ()
    quality: dict[str, int] = Field(default_factory=dict)
    instrument_types: dict[str, int] = Field(default_factory=dict)
    z_edges: tuple[float, ...] = ()
    """Borders of the bins of redshift, one more than bins."""
    n_of_z: dict[str, tuple[int, ...]] = Field(default_factory=dict)
    """Rows by instrument type and bin of redshift; stars are left out."""
    sky_order: int = SKY_ORDER
    sky_pixels: tuple[int, ...] = ()
    """NESTED pixels with rows."""
    sky_counts: tuple[int, ...] = ()
    group_sizes: dict[int, int] = Field(default_factory=dict)
    """Galaxies by number of measurements."""
    tie_results: dict[str, int] = Field(default_factory=dict)
    resolved_by: dict[str, int] = Field(default_factory=dict)
    agreement: tuple[Agreement, ...] = ()
    """By number of pairs, the most first."""
    inputs: tuple[InputReport, ...] = ()


def compilation_numbers(table: pa.Table, reports: Iterable[InputReport]) -> CompilationNumbers:
    """Count and compare the rows of a compilation.

    Parameters
    ----------
    table
        Marked rows before any is removed; without the columns of marks, repeats are not told.
    reports
        What became of the rows of the inputs.
    """
    return numbers_of(tally_rows(table), agreement(table), reports)


def numbers_of(tally: RowTally, agreements: Iterable[Agreement], reports: Iterable[InputReport]) -> CompilationNumbers:
    """The numbers of rows that were counted."""
    top = _top(tally.z_by_type.values())
    pixels = np.flatnonzero(tally.sky)
    by_type = {name: tally.z_by_type[name] for name in _TYPES if name in tally.z_by_type}
    quality = _by(tally.kinds, 2)
    return CompilationNumbers(
        rows=tally.kinds.total(),
        used=tally.used.total(),
        stars=quality.get(f"{STAR:g}", 0),
        without_redshift=tally.without_redshift,
        surveys=tuple(_surveys(tally, top)),
        quality=quality,
        instrument_types=_by(tally.kinds, 1),
        z_edges=tuple(np.linspace(0.0, top, N_BINS + 1).tolist()),
        n_of_z={name: _histogram(counts, top) for name, counts in by_type.items()},
        sky_pixels=tuple(pixels.tolist()),
        sky_counts=tuple(tally.sky[pixels].tolist()),
        group_sizes=dict(sorted(tally.group_sizes.items())),
        tie_results=dict(sorted(tally.tie_results.items())),
        resolved_by=dict(sorted(tally.resolved_by.items())),
        agreement=tuple(agreements),
        inputs=tuple(reports),
    )


def _top(counts: Iterable[IntArray]) -> float:
    """Where nearly all redshifts end; the last bin takes what is beyond."""
    found = list(counts)
    n_rows = sum(int(one.sum()) for one in found)
    for top in _TOPS:
        if sum(int(one[: _fine(top)].sum()) for one in found) >= _NEARLY_ALL * n_rows and n_rows:
            return float(top)
    return 1.0 if not n_rows else float(_TOPS[-1])


def _fine(z: float) -> int:
    return round(z * FINE_BINS)


def _histogram(fine: IntArray, top: float) -> tuple[int, ...]:
    """Rows by bin up to `top`, from fine bins."""
    n_fine = _fine(top)
    inside = np.pad(fine[:n_fine], (0, max(n_fine - len(fine), 0)))
    counts = inside.reshape(N_BINS, -1).sum(axis=1)
    counts[-1] += fine[n_fine:].sum()
    return tuple(counts.tolist())


def _by(kinds: Mapping[tuple[str, str, str], int], place: int) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for kind, count in kinds.items():
        counts[kind[place]] += count
    return dict(sorted(counts.items()))


def _surveys(tally: RowTally, top: float) -> Iterator[SurveyNumbers]:
    for name, rows in _by(tally.kinds, 0).items():
        kinds = {kind: count for kind, count in tally.kinds.items() if kind[0] == name}
        yield SurveyNumbers(
            survey=name,
            rows=rows,
            used=tally.used[name],
            quality=_by(kinds, 2),
            instrument_types=_by(kinds, 1),
            n_of_z=_histogram(tally.z_by_survey[name], top),
        )


def _codes(table: pa.Table) -> tuple[list[str], IntArray]:
    """Names of the surveys, sorted, and the place of each row's among them."""
    texts = survey_names(table)
    names = sorted(pc.unique(texts).to_pylist())
    places = pc.index_in(texts, value_set=pa.array(names, pa.string()))
    return names, np.asarray(places.to_numpy(zero_copy_only=False), np.int64)


def agreement(table: pa.Table) -> tuple[Agreement, ...]:
    """Differences of all two measurements of one galaxy, by the two surveys; the most pairs first.

    Parameters
    ----------
    table
        Marked rows before any is removed. Rows without a neighbor change nothing; without marks there are no pairs.
    """
    if "group_id" not in table.column_names:
        return ()
    names, codes = _codes(table)
    own = known_redshifts(table, "z_best" if "z_best" in table.column_names else "z")
    left, right = _pairs(table["group_id"].to_numpy(), np.isfinite(own) & ~star_rows(table))
    # From the survey that is first in the alphabet to the other, so that a bias has one sign.
    swapped = codes[left] > codes[right]
    first, second = np.where(swapped, right, left), np.where(swapped, left, right)
    difference = (own[first] - own[second]) / (1 + (own[first] + own[second]) / 2)
    pair = codes[first] * len(names) + codes[second]
    found = []
    for number in np.unique(pair):
        values = difference[pair == number]
        # Which of two measurements of one survey comes first says nothing: either sign is as true.
        bias = 0.0 if number // len(names) == number % len(names) else float(np.median(values))
        found.append(
            Agreement(
                survey=names[number // len(names)],
                other=names[number % len(names)],
                pairs=len(values),
                bias=bias,
                scatter=_SCATTER_OF_MAD * float(np.median(np.abs(values - bias))),
                disagreements=int((np.abs(values) > DISAGREEMENT).sum()),
                outliers=int((np.abs(values) > OUTLIER).sum()),
            )
        )
    return tuple(sorted(found, key=lambda one: (-one.pairs, one.survey, one.other)))


def _pairs(groups: IntArray, counts: npt.NDArray[np.bool_]) -> tuple[IntArray, IntArray]:
    """Rows of one group, each two once."""
    rows = np.flatnonzero(counts)
    order = rows[np.argsort(groups[rows], kind="stable")]
    ordered = groups[order]
    left, right = [], []
    for step in range(1, min(MOST_MEMBERS, len(order))):
        same = np.flatnonzero(ordered[step:] == ordered[:-step])
        if not same.size:
            break
        left.append(order[same])
        right.append(order[same + step])
    if not left:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(left), np.concatenate(right)
