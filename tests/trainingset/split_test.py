"""A split never parts one sky object, and depends on nothing but the keys."""

from collections import Counter
from hashlib import blake2b

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import positions
from trainingset.split import assign_subsets, find_units, leading_rows
from trainingset.split_unit import unit_names

FRACTIONS = {"train": 0.7, "validation": 0.15, "test": 0.15}

seeds = st.integers(0, 2**32 - 1)
fractions = st.sampled_from([FRACTIONS, {"train": 1.0}, {"a": 0.5, "b": 0.5}, {"x": 0.33, "y": 0.33, "z": 0.34}])
units_of_rows = st.lists(st.integers(0, 8), min_size=1, max_size=30)


def keys_for(units: list[int]) -> list[str]:
    return [f"survey:{unit}-{row}" for row, unit in enumerate(units)]


def split(keys: list[str], units: list[int], **options: object) -> list[str]:
    return assign_subsets(unit_names(keys, np.array(units)), **{"fractions": FRACTIONS, **options}).to_pylist()


@given(units=units_of_rows, fractions=fractions, seed=seeds, exact=st.booleans())
def test_all_rows_of_a_unit_are_in_one_subset(
    units: list[int], fractions: dict[str, float], seed: int, exact: bool
) -> None:
    sides = split(keys_for(units), units, fractions=fractions, seed=seed, exact=exact)
    assert len(set(zip(units, sides, strict=True))) == len(set(units))
    assert set(sides) <= set(fractions)


@given(units=units_of_rows, seed=seeds, exact=st.booleans(), data=st.data())
def test_the_order_of_rows_moves_nobody(units: list[int], seed: int, exact: bool, data: st.DataObject) -> None:
    order = data.draw(st.permutations(range(len(units))))
    keys = keys_for(units)
    straight = split(keys, units, seed=seed, exact=exact)
    shuffled = split([keys[row] for row in order], [units[row] for row in order], seed=seed, exact=exact)
    assert [straight[row] for row in order] == shuffled


@given(units=units_of_rows, seed=seeds, others=st.lists(st.integers(100, 120), max_size=10))
def test_unrelated_rows_move_nobody(units: list[int], seed: int, others: list[int]) -> None:
    keys = keys_for(units)
    alone = split(keys, units, seed=seed)
    together = split(keys + [f"another:{row}" for row in range(len(others))], units + others, seed=seed)
    assert together[: len(units)] == alone


@given(units=units_of_rows, seed=seeds)
def test_the_order_in_which_subsets_are_named_moves_nobody(units: list[int], seed: int) -> None:
    backward = dict(reversed(FRACTIONS.items()))
    assert split(keys_for(units), units, seed=seed) == split(keys_for(units), units, seed=seed, fractions=backward)


@given(n_units=st.integers(1, 60), fractions=fractions, seed=seeds)
def test_exact_proportions_are_within_one_unit(n_units: int, fractions: dict[str, float], seed: int) -> None:
    units = list(range(n_units))
    counts = Counter(split(keys_for(units), units, fractions=fractions, seed=seed, exact=True))
    assert counts.total() == n_units
    assert all(abs(counts[name] - share * n_units) < 1 + 1e-9 for name, share in fractions.items())


def test_the_side_is_the_keyed_hash_of_the_smallest_key_against_the_cumulated_fractions() -> None:
    keys, units = ["b:2", "a:1", "c:3", "d:4"], [0, 0, 1, 2]
    smallest = {0: "a:1", 1: "c:3", 2: "d:4"}
    expected = []
    for unit in units:
        digest = blake2b(smallest[unit].encode(), digest_size=8, key=(42).to_bytes(8, "little")).digest()
        draw = int.from_bytes(digest, "big") / 2**64
        # In the order of names: test, train, validation.
        expected.append("test" if draw < 0.15 else "train" if draw < 0.85 else "validation")
    assert split(keys, units, seed=42) == expected


def test_proportions_come_out_and_another_seed_gives_another_split() -> None:
    units = list(range(20_000))
    first, second = (split(keys_for(units), units, seed=seed) for seed in (1, 2))
    counts = Counter(first)
    for name, share in FRACTIONS.items():
        assert counts[name] == pytest.approx(share * len(units), rel=0.05)
    # Two independent draws agree for the sum of squared fractions, 53.5 %.
    agree = np.mean([one == other for one, other in zip(first, second, strict=True)])
    assert agree == pytest.approx(0.535, abs=0.02)


def test_a_unit_keeps_its_side_when_rows_are_left_out_of_it() -> None:
    units = np.repeat(np.arange(50), 3)
    names = unit_names(keys_for(units.tolist()), units).to_pylist()
    assert assign_subsets(names[2::3], FRACTIONS).to_pylist() == assign_subsets(names, FRACTIONS).to_pylist()[2::3]


def test_the_row_with_the_smallest_key_leads_its_unit() -> None:
    assert leading_rows(["b", "a", "d", "c", "e"], np.array([7, 7, 3, 3, 5])).tolist() == [1, 1, 3, 3, 4]


def units_by_hand(links: list[tuple[int, int]], n_rows: int) -> list[int]:
    """Smallest row number that each row is connected with."""
    label = list(range(n_rows))
    for _ in range(n_rows):
        for first, second in links:
            label[first] = label[second] = min(label[first], label[second])
    return label


def same_partition(first: list[int], second: list[int]) -> bool:
    pairs = set(zip(first, second, strict=True))
    return len(pairs) == len(set(first)) == len(set(second))


@given(
    rows=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 6), st.integers(-1, 2), st.integers(0, 40)), min_size=1, max_size=12
    )
)
def test_units_are_the_connected_rows(rows: list[tuple[int, int, int, int]]) -> None:
    redshift, obj, groups, tenths = (np.array(column) for column in zip(*rows, strict=True))
    # Objects stand in a row on a great circle, some tenths of an arcsecond apart.
    places = positions(150 + tenths * 0.1 / 3600, np.zeros(len(rows)))
    links = [
        (first, second)
        for first in range(len(rows))
        for second in range(first)
        if redshift[first] == redshift[second]
        or obj[first] == obj[second]
        or (groups[first] == groups[second] >= 0)
        or abs(tenths[first] - tenths[second]) < 5
    ]
    # Exactly 0.5 arcsec is left to rounding.
    assume(not any(abs(int(first) - int(second)) == 5 for first in tenths for second in tenths))
    units = find_units(redshift, obj, places=places, groups=groups)
    assert same_partition(units.tolist(), units_by_hand(links, len(rows)))


def test_without_groups_only_redshifts_objects_and_places_join() -> None:
    places = positions([10, 10 + 0.4 / 3600, 20, 30], [0, 0, 0, 0])
    units = find_units(np.array([1, 2, 3, 4]), np.array([1, 2, 3, 3]), places=places)
    assert same_partition(units.tolist(), [0, 0, 1, 1])


def test_a_thousand_objects_at_one_place_are_one_unit() -> None:
    numbers = np.arange(5000)
    assert len(set(find_units(numbers, numbers, places=positions(np.full(5000, 1.0), np.full(5000, 2.0))))) == 1
