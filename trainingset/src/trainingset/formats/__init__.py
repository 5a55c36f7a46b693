"""Files of a table: one writer a format, all streaming from the canonical Parquet file.

`ParquetSink` makes the canonical file; `write_table` makes any other format of it.
"""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Protocol

from trainingset.formats.canonical import CanonicalTable
from trainingset.formats.catalog_tag import write_catalog_tag
from trainingset.formats.csv import write_csv
from trainingset.formats.fits import MOST_FITS_COLUMNS, write_fits
from trainingset.formats.hats import write_hats
from trainingset.formats.hdf5 import write_hdf5
from trainingset.formats.info import Info
from trainingset.formats.parquet import ParquetSink, write_parquet
from trainingset.formats.record import record_among
from trainingset.formats.votable_binary2 import write_binary2
from trainingset.formats.votable_tabledata import write_tabledata
from trainingset.recipe import Hdf5Profile
from trainingset.record_names import RECORD_INFO
from trainingset.wire import ResponseFormat

__all__ = [
    "MEDIA_TYPES",
    "MOST_FITS_COLUMNS",
    "SUFFIXES",
    "Info",
    "ParquetSink",
    "write_catalog_tag",
    "write_table",
]

MEDIA_TYPES: dict[ResponseFormat, str] = {
    ResponseFormat.VOTABLE: "application/x-votable+xml",
    ResponseFormat.VOTABLE_TD: "application/x-votable+xml;serialization=tabledata",
    ResponseFormat.PARQUET: "application/vnd.apache.parquet",
    ResponseFormat.FITS: "application/fits",
    ResponseFormat.CSV: "text/csv",
    ResponseFormat.HDF5: "application/x-hdf5",
    ResponseFormat.HATS: "application/x-hats+zip",
}
"""Media type of each format, as DALI 1.2 spells it."""

SUFFIXES: dict[ResponseFormat, str] = {
    ResponseFormat.VOTABLE: ".vot",
    ResponseFormat.VOTABLE_TD: ".td.vot",
    ResponseFormat.PARQUET: ".parquet",
    ResponseFormat.FITS: ".fits",
    ResponseFormat.CSV: ".csv",
    ResponseFormat.HDF5: ".hdf5",
    ResponseFormat.HATS: ".hats.zip",
}
"""File name endings; different for each format, so that all of them can lie in one folder."""


class _Writer(Protocol):
    def __call__(self, source: CanonicalTable, target: Path, *, infos: Sequence[Info], overflow: bool) -> None: ...


_WRITERS: dict[ResponseFormat, _Writer] = {
    ResponseFormat.VOTABLE: write_binary2,
    ResponseFormat.VOTABLE_TD: write_tabledata,
    ResponseFormat.PARQUET: write_parquet,
    ResponseFormat.FITS: write_fits,
    ResponseFormat.CSV: write_csv,
    ResponseFormat.HATS: write_hats,
}


def write_table(
    source: Path,
    target: Path,
    fmt: ResponseFormat,
    *,
    infos: Sequence[Info] = (),
    overflow: bool = False,
    profile: Hdf5Profile = Hdf5Profile.RAIL,
) -> None:
    """Write a Parquet table in another format; memory does not grow with the number of rows.

    Parameters
    ----------
    source
        Parquet file, as `ParquetSink` makes it.
    target
        File to make; it appears complete or not at all, and replaces what was there.
    infos
        Facts about the table, kept where the format has room for them. The table's provenance record is added.
    overflow
        Whether rows were cut off by a limit; said where the format can say it.
    profile
        Names and conventions of HDF5; other formats have none.

    Raises
    ------
    ValueError
        If a column has a type that no format holds, the format cannot hold so many columns, or the file does not tell
        what the format needs to know of its columns (HDF5, HATS).
    MissingPackageError
        If the format needs a package that is not installed (HATS).
    """
    part = target.with_name(target.name + ".part")
    try:
        write = _WRITERS[fmt] if fmt in _WRITERS else partial(write_hdf5, profile=profile)
        table = CanonicalTable(source)
        if table.record is not None and record_among(infos) is None:
            infos = (*infos, Info(name=RECORD_INFO, value=table.record))
        write(table, part, infos=infos, overflow=overflow)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
