"""Inputs of a large compilation in parts: the leaf files of a HATS catalog, or a table that is in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.combine_recipe import CombineInput
from trainingset.errors import SourceUnavailableError
from trainingset.readers.hats import hats_leaves, open_files
from trainingset.readers.raw import RawTable, raw_column
from trainingset.tables import tidied

__all__ = ["LargeInput", "Leaf", "MemoryPart", "Part", "catalog_parts"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One partition of a HATS catalog."""

    address: str
    """Of the catalog: tells the file system."""
    path: str
    schema: pa.Schema
    """Of all partitions."""
    name: str

    def raw(self) -> pa.Table:
        """Its columns of single values, as they are stored."""
        flat = [field for field in self.schema if not pa.types.is_nested(field.type)]
        try:
            with open_files(self.address).open_input_file(self.path) as file:
                table = pq.ParquetFile(file).read(columns=[field.name for field in flat], use_threads=False)
        except (OSError, pa.ArrowException) as error:
            raise SourceUnavailableError(f"catalog {self.name}: {self.path} cannot be read: {error}") from error
        return table.select([field.name for field in flat]).cast(pa.schema(flat))

    def tidy(self, raw: pa.Table) -> pa.Table:
        """Raw rows as readers of tables leave them."""
        held = set(raw.column_names)
        columns = (raw_column(field, raw[field.name] if field.name in held else None) for field in self.schema)
        return tidied(RawTable("hats", tuple(columns)), self.name)


@dataclass(frozen=True, slots=True)
class MemoryPart:
    """A table that was read already, or a stretch of it."""

    table: pa.Table

    def raw(self) -> pa.Table:
        """The table."""
        return self.table

    def tidy(self, raw: pa.Table) -> pa.Table:
        """The rows as they are."""
        return raw.replace_schema_metadata(self.table.schema.metadata)


Part = Leaf | MemoryPart

_PART_ROWS = 1_000_000
"""Rows of a table in memory that one task homogenizes at once."""


@dataclass(frozen=True, slots=True)
class LargeInput:
    """One input of the recipe."""

    given: CombineInput
    name: str
    parts: tuple[Part, ...]

    @classmethod
    def of_catalog(cls, given: CombineInput, path: str, *, name: str) -> "LargeInput":
        """A HATS catalog or collection, in a folder or at an address that fsspec reads."""
        return cls(given, name, tuple(catalog_parts(path, name=name)))

    @classmethod
    def of_table(cls, given: CombineInput, table: pa.Table, *, name: str) -> "LargeInput":
        """A table as `trainingset.tables.read_table` gives it."""
        starts = range(0, max(table.num_rows, 1), _PART_ROWS)
        return cls(given, name, tuple(MemoryPart(table.slice(start, _PART_ROWS)) for start in starts))


def catalog_parts(path: str, *, name: str) -> Iterator[Leaf]:
    """Partitions of a HATS catalog, in the order of the sky.

    Raises
    ------
    SourceUnavailableError
        If it cannot be opened now.
    """
    try:
        leaves = hats_leaves(path)
        with open_files(path).open_input_file(leaves[0]) as file:
            schema = pq.read_schema(file)
    except (OSError, ValueError, KeyError, IndexError, pa.ArrowException) as error:
        raise SourceUnavailableError(f"catalog {name} at {path} cannot be read: {error}") from error
    for leaf in leaves:
        yield Leaf(path, leaf, schema, name)
