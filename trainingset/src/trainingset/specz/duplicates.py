"""Marks repeated measurements of one galaxy, says what decided between them, and keeps those that are wanted."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.combine_recipe import CombinedRedshift, CombineRecipe, DzScale, Mode, Preset, Stars, Ties
from trainingset.crossmatch.separation import FloatArray
from trainingset.redshift_keys import KEY_COLUMN
from trainingset.specz.agreement import mean_redshifts
from trainingset.specz.compilation_table import HOMOGENIZED, MARKS
from trainingset.specz.groups import STAR, find_groups, galaxies_of_stars
from trainingset.specz.key_hash import hash_keys
from trainingset.specz.priority import Criterion, column_numbers, priority_criteria
from trainingset.specz.resolution import LOST, STAR_RESULT, TIED, USED, Measurements, Resolution, resolve_groups
from trainingset.specz.sky_pairs import SkyPairs, find_sky_pairs

__all__ = ["Z_BEST", "keep_rows", "mark_duplicates"]

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]

Z_BEST = "z_best"
"""Column of the row's own redshift where `z` is a mean."""
_AGREEMENT, _SEED, _TIE, _ONLY, _STAR, _EARLIER = "agreement", "seed", "tie", "only", "star", "earlier"
"""Reasons that are no columns of the priority."""


@dataclass(frozen=True, slots=True)
class _Sky:
    """What is known of all rows before any is compared: arrays of shape (n,), and the pairs."""

    keys: pa.Array
    key_rank: IntArray
    """Place of each row's key among all keys, as text."""
    is_star: BoolArray
    pairs: SkyPairs
    group: IntArray
    size: IntArray
    """Members of each row's group."""


def mark_duplicates(table: pa.Table, recipe: CombineRecipe) -> pa.Table:
    """Find repeated measurements and decide between them.

    Parameters
    ----------
    table
        Homogenized rows (`HOMOGENIZED`, extra columns) with a unique ``redshift_key``. A column ``tie_result`` of an
        earlier compilation is what rows keep that have no neighbor now.
    recipe
        With everything set (`CombineRecipe.resolved`).

    Returns
    -------
    pa.Table
        The rows in the same order with the columns of `MARKS`; of an earlier compilation's marks nothing stays. With
        ``z_from=mean`` the best row of each cluster has its mean in `z` and `z_err`, and its own in `Z_BEST`.

    Raises
    ------
    RecipeError
        If columns of the priority are not there or hold no numbers.
    CrowdedSkyError
        If so many rows share a place that their pairs cannot be listed.

    Notes
    -----
    Rows that are not near each other do not know of each other: any union of whole components of near rows has the
    same marks alone. Neither order nor partitions matter.
    """
    table = table.combine_chunks()
    priority = priority_criteria(table, recipe.priority or ())
    sky = _find_repeats(table, recipe)
    members = np.flatnonzero((sky.size > 1) & ~sky.is_star)
    z = column_numbers(table, "z")
    resolution = resolve_groups(
        Measurements(sky.group[members], sky.key_rank[members], z[members], _precision(table)[members]),
        [(name, score[members]) for name, score in priority],
        dz=recipe.dz,
        dz_scale=recipe.dz_scale or DzScale.ABSOLUTE,
    )
    marks = _marks(table, sky, members, resolution, priority) | {
        "group_id": _group_ids(sky),
        "n_measurements": pa.array(sky.size, pa.int32()),
        "z_scatter": pa.array(_scatter(sky.group, members, z), from_pandas=True),
        "compared_to": _compared_to(sky),
    }
    if recipe.z_from is CombinedRedshift.MEAN:
        table = _with_means(table, sky, members, resolution)
    return _appended(table, marks)


