"""Columns of astropy tables: units, UCDs and descriptions kept, positions and times made plain numbers."""

from collections.abc import Iterator, Mapping
from typing import Any

import astropy.units as u
import numpy as np
import pyarrow as pa
from astropy.coordinates import ICRS, SkyCoord
from astropy.coordinates.errors import ConvertError
from astropy.table import Table
from astropy.time import Time

from trainingset.errors import Problem
from trainingset.frames import frame_of_fits
from trainingset.readers.raw import RawColumn
from tsm.tables.mixed_values import array_of_objects

__all__ = ["frame_of_header", "of_astropy"]

_KEPT_ANGLES = (u.deg, u.arcmin, u.arcsec, u.mas)
"""Angles that stay as they are: offsets and sizes read better in their own unit."""
_KEPT_SPEEDS = (u.km / u.s, u.m / u.s)


def of_astropy(table: Table) -> Iterator[RawColumn | Problem | str]:
    """Columns, what is wrong with others, and notes on what was converted."""
    for name in table.colnames:
        column = table[name]
        match column:
            case SkyCoord():
                yield from _of_positions(name, column, set(table.colnames))
            case Time():
                yield _raw(name, pa.array(_texts_of(column)), column)
                yield f"Wrote the times in {name!r} as ISO texts, scale {column.scale}."
            case _:
                yield from _of_values(name, column)


def frame_of_header(meta: Mapping[str, Any]) -> str | None:
    """Frame that the FITS header tells from which a table was read; astropy keeps its cards."""
    cards = {str(key).upper(): str(value) for key, value in meta.items() if isinstance(value, str | int | float)}
    return frame_of_fits(cards.get("RADESYS") or cards.get("RADECSYS", ""), cards.get("EQUINOX", ""))


def _of_positions(name: str, positions: SkyCoord, taken: set[str]) -> Iterator[RawColumn | Problem | str]:
    """One column of positions as two of ICRS degrees."""
    if positions.name.startswith("fk4") and positions.frame.is_frame_attr_default("obstime"):
        message = (
            f"the positions in {name!r} are in FK4 without an epoch, which its conversion needs: "
            f"table[{name!r}] = SkyCoord(table[{name!r}], obstime=EPOCH).icrs, with the epoch at which they were "
            "measured."
        )
        yield Problem(parameter="REDSHIFTS", message=message, column=name, value=positions.name, limit="ICRS")
        return
    try:
        icrs = positions.transform_to(ICRS())
    except ConvertError as error:
        message = f"the positions in {name!r} are in {positions.name}, which cannot be turned into ICRS: {error}"
        yield Problem(parameter="REDSHIFTS", message=message, column=name, value=positions.name, limit="ICRS")
        return
    names = [axis if axis not in taken else f"{name}_{axis}" for axis in ("ra", "dec")]
    for axis, label, angle in zip(("ra", "dec"), names, (icrs.ra, icrs.dec), strict=True):
        degrees = np.ma.filled(np.ma.asarray(getattr(angle.deg, "unmasked", angle.deg)), np.nan)
        mask = np.asarray(getattr(positions, "mask", False)) | np.zeros(len(degrees), bool)
        yield RawColumn(
            label,
            pa.chunked_array([pa.array(degrees, mask=mask)]),
            unit="deg",
            ucd=f"pos.eq.{axis};meta.main",
            description=f"{'Right ascension' if axis == 'ra' else 'Declination'} of {name} in ICRS",
            frame="icrs",
        )
    yield f"Wrote the positions in {name!r}, which are in {positions.name}, as ICRS degrees: {' and '.join(names)}."
    if "s" in positions.data.differentials:
        yield f"The motions in {name!r} are left out: positions are used as they are, at their own epoch."


def _of_values(name: str, column: Any) -> Iterator[RawColumn | Problem | str]:
    if not hasattr(column, "dtype") or column.dtype is None:
        yield _not_single(name, type(column).__name__)
        return
    if column.ndim > 1 or column.dtype.names is not None or column.dtype.kind not in "biufSUOM":
        shape = f" of shape {column.shape[1:]}" if column.ndim > 1 else ""
        yield _not_single(name, f"{column.dtype}{shape}")
        return
    unit = getattr(column, "unit", None)
    values = column
    if isinstance(unit, u.UnitBase) and (target := _plain_unit(unit)) is not None:
        values, unit = u.Quantity(column).to(target), target
        yield f"Converted {name!r} from {column.unit} to {target}."
    array = _array(name, values)
    if isinstance(array, Problem):
        yield array
        return
    yield _raw(name, array, column, unit=_unit_text(unit))


def _plain_unit(unit: u.UnitBase) -> u.UnitBase | None:
    """Unit to convert to where files have no word for this one, None where it may stay."""
    if unit.physical_type == "angle" and unit not in _KEPT_ANGLES:
        return u.deg
    if unit.physical_type == "speed" and unit not in _KEPT_SPEEDS:
        return u.km / u.s
    return None


def _unit_text(unit: Any) -> str | None:
    if unit is None or unit == u.dimensionless_unscaled:
        return None
    try:
        return str(unit.to_string("vounit"))
    except (ValueError, AttributeError):
        # Units that VOUnits has no word for, and texts that astropy could not read as a unit.
        return str(unit)


def _array(name: str, values: Any) -> pa.ChunkedArray | Problem:
    """Values with null where they are masked."""
    mask = np.broadcast_to(np.asarray(getattr(values, "mask", False)), (len(values),))
    plain = np.asarray(getattr(values, "unmasked", values))
    if plain.dtype.kind == "O":
        shown = [None if is_masked else value for value, is_masked in zip(plain.tolist(), mask, strict=True)]
        return array_of_objects(name, shown)
    if plain.dtype.kind == "S":
        texts = [None if is_masked else text for text, is_masked in zip(plain.tolist(), mask, strict=True)]
        return pa.chunked_array([pa.array(texts, pa.binary())])
    native = plain.astype(plain.dtype.newbyteorder("="))
    if native.dtype.kind == "U":
        return pa.chunked_array([pa.array(native.tolist(), pa.string(), mask=mask)])
    return pa.chunked_array([pa.array(native, mask=mask)])


def _raw(name: str, values: Any, column: Any, *, unit: str | None = None) -> RawColumn:
    meta = column.info.meta or {}
    ucd = meta.get("ucd")
    chunked = values if isinstance(values, pa.ChunkedArray) else pa.chunked_array([values])
    return RawColumn(
        name,
        chunked,
        unit=unit,
        ucd=str(ucd) if ucd else None,
        description=column.info.description,
    )


def _texts_of(times: Time) -> list[str | None]:
    mask = np.broadcast_to(np.asarray(times.mask), times.shape)
    return [None if is_masked else str(text) for text, is_masked in zip(times.isot.tolist(), mask, strict=True)]


def _not_single(name: str, kind: str) -> Problem:
    message = (
        f"the column {name!r} holds {kind} values, which are no single numbers, texts or flags; leave it out or spread "
        "it over several columns."
    )
    return Problem(parameter="REDSHIFTS", message=message, column=name, value=kind)
