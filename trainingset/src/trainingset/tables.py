"""Tables that users send: read by content whatever they are called, and made ours in names and types."""

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import arrow_type, column_type
from trainingset.errors import Problem, SourceUnavailableError, TableError
from trainingset.readers.delimited import read_csv
from trainingset.readers.ecsv import read_ecsv
from trainingset.readers.fits import read_fits
from trainingset.readers.gzipped import unpack_gzip
from trainingset.readers.hats import hats_leaves, read_hats
from trainingset.readers.parquet import read_parquet
from trainingset.readers.raw import RawColumn, RawTable, refused
from trainingset.readers.votable import read_votable
from trainingset.table_format import SNIFF_BYTES, TableFormat, detect_format

__all__ = ["read_catalog", "read_sent", "read_table", "table_format_of", "table_notes", "tidied"]

_STRAY = re.compile(r"__index_level_\d+__|Unnamed: \d+|_healpix_\d+|_hipscat_index|Norder|Dir|Npix|__null_dask_index__")
"""Row numbers and pixels that software leaves in files; they mean nothing in another table."""

_MEDIA_TYPES = {
    "application/x-votable+xml": TableFormat.VOTABLE,
    "text/xml": TableFormat.VOTABLE,
    "application/vnd.apache.parquet": TableFormat.PARQUET,
    "application/fits": TableFormat.FITS,
    "text/csv": TableFormat.CSV,
}

MAX_NAME = 128
"""Longest column name, in characters."""


def read_table(path: Path, *, name: str, media_type: str | None = None) -> pa.Table:
    """Read a table of redshifts.

    Parameters
    ----------
    path
        File in any of the formats in `TableFormat`, told by its content.
    name
        Name by which its owner knows it, for problems.
    media_type
        As the sender declared it. The bytes decide, except that plain text is not taken for CSV against it.

    Returns
    -------
    pa.Table
        Columns of the types in `ColumnType`, with unit, UCD and description as field metadata; texts without
        surrounding blanks; null for empty texts and NaN. `table_format_of` and `table_notes` read what its schema
        tells.

    Raises
    ------
    TableError
        With everything wrong that was found.
    """
    raw = _read_file(path, name)
    declared = _declared_format(media_type)
    if raw.table_format == TableFormat.CSV and declared not in (None, TableFormat.CSV):
        # Any text passes for CSV: a message saved in place of a table, say.
        raise refused(name, f"was sent as {media_type}, but holds plain text; look at what it is.", value=media_type)
    return tidied(raw, name)


def read_sent(path: Path, *, name: str, media_type: str | None = None) -> pa.Table:
    """Read a table that somebody sent or registered: a file, or the folder of a HATS catalog.

    Raises
    ------
    TableError
        With everything wrong that was found.
    """
    if not path.is_dir():
        return read_table(path, name=name, media_type=media_type)
    try:
        _require_leaves_inside(path)
        return read_catalog(str(path), name=name)
    except (SourceUnavailableError, OSError, ValueError, KeyError) as error:
        # It lies here, whole as it was sent: it will be no better another time.
        reason = str(error).replace(str(path), "its folder")[:300]
        raise refused(
            name, f"is no HATS catalog that can be read ({reason}); ask its owner to register it anew."
        ) from error


def _require_leaves_inside(folder: Path) -> None:
    """A catalog of a stranger may name tables anywhere on this machine as its own.

    Raises
    ------
    ValueError
        If it does.
    """
    root = folder.resolve()
    for leaf in hats_leaves(str(folder)):
        if not Path(leaf).resolve().is_relative_to(root):
            raise ValueError(f"it names a table outside of itself: {leaf}")


def table_format_of(table: pa.Table) -> str:
    """Format of the file that this table was read from."""
    text: bytes = (table.schema.metadata or {}).get(b"table_format", b"")
    return text.decode()


def table_notes(table: pa.Table) -> tuple[str, ...]:
    """What was left out or changed on reading, in sentences."""
    return tuple(json.loads((table.schema.metadata or {}).get(b"notes", b"[]")))


def read_catalog(address: str, *, name: str) -> pa.Table:
    """Read a registered HATS catalog as a table of redshifts.

    Parameters
    ----------
    address
        Folder of the catalog or collection, or an address that fsspec reads.

    Raises
    ------
    TableError
        If it is larger than a table of redshifts may be.
    SourceUnavailableError
        If it cannot be read now.
    """
    return tidied(read_hats(address, name=name), name)


def _declared_format(media_type: str | None) -> TableFormat | None:
    """Format of a media type that names one of ours, None for the many that say nothing."""
    bare = (media_type or "").partition(";")[0].strip().casefold()
    return _MEDIA_TYPES.get(bare)


def _read_file(path: Path, name: str) -> RawTable:
    with path.open("rb") as file:
        table_format = detect_format(file.read(SNIFF_BYTES), name=name)
    match table_format:
        case TableFormat.VOTABLE:
            return read_votable(path, name=name)
        case TableFormat.PARQUET:
            return read_parquet(path, name=name)
        case TableFormat.FITS:
            return read_fits(path, name=name)
        case TableFormat.CSV:
            return read_csv(path, name=name)
        case TableFormat.ECSV:
            return read_ecsv(path, name=name)
        case TableFormat.GZIP:
            return _read_packed(path, name)


