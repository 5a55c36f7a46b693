"""Columns that a match adds: what each means, and their values as an Arrow table."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import described
from trainingset.columns import ColumnDescription, ColumnType
from trainingset.crossmatch.separation import offsets_arcsec

__all__ = ["PAIR_COLUMNS", "UNMATCHED", "chance_probabilities", "pair_table"]

UNMATCHED = -1
"""Number of the part of a redshift without an object."""

FloatArray = npt.NDArray[np.float64]

_SPHERE_ARCSEC2 = 4 * np.pi * (np.degrees(1) * 3600) ** 2


def _column(name: str, datatype: ColumnType, ucd: str, description: str, unit: str | None = None) -> ColumnDescription:
    return ColumnDescription(name=name, datatype=datatype, unit=unit, ucd=ucd, description=description)


PAIR_COLUMNS: tuple[ColumnDescription, ...] = (
    _column(
        "separation_arcsec",
        ColumnType.FLOAT64,
        "pos.angDistance",
        "Great-circle separation of redshift and object",
        "arcsec",
    ),
    _column(
        "delta_ra_arcsec",
        ColumnType.FLOAT64,
        "pos.eq.ra;arith.diff",
        "Right ascension of the object minus that of the redshift, times the cosine of declination",
        "arcsec",
    ),
    _column(
        "delta_dec_arcsec",
        ColumnType.FLOAT64,
        "pos.eq.dec;arith.diff",
        "Declination of the object minus that of the redshift",
        "arcsec",
    ),
    _column("match_rank", ColumnType.INT32, "meta.number", "1 for the nearest object of the redshift, 2 for the next"),
    _column("n_within_radius", ColumnType.INT32, "meta.number", "Objects within the match radius, before any cut"),
    _column(
        "second_separation_arcsec",
        ColumnType.FLOAT64,
        "pos.angDistance",
        "Separation of the second nearest object within the radius, before any cut; null if there is none",
        "arcsec",
    ),
    _column(
        "neighbors_truncated",
        ColumnType.BOOLEAN,
        "meta.code",
        "Whether the redshift has more objects within the radius than were asked for",
    ),
    _column(
        "chance_probability",
        ColumnType.FLOAT32,
        "stat.probability",
        "Probability that an unrelated object lies this near, from the density of objects around",
    ),
    _column(
        "brightest_within_radius",
        ColumnType.BOOLEAN,
        "meta.code",
        "Whether no object within the radius is brighter in the reference band; null if its flux is unknown",
    ),
    _column("n_redshifts", ColumnType.INT32, "meta.number", "Redshifts paired with this object, before one is chosen"),
    _column(
        "z_scatter",
        ColumnType.FLOAT64,
        "stat.value;src.redshift",
        "Largest minus smallest over 1 + median of those redshifts; null with one",
    ),
    _column("z_conflict", ColumnType.BOOLEAN, "meta.code", "Whether those redshifts scatter by more than 0.005"),
    _column("release", ColumnType.STRING, "meta.version", "Data release of the object catalog"),
    _column("row_key", ColumnType.STRING, "meta.id;meta.main", "Stable key of the row: redshift key and object id"),
    _column("subset", ColumnType.STRING, "meta.code.class", "Part of the split that the row belongs to"),
    _column(
        "split_unit",
        ColumnType.STRING,
        "meta.id.part",
        "What was split as a whole: a sky object, by its smallest redshift key, or a pixel, survey or field",
    ),
    _column("is_training_set", ColumnType.BOOLEAN, "meta.code", "Whether the row belongs to the part named train"),
)
"""Every column that a match can add, in the order of the result; some depend on what was asked for."""


def chance_probabilities(separation_arcsec: FloatArray, objects_in_pixel: FloatArray, *, order: int) -> FloatArray:
    """Probability of an unrelated object within the separation, for objects strewn at random.

    Parameters
    ----------
    objects_in_pixel
        Objects in the HEALPix pixel of the redshift.
    order
        HEALPix order of those pixels.
    """
    density = objects_in_pixel * (12 * 4**order) / _SPHERE_ARCSEC2
    probabilities: FloatArray = -np.expm1(-density * np.pi * separation_arcsec**2)
    return probabilities


def pair_table(
    selection: pd.DataFrame,
    *,
    positions: tuple[FloatArray, FloatArray],
    keys: pa.ChunkedArray,
    release: str,
    extra: Mapping[str, pa.Array],
) -> pa.Table:
    """Values of `PAIR_COLUMNS`, one row for each row of the result.

    Parameters
    ----------
    selection
        Rows of the result: ``row`` of the redshift, ``part`` (`UNMATCHED` without an object), and the columns of
        matched pairs.
    positions
        Right ascension and declination of all redshifts, degrees.
    keys
        Keys of all redshifts.
    extra
        Columns that were asked for, by name.
    """
    row = selection["row"].to_numpy()
    absent = selection["part"].to_numpy() == UNMATCHED
    ra, dec = (values[row] for values in positions)
    east, north = offsets_arcsec(ra, dec, selection["object_ra"].to_numpy(), selection["object_dec"].to_numpy())
    row_keys = pc.binary_join_element_wise(
        keys.take(pa.array(row)), pc.fill_null(_masked(selection["object_id"], absent).cast(pa.string()), ""), "|"
    )
    values: dict[str, pa.Array | pa.ChunkedArray] = {
        "delta_ra_arcsec": _masked(east, absent),
        "delta_dec_arcsec": _masked(north, absent),
        "n_within_radius": _masked(selection["n_within_radius"], absent | (selection["n_within_radius"] < 0)),
        "second_separation_arcsec": pa.array(selection["second_separation_arcsec"], from_pandas=True),
        "brightest_within_radius": _flags(selection["brightest_within_radius"], absent),
        "z_scatter": pa.array(selection["z_scatter"], from_pandas=True),
        "release": pa.array([release]).take(pa.array(np.zeros(len(selection), np.int64))),
        "row_key": row_keys,
        **{
            name: _masked(selection[name], absent)
            for name in ("separation_arcsec", "match_rank", "chance_probability", "n_redshifts", "z_conflict")
        },
        **extra,
    }
    fields = [described(column) for column in PAIR_COLUMNS if column.name in values]
    return pa.table([values[field.name].cast(field.type) for field in fields], schema=pa.schema(fields))


def _masked(values: pd.Series | npt.NDArray[np.generic], is_null: npt.NDArray[np.bool_] | pd.Series) -> pa.Array:
    return pa.array(np.asarray(values), mask=np.asarray(is_null))


def _flags(values: pd.Series, absent: npt.NDArray[np.bool_]) -> pa.Array:
    """1 is true, 0 false, less is unknown."""
    numbers = values.to_numpy()
    return pa.array(numbers == 1, mask=absent | (numbers < 0))
