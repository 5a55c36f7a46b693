"""A HATS collection in a ZIP archive: the rows cut into HEALPix partitions, as LSDB opens them."""

import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.errors import MissingPackageError
from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.info import Info
from trainingset.formats.record import record_among
from trainingset.layout import TableLayout, require_columns
from trainingset.record_names import RECORD_FILE, RECORD_INFO

__all__ = ["write_hats"]

CATALOG_NAME = "training_set"
COLLECTION_NAME = f"{CATALOG_NAME}_collection"
"""Folder in the archive, which is opened after unpacking."""

_INDEX = "_healpix_29"
_INDEX_ORDER = 29
_DEEPEST_ORDER = 10
"""Order of the finest partitions, 3.4 arcmin."""
_PARTITION_BYTES = 32 * 1024**2
"""Aimed size in memory of a partition; one at a time is held."""
_MOST_PARTITION_ROWS = 1_000_000
_ZIP_DATE = (1980, 1, 1, 0, 0, 0)
"""The earliest that ZIP knows, on every file: equal tables make equal archives."""

IntArray = npt.NDArray[np.int64]


@dataclass
class _Partitions:
    """HEALPix pixels that hold the rows, in the order of the sky's index."""

    order: IntArray
    pixel: IntArray
    n_rows: IntArray
    _first: IntArray = field(init=False)

    def __post_init__(self) -> None:
        self._first = self.pixel << 2 * (_INDEX_ORDER - self.order)
        places = np.argsort(self._first)
        self.order, self.pixel, self.n_rows = self.order[places], self.pixel[places], self.n_rows[places]
        self._first = self._first[places]

    def of(self, index: IntArray) -> IntArray:
        """Number of the partition of each place, shape (n,)."""
        return np.searchsorted(self._first, index, side="right") - 1


def write_hats(source: CanonicalTable, target: Path, *, infos: Sequence[Info], overflow: bool) -> None:
    """Write the rows as a HATS collection, by the redshifts' positions, packed into a ZIP archive.

    Rows are read twice: once to count them on the sky, once to sort them into partitions. One partition at a time is in
    memory.

    Raises
    ------
    ValueError
        If the table does not tell its positions, or lost them.
    MissingPackageError
        If ``hats`` is not installed.
    """
    if source.layout is None:
        raise ValueError("this table does not tell its positions: only a training set can become HATS")
    require_columns((source.layout.ra, source.layout.dec), source.schema.names)
    _need_hats()
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=target.name) as folder:
        collection = Path(folder) / COLLECTION_NAME
        _write_collection(source, source.layout, collection, _properties(infos, overflow=overflow))
        if (record := record_among(infos)) is not None:
            (collection / RECORD_FILE).write_text(record, encoding="utf-8")
        _pack(collection, target)


def _need_hats() -> None:
    try:
        import hats.catalog  # noqa: F401  (it takes seconds: only who writes HATS pays)
    except ImportError as error:
        raise MissingPackageError('HATS needs LSDB: pip install "pz-tsm[local]"') from error


def _write_collection(
    source: CanonicalTable, layout: TableLayout, collection: Path, properties: Mapping[str, str]
) -> None:
    from hats.catalog import CollectionProperties, PartitionInfo
    from hats.io import write_parquet_metadata
    from hats.pixel_math import HealpixPixel

    catalog = collection / CATALOG_NAME
    (catalog / "dataset").mkdir(parents=True)
    partitions = _partitions(source, layout)
    schema = _schema(source)
    with tempfile.TemporaryDirectory(dir=collection.parent) as folder:
        numbers = _spill(source, layout, schema, partitions, Path(folder) / "rows.arrow")
        _write_partitions(catalog, schema, partitions, Path(folder) / "rows.arrow", numbers)
    pixels = [
        HealpixPixel(int(order), int(pixel)) for order, pixel in zip(partitions.order, partitions.pixel, strict=True)
    ]
    info = PartitionInfo(pixels)
    info.write_to_file(catalog_path=catalog)
    if pixels:
        write_parquet_metadata(catalog)
    else:
        for name in ("_metadata", "_common_metadata"):
            pq.write_metadata(schema, catalog / "dataset" / name)
    _write_catalog_properties(catalog, layout, partitions, properties)
    CollectionProperties(name=COLLECTION_NAME, hats_primary_table_url=CATALOG_NAME, **properties).to_properties_file(
        collection
    )


def _write_catalog_properties(
    catalog: Path, layout: TableLayout, partitions: _Partitions, properties: Mapping[str, str]
) -> None:
    from hats.catalog import CatalogType, TableProperties

    pixels = 12 * 4.0**partitions.order
    TableProperties(
        catalog_name=CATALOG_NAME,
        catalog_type=CatalogType.OBJECT,
        total_rows=int(partitions.n_rows.sum()),
        ra_column=layout.ra,
        dec_column=layout.dec,
        healpix_column=_INDEX,
        healpix_order=_INDEX_ORDER,
        hats_max_rows=int(partitions.n_rows.max(initial=0)),
        hats_order=int(partitions.order.max(initial=0)),
        moc_sky_fraction=float(np.sum(1 / pixels)),
        hats_estsize=sum(path.stat().st_size for path in catalog.rglob("*") if path.is_file()) // 1024,
        **properties,
    ).to_properties_file(catalog)


def _properties(infos: Sequence[Info], *, overflow: bool) -> dict[str, str]:
    """Facts about the table as keys of its properties; one that occurs several times is one text."""
    texts: dict[str, list[str]] = {"tsm_query_status": ["OVERFLOW" if overflow else "OK"]}
    for info in infos:
        if info.name == RECORD_INFO:
            continue  # it has a file of its own
        letters = [letter if letter.isalnum() and letter.isascii() else "_" for letter in info.name.lower()]
        texts.setdefault("tsm_" + "".join(letters), []).append(" ".join(info.value.split()))
    joined = {name: "; ".join(text) for name, text in texts.items()}
    builder = f"pz-trainingset v{version('pz-trainingset')}, hats v{version('hats')}"
    return {"hats_builder": builder, "hats_version": "v1.0"} | joined