def _read_packed(path: Path, name: str) -> RawTable:
    """Read what is inside a gzip file; a gzip file in it is refused as what it is."""
    with tempfile.TemporaryDirectory(prefix="unpacked-") as folder:
        unpacked = Path(folder, "table")
        unpack_gzip(path, unpacked, name=name)
        with unpacked.open("rb") as file:
            if detect_format(file.read(SNIFF_BYTES), name=name) == TableFormat.GZIP:
                raise refused(name, "is compressed twice; send it compressed once.")
        return _read_file(unpacked, name)


def tidied(raw: RawTable, name: str) -> pa.Table:
    """Check names, drop strays, make types ours and trim texts: what `read_table` does with what a reader gives.

    Raises
    ------
    TableError
        If columns have no name or share one, or nothing is left.
    """
    notes = list(raw.notes)
    columns = [column._replace(name=column.name.strip()) for column in raw.columns]
    strays = [column.name for column in columns if _is_stray(column, columns[0])]
    if strays:
        notes.append(
            f"Left out stray columns of row numbers or pixels: {', '.join(filter(None, strays)) or 'unnamed'}."
        )
    columns = [column for column in columns if not _is_stray(column, columns[0])]
    problems = _name_problems(columns, name)
    if problems:
        raise TableError(problems)
    kept: list[tuple[RawColumn, pa.ChunkedArray]] = []
    for column in columns:
        values = None if column.values is None else _ours(column.values)
        if values is None:
            notes.append(f"Left out column {column.name!r}: its values are not single numbers, texts or flags.")
        else:
            kept.append((column, values))
    if not kept:
        raise refused(name, "has no column of single numbers, texts or flags.")
    table = pa.table([values for _, values in kept], schema=_schema(kept, raw, notes))
    if not table.num_rows:
        raise refused(name, "has columns but no rows; send a table with at least one redshift.", value="0 rows")
    return table


def _ours(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """Values in one of our types without loss, None where there is none."""
    datatype = values.type
    if pa.types.is_dictionary(datatype):
        return _ours(values.cast(datatype.value_type))
    if pa.types.is_null(datatype):
        return values.cast(pa.float64())
    if pa.types.is_uint64(datatype):
        return _from_uint64(values)
    if pa.types.is_decimal(datatype):
        return values.cast(pa.float64())
    if pa.types.is_temporal(datatype) and not pa.types.is_duration(datatype):
        return values.cast(pa.string())
    if pa.types.is_binary(datatype) or pa.types.is_large_binary(datatype) or pa.types.is_fixed_size_binary(datatype):
        return _from_bytes(values)
    if (target := column_type(datatype)) is None:
        return None
    kept = arrow_type(target)
    values = values if datatype == kept else values.cast(kept)
    if pa.types.is_string(kept):
        return _trimmed(values)
    return _without_nan(values) if pa.types.is_floating(kept) else values


def _from_uint64(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Whole numbers of 64 bits without sign: as text where one is above the largest signed number."""
    largest = pc.max(values).as_py()
    return values.cast(pa.int64() if largest is None or largest < 2**63 else pa.string())


def _from_bytes(values: pa.ChunkedArray) -> pa.ChunkedArray | None:
    try:
        return _trimmed(values.cast(pa.binary()).cast(pa.string()))
    except pa.ArrowInvalid:
        return None


def _trimmed(values: pa.ChunkedArray) -> pa.ChunkedArray:
    # NUL is what FITS and VOTable pad with, blanks what people and Fortran do.
    trimmed = pc.utf8_trim(values, characters=" \t\r\n\0")
    return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)


def _without_nan(values: pa.ChunkedArray) -> pa.ChunkedArray:
    """Null for NaN: FITS and BINARY have nothing else to say null with, and keys must not depend on the format."""
    is_nan = pc.is_nan(values)
    return pc.if_else(is_nan, pa.scalar(None, values.type), values) if pc.any(is_nan).as_py() else values


def _is_stray(column: RawColumn, first: RawColumn) -> bool:
    # A first column without a name is the row number that pandas writes into CSV.
    return bool(_STRAY.fullmatch(column.name)) or (column is first and not column.name)


def _name_problems(columns: Iterable[RawColumn], name: str) -> list[Problem]:
    problems = []
    names = [column.name for column in columns]
    for column, count in Counter(names).items():
        if not column:
            numbers = [number for number, text in enumerate(names, start=1) if not text]
            message = f"has columns without a name: number {', '.join(map(str, numbers[:5]))}. Name them."
        elif count > 1:
            message = f"has {count} columns named {column!r}; rename all but one."
        elif len(column) > MAX_NAME:
            message = f"has a column name of {len(column)} characters; at most {MAX_NAME} can be kept. Shorten it."
        else:
            continue
        problems.append(Problem(parameter=f"UPLOAD {name}", message=message, column=column[:MAX_NAME]))
    return problems


def _schema(kept: list[tuple[RawColumn, pa.ChunkedArray]], raw: RawTable, notes: list[str]) -> pa.Schema:
    fields = []
    for column, values in kept:
        texts = {key: getattr(column, key) for key in _TEXTS}
        metadata = {key: text.strip() for key, text in texts.items() if text and text.strip()}
        fields.append(pa.field(column.name, values.type, metadata=metadata or None))
    told = {"table_format": raw.table_format, "notes": json.dumps(notes)}
    return pa.schema(fields, metadata=told | ({"frame": raw.frame} if raw.frame else {}))


_TEXTS = ("unit", "ucd", "description", "frame", "epoch")
"""What is kept of a column besides its name and values."""
