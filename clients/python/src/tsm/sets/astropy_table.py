"""Arrow rows as an astropy table, with units, UCDs, descriptions and masks."""

from typing import TYPE_CHECKING, Any

import numpy as np

from trainingset.arrow_metadata import description_of
from trainingset.columns import ColumnDescription, ColumnType

if TYPE_CHECKING:
    import pyarrow as pa
    from astropy.table import Column, Table

__all__ = ["astropy_table"]

_FILLS: dict[ColumnType, Any] = {ColumnType.STRING: "", ColumnType.BOOLEAN: False}
"""What lies under the mask; 0 for numbers."""


def astropy_table(rows: "pa.Table", *, meta: dict[str, str]) -> "Table":
    """Turn rows into an astropy table.

    A column is masked where it has nulls, and whole numbers stay whole: ids above 2**53 are exact. NaN is a value
    and stays one. The UCD of a column is in its ``meta``.
    """
    from astropy.table import Table

    columns = [_column(rows[field.name], description_of(field)) for field in rows.schema]
    return Table(columns, names=rows.schema.names, meta=dict(meta), copy=False)


def _column(values: "pa.ChunkedArray", description: ColumnDescription) -> "Column":
    from astropy.table import Column, MaskedColumn
    from astropy.units import Unit

    told: dict[str, Any] = {
        "name": description.name,
        # Units of others may be no unit that astropy knows; they are kept as they are written.
        "unit": Unit(description.unit, parse_strict="silent") if description.unit else None,
        "description": description.description,
        "meta": {"ucd": description.ucd} if description.ucd else {},
    }
    if not values.null_count:
        return Column(_numpy(values, description.datatype), copy=False, **told)
    mask = values.is_null().to_numpy()
    filled = values.fill_null(_FILLS.get(description.datatype, 0))
    return MaskedColumn(_numpy(filled, description.datatype), mask=mask, copy=False, **told)


def _numpy(values: "pa.ChunkedArray", datatype: ColumnType) -> np.ndarray[Any, Any]:
    array = values.to_numpy()
    return np.asarray(array, dtype=str) if datatype is ColumnType.STRING else np.array(array)