def _schema(source: CanonicalTable) -> pa.Schema:
    """The index, then every column; one that bears the index's name gets a number."""
    free = _INDEX
    while free in source.schema.names:
        free = f"{_INDEX}_{int(free.removeprefix(_INDEX).removeprefix('_') or 1) + 1}"
    columns = [field.with_name(free) if field.name == _INDEX else field for field in source.schema]
    return pa.schema([pa.field(_INDEX, pa.int64()), *columns])


def _index(batch: pa.RecordBatch, layout: TableLayout) -> IntArray:
    from hats.pixel_math import compute_spatial_index

    ra, dec = (batch[name].to_numpy(zero_copy_only=False) for name in (layout.ra, layout.dec))
    index: IntArray = compute_spatial_index(ra, dec)
    return index


def _partitions(source: CanonicalTable, layout: TableLayout) -> _Partitions:
    """Pixels as large as they may be with no more rows than fit into memory."""
    pixels, counts = _counted(source, layout)
    most = min(max(_PARTITION_BYTES // source.row_bytes, 1), _MOST_PARTITION_ROWS)
    found: list[tuple[IntArray, IntArray, IntArray]] = []
    for order in range(_DEEPEST_ORDER + 1):
        parents, places = np.unique(pixels >> 2 * (_DEEPEST_ORDER - order), return_inverse=True)
        sums = np.bincount(places, counts, len(parents)).astype(np.int64)
        is_small = (sums <= most) | (order == _DEEPEST_ORDER)
        found.append((np.full(is_small.sum(), order), parents[is_small], sums[is_small]))
        pixels, counts = pixels[~is_small[places]], counts[~is_small[places]]
    orders, parents, sums = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return _Partitions(orders, parents, sums)


def _counted(source: CanonicalTable, layout: TableLayout) -> tuple[IntArray, IntArray]:
    """Rows in each pixel of the deepest order that has any."""
    pixels, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    waiting: list[tuple[IntArray, IntArray]] = []
    n_waiting = 0
    for batch in source.batches((layout.ra, layout.dec)):
        shift = 2 * (_INDEX_ORDER - _DEEPEST_ORDER)
        waiting.append(np.unique(_index(batch, layout) >> shift, return_counts=True))
        n_waiting += len(waiting[-1][0])
        # Merged when as many wait as there are, or each batch would sort all pixels again.
        if n_waiting >= len(pixels):
            pixels, counts = _merged([(pixels, counts), *waiting])
            waiting, n_waiting = [], 0
    return _merged([(pixels, counts), *waiting])


def _merged(pieces: Sequence[tuple[IntArray, IntArray]]) -> tuple[IntArray, IntArray]:
    """Counts of the same pixel added."""
    every, n_rows = (np.concatenate(columns) for columns in zip(*pieces, strict=True))
    pixels, places = np.unique(every, return_inverse=True)
    return pixels, np.bincount(places, n_rows, len(pixels)).astype(np.int64)


def _spill(
    source: CanonicalTable, layout: TableLayout, schema: pa.Schema, partitions: _Partitions, path: Path
) -> dict[int, list[int]]:
    """Sort the rows of each batch by partition and lay them down; gives the pieces of each partition by number."""
    numbers: dict[int, list[int]] = {}
    n_pieces = 0
    with pa.ipc.new_file(path, schema) as sink:
        for batch in source.batches():
            index = _index(batch, layout)
            partition = partitions.of(index)
            places = np.argsort(partition, kind="stable")
            rows = pa.RecordBatch.from_arrays([pa.array(index), *batch.columns], schema=schema).take(pa.array(places))
            starts = np.flatnonzero(np.diff(partition[places], prepend=-1))
            for start, stop in zip(starts, [*starts[1:], len(places)], strict=True):
                sink.write_batch(rows.slice(start, stop - start))
                numbers.setdefault(int(partition[places[start]]), []).append(n_pieces)
                n_pieces += 1
    return numbers


def _write_partitions(
    catalog: Path, schema: pa.Schema, partitions: _Partitions, path: Path, numbers: Mapping[int, list[int]]
) -> None:
    from hats.io.file_io import get_parquet_write_table_kwargs
    from hats.io.paths import new_pixel_catalog_file
    from hats.pixel_math import HealpixPixel

    # The level that hats takes saves some percent of the bytes and takes ten times as long.
    options = get_parquet_write_table_kwargs(schema) | {"compression": "zstd", "compression_level": 3}
    # Not mapped into memory, where every page that was read would stay.
    with pa.OSFile(str(path)) as file, pa.ipc.open_file(file) as pieces:
        for number, (order, pixel) in enumerate(zip(partitions.order, partitions.pixel, strict=True)):
            rows = pa.Table.from_batches([pieces.get_batch(piece) for piece in numbers[number]], schema)
            place = new_pixel_catalog_file(catalog, HealpixPixel(int(order), int(pixel)), create_dirs=True)
            pq.write_table(rows.sort_by(_INDEX), str(place), **options)


def _pack(folder: Path, target: Path) -> None:
    """Pack a folder; Parquet is compressed already."""
    with zipfile.ZipFile(target, "w", allowZip64=True) as archive:
        for path in _files(folder):
            entry = zipfile.ZipInfo(str(path.relative_to(folder.parent)), _ZIP_DATE)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as packed, path.open("rb") as file:
                shutil.copyfileobj(file, packed, 1024**2)


def _files(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.is_file())
