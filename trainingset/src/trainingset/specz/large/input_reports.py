"""The report of an input that was homogenized in parts: sums of its parts, less the witnesses in each."""

from collections import Counter
from collections.abc import Iterable, Sequence

from trainingset.specz.input_report import InputReport, SurveyReport

__all__ = ["merged_report"]

_COUNTS = ("rows", "wanted", "out_of_range", "stars")
_TABLES = ("quality", "instrument_types", "unmapped_flags", "sentinels")


def merged_report(parts: Sequence[InputReport], witness: InputReport, repeated_ids: dict[str, int]) -> InputReport:
    """One report of the whole input.

    Parameters
    ----------
    parts
        Of each part with the witnesses behind it.
    witness
        Of the witnesses alone.
    repeated_ids
        Rows by survey that share their id with an earlier one; between parts these do not add up.
    """
    extra = len(parts)
    sums = {
        name: sum(getattr(part, name) for part in parts) - extra * getattr(witness, name)
        for name in ("rows", "kept", "without_position", "wrapped_ra")
    }
    names = {survey.survey for part in parts for survey in part.surveys}
    surveys = [_survey(name, parts, witness, repeated_ids.get(name, 0)) for name in sorted(names, key=_place)]
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    told = tuple(survey for survey in surveys if survey.rows)
    return witness.model_copy(update={**sums, "surveys": told, "notes": notes})


def _place(name: str) -> tuple[bool, str]:
    """Rows without a survey come last."""
    return name == "unknown", name


def _survey(name: str, parts: Sequence[InputReport], witness: InputReport, repeated_ids: int) -> SurveyReport:
    found = [survey for part in parts for survey in part.surveys if survey.survey == name]
    less = [survey for survey in witness.surveys if survey.survey == name] * len(parts)
    counts = {key: sum(getattr(one, key) for one in found) - sum(getattr(one, key) for one in less) for key in _COUNTS}
    tables = {
        key: _difference((getattr(one, key) for one in found), (getattr(one, key) for one in less)) for key in _TABLES
    }
    return found[0].model_copy(update={**counts, **tables, "repeated_ids": repeated_ids})


def _difference(found: Iterable[dict[str, int]], less: Iterable[dict[str, int]]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for counts in found:
        total.update(counts)
    for counts in less:
        total.subtract(counts)
    return {value: total[value] for value in sorted(total) if total[value]}
