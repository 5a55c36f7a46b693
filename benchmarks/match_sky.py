"""A synthetic HATS catalog and redshifts for benchmarks of matching, made once into a scratch folder.

Objects lie evenly on the sky in whole partitions of one order, as dense as the deepest LSST catalogs: 132 000 to the
square degree. Each position is the center of a HEALPix pixel of order 29, so its index is exact.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from cdshealpix.nested import external_neighbours, healpix_to_lonlat
from hats.catalog import CatalogType, CollectionProperties, PartitionInfo, TableProperties
from hats.io import write_parquet_metadata
from hats.io.paths import new_pixel_catalog_file
from hats.pixel_math import HealpixPixel

from trainingset.crossmatch.candidates import SkyPositions
from trainingset.registry import CatalogEntry, FluxKind

__all__ = ["BANDS", "SkySpec", "field_redshifts", "make_sky", "spread_redshifts"]

IntArray = npt.NDArray[np.int64]

BANDS = "ugrizy"
FIXED_COLUMNS = ("objectId", "coord_ra", "coord_dec", "tract", "patch", "ebv")
ORDER = 5
"""Of the partitions: 3.36 square degrees."""
FIRST_PIXEL = 5 * 4**ORDER
MARGIN_ORDER = 14
"""Of the pixels around a partition whose objects are its margin: 12.9 arcsec across, 8.8 at the narrowest."""
MARGIN_ARCSEC = 5.0
INDEX_ORDER = 29


@dataclass(frozen=True, slots=True)
class SkySpec:
    """What a catalog is made of."""

    n_objects: int
    n_columns: int = 18
    row_group_rows: int | None = None
    """None for one row group in each partition."""
    partition_rows: int = 444_444

    @property
    def n_partitions(self) -> int:
        return max(1, round(self.n_objects / self.partition_rows))

    @property
    def columns(self) -> tuple[str, ...]:
        """Six columns of each object and its place, then fluxes and errors of six bands, then as many more."""
        measured = [f"{band}_flux{kind}" for kind in ("", "Err") for band in BANDS]
        measured += [f"feature_{number}" for number in range(self.n_columns)]
        return (*FIXED_COLUMNS, *measured)[: self.n_columns]


def make_sky(folder: Path, spec: SkySpec) -> CatalogEntry:
    """The catalog's registry entry; it is written if it is not there yet."""
    path = folder / ("sky_" + "_".join(str(value) for value in asdict(spec).values()))
    done = path / "spec.json"
    if not done.exists():
        _write(path, spec)
        done.write_text(json.dumps(asdict(spec)))
    return CatalogEntry(
        id="sky",
        title="Synthetic sky",
        release="benchmark",
        path=str(path),
        ra_column="coord_ra",
        dec_column="coord_dec",
        object_id_column="objectId",
        bands=tuple(BANDS),
        fluxes={"gaap1p0": FluxKind(flux="{band}_flux", error="{band}_fluxErr")},
    )


def _write(path: Path, spec: SkySpec) -> None:
    pixels = FIRST_PIXEL + np.arange(spec.n_partitions)
    counts = np.diff(np.linspace(0, spec.n_objects, spec.n_partitions + 1).astype(int))
    indexes = [_index(int(pixel), int(count)) for pixel, count in zip(pixels, counts, strict=True)]
    everything = np.concatenate(indexes)
    for pixel, index in zip(pixels, indexes, strict=True):
        _write_partition(path / "object", spec, int(pixel), index)
        _write_partition(path / "margin", spec, int(pixel), _around(everything, int(pixel)))
    _describe(path, spec, pixels)


def _index(pixel: int, count: int) -> IntArray:
    """Objects drawn in one partition, in the order of the index."""
    random = np.random.default_rng(pixel)
    width = 4 ** (INDEX_ORDER - ORDER)
    return np.sort(pixel * width + random.integers(0, width, count))


def _around(everything: IntArray, pixel: int) -> IntArray:
    edges, corners = external_neighbours(np.array([pixel], np.uint64), ORDER, MARGIN_ORDER - ORDER)
    near = np.unique(np.concatenate([edges.ravel().astype(np.int64), corners.ravel().astype(np.int64)]))
    shift = 2 * (INDEX_ORDER - MARGIN_ORDER)
    bounds = np.searchsorted(everything, [near << shift, (near + 1) << shift])
    return np.concatenate([everything[start:stop] for start, stop in bounds.T] or [np.empty(0, np.int64)])


def _rows(spec: SkySpec, index: IntArray) -> pa.Table:
    """Rows of an object are the same wherever it is written: all values are drawn from its index."""
    ra, dec = (angle.deg for angle in healpix_to_lonlat(index.astype(np.uint64), INDEX_ORDER))
    values: dict[str, object] = {
        "_healpix_29": index,
        "objectId": index ^ 0x5DEECE66D,
        "coord_ra": ra,
        "coord_dec": dec,
        "tract": (index >> 44).astype(np.int64),
        "patch": (index >> 36) % 100,
        "ebv": _noise(index, 0) * np.float32(0.1),
    }
    for number, name in enumerate(spec.columns[len(FIXED_COLUMNS) :], start=1):
        values[name] = np.exp(5 + 2 * _noise(index, number))
    return pa.table({name: values[name] for name in ("_healpix_29", *spec.columns)})


