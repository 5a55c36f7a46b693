"""Values of the columns that a match adds, as an Arrow table."""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.arrow_metadata import described
from trainingset.crossmatch.separation import offsets_arcsec
from trainingset.pair_descriptions import PAIR_COLUMNS

__all__ = ["UNMATCHED", "chance_probabilities", "pair_table"]

UNMATCHED = -1
"""Number of the part of a redshift without an object."""

FloatArray = npt.NDArray[np.float64]

_SPHERE_ARCSEC2 = 4 * np.pi * (np.degrees(1) * 3600) ** 2


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
