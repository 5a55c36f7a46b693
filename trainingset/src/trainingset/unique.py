"""Settles who belongs to whom: mutual pairs, redshifts that agree or not, one redshift for one object.

Everything here needs all pairs at once, and nothing of them but keys and numbers.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.recipe import Unique

__all__ = ["CONFLICT_SCATTER", "Preference", "agreement", "is_kept", "is_mutual"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CONFLICT_SCATTER = 0.005
"""Redshifts of one object that scatter more than this contradict each other."""
_STAR_FLAG = 6
"""On the common quality scale 6 marks stars; it is no rank."""
_INSTRUMENT_RANKS = {"s": 3, "g": 2, "p": 1}
"""Spectroscopic before grism or prism before photometric."""


@dataclass(frozen=True, slots=True)
class Preference:
    """How good each redshift is, by row number; for all three, more is better."""

    quality: FloatArray
    instrument: FloatArray
    precision: FloatArray
    """Minus the error of the redshift."""
    key_order: IntArray
    """Place of the redshift's key among all keys; unlike the others, less is better."""

    @classmethod
    def of(cls, redshifts: pa.Table, roles: dict[str, str]) -> "Preference":
        """Read the preference from a redshift table; what it does not tell counts as the worst.

        Parameters
        ----------
        redshifts
            With ``redshift_key`` and the columns that `roles` names.
        roles
            Column by role.
        """
        n_rows = redshifts.num_rows
        unknown = np.full(n_rows, -np.inf)
        columns = {role: redshifts[name] for role, name in roles.items() if name in redshifts.column_names}
        quality = _numbers(columns["quality_flag"]) if "quality_flag" in columns else unknown
        error = _numbers(columns["z_err"]) if "z_err" in columns else unknown
        return cls(
            quality=np.where(np.isnan(quality) | (quality == _STAR_FLAG), -np.inf, quality),
            instrument=_instrument_ranks(columns["instrument_type"]) if "instrument_type" in columns else unknown,
            # An error of zero is how some tables say that they have none.
            precision=np.where(error > 0, -error, -np.inf),
            key_order=_key_order(redshifts["redshift_key"]),
        )


def is_mutual(pairs: pd.DataFrame) -> BoolArray:
    """Whether each pair is one of mutual nearest.

    Parameters
    ----------
    pairs
        Every pair within the radius, with ``object``, ``match_rank`` and ``separation_arcsec``.

    Returns
    -------
    BoolArray
        True for a redshift with its nearest object, if no redshift is nearer to that object.
    """
    nearest = pairs.groupby("object")["separation_arcsec"].transform("min")
    mutual: BoolArray = ((pairs["match_rank"] == 1) & (pairs["separation_arcsec"] <= nearest)).to_numpy()
    return mutual


def agreement(pairs: pd.DataFrame, redshift: FloatArray) -> pd.DataFrame:
    """How many redshifts each object has, and whether they agree.

    Parameters
    ----------
    pairs
        With ``row`` of the redshift and ``object``; every redshift of the object that counts.
    redshift
        Redshift by row number; those that are not finite are counted but say nothing.

    Returns
    -------
    pd.DataFrame
        For each pair: ``n_redshifts``; ``z_scatter``, (largest - smallest) / (1 + median), NaN below two finite ones;
        ``z_conflict``, whether that exceeds `CONFLICT_SCATTER`.
    """
    values = pd.Series(redshift[pairs["row"].to_numpy()])
    groups = values.where(np.isfinite(values)).groupby(pairs["object"].to_numpy())
    scatter = (groups.transform("max") - groups.transform("min")) / (1 + groups.transform("median"))
    scatter = scatter.where(groups.transform("count") > 1).to_numpy()
    return pd.DataFrame(
        {
            "n_redshifts": groups.transform("size").to_numpy(np.int32),
            "z_scatter": scatter,
            "z_conflict": scatter > CONFLICT_SCATTER,
        },
        index=pairs.index,
    )


def is_kept(pairs: pd.DataFrame, unique: Unique, preference: Preference) -> BoolArray:
    """Whether each pair stays when only one redshift may have an object.

    Parameters
    ----------
    pairs
        With ``row`` of the redshift, ``object`` and ``separation_arcsec``.

    Notes
    -----
    The answer depends on the rows and not on their order: the redshift's key, which is unique, settles every tie.
    """
    if unique is Unique.NONE:
        return np.ones(len(pairs), np.bool_)
    rows = pairs["row"].to_numpy()
    criteria = [preference.key_order[rows], pairs["separation_arcsec"].to_numpy()]
    if unique is Unique.BEST:
        criteria += [-preference.precision[rows], -preference.instrument[rows], -preference.quality[rows]]
    order = np.lexsort([*criteria, pairs["object"].to_numpy()])
    objects = pairs["object"].to_numpy()[order]
    kept = np.zeros(len(pairs), np.bool_)
    kept[order] = np.diff(objects, prepend=-1) != 0
    return kept


def _numbers(column: pa.ChunkedArray) -> FloatArray:
    """Values as doubles; NaN for nulls and for texts that are no numbers."""
    if pa.types.is_string(column.type):
        values = pd.to_numeric(column.to_pandas(), errors="coerce")
    else:
        values = column.cast(pa.float64())
    numbers: FloatArray = values.to_numpy()
    return numbers


def _instrument_ranks(column: pa.ChunkedArray) -> FloatArray:
    letters = column.cast(pa.string()).to_pandas().str.strip().str.lower().str[:1]
    ranks: FloatArray = letters.map(_INSTRUMENT_RANKS).fillna(0).to_numpy(np.float64)
    return ranks


def _key_order(keys: pa.ChunkedArray) -> IntArray:
    order: IntArray = pc.rank(keys, tiebreaker="dense").to_numpy().astype(np.int64)
    return order