def keep_rows(table: pa.Table, recipe: CombineRecipe) -> pa.Table:
    """The rows of a marked table that the recipe keeps, in their order.

    Parameters
    ----------
    table
        As `mark_duplicates` gives it.
    recipe
        With everything set. Only ``mode=remove`` leaves rows out: those that lost, ties as ``ties`` says, and stars
        unless they are to be kept; the preset ``reference`` keeps none, as the pipeline that it repeats.

    Notes
    -----
    ``ties=draw_one`` draws the row whose key has the smallest hash under the seed: adding other rows to the table
    changes no draw. The one that is drawn gets ``tie_result`` 1.
    """
    if recipe.mode is not Mode.REMOVE:
        return table
    if recipe.ties is Ties.DRAW_ONE:
        table = _draw(table.combine_chunks(), recipe.seed)
    kept = [USED]
    if recipe.ties is Ties.KEEP_ALL:
        kept.append(TIED)
    if recipe.stars is Stars.KEEP and recipe.preset is not Preset.REFERENCE:
        kept.append(STAR_RESULT)
    return table.filter(pc.is_in(table["tie_result"], value_set=pa.array(kept, pa.int8())))


def _find_repeats(table: pa.Table, recipe: CombineRecipe) -> _Sky:
    """Find pairs and groups."""
    keys = table[KEY_COLUMN].combine_chunks().cast(pa.string())
    ra, dec = column_numbers(table, "ra"), column_numbers(table, "dec")
    is_star = column_numbers(table, "z_flag_homogenized") == STAR
    pairs = find_sky_pairs(ra, dec, column_numbers(table, "match_radius_arcsec"))
    key_rank = _ranks(keys, np.unique(np.concatenate([pairs.first, pairs.second])))
    group = find_groups(
        pairs, is_star, key_rank=key_rank, ra=ra, dec=dec, max_diameter_arcsec=recipe.max_diameter_arcsec
    )
    return _Sky(keys, key_rank, is_star, pairs, group, np.bincount(group, minlength=1)[group])


def _ranks(keys: pa.Array, rows: IntArray) -> IntArray:
    """Place of the keys of these rows among them, as texts; 0 for rows that are compared with none."""
    ranks = np.zeros(len(keys), np.int64)
    order = pc.sort_indices(keys.take(pa.array(rows))).to_numpy().astype(np.int64)
    ranks[rows[order]] = np.arange(len(rows))
    return ranks


def _precision(table: pa.Table) -> FloatArray:
    numbers = column_numbers(table, "z_precision")
    return np.where(numbers > 0, numbers, np.nan)


def _marks(
    table: pa.Table, sky: _Sky, members: IntArray, resolution: Resolution, priority: list[Criterion]
) -> dict[str, pa.Array]:
    """What was decided about each row, by what, and for which other one."""
    result = _starting_values(table)
    reasons = pa.array([*(name for name, _ in priority), _AGREEMENT, _TIE, _ONLY, _STAR, _EARLIER], pa.string())
    n_reasons = len(priority) + 2
    reason = np.where(result == USED, n_reasons, n_reasons + 2)
    result[sky.is_star], reason[sky.is_star] = STAR_RESULT, n_reasons + 1
    result[members], reason[members] = resolution.tie_result, resolution.decided_by
    winner = np.full(len(result), -1, np.int64)
    lost = (resolution.winner >= 0) & (resolution.tie_result == LOST)
    winner[members[lost]] = members[resolution.winner[lost]]
    return {
        "tie_result": pa.array(result),
        "resolved_by": reasons.take(pa.array(reason)),
        "kept_instead": sky.keys.take(pa.array(winner, mask=winner < 0)),
    }


def _starting_values(table: pa.Table) -> npt.NDArray[np.int8]:
    """What rows have that are compared with none: 1, or what an earlier compilation found."""
    if "tie_result" not in table.column_names:
        return np.full(table.num_rows, USED, np.int8)
    earlier = column_numbers(table, "tie_result")
    return np.where(np.isin(earlier, [LOST, USED, TIED]), earlier, USED).astype(np.int8)


def _group_ids(sky: _Sky) -> pa.Array:
    """A stable number for each group: the hash of its smallest key, without its lowest bit."""
    order = np.lexsort((sky.key_rank, sky.group))
    # Groups are numbered from 0 without gaps.
    first = order[np.diff(sky.group[order], prepend=-1) > 0]
    numbers = (hash_keys(sky.keys.take(pa.array(first))) >> np.uint64(1)).astype(np.int64)
    lender = galaxies_of_stars(sky.pairs, sky.is_star, sky.size > 1, sky.key_rank)
    return pa.array(numbers[np.where(lender >= 0, sky.group[lender], sky.group)])


