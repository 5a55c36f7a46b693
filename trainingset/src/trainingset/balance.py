"""Balances the rows of a training set: caps its surveys, and weights it towards the target objects."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from trainingset.capped_cell import CappedCell
from trainingset.caps import CapCounts, cap_cells, is_within_cap, value_bins
from trainingset.crossmatch.object_files import ObjectFiles
from trainingset.errors import Problem, RecipeError
from trainingset.pair_columns import UNMATCHED
from trainingset.photometry import derive
from trainingset.prepare import Prepared
from trainingset.recipe import CrossmatchRecipe
from trainingset.redshift_keys import key_texts
from trainingset.result_layout import result_layout
from trainingset.target_photometry import target_magnitudes
from trainingset.weights import WeightCounts, color_space, neighbor_weights

__all__ = ["cap_rows", "require_rows_in_subsets", "weigh_rows"]

BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]


def cap_rows(prepared: Prepared, rows: pd.DataFrame, object_files: ObjectFiles) -> tuple[BoolArray, CapCounts]:
    """Which rows the recipe's cap leaves; those of subsets that are not capped all stay.

    Parameters
    ----------
    rows
        Pairs, with ``subset`` where subsets are capped each on its own.
    """
    recipe, redshifts = prepared.recipe, prepared.redshifts
    assert recipe.cap is not None, "a recipe that caps"
    band = recipe.cap_band or _reference(prepared, tuple(result_layout(prepared).bands))
    stays = np.ones(len(rows), np.bool_)
    if recipe.cap_subsets:
        is_capped = rows["subset"].isin(list(recipe.cap_subsets)).to_numpy(np.bool_)
    else:
        is_capped = np.ones(len(rows), np.bool_)
    some = rows[is_capped]
    number = some["row"].to_numpy()
    surveys = key_texts(redshifts.table, redshifts.roles.get("survey")).take(pa.array(number))
    cells = cap_cells(
        surveys,
        pa.array(some["subset"], pa.string()) if recipe.cap_subsets else None,
        value_bins(_magnitudes(prepared, some, object_files, [band])[:, 0], recipe.cap_magnitude_step),
        value_bins(redshifts.table["redshift"].to_numpy()[number].astype(np.float64), recipe.cap_redshift_step),
    )
    keys = pc.binary_join_element_wise(
        redshifts.table["redshift_key"].take(pa.array(number)).combine_chunks(),
        pa.array(some["object_id"].to_numpy()).cast(pa.string()),
        "|",
    )
    stays[is_capped] = is_within_cap(keys, cells["cell"].to_numpy(), cap=recipe.cap, seed=recipe.seed)
    return stays, _counts(recipe, cells, stays[is_capped], len(rows))


def _counts(recipe: CrossmatchRecipe, cells: pd.DataFrame, stays: BoolArray, n_rows: int) -> CapCounts:
    groups = cells.assign(stays=stays).groupby("cell", sort=True)
    found = groups.first()
    found["rows_in"], found["rows_out"] = groups.size(), groups["stays"].sum()
    steps = {"magnitude": recipe.cap_magnitude_step, "redshift": recipe.cap_redshift_step}
    capped = tuple(
        CappedCell(
            survey=cell["survey"],
            subset=cell["subset"] or None,
            rows_in=int(cell["rows_in"]),
            rows_out=int(cell["rows_out"]),
            **{name: None if np.isnan(cell[name]) else round(cell[name] * step, 9) for name, step in steps.items()},
        )
        for cell in found[found["rows_in"] > found["rows_out"]].to_dict("records")
    )
    return CapCounts(n_rows, n_rows - int((~stays).sum()), len(found), capped)


@dataclass(frozen=True, slots=True)
class _Part:
    """Rows that are weighted together."""

    name: str
    is_in: BoolArray


def weigh_rows(prepared: Prepared, rows: pd.DataFrame, object_files: ObjectFiles) -> tuple[FloatArray, WeightCounts]:
    """Weights of rows, those of each subset on their own, with mean one in each.

    Raises
    ------
    RecipeError
        If no target object is like any row of a subset.
    """
    recipe = prepared.recipe
    layout = result_layout(prepared).bands
    bands = [band for band in layout if band in recipe.weights]
    axis = bands.index(_reference(prepared, bands))
    target = target_magnitudes(prepared, bands=bands)
    assert target is not None, "a checked recipe with weights has magnitudes and target objects"
    aims = np.column_stack([target.rows[layout[band].magnitude].to_numpy(zero_copy_only=False) for band in bands])
    aims = color_space(aims.astype(np.float64), axis)
    points = color_space(_magnitudes(prepared, rows, object_files, bands), axis)
    weights = np.zeros(len(rows))
    parts = _parts(recipe, rows)
    for part in parts:
        weights[part.is_in] = neighbor_weights(points[part.is_in], aims, n_neighbors=recipe.weight_neighbors)
    if empty := [part.name for part in parts if part.is_in.any() and not weights[part.is_in].any()]:
        raise RecipeError([_no_weights(recipe, empty, bands, int(np.isfinite(aims).all(axis=1).sum()))])
    counts = WeightCounts(
        target=target.facts(),
        n_without_place=int((~np.isfinite(points).all(axis=1)).sum()),
        n_zero=int((weights == 0).sum()),
        effective={part.name: _effective(weights[part.is_in]) for part in parts},
    )
    return weights, counts


def _parts(recipe: CrossmatchRecipe, rows: pd.DataFrame) -> list[_Part]:
    if not recipe.split:
        return [_Part("all", np.ones(len(rows), np.bool_))]
    return [_Part(name, (rows["subset"] == name).to_numpy(np.bool_)) for name in recipe.subset_names]


def _effective(weights: FloatArray) -> int:
    squares = float((weights**2).sum())
    return round(float(weights.sum()) ** 2 / squares) if squares else 0


def _no_weights(recipe: CrossmatchRecipe, subsets: Sequence[str], bands: Sequence[str], n_target: int) -> Problem:
    whose = "the set" if subsets == ["all"] else f"the subset {' and '.join(subsets)}"
    message = (
        f"no weight of {whose} would be above 0: of {n_target} target objects with magnitudes in {', '.join(bands)} "
        "none is like its rows. Take bands that both have, other TARGET_WHERE, more TARGET_ROWS, or leave WEIGHTS out."
    )
    return Problem(parameter="WEIGHTS", message=message, value=",".join(recipe.weights))


def require_rows_in_subsets(prepared: Prepared, rows: pd.DataFrame) -> None:
    """Refuse a balanced set that lacks rows: nobody could train or test with it.

    Raises
    ------
    RecipeError
        With every subset that has no row.
    """
    recipe = prepared.recipe
    asked = {"CAP": recipe.cap is not None, "WEIGHTS": bool(recipe.weights), "HOLD_OUT": bool(recipe.hold_out)}
    parameters = [name for name, is_asked in asked.items() if is_asked]
    empty = [part.name for part in _parts(recipe, rows) if not part.is_in.any()]
    if not parameters or not empty:
        return
    whose = "no row is left" if empty == ["all"] else f"no row is in {' or in '.join(empty)}"
    message = (
        f"{whose}, of {len(rows)} in all, so that the set cannot be what {' and '.join(parameters)} asks for. Take "
        "wider cuts, a larger radius or other fractions, or leave the parameter out."
    )
    raise RecipeError([Problem(parameter=parameters[-1], message=message, value=",".join(empty))])


def _reference(prepared: Prepared, bands: Sequence[str]) -> str:
    """The catalog's reference band if it is among these, else the last of them."""
    reference = prepared.card.entry.reference_band
    return reference if reference is not None and reference in bands else bands[-1]


def _magnitudes(prepared: Prepared, rows: pd.DataFrame, object_files: ObjectFiles, bands: Sequence[str]) -> FloatArray:
    """Magnitudes of the objects of pairs, as they are in the result; NaN where there is none, shape (n, bands)."""
    layout = result_layout(prepared).bands
    derived = {column.name: column for column in prepared.columns.derived}
    columns = [derived[layout[band].magnitude] for band in bands]
    sources = list(dict.fromkeys(source for column in columns for source in column.sources))
    part, part_row = (rows[name].to_numpy(np.int64) for name in ("part", "part_row"))
    magnitudes = np.full((len(rows), len(bands)), np.nan)
    for number in np.unique(part[part != UNMATCHED]).tolist():
        here = np.flatnonzero(part == number)
        objects = object_files.read(number).select(sources).take(pa.array(part_row[here]))
        for place, column in enumerate(columns):
            magnitudes[here, place] = derive(column, objects, prepared.card.entry).to_numpy(zero_copy_only=False)
    return magnitudes
