"""Caps: never more rows in a cell, whatever the order of rows, and all rows out of those that came."""

from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from trainingset.caps import cap_cells, is_within_cap, value_bins

ROWS = st.lists(
    st.tuples(
        st.sampled_from(["DESI", "desi ", "VVDS", None, ""]),
        st.floats(15, 27) | st.just(float("nan")),
        st.floats(-0.01, 3) | st.just(float("nan")),
    ),
    max_size=60,
)


def kept_keys(rows: dict[str, tuple[str | None, float, float]], cap: int, seed: int) -> set[str]:
    keys = list(rows)
    surveys, magnitudes, redshifts = ([row[place] for row in rows.values()] for place in range(3))
    bins = value_bins(np.array(magnitudes, float), 0.5), value_bins(np.array(redshifts, float), 0.1)
    cells = cap_cells(surveys, None, *bins)["cell"].to_numpy()
    stays = is_within_cap(keys, cells, cap=cap, seed=seed)
    return {key for key, stay in zip(keys, stays, strict=True) if stay}


def cell_of(row: tuple[str | None, float, float]) -> tuple[str, ...]:
    """The cell by decimal arithmetic and words."""
    survey, magnitude, redshift = row
    names = ((survey or "").strip().lower(), f"{np.floor(round(magnitude / 0.5, 9)) + 0.0}")
    return *names, f"{np.floor(round(redshift / 0.1, 9)) + 0.0}"  # no minus before a zero


@given(rows=ROWS, cap=st.integers(1, 5), seed=st.integers(0, 2**32 - 1))
def test_a_cell_has_as_many_rows_as_it_can_and_never_more_than_the_cap(
    rows: list[tuple[str | None, float, float]], cap: int, seed: int
) -> None:
    named = {f"{number}": row for number, row in enumerate(rows)}
    kept = kept_keys(named, cap, seed)
    assert kept <= named.keys()
    before, after = (Counter(cell_of(named[key]) for key in keys) for keys in (named, kept))
    assert after == {cell: min(count, cap) for cell, count in before.items()}


@given(rows=ROWS, cap=st.integers(1, 5), seed=st.integers(0, 9), order=st.randoms(use_true_random=False))
def test_who_stays_depends_neither_on_the_order_of_rows_nor_on_other_cells(
    rows: list[tuple[str | None, float, float]], cap: int, seed: int, order: object
) -> None:
    named = {f"{number}": row for number, row in enumerate(rows)}
    shuffled = list(named)
    order.shuffle(shuffled)  # type: ignore[attr-defined]  # a random.Random
    kept = kept_keys(named, cap, seed)
    assert kept_keys({key: named[key] for key in shuffled}, cap, seed) == kept
    for cell in {cell_of(row) for row in rows}:
        alone = {key: row for key, row in named.items() if cell_of(row) == cell}
        assert kept_keys(alone, cap, seed) == kept & alone.keys()


@given(rows=ROWS, cap=st.integers(1, 4))
def test_a_lower_cap_keeps_some_of_the_rows_that_a_higher_one_keeps(
    rows: list[tuple[str | None, float, float]], cap: int
) -> None:
    named = {f"{number}": row for number, row in enumerate(rows)}
    assert kept_keys(named, cap, 0) <= kept_keys(named, cap + 1, 0)


def test_another_seed_keeps_other_rows_as_likely() -> None:
    keys = [f"row {number}" for number in range(10)]
    kept = Counter(
        number
        for seed in range(2000)
        for number in np.flatnonzero(is_within_cap(keys, np.zeros(10, np.int64), cap=3, seed=seed)).tolist()
    )
    assert sum(kept.values()) == 6000
    assert all(500 < kept[number] < 700 for number in range(10))


def test_borders_of_cells_are_those_of_decimal_numbers() -> None:
    assert value_bins(np.array([0.3, 0.7, 22.5, -0.05, np.inf, np.nan]), 0.1)[:4].tolist() == [3, 7, 225, -1]
    assert np.isnan(value_bins(np.array([np.inf, np.nan]), 0.1)).all()


def test_subsets_are_capped_each_on_its_own() -> None:
    bins = np.zeros(4)
    cells = cap_cells(["A"] * 4, ["train", "test", "train", None], bins, bins)["cell"].to_numpy()
    assert is_within_cap(list("abcd"), cells, cap=1).sum() == 3
