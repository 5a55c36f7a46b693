"""Rows of a compilation: many homogenized tables as one, its columns described, its rows in order."""

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.combine_recipe import CombineRecipe, Stars
from trainingset.redshift_keys import KEY_COLUMN
from trainingset.sky_index import sky_pixels
from trainingset.specz.compilation_table import HOMOGENIZED, MARKS, STAR, WANTED
from trainingset.specz.footprint import Footprint, footprint_column, inside
from trainingset.specz.row_keys import row_keys

__all__ = [
    "concatenated",
    "described_columns",
    "in_order",
    "limit_counts",
    "survey_counts",
    "with_footprints",
    "with_keys",
    "written_columns",
]

_KEY_FIELD = pa.field(
    KEY_COLUMN,
    pa.string(),
    metadata={
        "ucd": "meta.id;meta.main",
        "description": "Key of the row: survey and native id or rounded position, the same in every release",
    },
)
_FIELDS = {field.name: field for field in (_KEY_FIELD, *HOMOGENIZED, *MARKS)}

_LARGEST_EXACT = 2**53
"""Whole numbers up to this are real numbers without loss."""


def concatenated(tables: Sequence[pa.Table]) -> pa.Table:
    """Homogenized tables as one, in their order.

    An extra column that an input lacks is null there; where inputs hold it in different types, it has the narrowest
    type that holds all of their values.

    Parameters
    ----------
    tables
        As `trainingset.specz.homogenize` gives them; a column that an input lacks has the type null.
    """
    names = list(dict.fromkeys(name for table in tables for name in table.column_names))
    fields = [_common_field(name, tables) for name in names]
    schema = pa.schema(fields)
    return pa.concat_tables([_cast(table, schema) for table in tables]).combine_chunks()


def described_columns(table: pa.Table) -> pa.Table:
    """The table with unit, UCD and description of each column that a compilation knows."""
    fields = [
        field.with_metadata(_FIELDS[field.name].metadata) if field.name in _FIELDS else field for field in table.schema
    ]
    # The redshift is the main one, whatever else of the kind an extra column holds.
    z = table.schema.get_field_index("z")
    fields[z] = fields[z].with_metadata({**(fields[z].metadata or {}), b"ucd": b"src.redshift;meta.main"})
    return pa.table(table.columns, schema=pa.schema(fields))


def written_columns(table: pa.Table, extra: Iterable[str]) -> pa.Table:
    """Columns in the order in which they are written: key, homogenized, marks, footprints, extra columns."""
    last = [name for name in extra if name in table.column_names]
    first = [KEY_COLUMN, *HOMOGENIZED.names]
    between = [name for name in table.column_names if name not in (*first, *last)]
    return table.select([*first, *between, *last])


def with_keys(table: pa.Table) -> pa.Table:
    """Homogenized rows with their keys, in place of keys of an earlier compilation."""
    keys = row_keys(table)
    bare = table.drop_columns([KEY_COLUMN]) if KEY_COLUMN in table.column_names else table
    return bare.append_column(_KEY_FIELD, keys)


def with_footprints(table: pa.Table, footprints: Iterable[Footprint]) -> pa.Table:
    """Append a flag for each footprint."""
    ra, dec = table["ra"].to_numpy(), table["dec"].to_numpy()
    for footprint in footprints:
        metadata = {"description": f"Whether the position is within the footprint {footprint.name}", "ucd": "meta.code"}
        field = pa.field(footprint_column(footprint.name), pa.bool_(), metadata=metadata)
        table = table.append_column(field, pa.array(inside(footprint, ra, dec)))
    return table


def in_order(table: pa.Table) -> pa.Table:
    """Rows by place on the sky (HEALPix), then key: an order that does not depend on inputs."""
    pixels = sky_pixels(table["ra"].to_numpy(), table["dec"].to_numpy())
    keys = pc.rank(table[KEY_COLUMN], tiebreaker="dense").to_numpy()
    return table.take(pa.array(np.lexsort((keys, pixels))))


def limit_counts(table: pa.Table, recipe: CombineRecipe) -> dict[str, int]:
    """Rows that each of the recipe's limits alone takes away, by wire name; limits that are not set are left out.

    Parameters
    ----------
    table
        Homogenized.
    recipe
        Resolved.
    """
    flag = table["z_flag_homogenized"]
    is_star = pc.fill_null(pc.equal(flag, STAR), False)
    out: dict[str, pa.ChunkedArray] = {}
    if recipe.min_quality:
        passes = pc.fill_null(pc.greater_equal(flag, recipe.min_quality), False)
        out["MIN_QUALITY"] = pc.invert(pc.or_(passes, is_star))
    if recipe.instrument_types:
        is_wanted = pc.is_in(table["instrument_type_homogenized"], value_set=pa.array(recipe.instrument_types))
        out["INSTRUMENT_TYPES"] = pc.invert(is_wanted)
    if recipe.stars is Stars.DROP:
        out["STARS"] = is_star
    if recipe.z_min is not None:
        is_above = pc.and_(pc.is_finite(table["z"]), pc.greater(table["z"], recipe.z_min))
        out["Z_MIN"] = pc.invert(pc.fill_null(is_above, False))
    return {name: pc.sum(gone).as_py() or 0 for name, gone in out.items()}


def _common_field(name: str, tables: Sequence[pa.Table]) -> pa.Field:
    if name in HOMOGENIZED.names:
        return HOMOGENIZED.field(name)
    if name == WANTED:
        return pa.field(WANTED, pa.bool_())
    having = [table for table in tables if name in table.column_names]
    fields = [table.schema.field(name) for table in having]
    held = [field for field in fields if not pa.types.is_null(field.type)]
    metadata = next((field.metadata for field in held if field.metadata), None)
    return pa.field(name, _common_type(name, having, {field.type for field in held}), metadata=metadata)


def _common_type(name: str, tables: Sequence[pa.Table], types: set[pa.DataType]) -> pa.DataType:
    if len(types) <= 1:
        return next(iter(types), pa.string())
    if all(pa.types.is_integer(datatype) for datatype in types):
        return pa.int64()
    are_numbers = all(pa.types.is_integer(datatype) or pa.types.is_floating(datatype) for datatype in types)
    if are_numbers and all(_is_exact(table[name]) for table in tables):
        return pa.float64()
    return pa.string()


def _is_exact(values: pa.ChunkedArray) -> bool:
    """Whether values stay what they are as real numbers."""
    if not pa.types.is_integer(values.type):
        return True
    least, largest = pc.min_max(values).as_py().values()
    return least is None or (least >= -_LARGEST_EXACT and largest <= _LARGEST_EXACT)


def _cast(table: pa.Table, schema: pa.Schema) -> pa.Table:
    columns = [
        table[field.name].cast(field.type) if field.name in table.column_names else pa.nulls(table.num_rows, field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)


def survey_counts(table: pa.Table) -> dict[str, int]:
    """Rows by survey; those without one are left out."""
    counts = pc.value_counts(table["survey"].drop_null()).to_pylist()
    return {str(count["values"]): count["counts"] for count in sorted(counts, key=lambda count: str(count["values"]))}
