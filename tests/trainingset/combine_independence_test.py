"""A compilation depends neither on the order of rows, nor on the files they are in, nor on where the sky starts."""

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.trainingset.compilations import a_combine_recipe, measured
from trainingset.combine import combine_tables
from trainingset.combine_recipe import Preset
from trainingset.errors import RecipeError

PLACES = ((0.0, 0.0), (180.0, 60.0), (90.0, 89.9999), (359.99999, -45.0))
OFFSETS_ARCSEC = (0.0, 0.21, 0.37, 0.46, 0.73, 1.13, 2.31)
"""No two differ by a match radius: rounding decides nothing."""
SURVEYS = ("VVDS", "ZCOSMOS", "PRIMUS", "OZDES", "2DFGRS")

REFUSALS = ("no row is left", "leaves no row")

Rows = list[dict[str, Any]]


@st.composite
def measurements(draw: st.DrawFn) -> Rows:
    """Rows crowded at a few places, many of them alike but for their names."""
    rows = []
    for number in range(draw(st.integers(1, 14))):
        ra, dec = draw(st.sampled_from(PLACES))
        east, north = (draw(st.sampled_from(OFFSETS_ARCSEC)) / 3600 for _ in range(2))
        rows.append(
            {
                "name": f"n{number}",
                "ra": (ra + east / np.cos(np.radians(dec))) % 360,
                "dec": dec - north,
                "z": draw(st.sampled_from([0.5, 0.5005, 0.52, 1.2, -9.999, 0.0])),
                "flag": draw(st.sampled_from([0, 1, 2, 3, 4, 6, 9, 77])),
                "survey": draw(st.sampled_from(SURVEYS)),
                "number": number,
            }
        )
    return rows


def outcome(tables: dict[str, pa.Table], preset: Preset, **fields: Any) -> tuple[Any, Any]:
    """Rows by their own numbers without what names the input or the group, and the rows of each group."""
    recipe = a_combine_recipe(*tables, preset=preset, extra_columns=("number",), **fields)
    try:
        rows = combine_tables(tables, recipe).table.to_pylist()
    except RecipeError as error:
        if not any(text in str(error) for text in REFUSALS):
            raise
        return None, None
    groups: dict[int, set[int]] = {}
    for row in rows:
        groups.setdefault(row.pop("group_id", 0), set()).add(row["number"])
        del row["source"]
    return {row["number"]: row for row in rows}, {frozenset(group) for group in groups.values()}


@pytest.mark.parametrize("preset", Preset)
@settings(max_examples=10)
@given(rows=measurements(), seed=st.integers(0, 99))
def test_the_order_of_rows_does_not_matter(preset: Preset, rows: Rows, seed: int) -> None:
    table = measured(rows)
    shuffled = table.take(pa.array(np.random.default_rng(seed).permutation(table.num_rows)))

    assert outcome({"a": table}, preset) == outcome({"a": shuffled}, preset)


@pytest.mark.parametrize("preset", Preset)
@settings(max_examples=10)
@given(rows=measurements(), parts=st.integers(2, 4))
def test_rows_may_be_cut_into_files(preset: Preset, rows: Rows, parts: int) -> None:
    table = measured(rows)
    cut = {f"part{part}": table.take(pa.array(range(part, table.num_rows, parts), pa.int64())) for part in range(parts)}
    files = {name: part for name, part in cut.items() if part.num_rows}

    assert outcome({"a": table}, preset) == outcome(files, preset)


@pytest.mark.parametrize("preset", Preset)
@settings(max_examples=10)
@given(rows=measurements(), turn=st.floats(0, 360))
def test_right_ascension_may_start_anywhere(preset: Preset, rows: Rows, turn: float) -> None:
    def places(found: Any) -> Any:
        return found and {
            number: {key: value for key, value in row.items() if key not in ("ra", "dec", "kept_instead")}
            for number, row in found.items()
        }

    turned = [row | {"ra": (row["ra"] + turn) % 360} for row in rows]
    here, there = (outcome({"a": measured(given)}, preset) for given in (rows, turned))

    assert here[1] == there[1]
    assert places(here[0]) == places(there[0])


@pytest.mark.parametrize("preset", Preset)
@settings(max_examples=10)
@given(rows=measurements(), seed=st.integers(1, 2**32 - 1))
def test_the_seed_only_draws_ties(preset: Preset, rows: Rows, seed: int) -> None:
    table = measured(rows)

    assert outcome({"a": table}, preset) == outcome({"a": table}, preset, seed=seed)
