"""The files of one HATS catalog: its properties, its partitions, and where their files lie."""

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
import pyarrow.parquet as pq
from hats.catalog import PartitionInfo, TableProperties
from hats.catalog.dataset.collection_properties import CollectionProperties
from hats.io import get_common_metadata_pointer, get_partition_info_pointer, pixel_catalog_file
from hats.io.file_io import get_upath
from hats.pixel_math import HealpixPixel
from hats.pixel_math.spatial_index import SPATIAL_INDEX_COLUMN, SPATIAL_INDEX_ORDER
from upath import UPath

from trainingset.catalog_care.faults import CatalogFault, FaultKind, FaultList

__all__ = ["CatalogTree", "CollectionTree", "index_range", "is_local", "open_collection", "open_parquet"]


@dataclass(frozen=True)
class CatalogTree:
    """A catalog of a collection: the main one, or a margin."""

    name: str
    folder: UPath
    properties: TableProperties
    pixels: tuple[HealpixPixel, ...]
    """In the order of the sky."""
    schema: pa.Schema
    is_margin: bool = False

    @property
    def index_column(self) -> str:
        """The column that rows are sorted by."""
        return str(self.properties.healpix_column or SPATIAL_INDEX_COLUMN)

    @property
    def index_order(self) -> int:
        """HEALPix order of the index."""
        return int(self.properties.healpix_order or SPATIAL_INDEX_ORDER)

    @property
    def coordinates(self) -> tuple[str, str]:
        """Columns of right ascension and declination, ICRS degrees."""
        return str(self.properties.ra_column), str(self.properties.dec_column)

    @cached_property
    def members(self) -> frozenset[HealpixPixel]:
        """The partitions, to be looked up."""
        return frozenset(self.pixels)

    def files(self, pixel: HealpixPixel) -> list[UPath]:
        """The files of a partition: one, or those of its folder in the order in which they are read.

        Raises
        ------
        FileNotFoundError
            If there are none.
        """
        suffix = self.properties.npix_suffix
        path = pixel_catalog_file(self.folder, pixel, None, suffix)
        if suffix != "/":
            if not path.exists():
                raise FileNotFoundError(str(path))
            return [path]
        files = sorted((file for file in path.iterdir() if file.suffix == ".parquet"), key=str)
        if not files:
            raise FileNotFoundError(str(path))
        return files

    def relative(self, path: UPath) -> str:
        """A file as it is told: with the catalog's name, from the collection on."""
        return f"{self.name}/{str(path)[len(str(self.folder)) :].lstrip('/')}"


@dataclass(frozen=True)
class CollectionTree:
    """A collection, or a catalog that stands alone."""

    folder: UPath
    main: CatalogTree
    margins: tuple[CatalogTree, ...]
    properties: CollectionProperties | None
    """None for a catalog that stands alone."""


def is_local(path: UPath) -> bool:
    """Whether a path is a file of this machine."""
    return path.protocol in ("", "file", "local")


def open_parquet(path: UPath) -> pq.ParquetFile:
    """Open a Parquet file wherever it lies; the caller closes it."""
    return pq.ParquetFile(path.path if is_local(path) else path.open("rb"))


def index_range(pixel: HealpixPixel, index_order: int) -> tuple[int, int]:
    """First index of a pixel, and the first behind it."""
    shift = 2 * (index_order - pixel.order)
    return pixel.pixel << shift, (pixel.pixel + 1) << shift


def open_collection(path: str, faults: FaultList) -> CollectionTree | None:
    """Open a collection as far as it can be, and tell what keeps parts of it closed; None without a main catalog."""
    folder = get_upath(path)
    if not (folder / "collection.properties").exists():
        return _alone(folder, faults)
    try:
        properties = CollectionProperties.read_from_dir(folder)
    except (OSError, ValueError, TypeError) as error:
        faults.add(_properties(folder.name, "collection.properties", error))
        return None
    main = _open_tree(folder / properties.hats_primary_table_url, faults, is_margin=False)
    names = properties.all_margins or []
    margins = [tree for name in names if (tree := _open_tree(folder / name, faults, is_margin=True)) is not None]
    return CollectionTree(folder, main, tuple(margins), properties) if main is not None else None


def _alone(folder: UPath, faults: FaultList) -> CollectionTree | None:
    if not any((folder / name).exists() for name in ("hats.properties", "properties")):
        hipscat = (folder / "catalog_info.json").exists()
        message = f"{folder} is " + ("a HiPSCat catalog, the format before HATS" if hipscat else "no HATS catalog")
        if not folder.exists():
            message = f"there is nothing at {folder}, or it cannot be reached now"
        fault = CatalogFault.of(FaultKind.NO_CATALOG, folder.name, message)
        advice = "Convert it with `tsm-service catalog convert`."
        faults.add(fault.model_copy(update={"advice": advice}) if hipscat else fault)
        return None
    main = _open_tree(folder, faults, is_margin=False)
    return CollectionTree(folder, main, (), None) if main is not None else None


def _properties(name: str, file: str, error: Exception) -> CatalogFault:
    return CatalogFault.of(FaultKind.PROPERTIES, name, f"cannot be read: {error}", file=file)


def _open_tree(folder: UPath, faults: FaultList, *, is_margin: bool) -> CatalogTree | None:
    name = folder.name
    try:
        properties = TableProperties.read_from_dir(folder)
    except (OSError, ValueError, TypeError) as error:
        faults.add(_properties(name, f"{name}/hats.properties", error))
        return None
    pixels = _pixels(folder, name, faults)
    schema = _schema(folder, name, faults)
    if pixels is None or schema is None:
        return None
    return CatalogTree(name, folder, properties, pixels, schema, is_margin)


def _pixels(folder: UPath, name: str, faults: FaultList) -> tuple[HealpixPixel, ...] | None:
    path = get_partition_info_pointer(folder)
    try:
        pixels = PartitionInfo.read_from_csv(path).get_healpix_pixels()
    except (OSError, ValueError, KeyError) as error:
        message = f"cannot be read: {error}"
        faults.add(CatalogFault.of(FaultKind.PARTITION_INFO, name, message, file=f"{name}/{path.name}"))
        return None
    plain = {HealpixPixel(int(pixel.order), int(pixel.pixel)) for pixel in pixels}
    return tuple(sorted(plain, key=lambda pixel: pixel.pixel << 2 * (SPATIAL_INDEX_ORDER - pixel.order)))


def _schema(folder: UPath, name: str, faults: FaultList) -> pa.Schema | None:
    path = get_common_metadata_pointer(folder)
    try:
        with path.open("rb") as file:
            return pq.read_schema(file)
    except (OSError, pa.ArrowException) as error:
        message = f"cannot be read: {error}"
        faults.add(CatalogFault.of(FaultKind.COMMON_METADATA, name, message, file=f"{name}/dataset/{path.name}"))
        return None
