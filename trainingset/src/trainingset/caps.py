"""Caps: at most so many rows of a survey in a cell of magnitude and redshift, so that none outweighs the others."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.capped_cell import CappedCell

__all__ = ["CapCounts", "cap_cells", "is_within_cap", "value_bins"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

_KEY = b"cap"
"""Sets these draws apart from those of a split with the same seed: who is capped does not tell who is in a subset."""
_DECIMALS = 9
"""Of a value in units of its step, so that 0.3 in steps of 0.1 is in the fourth bin and not in the third."""


@dataclass(frozen=True, slots=True)
class CapCounts:
    """What a cap has left out."""

    rows_in: int
    rows_out: int
    n_cells: int
    """Cells with rows, of all surveys."""
    capped: tuple[CappedCell, ...]

    def details(self) -> dict[str, int]:
        """Counts for the record: cells, and rows left out by survey."""
        dropped: dict[str, int] = {}
        for cell in self.capped:
            name = f"dropped_{cell.survey or 'unknown'}"
            dropped[name] = dropped.get(name, 0) + cell.rows_in - cell.rows_out
        return {"cells": self.n_cells, "cells_capped": len(self.capped), **dict(sorted(dropped.items()))}


def value_bins(values: FloatArray, step: float) -> FloatArray:
    """Number of the bin of each value, counted from 0; NaN where the value is not finite, shape (n,)."""
    known = np.where(np.isfinite(values), values, np.nan)
    bins: FloatArray = np.floor(np.round(known / step, _DECIMALS))
    return bins


def cap_cells(
    surveys: Sequence[str | None] | pa.Array,
    subsets: Sequence[str | None] | pa.Array | None,
    magnitude_bins: FloatArray,
    redshift_bins: FloatArray,
) -> pd.DataFrame:
    """Cells of rows.

    Parameters
    ----------
    surveys
        Survey of each row, null or blank for none, shape (n,). Case makes no difference.
    subsets
        Subset of each row, where they are capped each on its own.
    magnitude_bins, redshift_bins
        As `value_bins` gives them: rows without a value are in a cell of their own.

    Returns
    -------
    pd.DataFrame
        ``survey``, ``subset``, ``magnitude`` and ``redshift`` (numbers of bins) of each row, and ``cell``, a number
        for each cell with rows.
    """
    names = pc.fill_null(pc.utf8_lower(pc.utf8_trim_whitespace(pa.array(surveys, pa.string()))), "")
    parts = pa.nulls(len(names), pa.string()) if subsets is None else pa.array(subsets, pa.string())
    cells = pd.DataFrame(
        {
            "survey": names.to_pylist(),
            "subset": pc.fill_null(parts, "").to_pylist(),
            "magnitude": magnitude_bins,
            "redshift": redshift_bins,
        }
    )
    return cells.assign(cell=cells.groupby(list(cells.columns), dropna=False, sort=True).ngroup())


def is_within_cap(keys: Sequence[str] | pa.Array, cells: IntArray, *, cap: int, seed: int = 0) -> BoolArray:
    """Whether each row stays when a cell may have so many rows.

    Parameters
    ----------
    keys
        Stable key of each row, all different, shape (n,): which rows stay depends on their keys and neither on their
        order nor on what is in other cells. Fewer rows that stay are among more that stay.
    cells
        Number of each row's cell, shape (n,).
    cap
        Most rows of a cell.
    seed
        Key of the hash that draws, in [0, 2**64).
    """
    names = pa.array(keys, pa.string())
    key = _KEY + seed.to_bytes(8, "little")
    draws = [
        int.from_bytes(blake2b(name.encode(), digest_size=8, key=key).digest(), "big") for name in names.to_pylist()
    ]
    # The names settle ties of the hash, which never happen.
    order = np.lexsort((pc.rank(names, tiebreaker="dense").to_numpy(), np.array(draws, np.uint64), cells))
    in_order = cells[order]
    starts = np.flatnonzero(np.diff(in_order, prepend=in_order[:1] - 1))
    place = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    stays = np.empty(len(order), np.bool_)
    stays[order] = place < cap
    return stays
