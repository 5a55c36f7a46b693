"""Inputs of a large compilation in parts: the leaf files of a HATS catalog, or a table that is in memory."""

from collections.abc import Iterator
from dataclasses import dataclass

import lsdb
import pyarrow as pa
import pyarrow.parquet as pq
from hats.io import pixel_catalog_file

from trainingset.combine_recipe import CombineInput
from trainingset.errors import SourceUnavailableError
from trainingset.readers.raw import RawTable, raw_column
from trainingset.tables import tidied

__all__ = ["LargeInput", "Leaf", "MemoryPart", "Part", "catalog_parts", "catalog_rows"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """One partition of a HATS catalog."""

    path: str
    schema: pa.Schema
    """Of all partitions."""
    name: str

    def raw(self) -> pa.Table:
        """Its columns of single values, as they are stored."""
        flat = [field for field in self.schema if not pa.types.is_nested(field.type)]
        try:
            table = pq.ParquetFile(self.path).read(columns=[field.name for field in flat], use_threads=False)
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
    """A table that was read already, whole."""

    table: pa.Table

    def raw(self) -> pa.Table:
        """The table."""
        return self.table

    def tidy(self, raw: pa.Table) -> pa.Table:
        """The rows as they are."""
        return raw.replace_schema_metadata(self.table.schema.metadata)


Part = Leaf | MemoryPart


@dataclass(frozen=True, slots=True)
class LargeInput:
    """One input of the recipe."""

    given: CombineInput
    name: str
    parts: tuple[Part, ...]

    @classmethod
    def of_catalog(cls, given: CombineInput, path: str, *, name: str) -> "LargeInput":
        """A HATS catalog or collection in a folder."""
        return cls(given, name, tuple(catalog_parts(path, name=name)))

    @classmethod
    def of_table(cls, given: CombineInput, table: pa.Table, *, name: str) -> "LargeInput":
        """A table as `trainingset.tables.read_table` gives it."""
        return cls(given, name, (MemoryPart(table),))


def catalog_rows(path: str, *, name: str) -> int:
    """Rows of a HATS catalog, as it claims."""
    return int(_opened(path, name).hc_structure.catalog_info.total_rows or 0)


def catalog_parts(path: str, *, name: str) -> Iterator[Leaf]:
    """Partitions of a HATS catalog, in the order of the sky.

    Raises
    ------
    SourceUnavailableError
        If it cannot be opened now.
    """
    structure = _opened(path, name).hc_structure
    folder, suffix = structure.catalog_base_dir, structure.catalog_info.npix_suffix
    schema: pa.Schema | None = None
    for pixel in structure.get_healpix_pixels():
        place = pixel_catalog_file(folder, pixel, None, suffix)
        files = sorted(map(str, place.glob("*.parquet"))) if suffix == "/" else [str(place)]
        for file in files:
            schema = schema or _schema(file, name)
            yield Leaf(file, schema, name)


def _schema(file: str, name: str) -> pa.Schema:
    try:
        return pq.read_schema(file)
    except (OSError, pa.ArrowException) as error:
        raise SourceUnavailableError(f"catalog {name}: {file} cannot be read: {error}") from error


def _opened(path: str, name: str) -> lsdb.Catalog:
    try:
        return lsdb.open_catalog(path, columns="all", use_threads=False)
    except (OSError, ValueError, KeyError) as error:
        raise SourceUnavailableError(f"catalog {name} at {path} cannot be opened: {error}") from error