def _noise(index: IntArray, number: int) -> npt.NDArray[np.float32]:
    """A number from 0 to 1 for each object."""
    mixed = (index.astype(np.uint64) + np.uint64(number)) * np.uint64(0x9E3779B97F4A7C15)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return ((mixed >> np.uint64(40)).astype(np.float32)) / np.float32(2**24)


def _write_partition(catalog: Path, spec: SkySpec, pixel: int, index: IntArray) -> None:
    (catalog / "dataset").mkdir(parents=True, exist_ok=True)
    place = new_pixel_catalog_file(catalog, HealpixPixel(ORDER, pixel), create_dirs=True)
    size = spec.row_group_rows or max(len(index), 1)
    rows = _rows(spec, index)
    pq.write_table(rows, str(place), row_group_size=size, compression="zstd", compression_level=3)


def _describe(path: Path, spec: SkySpec, pixels: IntArray) -> None:
    """Everything that HATS wants beside the rows."""
    listed = [HealpixPixel(ORDER, int(pixel)) for pixel in pixels]
    margin = {"margin_threshold": MARGIN_ARCSEC, "primary_catalog": "object"}
    for name, kind, more in (("object", CatalogType.OBJECT, {}), ("margin", CatalogType.MARGIN, margin)):
        PartitionInfo(listed).write_to_file(catalog_path=path / name)
        write_parquet_metadata(path / name)
        TableProperties(
            catalog_name=name,
            catalog_type=kind,
            total_rows=spec.n_objects,
            ra_column="coord_ra",
            dec_column="coord_dec",
            healpix_column="_healpix_29",
            healpix_order=INDEX_ORDER,
            **more,
        ).to_properties_file(path / name)
    CollectionProperties(
        name="sky", hats_primary_table_url="object", all_margins="margin", default_margin="margin"
    ).to_properties_file(path)


def spread_redshifts(spec: SkySpec, n_redshifts: int) -> SkyPositions:
    """Redshifts all over the catalog: nine in ten some tenths of an arcsecond from an object, the rest anywhere."""
    random = np.random.default_rng(1)
    share = np.bincount(random.integers(0, spec.n_partitions, n_redshifts), minlength=spec.n_partitions)
    counts = np.diff(np.linspace(0, spec.n_objects, spec.n_partitions + 1).astype(int))
    chosen = [
        random.choice(_index(FIRST_PIXEL + number, int(counts[number])), n, replace=n > counts[number])
        for number, n in enumerate(share)
    ]
    index = np.concatenate(chosen)
    lost = random.random(n_redshifts) < 0.1
    index[lost] = (index[lost] >> 48 << 48) + random.integers(0, 4**24, lost.sum())
    return _scattered(random, index)


def field_redshifts(spec: SkySpec, n_redshifts: int, *, n_fields: int = 5, area_deg2: float = 0.05) -> SkyPositions:
    """Redshifts of objects in a few small round fields, each in the middle of a partition."""
    random = np.random.default_rng(2)
    numbers = np.linspace(0, spec.n_partitions - 1, n_fields).astype(int)
    counts = np.diff(np.linspace(0, spec.n_objects, spec.n_partitions + 1).astype(int))
    pieces = []
    for number in numbers:
        inside = _in_field(_index(FIRST_PIXEL + int(number), int(counts[number])), int(number), area_deg2)
        pieces.append(random.choice(inside, n_redshifts // n_fields, replace=n_redshifts // n_fields > len(inside)))
    return _scattered(random, np.concatenate(pieces))


def _in_field(index: IntArray, number: int, area_deg2: float) -> IntArray:
    ra, dec = (float(angle.deg[0]) for angle in healpix_to_lonlat(np.array([FIRST_PIXEL + number], np.uint64), ORDER))
    there, north = (angle.deg for angle in healpix_to_lonlat(index.astype(np.uint64), INDEX_ORDER))
    east = (there - ra) * np.cos(np.radians(dec))
    return index[east**2 + (north - dec) ** 2 <= area_deg2 / np.pi]


def _scattered(random: np.random.Generator, index: IntArray) -> SkyPositions:
    ra, dec = (angle.deg for angle in healpix_to_lonlat(index.astype(np.uint64), INDEX_ORDER))
    north = random.normal(0, 0.2, len(index)) / 3600
    east = random.normal(0, 0.2, len(index)) / 3600 / np.cos(np.radians(dec))
    return SkyPositions((ra + east) % 360, dec + north)


def partition_files(entry: CatalogEntry) -> Iterator[tuple[HealpixPixel, Path]]:
    """The files of the main catalog with their pixels."""
    for path in sorted(Path(entry.path).glob("object/dataset/Norder=*/Dir=*/Npix=*.parquet")):
        yield HealpixPixel(ORDER, int(path.stem.removeprefix("Npix="))), path
