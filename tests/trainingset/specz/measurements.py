"""Homogenized rows made from what matters to a test, and recipes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainingset.combine_recipe import CombineRecipe
from trainingset.specz.compilation_table import HOMOGENIZED

__all__ = ["a_recipe", "homogenized", "marks_by_key"]


def a_recipe(**fields: Any) -> CombineRecipe:
    """A resolved recipe of the preset ``reference`` unless said otherwise."""
    given = {"inputs": ("upload:a",), "preset": "reference", **fields}
    return CombineRecipe.model_validate(given).resolved()


def homogenized(
    *,
    keys: Sequence[str],
    ra: npt.ArrayLike = 10.0,
    dec: npt.ArrayLike = 0.0,
    z: Sequence[float | None] | npt.NDArray[np.float64] | float = 0.5,
    quality: Sequence[float | None] | npt.NDArray[np.float64] | float = 4.0,
    instrument: Sequence[str | None] | str = "s",
    radius: npt.ArrayLike = 0.5,
    survey: str | Sequence[str] = "TEST",
    **others: Any,
) -> pa.Table:
    """Rows at one place, with secure redshifts, unless said otherwise; a scalar holds for all rows."""
    n = len(keys)
    given: dict[str, Any] = {
        "ra": ra,
        "dec": dec,
        "z": z,
        "z_flag_homogenized": quality,
        "instrument_type_homogenized": instrument,
        "match_radius_arcsec": radius,
        "survey": survey,
        "source": "upload:a",
        "id": [key.partition(":")[2] for key in keys],
        **others,
    }
    columns = {}
    for field in HOMOGENIZED:
        columns[field.name] = _column(given.pop(field.name, None), n, field.type)
    table = pa.table(columns, schema=HOMOGENIZED).append_column("redshift_key", pa.array(keys, pa.string()))
    for name, values in given.items():
        table = table.append_column(name, pa.array(values))
    return table


def _column(values: Any, n: int, datatype: pa.DataType) -> pa.Array:
    if values is None:
        return pa.nulls(n, datatype)
    if isinstance(values, str) or np.ndim(values) == 0:
        values = [values] * n
    return pa.array(list(values), from_pandas=True).cast(datatype)


def marks_by_key(table: pa.Table, *names: str) -> dict[str, Any]:
    """Values of these columns by key: of one column alone, of several as tuples."""
    columns = [table[name].to_pylist() for name in names]
    values = columns[0] if len(columns) == 1 else list(zip(*columns, strict=True))
    return dict(zip(table["redshift_key"].to_pylist(), values, strict=True))
