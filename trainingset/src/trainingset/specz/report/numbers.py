"""What a quality report tells of a compilation, as numbers: counts, n(z), sky, repeats, agreement of surveys."""

from collections.abc import Iterable, Iterator

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from pydantic import BaseModel, ConfigDict, Field

from trainingset.crossmatch.candidates import SkyPositions
from trainingset.positions import FloatArray
from trainingset.specz.input_report import InputReport
from trainingset.specz.priority import column_numbers
from trainingset.specz.sentinels import find_sentinels
from trainingset.split_unit import healpix_pixels

__all__ = ["Agreement", "CompilationNumbers", "SurveyNumbers", "compilation_numbers"]

IntArray = npt.NDArray[np.int64]

SKY_ORDER = 5
"""HEALPix order of the map: pixels of 1.8 degrees, 12 288 in all."""
N_BINS = 50
MOST_MEMBERS = 50
"""Members of one group that are compared with each other; larger groups are broken data."""
OUTLIER = 0.15
"""Differences dz/(1+z) above are those of another galaxy or of a mistaken line."""
DISAGREEMENT = 0.005
"""Differences dz/(1+z) above are no errors of measurement for spectra."""
_STAR = 6.0
_SCATTER_OF_MAD = 1.4826
"""Standard deviation of a normal distribution in units of its median absolute deviation."""

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
    """Median of (z - z_other) / (1 + mean of both)."""
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
    z = _without_sentinels(column_numbers(table, "z"))
    is_star = column_numbers(table, "z_flag_homogenized") == _STAR
    used = _used(table)
    edges = _edges(z[~is_star])
    marks = set(table.column_names)
    pixels, counts = _sky(table)
    return CompilationNumbers(
        rows=table.num_rows,
        used=int(used.sum()),
        stars=int(is_star.sum()),
        without_redshift=int(np.isnan(z).sum()),
        surveys=tuple(_surveys(table, z, used, edges)),
        quality=_counts(table["z_flag_homogenized"]),
        instrument_types=_counts(table["instrument_type_homogenized"]),
        z_edges=tuple(edges.tolist()),
        n_of_z=_by_type(table, z, is_star, edges),
        sky_pixels=tuple(pixels.tolist()),
        sky_counts=tuple(counts.tolist()),
        group_sizes=_group_sizes(table, is_star) if "group_id" in marks else {},
        tie_results=_counts(table["tie_result"]) if "tie_result" in marks else {},
        resolved_by=_counts(table["resolved_by"]) if "resolved_by" in marks else {},
        agreement=tuple(_agreement(table, z, is_star)) if "group_id" in marks else (),
        inputs=tuple(reports),
    )


def _without_sentinels(z: FloatArray) -> FloatArray:
    """Redshifts, NaN also for values that stand for none: the preset ``reference`` leaves them in."""
    return np.where(find_sentinels(z), np.nan, z)


def _used(table: pa.Table) -> npt.NDArray[np.bool_]:
    if "tie_result" not in table.column_names:
        return np.ones(table.num_rows, np.bool_)
    is_used: npt.NDArray[np.bool_] = table["tie_result"].to_numpy() == 1
    return is_used


def _counts(column: pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(column).to_pylist()
    return dict(sorted((_told(count["values"]), int(count["counts"])) for count in counts))


def _told(value: object) -> str:
    if value is None:
        return "null"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _edges(z: FloatArray) -> FloatArray:
    """Bins from 0 to where nearly all redshifts end; the last one takes what is beyond."""
    known = z[np.isfinite(z) & (z > 0)]
    top = float(np.quantile(known, 0.995)) if known.size else 1.0
    steps = np.array([0.1, 0.2, 0.5, 1, 2, 3, 5, 7, 10, 15, 20])
    return np.linspace(0.0, float(steps[np.searchsorted(steps, top).clip(max=len(steps) - 1)]), N_BINS + 1)


def _histogram(z: FloatArray, edges: FloatArray) -> tuple[int, ...]:
    counts, _ = np.histogram(z[np.isfinite(z)].clip(max=edges[-1]), edges)
    return tuple(counts.tolist())


def _by_type(
    table: pa.Table, z: FloatArray, is_star: npt.NDArray[np.bool_], edges: FloatArray
) -> dict[str, tuple[int, ...]]:
    types = table["instrument_type_homogenized"]
    found: dict[str, tuple[int, ...]] = {}
    for letter in ("s", "g", "p", None):
        its = pc.is_null(types) if letter is None else pc.fill_null(pc.equal(types, letter), False)
        rows = its.to_numpy() & ~is_star
        if rows.any():
            found[letter or "null"] = _histogram(z[rows], edges)
    return found


def _codes(table: pa.Table) -> tuple[list[str], IntArray]:
    """Names of the surveys, sorted, and the place of each row's among them."""
    texts = pc.fill_null(table["survey"].combine_chunks().cast(pa.string()), "unknown")
    names = sorted(pc.unique(texts).to_pylist())
    places = pc.index_in(texts, value_set=pa.array(names, pa.string()))
    return names, np.asarray(places.to_numpy(zero_copy_only=False), np.int64)


def _surveys(table: pa.Table, z: FloatArray, used: npt.NDArray[np.bool_], edges: FloatArray) -> Iterator[SurveyNumbers]:
    names, codes = _codes(table)
    for code, name in enumerate(names):
        its = codes == code
        rows = table.select(["z_flag_homogenized", "instrument_type_homogenized"]).filter(pa.array(its))
        yield SurveyNumbers(
            survey=name,
            rows=int(its.sum()),
            used=int((its & used).sum()),
            quality=_counts(rows["z_flag_homogenized"]),
            instrument_types=_counts(rows["instrument_type_homogenized"]),
            n_of_z=_histogram(z[its], edges),
        )


def _sky(table: pa.Table) -> tuple[IntArray, IntArray]:
    if not table.num_rows:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    places = SkyPositions(column_numbers(table, "ra"), column_numbers(table, "dec"))
    pixels = healpix_pixels(places, SKY_ORDER)
    found, counts = np.unique(pixels, return_counts=True)
    return found.astype(np.int64), counts.astype(np.int64)


def _group_sizes(table: pa.Table, is_star: npt.NDArray[np.bool_]) -> dict[int, int]:
    _, sizes = np.unique(table["group_id"].to_numpy()[~is_star], return_counts=True)
    found, counts = np.unique(sizes, return_counts=True)
    return dict(zip(found.tolist(), counts.tolist(), strict=True))


def _agreement(table: pa.Table, z: FloatArray, is_star: npt.NDArray[np.bool_]) -> list[Agreement]:
    """Differences of all two measurements of one galaxy, by the two surveys."""
    names, codes = _codes(table)
    own = _without_sentinels(column_numbers(table, "z_best")) if "z_best" in table.column_names else z
    left, right = _pairs(table["group_id"].to_numpy(), np.isfinite(own) & ~is_star)
    # From the survey that is first in the alphabet to the other, so that a bias has one sign.
    swapped = codes[left] > codes[right]
    first, second = np.where(swapped, right, left), np.where(swapped, left, right)
    difference = (own[first] - own[second]) / (1 + (own[first] + own[second]) / 2)
    pair = codes[first] * len(names) + codes[second]
    found = []
    for number in np.unique(pair):
        values = difference[pair == number]
        bias = float(np.median(values))
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
    return sorted(found, key=lambda one: (-one.pairs, one.survey, one.other))


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
