"""The provenance record inside a file that somebody kept, in whatever format it is."""

import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.parsers import expat

import pyarrow as pa
import pyarrow.parquet as pq

from trainingset.record_names import RECORD_FILE, RECORD_INFO, RECORD_KEY, RECORD_KEYWORD

__all__ = ["find_record"]

MOST_BYTES = 16 * 2**20
"""Longest record, and longest head of a VOTable in which it is looked for; real ones take some kilobytes."""
_CHUNK = 2**16


def find_record(path: Path) -> bytes | None:
    """Read the record inside a Parquet file, VOTable, FITS or HDF5 file or zipped HATS collection.

    Returns
    -------
    bytes | None
        The JSON text as it lies there, whatever it says; None if the file has none, is damaged or of another format.

    Raises
    ------
    OSError
        If the file cannot be opened.
    """
    with path.open("rb") as file:
        start = file.read(512)
    for magic, read in _READERS.items():
        if start.startswith(magic):
            found = read(path)
            return found if found is None or len(found) <= MOST_BYTES else None
    return None


def _of_parquet(path: Path) -> bytes | None:
    try:
        metadata = pq.read_metadata(path).metadata or {}
    except (pa.ArrowException, OSError):
        return None
    found: bytes | None = metadata.get(RECORD_KEY.encode())
    return found


def _of_fits(path: Path) -> bytes | None:
    from astropy.io import fits  # it takes long to load, and few files are FITS

    try:
        with fits.open(path, lazy_load_hdus=True) as units:
            text = units[1].header.get(RECORD_KEYWORD)
    except (OSError, IndexError, ValueError, TypeError, fits.VerifyError):
        return None
    return text.encode() if isinstance(text, str) else None


def _of_hdf5(path: Path) -> bytes | None:
    import h5py  # likewise

    try:
        with h5py.File(path, "r") as file:
            text = file.attrs.get(RECORD_INFO)
    except (OSError, KeyError, ValueError, RuntimeError):
        return None
    return text.encode() if isinstance(text, str) else None


def _of_zip(path: Path) -> bytes | None:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                if member.filename.count("/") == 1 and member.filename.endswith(f"/{RECORD_FILE}"):
                    with archive.open(member) as file:
                        return file.read(MOST_BYTES + 1)
    except (zipfile.BadZipFile, OSError, NotImplementedError, RuntimeError, EOFError):
        return None
    return None


class _HeadEndsError(Exception):
    """What comes after the head of a VOTable is not looked at."""


def _of_votable(path: Path) -> bytes | None:
    found: list[str] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(":")[2]
        if local == "INFO" and attributes.get("name") == RECORD_INFO:
            found.append(attributes.get("value", ""))
        if local == "DATA" or found:
            raise _HeadEndsError

    def refuse(*_: object) -> None:
        raise _HeadEndsError

    parser = expat.ParserCreate()
    parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
    parser.StartElementHandler = start
    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    try:
        with path.open("rb") as file:
            for _ in range(MOST_BYTES // _CHUNK):
                parser.Parse(file.read(_CHUNK), False)
    except (_HeadEndsError, expat.ExpatError):
        pass
    return found[0].encode() if found else None


_READERS: dict[bytes, Callable[[Path], bytes | None]] = {
    b"PAR1": _of_parquet,
    b"SIMPLE  =": _of_fits,
    b"\x89HDF\r\n\x1a\n": _of_hdf5,
    b"PK\x03\x04": _of_zip,
    b"<": _of_votable,
}
