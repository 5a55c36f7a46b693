"""What the values of a table say for and against a survey whose columns it has."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.columns import ColumnType
from trainingset.expression import parse_condition
from trainingset.expression_arrow import rows_where
from trainingset.positions import unit_of
from trainingset.redshift_keys import key_texts
from trainingset.specz.flags import known_flags, typed_column
from trainingset.specz.rule_file import sign_columns
from trainingset.specz.rules import Sign, SurveyRules
from trainingset.specz.sentinels import find_sentinels
from trainingset.specz.text_numbers import numbers_of

__all__ = ["ValueEvidence", "value_evidence"]

_FEW, _MOST = 0.05, 0.5
"""Shares of rows: what so many do not fit is a doubt, and what most do not fit speaks against a survey."""

_LEAST_REDSHIFT, _LARGEST_REDSHIFT = -0.1, 20.0
"""Blueshifts end at -0.001, and nothing is known beyond 15: most values outside are velocities or something else."""

_SHOWN = 8
"""Values that a sentence names."""


@dataclass(frozen=True, slots=True)
class ValueEvidence:
    """Sentences on the values; each begins in lower case and has no full stop."""

    supports: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    """What does not fit, in more than a few rows."""
    is_refuted: bool = False
    """Most flags or most redshifts are none of this survey's, or several of its signs fail in most rows."""


@dataclass(frozen=True, slots=True)
class _Finding:
    text: str
    share: float
    """Of rows that do not fit."""
    is_decisive: bool = True
    """Whether it speaks against a survey alone: a part of the sky does not, as targets are shared and moved."""


def value_evidence(
    table: pa.Table, rules: SurveyRules, signs: tuple[Sign, ...], columns: Mapping[str, str]
) -> ValueEvidence:
    """Weigh the values of a table.

    Parameters
    ----------
    columns
        Columns of the table by the names that the release gives them.
    """
    findings = [*_of_flags(table, rules, columns), *_of_redshifts(table, rules, columns)]
    findings += _of_signs(table, rules, signs, columns)
    against = [finding for finding in findings if finding.share > _MOST]
    return ValueEvidence(
        supports=tuple(finding.text for finding in findings if finding.share <= _FEW),
        doubts=tuple(finding.text for finding in findings if finding.share > _FEW),
        is_refuted=len(against) > 1 or any(finding.is_decisive for finding in against),
    )


def _of_flags(table: pa.Table, rules: SurveyRules, columns: Mapping[str, str]) -> Iterator[_Finding]:
    name = columns.get(rules.columns.z_flag or "")
    if name is None:
        return
    counted = table[name].drop_null().value_counts()
    values, counts = counted.field("values"), counted.field("counts").to_numpy()
    known = known_flags(pa.chunked_array([values]), rules) if len(values) else None
    if known is None:
        return
    order = np.argsort(-counts, kind="stable")
    unknown = [values[int(place)].as_py() for place in order if not known[place]]
    n_unknown, n_rows = int(counts[~known].sum()), int(counts.sum())
    if n_unknown <= _FEW * n_rows:
        seen = [values[int(place)].as_py() for place in order if known[place]]
        yield _Finding(f"its flags {_listed(sorted(seen))} in {name!r} are flags of the survey", n_unknown / n_rows)
    else:
        told = f"{n_unknown} of {n_rows} flags in {name!r} are none of the survey ({_listed(sorted(unknown))})"
        yield _Finding(told, n_unknown / n_rows)


def _of_redshifts(table: pa.Table, rules: SurveyRules, columns: Mapping[str, str]) -> Iterator[_Finding]:
    name = columns.get(rules.columns.z)
    if name is None or (unit_of(table.schema.field(name)) or "") not in ("", "1"):
        return
    z = numbers_of(table[name])
    z = z[np.isfinite(z) & ~find_sentinels(z, [(rules.sentinels, np.ones(len(z), np.bool_))])]
    if not z.size:
        return
    is_outside = (z < _LEAST_REDSHIFT) | (z > _LARGEST_REDSHIFT)
    if np.mean(is_outside) <= _FEW:
        inside = z[~is_outside]
        told = f"its redshifts in {name!r} go from {inside.min():.4g} to {inside.max():.4g}"
    else:
        first = z[is_outside][0]
        told = f"{is_outside.sum()} of {z.size} values in {name!r} are no redshifts (the first is {first:.6g})"
    yield _Finding(told, float(np.mean(is_outside)))


def _of_signs(
    table: pa.Table, rules: SurveyRules, signs: tuple[Sign, ...], columns: Mapping[str, str]
) -> Iterator[_Finding]:
    types = sign_columns(rules)
    for sign in signs:
        condition = parse_condition(f"NOT ({sign.holds})", types)
        read = {name: _values(table, _sources(name, rules, columns), types[name]) for name in condition.columns}
        known = [pc.is_valid(column).to_numpy(zero_copy_only=False) for column in read.values() if column is not None]
        if len(known) < len(read) or not (n_known := int(np.logical_and.reduce(known).sum())):
            continue
        n_broken = int(rows_where(condition, pa.table(read)).sum())
        told = (
            sign.holds
            if n_broken <= _FEW * n_known
            else f"in {n_broken} of {n_known} rows it is not so that {sign.holds}"
        )
        yield _Finding(f"{told} ({sign.source})", n_broken / n_known, is_decisive="z_flag" in condition.columns)


def _sources(name: str, rules: SurveyRules, columns: Mapping[str, str]) -> list[str]:
    """Columns of the table for a name in a sign; none where one of them is absent."""
    of = rules.columns
    roles = {"ra": of.ra, "dec": of.dec, "z": of.z, "z_err": of.z_err, "z_flag": of.z_flag}
    released = of.id if name == "id" else (roles.get(name, name),)
    found = [columns[source] for source in released if source is not None and source in columns]
    return found if len(found) == len(released) else []


def _values(table: pa.Table, names: list[str], datatype: ColumnType) -> pa.Array | None:
    if not names:
        return None
    if datatype is ColumnType.STRING:
        texts = [pc.utf8_trim_whitespace(key_texts(table, name)) for name in names]
        return texts[0] if len(texts) == 1 else pc.binary_join_element_wise(*texts, "-")
    values = typed_column(table[names[0]], datatype)
    values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
    # A NaN is as little known as a null.
    return pc.if_else(pc.is_nan(values), None, values) if pa.types.is_floating(values.type) else values


def _listed(values: list[object]) -> str:
    shown = [f"{value:g}" if isinstance(value, float) else str(value).strip() for value in values[:_SHOWN]]
    return ", ".join(shown) + (", ..." if len(values) > _SHOWN else "")
