"""Writes each mock survey as it would have been published: a format, column names and flags of its own."""

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from astropy.io import fits
from astropy.io.votable import from_table, writeto
from astropy.table import Column, Table
from numpy.typing import NDArray

from trainingset.mock.place import SURVEY_FILES
from trainingset.mock.surveys import SurveyRows

__all__ = ["native_ids", "write_survey"]

_LIGHT_SPEED_KMS = 299_792.458
_FIRST_FIBER_TARGET = 39_627_000_000_000_000
"""Target ids of FIBERDEEP are above 2**53, as DESI's are."""


def native_ids(rows: SurveyRows) -> NDArray[np.str_]:
    """The id of each row as text, spelled as in the survey's own file; GRISMFIELD repeats it for repeated rows."""
    target = rows.target
    match rows.style.name:
        case "WIDEZ":
            return np.array([f"W{number:06d}" for number in range(1, len(rows) + 1)])
        case "FIBERDEEP":
            return (_FIRST_FIBER_TARGET + np.arange(len(rows), dtype=np.int64)).astype(str)
        case "NEARBYCZ":
            return np.array(
                [f"NCZ J{number:05d}{'ab'[again]}" for number, again in zip(target, _again(target), strict=True)]
            )
        case _:
            return np.array([f"GF-{number}" for number in target])


def write_survey(rows: SurveyRows, folder: Path) -> Path:
    """Write the rows under the survey's file name and return its path."""
    path = folder / SURVEY_FILES[rows.style.name]
    _WRITERS[rows.style.name](rows, path)
    return path


def _again(target: NDArray[np.int64]) -> NDArray[np.int64]:
    """1 for a row that repeats the target of the row before, else 0."""
    return np.concatenate([[0], (np.diff(target) == 0).astype(np.int64)])


def _write_widez(rows: SurveyRows, path: Path) -> None:
    """VOTable with UCDs: every role can be found by them."""
    columns: Mapping[str, tuple[NDArray[np.generic], str | None, str, str]] = {
        "WID": (native_ids(rows), None, "meta.id;meta.main", "WIDEZ number"),
        "RAJ2000": (rows.ra, "deg", "pos.eq.ra;meta.main", "Right ascension (ICRS)"),
        "DEJ2000": (rows.dec, "deg", "pos.eq.dec;meta.main", "Declination (ICRS)"),
        "zsp": (rows.redshift, None, "src.redshift", "Heliocentric redshift"),
        "e_zsp": (rows.redshift_error.astype(np.float32), None, "stat.error;src.redshift", "Error of zsp"),
        "Qz": (rows.quality.astype(np.int16), None, "meta.code.qual;src.redshift", "Quality of zsp, 1 to 4 (secure)"),
        "imag": (rows.magnitude.astype(np.float32), "mag", "phot.mag;em.opt.I", "Magnitude of the target list"),
    }
    table = Table()
    for name, (values, unit, _, description) in columns.items():
        table[name] = Column(values, unit=unit, description=description)
    votable = from_table(table, table_id="WIDEZ")
    for field in votable.get_first_table().fields:
        field.ucd = columns[field.name][2]
    writeto(votable, str(path), tabledata_format="binary2")


def _write_fiberdeep(rows: SurveyRows, path: Path) -> None:
    """FITS with DESI-like names: a bit mask that is 0 for good redshifts, and a spectral type."""
    warning = np.array([1 << 9, 1 << 5 | 1 << 2, 1 << 2, 0, 0])[rows.quality]
    spectype = np.where(rows.is_star & ~rows.is_wrong, "STAR", "GALAXY")
    units = {"TARGET_RA": "deg", "TARGET_DEC": "deg"}
    table = Table(
        {
            "TARGETID": native_ids(rows).astype(np.int64),
            "TARGET_RA": rows.ra,
            "TARGET_DEC": rows.dec,
            "Z": rows.redshift,
            "ZERR": rows.redshift_error,
            "ZWARN": warning.astype(np.int64),
            "SPECTYPE": spectype,
            "DELTACHI2": np.round(10.0**rows.quality, 2),
        },
        units=units,
    )
    hdu = fits.table_to_hdu(table)
    hdu.header["EXTNAME"] = "ZCATALOG"
    hdu.writeto(path)


def _write_nearbycz(rows: SurveyRows, path: Path) -> None:
    """ECSV with velocities cz in km/s and letters for quality."""
    table = Table(
        {
            "name": native_ids(rows),
            "ra": rows.ra,
            "dec": rows.dec,
            "cz": np.round(rows.redshift * _LIGHT_SPEED_KMS, 1),
            "e_cz": np.round(rows.redshift_error * _LIGHT_SPEED_KMS, 1),
            "grade": np.array(list("EDCBA"))[rows.quality],
        },
        units={"ra": "deg", "dec": "deg", "cz": "km/s", "e_cz": "km/s"},
        descriptions={"cz": "Heliocentric radial velocity, cz", "grade": "A (secure) to D"},
    )
    table.write(path, format="ascii.ecsv")


def _write_grismfield(rows: SurveyRows, path: Path) -> None:
    """Parquet without units or UCDs; a confidence instead of a flag, repeated ids for repeated rows."""
    confidence = np.array([0.0, 0.4, 0.75, 0.92, 0.99])[rows.quality]
    instrument = np.where(rows.quality == 4, "s", "g")
    table = pa.table(
        {
            "id": native_ids(rows),
            "ra": rows.ra,
            "dec": rows.dec,
            "redshift": np.where(rows.quality == 0, np.nan, rows.redshift),
            "z_err": rows.redshift_error.astype(np.float32),
            "quality": confidence,
            "type": instrument,
            "group": rows.target.astype(np.int32),
        }
    )
    pq.write_table(table, path)


_WRITERS: dict[str, Callable[[SurveyRows, Path], None]] = {
    "WIDEZ": _write_widez,
    "FIBERDEEP": _write_fiberdeep,
    "NEARBYCZ": _write_nearbycz,
    "GRISMFIELD": _write_grismfield,
}
