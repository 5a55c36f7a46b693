"""Rows that are held out: whole surveys or fields in a subset of their own, with everything that is one sky object."""

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["held_out"]

BoolArray = npt.NDArray[np.bool_]
IntArray = npt.NDArray[np.int64]


def held_out(objects: IntArray, names: pa.Array, wanted: Iterable[str]) -> BoolArray:
    """Whether each row is held out.

    Parameters
    ----------
    objects
        Sky object of each row, shape (n,). A row of an object that any wanted row has goes with it: otherwise one
        galaxy would be in training and in what was held out.
    names
        Survey or field of each row, null for none, shape (n,). Case makes no difference.
    wanted
        Names to hold out.
    """
    folded = pc.utf8_lower(pc.utf8_trim_whitespace(names))
    aims = pa.array([name.strip().lower() for name in wanted], pa.string())
    is_wanted = np.asarray(pc.fill_null(pc.is_in(folded, value_set=aims), False)) & np.asarray(pc.is_valid(folded))
    return np.isin(objects, objects[is_wanted])
