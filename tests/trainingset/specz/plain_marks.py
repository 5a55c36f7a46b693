"""Repeated measurements resolved one group after the other, in plain Python, from the published description alone."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import pyarrow as pa

from tests.trainingset.crossmatch.skies import brute_force, positions
from trainingset.combine_recipe import CombineRecipe

__all__ = ["PlainMark", "plain_groups", "plain_marks", "plain_pairs"]

INSTRUMENTS = {"s": 3, "g": 2, "p": 1}


@dataclass(frozen=True)
class PlainMark:
    tie_result: int
    resolved_by: str
    kept_instead: str | None
    compared_to: str | None
    group: frozenset[str]


def plain_pairs(ra: Sequence[float], dec: Sequence[float], radius: Sequence[float]) -> dict[tuple[int, int], float]:
    """Separation of each two rows within the larger radius, by astropy, every row with every other."""
    places = positions(ra, dec)
    separation = np.round(brute_force(places, places), 6)
    return {
        (i, j): separation[i, j]
        for i, j in combinations(range(len(places)), 2)
        if separation[i, j] <= max(radius[i], radius[j])
    }


def plain_groups(
    pairs: dict[tuple[int, int], float],
    is_star: Sequence[bool],
    keys: Sequence[str],
    farthest: Callable[[set[int], set[int]], float],
    diameter: float | None,
) -> list[set[int]]:
    """Union of pairs of two galaxies, in the order of separation and keys, unless a group became too long."""
    groups = [{row} for row in range(len(keys))]
    links = [pair for pair in pairs if not is_star[pair[0]] and not is_star[pair[1]]]
    links.sort(key=lambda pair: (pairs[pair], sorted((keys[pair[0]], keys[pair[1]]))))
    for i, j in links:
        one = next(group for group in groups if i in group)
        other = next(group for group in groups if j in group)
        if one is other or (diameter is not None and farthest(one, other) > diameter):
            continue
        groups = [group for group in groups if group is not one and group is not other] + [one | other]
    return groups


def plain_marks(table: pa.Table, recipe: CombineRecipe) -> dict[str, PlainMark]:
    rows = table.to_pylist()
    keys = [row["redshift_key"] for row in rows]
    ra, dec = table["ra"].to_pylist(), table["dec"].to_pylist()
    separation = np.round(brute_force(positions(ra, dec), positions(ra, dec)), 6)
    pairs = plain_pairs(ra, dec, table["match_radius_arcsec"].to_pylist())
    is_star = [row["z_flag_homogenized"] == 6 for row in rows]
    groups = plain_groups(
        pairs,
        is_star,
        keys,
        lambda one, other: max(separation[i, j] for i in one for j in other),
        recipe.max_diameter_arcsec,
    )
    marks = {}
    for group in groups:
        members = sorted((rows[number] for number in group), key=lambda row: row["redshift_key"])
        results, reasons = _resolve(members, recipe)
        winner = next((key for key, result in results.items() if result == 1), None)
        for number in group:
            key = keys[number]
            near = sorted(keys[i if j == number else j] for i, j in pairs if number in (i, j))
            marks[key] = PlainMark(
                tie_result=3 if is_star[number] else results[key],
                resolved_by="star" if is_star[number] else reasons[key],
                kept_instead=winner if results[key] == 0 else None,
                compared_to=", ".join(near) or None,
                group=frozenset(keys[member] for member in group),
            )
    return marks


def _resolve(members: list[dict], recipe: CombineRecipe) -> tuple[dict[str, int], dict[str, str]]:
    if len(members) == 1:
        key = members[0]["redshift_key"]
        return {key: 1}, {key: "only"}
    survivors, reasons, last = list(members), {}, "tie"
    for entry in recipe.priority or ():
        scores = {row["redshift_key"]: _score(row, entry) for row in survivors}
        if all(score is None for score in scores.values()):
            continue
        best = max(score for score in scores.values() if score is not None)
        for row in survivors:
            if scores[row["redshift_key"]] != best:
                reasons[row["redshift_key"]] = last = entry.removeprefix("-")
        survivors = [row for row in survivors if scores[row["redshift_key"]] == best]
    kept = []
    for row in survivors:
        if any(_are_linked(row, earlier, survivors, recipe) for earlier in kept):
            reasons[row["redshift_key"]] = last = "agreement"
        else:
            kept.append(row)
    for row in kept:
        reasons[row["redshift_key"]] = last if len(kept) == 1 else "tie"
    results = dict.fromkeys((row["redshift_key"] for row in members), 0)
    results |= dict.fromkeys((row["redshift_key"] for row in kept), 1 if len(kept) == 1 else 2)
    return results, reasons


def _score(row: dict, entry: str) -> float | None:
    match entry:
        case "quality_flag":
            return row["z_flag_homogenized"]
        case "instrument_type":
            return INSTRUMENTS.get(row["instrument_type_homogenized"], 0)
        case "z_err":
            return -row["z_err"] if row["z_err"] else None
        case _ if entry.startswith("-"):
            value = row[entry.removeprefix("-")]
            return None if value is None else -value
        case _:
            return row[entry]


def _are_linked(row: dict, other: dict, among: list[dict], recipe: CombineRecipe) -> bool:
    """Whether a chain of agreeing rows leads from one to the other."""
    reached, new = [row], [row]
    while new:
        new = [to for to in among if to not in reached and any(_agree(at, to, recipe) for at in new)]
        reached += new
    return other in reached


def _agree(row: dict, other: dict, recipe: CombineRecipe) -> bool:
    if recipe.dz == 0 or row["z"] is None or other["z"] is None:
        return False
    low, high = sorted((row["z"], other["z"]))
    gap = high - low
    match recipe.dz_scale:
        case "absolute":
            return gap <= recipe.dz
        case "one_plus_z":
            return gap == 0 if low <= -1 else gap / (1 + low) <= recipe.dz
        case _:
            return gap <= recipe.dz * math.hypot(row["z_precision"] or 0, other["z_precision"] or 0)
