"""FITS binary and ASCII tables: headers checked against the size of the file before anything is read."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from astropy.io import fits
from astropy.utils.exceptions import AstropyWarning

from trainingset.readers.raw import RawColumn, RawTable, check_claim, refused

__all__ = ["read_fits"]

_TABLES = (fits.BinTableHDU, fits.TableHDU)
_OTHERS = (fits.PrimaryHDU, fits.ImageHDU, fits.GroupsHDU, fits.CompImageHDU)
_DAMAGED = "is a damaged FITS file: it is truncated or was changed. Send it again."


def read_fits(path: Path, *, name: str) -> RawTable:
    """Read the first table of a FITS file.

    Raises
    ------
    TableError
        If it has no table, is truncated, or claims more than it holds.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", AstropyWarning)
        try:
            with fits.open(path, mode="readonly", memmap=True, lazy_load_hdus=True) as hdus:
                tables = _table_hdus(hdus, path.stat().st_size, name)
                columns = _columns(tables[0])
        except (OSError, ValueError, TypeError, KeyError, IndexError, fits.VerifyError) as error:
            raise refused(name, _DAMAGED) from error
    notes = (f"Read the first of {len(tables)} tables of the file.",) if len(tables) > 1 else ()
    return RawTable("fits", columns, notes)


def _table_hdus(hdus: fits.HDUList, size: int, name: str) -> list[Any]:
    """Tables of the file, each checked against what the file can hold."""
    tables = []
    number = 0
    while True:
        try:
            hdu = hdus[number]
        except IndexError:
            break
        if not isinstance(hdu, _TABLES + _OTHERS):
            raise refused(name, _DAMAGED)
        _check_header(hdu, size, name)
        if isinstance(hdu, _TABLES):
            tables.append(hdu)
        number += 1
    if not tables:
        raise refused(name, "is a FITS file without a table: it holds images alone. Send the table extension.")
    return tables


def _check_header(hdu: Any, size: int, name: str) -> None:
    header = hdu.header
    axes = [int(header.get(f"NAXIS{axis}", 0)) for axis in range(1, int(header.get("NAXIS", 0)) + 1)]
    bits = abs(int(header.get("BITPIX", 8)))
    claimed = bits // 8 * (int(np.prod([float(axis) for axis in axes])) if axes else 0) + int(header.get("PCOUNT", 0))
    if isinstance(hdu, _TABLES):
        check_claim(name, rows=axes[1], columns=int(header.get("TFIELDS", 0)))
    start = int(hdu.fileinfo()["datLoc"])
    if start + claimed > size:
        message = f"claims {claimed} bytes of data in a FITS extension, but has {max(size - start, 0)}: it is truncated"
        raise refused(
            name, f"{message} or was changed. Send it again.", value=f"{claimed} bytes", limit=f"{size} bytes"
        )


def _columns(hdu: Any) -> tuple[RawColumn, ...]:
    header = hdu.header
    read = []
    for number, column in enumerate(hdu.columns, start=1):
        texts = {key: str(header[f"{word}{number}"]) for key, word in _KEYWORDS.items() if f"{word}{number}" in header}
        read.append(RawColumn(str(column.name), _values(hdu, number - 1, column), **texts))
    return tuple(read)


_KEYWORDS = {"unit": "TUNIT", "ucd": "TUCD", "description": "TCOMM"}
"""TUCD and TCOMM are what STILTS, TOPCAT and others write; FITS itself knows TUNIT only."""


def _values(hdu: Any, index: int, column: fits.Column) -> pa.ChunkedArray | None:
    """Values with null where the file says so, None for arrays and complex numbers."""
    values: npt.NDArray[Any] = np.asarray(hdu.data.field(index))
    if values.ndim != 1 or values.dtype.kind not in "biufUS":
        return None
    if values.dtype.kind in "US":
        return pa.chunked_array([_texts(values)])
    is_null = None
    if column.null not in (None, "") and values.dtype.kind in "iu":
        # The sentinel is a stored value: unsigned numbers are stored with an offset.
        stored_zero = int(column.bzero or 0)
        is_null = values == np.int64(int(column.null) + stored_zero)
    if values.dtype.kind == "b":
        is_null = _absent_flags(hdu, index)
    native = values.astype(values.dtype.newbyteorder("="))
    return pa.chunked_array([pa.array(native, mask=is_null)])


def _texts(values: npt.NDArray[Any]) -> pa.Array:
    if values.dtype.kind == "U":
        return pa.array(values.tolist(), pa.string())
    return pa.array([text.decode("utf-8", errors="replace") for text in values.tolist()], pa.string())


def _absent_flags(hdu: Any, index: int) -> npt.NDArray[np.bool_]:
    """A stored zero byte in a logical column is neither true nor false."""
    raw = hdu.data.view(np.recarray)
    stored = np.asarray(raw[raw.dtype.names[index]])
    is_absent: npt.NDArray[np.bool_] = stored.view(np.uint8).reshape(len(stored)) == 0
    return is_absent
