"""From pairs to the rows of the result: constraint, agreement, preference, split, unmatched redshifts, order."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from hats.pixel_math.spatial_index import compute_spatial_index

from trainingset.balance import cap_rows, require_rows_in_subsets, weigh_rows
from trainingset.caps import CapCounts
from trainingset.crossmatch.candidates import SkyPositions
from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.hold_out import held_out
from trainingset.hold_out_names import held_out_names
from trainingset.pair_columns import UNMATCHED
from trainingset.pairing import sky_positions
from trainingset.prepare import Prepared
from trainingset.recipe import HELD_OUT, How
from trainingset.redshift_keys import key_texts
from trainingset.split import assign_subsets, find_units
from trainingset.split_counts import SplitCounts
from trainingset.split_unit import names_of_fields, unit_names
from trainingset.unique import Preference, agreement, is_kept
from trainingset.weights import WeightCounts

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
    n_split: int
    """Pairs that were shared out, if there is a split: those that a cap of the whole set leaves."""
    n_shared: int
    """Objects with several redshifts."""
    n_conflicts: int
    """Objects whose redshifts contradict each other."""
    split: SplitCounts | None
    """Units of the split, None without one."""
    caps: CapCounts | None
    """What a cap left out, None without one."""
    weights: WeightCounts | None
    """What weights were made of, None without them."""


def resolve_pairs(prepared: Prepared, pairs: pd.DataFrame, object_files: ObjectFiles) -> Resolved:
    """Decide which pairs stay, where they belong in a split, and in which order they come.

    Parameters
    ----------
    pairs, object_files
        As `trainingset.pairing.find_pairs` gives them.

    Raises
    ------
    RecipeError
        If a set that is to be balanced is left without rows, or one of its subsets.
    """
    recipe, redshifts = prepared.recipe, prepared.redshifts
    if recipe.split:
        # Over all pairs: neither constraint nor preference moves a unit to another side.
        objects = _sky_objects(prepared, pairs)
        pairs = pairs.assign(
            split_unit=_arrow_strings(_units(prepared, pairs, objects)), held_out=_held_out(prepared, pairs, objects)
        )
    passing = pairs[pairs["passes"]]
    passing = passing.join(agreement(passing, redshifts.table["redshift"].to_numpy()))
    kept = passing[is_kept(passing, recipe.unique, Preference.of(redshifts.table, redshifts.roles))]
    n_kept, caps, weights = len(kept), None, None
    if recipe.cap is not None and not recipe.cap_subsets:
        stays, caps = cap_rows(prepared, kept, object_files)
        kept = kept[stays]
    if recipe.split:
        # Over what is left: exact proportions are those of the result.
        kept = kept.assign(subset=_arrow_strings(_subsets(prepared, kept)))
    n_split, split = len(kept), _counts(prepared, kept) if recipe.split else None
    if recipe.cap_subsets:
        stays, caps = cap_rows(prepared, kept, object_files)
        kept = kept[stays]
    require_rows_in_subsets(prepared, kept)
    if recipe.weights:
        values, weights = weigh_rows(prepared, kept, object_files)
        kept = kept.assign(weight=values)
    rows = kept if recipe.how is How.INNER else _with_unmatched(kept, passing["row"].to_numpy(), prepared)
    return Resolved(
        rows=_in_order(prepared, rows),
        n_passing=len(passing),
        n_kept=n_kept,
        n_split=n_split,
        n_shared=int(passing.loc[passing["n_redshifts"] > 1, "object"].nunique()),
        n_conflicts=int(passing.loc[passing["z_conflict"], "object"].nunique()),
        split=split,
        caps=caps,
        weights=weights,
    )


def _sky_objects(prepared: Prepared, pairs: pd.DataFrame) -> IntArray:
    """Number of the sky object of each pair."""
    rows = pairs["row"].to_numpy()
    return find_units(
        rows,
        pairs["object"].to_numpy(),
        places=SkyPositions(pairs["object_ra"].to_numpy(), pairs["object_dec"].to_numpy()),
        groups=_groups(prepared, rows),
    )


def _held_out(prepared: Prepared, pairs: pd.DataFrame, objects: IntArray) -> npt.NDArray[np.bool_]:
    """Whether each pair is held out, with all of its sky object."""
    recipe, redshifts = prepared.recipe, prepared.redshifts
    rows = pairs["row"].to_numpy()
    is_out = np.zeros(len(pairs), np.bool_)
    if wanted := held_out_names(recipe.hold_out, "survey"):
        surveys = key_texts(redshifts.table, redshifts.roles.get("survey")).take(pa.array(rows))
        is_out |= held_out(objects, surveys, wanted)
    if wanted := held_out_names(recipe.hold_out, "field"):
        fields = names_of_fields(sky_positions(prepared).take(rows), prepared.card.entry.fields)
        is_out |= held_out(objects, fields, wanted)
    return is_out


def _units(prepared: Prepared, pairs: pd.DataFrame, objects: IntArray) -> pa.Array:
    """Name of the split unit of each pair."""
    recipe, redshifts = prepared.recipe, prepared.redshifts
    rows = pairs["row"].to_numpy()
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
    is_out = kept["held_out"].to_numpy(np.bool_)
    # What is held out has no part in the proportions of the others.
    names = pa.array(kept.loc[~is_out, "split_unit"], pa.string())
    subsets = np.full(len(kept), HELD_OUT, object)
    subsets[~is_out] = assign_subsets(names, recipe.split, seed=recipe.seed, exact=recipe.split_exact).to_pylist()
    return pa.array(subsets, pa.string())


def _counts(prepared: Prepared, kept: pd.DataFrame) -> SplitCounts:
    recipe = prepared.recipe
    units, subsets = (pa.array(kept[name], pa.string()) for name in ("split_unit", "subset"))
    return SplitCounts.of(units, subsets, recipe.subset_names, by=recipe.split_by, order=recipe.split_order)


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
