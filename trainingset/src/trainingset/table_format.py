"""Which format a file has, told by its content; names and declared media types are not believed."""

import re
from enum import StrEnum

from trainingset.readers.raw import refused

__all__ = ["TableFormat", "detect_format"]

SNIFF_BYTES = 4096
"""How much of a file is looked at."""


class TableFormat(StrEnum):
    """Formats that redshifts can be read from."""

    VOTABLE = "votable"
    PARQUET = "parquet"
    FITS = "fits"
    CSV = "csv"
    ECSV = "ecsv"
    GZIP = "gzip"
    """A wrapper: what is inside decides."""


_SIGNATURES: tuple[tuple[bytes, TableFormat], ...] = (
    (b"PAR1", TableFormat.PARQUET),
    (b"SIMPLE  =", TableFormat.FITS),
    (b"\x1f\x8b", TableFormat.GZIP),
)

_STRANGERS: tuple[tuple[bytes, str], ...] = (
    (b"\x89HDF\r\n", "an HDF5 file"),
    (b"PK\x03\x04", "a ZIP archive (or a spreadsheet, or a NumPy .npz)"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"(\xb5/\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x93NUMPY", "a NumPy file"),
    (b"ARROW1", "an Arrow IPC file"),
    (b"ORC", "an ORC file"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"XTENSION", "a FITS extension without its primary header"),
    (b"PARE", "an encrypted Parquet file"),
)
_READ = "Redshifts can be read from VOTable, Parquet, FITS, CSV and ECSV, also with gzip."


def detect_format(start: bytes, *, name: str) -> TableFormat:
    """Tell the format from the first bytes of a file.

    Raises
    ------
    TableError
        If it is empty, or no table; the message says what it is instead.
    """
    if not start.strip():
        raise refused(
            name, "is empty: it has no bytes but blanks. Send it again." if start else "is empty. Send it again."
        )
    for signature, table_format in _SIGNATURES:
        if start.startswith(signature):
            return table_format
    for signature, what in _STRANGERS:
        if start.startswith(signature):
            raise refused(name, f"is {what} and no table that can be read here. {_READ}", value=what)
    return _detect_text(start, name)


def _detect_text(start: bytes, name: str) -> TableFormat:
    text = _text(start).lstrip("\ufeff \t\r\n")
    if text.startswith("<"):
        return _detect_markup(text, name)
    if "\0" in text:
        raise refused(name, f"is a binary file of an unknown kind. {_READ}", value=start[:8].hex())
    if text.startswith(("{", "[")):
        raise refused(name, f"is JSON and no table that can be read here. {_READ}", value=text[:40])
    if re.match(r"# *%ECSV", text):
        return TableFormat.ECSV
    return TableFormat.CSV


def _detect_markup(text: str, name: str) -> TableFormat:
    folded = text.casefold()
    if re.search(r"<(\w+:)?votable[\s>]", folded):
        return TableFormat.VOTABLE
    if "<!doctype html" in folded or "<html" in folded:
        title = re.search(r"<title[^>]*>([^<]{1,80})", text, re.IGNORECASE)
        named = f" ({title.group(1).strip()!r})" if title else ""
        message = f"is a web page{named} and no table: perhaps a sign-in page was saved in its place. {_READ}"
        raise refused(name, message, value="HTML")
    if "<!doctype" in folded or "<!entity" in folded:
        # Left to the guard of the VOTable reader, which refuses it by name.
        return TableFormat.VOTABLE
    raise refused(name, f"is XML, but has no VOTABLE element. {_READ}", value=text[:40])


def _text(start: bytes) -> str:
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return start[: len(start) // 2 * 2].decode("utf-16", errors="replace")
    return start.decode("utf-8", errors="replace")
