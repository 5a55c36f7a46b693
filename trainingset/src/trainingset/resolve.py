"""From pairs to the rows of the result: constraint, agreement, preference, split, unmatched redshifts, order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from hats.pixel_math.spatial_index import compute_spatial_index

from trainingset.crossmatch.candidates import SkyPositions
from trainingset.pair_columns import UNMATCHED
from trainingset.pairing import sky_positions
from trainingset.prepare import Prepared
from trainingset.recipe import How
from trainingset.redshift_keys import key_texts
from trainingset.split import assign_subsets, find_units
from trainingset.split_counts import SplitCounts
from trainingset.split_unit import unit_names
from trainingset.unique import Preference, agreement, is_kept

__all__ = ["Resolved", "resolve_pairs"]

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Resolved:
    """The rows of the result by their keys, and what became of the pairs."""

    rows: pd.DataFrame
    """In the order of the result. As the pairs, with ``n_redshifts``, ``z_scatter``, ``z_conflict`` and, when split,
    ``split_unit`` and ``subset``, null without an object; ``part`` is `UNMATCHED` for redshifts
    without an object, and their other values mean nothing."""
    n_passing: int
    """Pairs that the constraint on objects leaves."""
    n_kept: int
    """Pairs that the preference among redshifts leaves."""
    n_shared: int
    """Objects with several redshifts."""
    n_conflicts: int
    """Objects whose redshifts contradict each other."""
    split: SplitCounts | None
    """Units of the split, None without one."""


def resolve_pairs(prepared: Prepared, pairs: pd.DataFrame) -> Resolved:
    """Decide which pairs stay, where they belong in a split, and in which order they come.

    Parameters
    ----------
    pairs
        As `trainingset.pairing.find_pairs` gives them.
    """
    recipe, redshifts = prepared.recipe, prepared.redshifts
    if recipe.split:
        # Over all pairs: neither constraint nor preference moves a unit to another side.
        pairs = pairs.assign(split_unit=_arrow_strings(_units(prepared, pairs)))
    passing = pairs[pairs["passes"]]
    passing = passing.join(agreement(passing, redshifts.table["redshift"].to_numpy()))
    kept = passing[is_kept(passing, recipe.unique, Preference.of(redshifts.table, redshifts.roles))]
    if recipe.split:
        # Over what is left: exact proportions are those of the result.
        kept = kept.assign(subset=_arrow_strings(_subsets(prepared, kept)))
    rows = kept if recipe.how is How.INNER else _with_unmatched(kept, passing["row"].to_numpy(), prepared)
    return Resolved(
        rows=_in_order(prepared, rows),
        n_passing=len(passing),
        n_kept=len(kept),
        n_shared=int(passing.loc[passing["n_redshifts"] > 1, "object"].nunique()),
        n_conflicts=int(passing.loc[passing["z_conflict"], "object"].nunique()),
        split=_counts(prepared, kept) if recipe.split else None,
    )


def _units(prepared: Prepared, pairs: pd.DataFrame) -> pa.Array:
    """Name of the split unit of each pair."""
    recipe, redshifts = prepared.recipe, prepared.redshifts
    rows = pairs["row"].to_numpy()
    objects = find_units(
        rows,
        pairs["object"].to_numpy(),
        places=SkyPositions(pairs["object_ra"].to_numpy(), pairs["object_dec"].to_numpy()),
        groups=_groups(prepared, rows),
    )
    return unit_names(
        redshifts.table["redshift_key"].take(pa.array(rows)).combine_chunks(),
        objects,
        recipe.split_by,
        places=sky_positions(prepared).take(rows),
        surveys=key_texts(redshifts.table, redshifts.roles.get("survey")).take(pa.array(rows)),
        fields=prepared.card.entry.fields,
        order=recipe.split_order,
    )


def _groups(prepared: Prepared, rows: IntArray) -> IntArray | None:
    """Number of the redshift group of each pair, -1 for none; None if the table has no such column."""
    name = prepared.redshifts.roles.get("group")
    if name is None:
        return None
    # As Arrow values: beside nulls, plain pandas would round large numbers.
    values = prepared.redshifts.table[name].to_pandas(types_mapper=pd.ArrowDtype)
    codes: IntArray = pd.factorize(values)[0].astype(np.int64)
    return codes[rows]


def _subsets(prepared: Prepared, kept: pd.DataFrame) -> pa.Array:
    """Subset of each pair."""
    recipe = prepared.recipe
    names = pa.array(kept["split_unit"], pa.string())
    return assign_subsets(names, recipe.split, seed=recipe.seed, exact=recipe.split_exact)


def _counts(prepared: Prepared, kept: pd.DataFrame) -> SplitCounts:
    recipe = prepared.recipe
    units, subsets = (pa.array(kept[name], pa.string()) for name in ("split_unit", "subset"))
    return SplitCounts.of(units, subsets, tuple(recipe.split), by=recipe.split_by, order=recipe.split_order)


def _with_unmatched(kept: pd.DataFrame, matched: IntArray, prepared: Prepared) -> pd.DataFrame:
    """Add the redshifts without an object; those that lost theirs to another redshift are not such."""
    absent = np.setdiff1d(np.arange(prepared.redshifts.table.num_rows), matched)
    unmatched = pd.DataFrame({name: _nothing(kept[name].dtype, len(absent)) for name in kept})
    unmatched["row"], unmatched["part"] = absent, UNMATCHED
    return pd.concat([kept, unmatched], ignore_index=True)


def _nothing(dtype: Any, n_rows: int) -> Any:
    """Values that stand for none."""
    if isinstance(dtype, pd.ArrowDtype):
        return pd.array([None] * n_rows, dtype=dtype)
    return np.full(n_rows, np.nan if dtype.kind == "f" else 0, dtype)


def _in_order(prepared: Prepared, rows: pd.DataFrame) -> pd.DataFrame:
    """By place on the sky (HEALPix), redshift key and rank: an order that does not depend on partitions."""
    table, roles = prepared.redshifts.table, prepared.redshifts.roles
    pixels = compute_spatial_index(table[roles["ra"]].to_numpy(), table[roles["dec"]].to_numpy())
    keys = pc.rank(table["redshift_key"], tiebreaker="dense").to_numpy()
    row = rows["row"].to_numpy()
    return rows.iloc[np.lexsort((rows["match_rank"].to_numpy(), keys[row], pixels[row]))].reset_index(drop=True)


def _arrow_strings(values: pa.Array) -> Any:
    return pd.array(values, dtype=pd.ArrowDtype(pa.string()))
