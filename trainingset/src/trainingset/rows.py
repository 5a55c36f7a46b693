"""The rows of a training set: which columns it has, and how they stream from matched parts into one table."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from trainingset.arrow_metadata import described, description_of
from trainingset.columns import ColumnDescription
from trainingset.corrections import Corrections
from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.derived import DerivedColumn, Quantity, derived_columns, state_columns
from trainingset.pair_columns import UNMATCHED
from trainingset.pair_descriptions import PAIR_COLUMNS
from trainingset.photometry import derive
from trainingset.recipe import CrossmatchRecipe
from trainingset.redshift_keys import KEY_COLUMN
from trainingset.redshifts import REDSHIFT_COLUMN
from trainingset.registry import CatalogCard, CatalogEntry

__all__ = ["ResultColumns", "result_columns", "stream_rows"]

IntArray = npt.NDArray[np.int64]

_BATCH_ROWS = 65_536


@dataclass(frozen=True, slots=True)
class ResultColumns:
    """Columns of a training set by where they come from; keys are names at the source."""

    redshifts: dict[str, pa.Field]
    objects: dict[str, pa.Field]
    derived: tuple[DerivedColumn, ...]
    entry: CatalogEntry

    def schema(self, pairs: pa.Schema) -> pa.Schema:
        """Fields of the result, in order."""
        computed = [described(column.description) for column in self.derived]
        return pa.schema([*self.redshifts.values(), *self.objects.values(), *computed, *pairs])

    def object_table(self, objects: pa.Table) -> pa.Table:
        """Columns of the result that come from objects, one row for each of `objects`."""
        read = [objects[name].cast(field.type) for name, field in self.objects.items()]
        computed = [derive(column, objects, self.entry) for column in self.derived]
        names = [field.name for field in self.objects.values()] + [column.name for column in self.derived]
        return pa.table([*read, *computed], names=names)


def result_columns(redshifts: pa.Schema, card: CatalogCard, recipe: CrossmatchRecipe) -> ResultColumns:
    """Name the columns of the result.

    A redshift column whose name an object column has gets ``_specz``. ``redshift``, ``redshift_key`` and the columns
    that are computed keep their names whatever the object catalog has: there the object's column gets ``_object``, or
    is left out where a derived column takes its place. Names that differ in case alone are the same, as in FITS.

    Parameters
    ----------
    redshifts
        Columns of the redshift table, with metadata.
    recipe
        Resolved: ``columns`` are the object columns of the result.
    """
    derived = _derived(card, recipe)
    computed = {column.name.casefold() for column in derived}
    taken = {column.name.casefold() for column in PAIR_COLUMNS} | {REDSHIFT_COLUMN, KEY_COLUMN} | computed
    objects: dict[str, pa.Field] = {}
    for name in recipe.columns:
        column = card.column(name)
        if column is None or name.casefold() in computed:
            continue
        objects[name] = described(_secondary(column)).with_name(_free(name, "_object", taken))
        taken.add(objects[name].name.casefold())
    ours: dict[str, pa.Field] = {}
    for field in redshifts:
        name = field.name if field.name in (REDSHIFT_COLUMN, KEY_COLUMN) else _free(field.name, "_specz", taken)
        taken.add(name.casefold())
        ours[field.name] = described(description_of(field)).with_name(name)
    return ResultColumns(ours, objects, derived, card.entry)


def _secondary(column: ColumnDescription) -> ColumnDescription:
    """Leave ``meta.main`` to the redshift's position: two main positions would make a table ambiguous."""
    if column.ucd is None or not column.ucd.endswith(";meta.main"):
        return column
    return column.model_copy(update={"ucd": column.ucd.removesuffix(";meta.main")})


def _derived(card: CatalogCard, recipe: CrossmatchRecipe) -> tuple[DerivedColumn, ...]:
    if recipe.select is not None:
        return ()
    available = {column.name for column in card.columns}
    corrections = Corrections.of(recipe, card.entry)
    derived = derived_columns(card.entry, recipe.flux, available=available, corrections=corrections)
    wanted = tuple(column for column in derived if recipe.magnitudes and column.quantity is not Quantity.SNR)
    return wanted + state_columns(card.entry, recipe.flux[0], available=available)


def _free(name: str, suffix: str, taken: set[str]) -> str:
    while name.casefold() in taken:
        name += suffix
    return name


def stream_rows(
    redshifts: pa.Table,
    row: IntArray,
    part: IntArray,
    part_row: IntArray,
    *,
    columns: ResultColumns,
    object_files: ObjectFiles,
    pairs: pa.Table,
) -> Iterator[pa.Table]:
    """Put the rows of the result together, some ten thousand at a time.

    Parameters
    ----------
    redshifts
        All redshifts.
    row, part, part_row
        For each row of the result, its redshift, and part and row there of its object (`UNMATCHED` for none), shape
        (n,). Rows of one part lie together, but for rows without an object between them.
    pairs
        The other columns, with n rows.
    """
    schema = columns.schema(pairs.schema)
    for start, stop, number in _runs(part):
        objects = columns.object_table(object_files.read(number)) if number != UNMATCHED else None
        for first in range(start, stop, _BATCH_ROWS):
            batch = slice(first, min(first + _BATCH_ROWS, stop))
            ours = redshifts.take(pa.array(row[batch]))
            values = [ours[name].cast(field.type) for name, field in columns.redshifts.items()]
            if objects is None:
                width = len(columns.objects) + len(columns.derived)
                types = schema.types[len(values) : len(values) + width]
                values += [pa.nulls(ours.num_rows, datatype) for datatype in types]
            else:
                places = pa.array(part_row[batch], mask=part[batch] == UNMATCHED)
                values += objects.take(places).columns
            values += pairs.slice(batch.start, batch.stop - batch.start).columns
            yield pa.table(values, schema=schema)


def _runs(part: IntArray) -> Iterator[tuple[int, int, int]]:
    """Start, stop and number of each run of one part; rows without an object join the run before them, or after."""
    matched = np.flatnonzero(part != UNMATCHED)
    if not len(matched):
        if len(part):
            yield 0, len(part), UNMATCHED
        return
    changes = matched[np.flatnonzero(np.diff(part[matched], prepend=UNMATCHED))]
    starts = np.concatenate([[0], changes[1:]])
    for start, stop, change in zip(starts, np.append(starts[1:], len(part)), changes, strict=True):
        yield int(start), int(stop), int(part[change])