def _scatter(group: IntArray, members: IntArray, z: FloatArray) -> FloatArray:
    """(largest - smallest) / (1 + median) of each row's group, NaN below two redshifts, shape (n,)."""
    known = members[~np.isnan(z[members])]
    order = known[np.lexsort((z[known], group[known]))]
    groups, start, count = np.unique(group[order], return_index=True, return_counts=True)
    middle = (z[order[start + (count - 1) // 2]] + z[order[start + count // 2]]) / 2
    spread = z[order[start + count - 1]] - z[order[start]]
    scatter = np.full(int(group.max(initial=-1)) + 1, np.nan)
    is_told = (count > 1) & (middle > -1)
    scatter[groups[is_told]] = spread[is_told] / (1 + middle[is_told])
    return scatter[group]


def _compared_to(sky: _Sky) -> pa.Array:
    """Keys of the rows near each row, sorted, with comma and space between; null for none."""
    row = np.concatenate([sky.pairs.first, sky.pairs.second])
    other = np.concatenate([sky.pairs.second, sky.pairs.first])
    order = np.lexsort((sky.key_rank[other], row))
    rows, start = np.unique(row[order], return_index=True)
    lists = pa.ListArray.from_arrays(
        pa.array(np.append(start, len(order)), pa.int32()), sky.keys.take(pa.array(other[order]))
    )
    place = np.full(len(sky.keys), -1, np.int64)
    place[rows] = np.arange(len(rows))
    return pc.binary_join(lists, ", ").take(pa.array(place, mask=place < 0))


def _with_means(table: pa.Table, sky: _Sky, members: IntArray, resolution: Resolution) -> pa.Table:
    """Give the row that stands for several agreeing ones their mean, and keep its own redshift aside."""
    z, z_err = column_numbers(table, "z"), column_numbers(table, "z_err")
    best = np.flatnonzero(resolution.cluster >= 0)
    rows = members[best]
    means = mean_redshifts(resolution.cluster[best], sky.key_rank[rows], z[rows], z_err[rows])
    stands = (means.n > 1) & (resolution.tie_result[best] != LOST)
    mean, error = z.copy(), z_err.copy()
    mean[rows[stands]], error[rows[stands]] = means.z[stands], means.z_err[stands]
    field = HOMOGENIZED.field("z")
    own = pa.field(Z_BEST, pa.float64(), metadata={**field.metadata, b"description": b"Redshift of the row itself"})
    if Z_BEST in table.column_names:
        table = table.drop_columns([Z_BEST])
    table = table.append_column(own, table["z"])
    for name, values in (("z", mean), ("z_err", error)):
        place = table.schema.get_field_index(name)
        changed = np.zeros(len(values), np.bool_)
        changed[rows[stands]] = True
        replaced = pc.if_else(pa.array(changed), pa.array(values, from_pandas=True), table[name])
        table = table.set_column(place, table.schema.field(place), replaced)
    return table


def _appended(table: pa.Table, marks: dict[str, pa.Array]) -> pa.Table:
    table = table.drop_columns([name for name in MARKS.names if name in table.column_names])
    for field in MARKS:
        table = table.append_column(field, marks[field.name].cast(field.type))
    return table


def _draw(table: pa.Table, seed: int) -> pa.Table:
    """Draw one row of each group that has ties and no winner: it wins, and the others of the tie lose."""
    results = table["tie_result"].to_numpy()
    groups = table["group_id"].to_numpy()
    tied = np.flatnonzero(results == TIED)
    tied = tied[~np.isin(groups[tied], groups[results == USED])]
    keys = table[KEY_COLUMN].combine_chunks().cast(pa.string()).take(pa.array(tied))
    order = np.lexsort((_ranks(keys, np.arange(len(tied))), hash_keys(keys, seed=seed), groups[tied]))
    _, first = np.unique(groups[tied][order], return_index=True)
    drawn = np.zeros(len(results), np.bool_)
    drawn[tied[order[first]]] = True
    decided = results.copy()
    decided[tied], decided[drawn] = LOST, USED
    reasons = pc.if_else(pa.array(drawn), _SEED, table["resolved_by"])
    for name, column in (("tie_result", pa.array(decided)), ("resolved_by", reasons)):
        number = table.schema.get_field_index(name)
        table = table.set_column(number, table.schema.field(number), column)
    return table
