"""Good tables in every format that is read, small enough to be damaged ten thousand times."""

import gzip
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from astropy import units
from astropy.coordinates import SkyCoord
from astropy.io import fits
from astropy.io.votable import from_table
from astropy.table import Table

from tests.trainingset.formats.tables import canonical
from trainingset.formats import SUFFIXES, write_table
from trainingset.wire import ResponseFormat

__all__ = ["make_corpus"]

_ROWS = 12
_WRITTEN = (
    ResponseFormat.VOTABLE,
    ResponseFormat.VOTABLE_TD,
    ResponseFormat.PARQUET,
    ResponseFormat.FITS,
    ResponseFormat.CSV,
)
_LARGEST_REAL_FILE = 200_000
"""Bytes; damage to a larger file rarely hits anything but values."""


def make_corpus(folder: Path, *, real_files: Path | None = None) -> dict[str, bytes]:
    """Content by a name that tells where it comes from.

    Parameters
    ----------
    folder
        Empty, for files under way.
    real_files
        Folder of Parquet files that others wrote; None where there is none.
    """
    corpus = {**_ours(folder), **_by_astropy(), **_odd_parquet()}
    corpus["gzip of csv"] = gzip.compress(corpus["our csv"])
    corpus["gzip of fits"] = gzip.compress(corpus["our fits"])
    for path in sorted(real_files.glob("*.parquet")) if real_files is not None else ():
        if path.stat().st_size <= _LARGEST_REAL_FILE:
            corpus[f"real {path.stem}"] = path.read_bytes()
    return corpus


def _rows() -> pa.Table:
    rng = np.random.default_rng(1)
    nullable = pa.array([None, *range(_ROWS - 1)], pa.int32())
    columns = {
        "ra": rng.uniform(52, 54, _ROWS),
        "dec": rng.uniform(-29, -27, _ROWS),
        "z": rng.uniform(0, 2, _ROWS),
        "z_err": rng.uniform(0, 0.1, _ROWS).astype(np.float32),
        "quality": nullable,
        "id": np.arange(_ROWS, dtype=np.int64) + 2**60,
        "survey": pa.array(["DESI", "VVDS", None, "3D-HST Größe"] * (_ROWS // 4)),
        "is_star": pa.array([True, False, None] * (_ROWS // 3)),
    }
    return pa.table(columns)


def _ours(folder: Path) -> dict[str, bytes]:
    source = canonical(folder, _rows())
    written = {}
    for table_format in _WRITTEN:
        target = folder / f"ours{SUFFIXES[table_format]}"
        write_table(source, target, table_format)
        written[f"our {table_format.value}"] = target.read_bytes()
    return written


def _by_astropy() -> dict[str, bytes]:
    rows = _rows()
    table = Table({name: rows[name].to_numpy() for name in ("ra", "dec", "z", "id")})
    table["place"] = SkyCoord(table["ra"], table["dec"], unit="deg", frame="fk5", equinox="J1975")
    table["z"].unit, table["z"].description = units.one, "redshift"
    text = io.StringIO()
    table.write(text, format="ascii.ecsv")
    binary = io.BytesIO()
    table.write(binary, format="fits")
    del table["place"]
    fixed = io.BytesIO()
    votable = from_table(table)
    votable.get_first_table().format = "binary"
    votable.to_xml(fixed)
    as_text = io.BytesIO()
    fits.TableHDU.from_columns(fits.BinTableHDU(table).columns).writeto(as_text)
    return {
        "astropy ecsv": text.getvalue().encode(),
        "astropy fits": binary.getvalue(),
        "astropy votable/binary": fixed.getvalue(),
        "astropy fits of text": as_text.getvalue(),
    }


def _odd_parquet() -> dict[str, bytes]:
    """Parquet as others write it: other encodings, types that are left out, several groups of rows."""
    rows = _rows().append_column("list", pa.array([[1.0, 2.0]] * _ROWS))
    rows = rows.append_column("struct", pa.array([{"a": 1}] * _ROWS))
    rows = rows.append_column("when", pa.array([10**15] * _ROWS, pa.timestamp("us", tz="UTC")))
    rows = rows.append_column("exact", pa.array([1] * _ROWS).cast(pa.decimal128(30, 5)))
    variants: dict[str, dict[str, object]] = {
        "groups": {"row_group_size": 5, "compression": "snappy"},
        "plain": {"use_dictionary": False, "compression": "none", "data_page_version": "2.0"},
        "packed": {"compression": "zstd", "version": "1.0", "store_schema": False},
    }
    corpus = {}
    for name, options in variants.items():
        content = io.BytesIO()
        pq.write_table(rows, content, **options)
        corpus[f"parquet {name}"] = content.getvalue()
    return corpus
