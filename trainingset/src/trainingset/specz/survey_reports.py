"""Counts what became of the rows of each survey in one input."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.positions import BoolArray, FloatArray
from trainingset.specz.common_scale import CommonScale
from trainingset.specz.compilation_table import STAR, WANTED
from trainingset.specz.input_report import SurveyReport
from trainingset.specz.key_hash import hash_keys
from trainingset.specz.survey_book import SurveyBook

__all__ = ["survey_reports"]

_RANGE = (-0.1, 20.0)
"""Redshifts outside that stand for none are counted: blueshifts end at -0.001, and nothing is known beyond 15."""


def survey_reports(
    table: pa.Table,
    scale: CommonScale,
    book: SurveyBook,
    *,
    surveys: tuple[str, ...],
    codes: npt.NDArray[np.int64],
    z: FloatArray,
    given: FloatArray,
    sentinel: BoolArray,
    frames: tuple[str, ...],
) -> list[SurveyReport]:
    """Count the rows of each survey.

    Parameters
    ----------
    table
        Homogenized rows, with `WANTED`.
    scale
        Of the same rows.
    surveys, codes
        Names, and each row's place among them; their number for rows of none, shape (n,).
    z
        Redshifts, also those that stand for none, shape (n,).
    given
        The same as the release has them, in its unit, shape (n,).
    sentinel
        Which of them stand for none, shape (n,).
    frames
        Frame of the redshifts of each survey.

    Returns
    -------
    list
        In the order of `surveys`, rows of none last; surveys without rows are left out.
    """
    low, high = _RANGE
    strange = np.isfinite(z) & ~sentinel & ((z < low) | (z > high))
    counted = table.select([WANTED, "id", "z_flag", "instrument_type_homogenized"])
    reports = []
    for code, (name, frame) in enumerate(zip((*surveys, ""), (*frames, "unknown"), strict=True)):
        its = codes == code
        if not its.any():
            continue
        survey, rules = book.find(name) if name else None, book.rules(name) if name else None
        # Most inputs are of one survey, and copying all their rows would take longer than counting them.
        picked = counted if its.all() else counted.filter(pa.array(its))
        quality = scale.quality[its]
        unmapped = picked["z_flag"].filter(pa.array(np.isnan(quality)))
        report = SurveyReport(
            survey=name or "unknown",
            release=survey.release if survey is not None else None,
            z_frame=frame,
            rules_version=rules.version if rules is not None else None,
            rows=picked.num_rows,
            wanted=int(pc.sum(picked[WANTED]).as_py()),
            quality=_counts(pa.array(quality, from_pandas=True)),
            instrument_types=_counts(picked["instrument_type_homogenized"]),
            unmapped_flags=_counts(unmapped),
            sentinels=_counts(pa.array(given[its & sentinel])),
            out_of_range=int((strange & its).sum()),
            stars=int((quality == STAR).sum()),
            repeated_ids=_repeated(picked["id"]),
        )
        reports.append(report)
    return reports


def _repeated(ids: pa.ChunkedArray) -> int:
    """Rows that share their id with an earlier one."""
    known = ids.drop_null().combine_chunks()
    hashes = hash_keys(known)
    ordered = np.sort(hashes)
    shared = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    if not len(shared):
        return 0
    # Ids with different hashes differ; of the few others the texts decide.
    alike = known.filter(pa.array(np.isin(hashes, shared)))
    return len(alike) - int(pc.count_distinct(alike).as_py())


def _counts(values: pa.Array | pa.ChunkedArray) -> dict[str, int]:
    counts = pc.value_counts(values).to_pylist()
    told = {_told(count["values"]): int(count["counts"]) for count in counts}
    return dict(sorted(told.items()))


def _told(value: object) -> str:
    match value:
        case None:
            return "null"
        case float():
            return f"{value:.6g}"
        case _:
            return str(value)
