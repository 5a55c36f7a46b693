"""Dates of observations as decimal years, out of numbers and texts."""

import re
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.positions import FloatArray

__all__ = ["decimal_years"]

_YEARS = (1800.0, 2200.0)
_MJD = (15_000.0, 100_000.0)
"""Numbers within are modified Julian dates (1899 to 2132), those below decimal years."""
_JD = (2_415_000.5, 2_500_000.5)
"""Numbers within are Julian dates of the same time."""
_JD_OF_MJD_0 = 2_400_000.5
_MJD_OF_J2000, _DAYS_A_YEAR = 51_544.5, 365.25
_MJD_OF_1970 = 40_587.0
_SECONDS_A_DAY = 86_400.0

_NUMERIC = re.compile(r"\d+(\.\d*)?")
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})(?:[-/](\d{1,2})(?:[T ].*)?)?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")
_NAMED = ("%d %b %Y", "%d-%b-%Y", "%Y-%b-%d", "%Y %b %d", "%b %d %Y", "%d %B %Y")
"""Dates with the name of the month. Dates like 03/04/2010 are not read: their month could be either."""


def decimal_years(column: pa.ChunkedArray) -> FloatArray:
    """Dates as decimal years, NaN for none and for what is no date, shape (n,).

    Numbers, also written as texts, are decimal years, Julian dates or modified ones; texts are ISO 8601 ones (also with
    slashes, or without any sign between) or have the month's name.
    """
    if pa.types.is_string(column.type):
        encoded = column.combine_chunks().dictionary_encode()
        years = np.array([*(_year_of_text(text.strip()) for text in encoded.dictionary.to_pylist()), np.nan])
        found: FloatArray = years[pc.fill_null(encoded.indices, len(years) - 1).to_numpy(zero_copy_only=False)]
        return found
    return _of_numbers(pc.fill_null(column.cast(pa.float64(), safe=False), np.nan).to_numpy())


def _of_numbers(numbers: FloatArray) -> FloatArray:
    is_jd = (numbers >= _JD[0]) & (numbers <= _JD[1])
    days = np.where(is_jd, numbers - _JD_OF_MJD_0, numbers)
    is_mjd = (days >= _MJD[0]) & (days <= _MJD[1])
    years = np.where(is_mjd, _of_mjd(days), days)
    return np.where((years > _YEARS[0]) & (years < _YEARS[1]), years, np.nan)


def _of_mjd(days: FloatArray) -> FloatArray:
    years: FloatArray = 2000.0 + (days - _MJD_OF_J2000) / _DAYS_A_YEAR
    return years


def _year_of_text(text: str) -> float:
    if (found := _COMPACT.fullmatch(text) or _ISO.fullmatch(text)) is not None:
        return _of_parts(*(int(part or 1) for part in found.groups()))
    if _NUMERIC.fullmatch(text) is not None:
        return float(_of_numbers(np.array([float(text)]))[0])
    for form in _NAMED:
        try:
            named = datetime.strptime(text.replace(",", ""), form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return _of_parts(named.year, named.month, named.day)
    return np.nan


def _of_parts(year: int, month: int, day: int) -> float:
    try:
        seconds = datetime(year, month, day, tzinfo=UTC).timestamp()
    except ValueError:
        return np.nan
    years = float(_of_mjd(np.array(seconds / _SECONDS_A_DAY + _MJD_OF_1970)))
    return years if _YEARS[0] < years < _YEARS[1] else np.nan
