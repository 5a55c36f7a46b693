"""Marks do not depend on how the rows are given, and only what the recipe keeps is kept."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.trainingset.crossmatch.skies import brute_force, positions
from tests.trainingset.specz.hard_rows import hard_rows, recipes
from tests.trainingset.specz.measurements import a_recipe, homogenized, marks_by_key
from tests.trainingset.specz.plain_marks import plain_marks
from trainingset.combine_recipe import CombineRecipe
from trainingset.specz.compilation_table import MARKS
from trainingset.specz.duplicates import Z_BEST, keep_rows, mark_duplicates

ARCSEC = 1 / 3600


def marked(table: pa.Table, recipe: CombineRecipe) -> dict[str, tuple]:
    names = [*MARKS.names, "z", "z_err"]
    return marks_by_key(mark_duplicates(table, recipe), *names)


@given(table=hard_rows(), recipe=recipes(), mean=st.booleans(), data=st.data())
def test_the_order_of_rows_changes_nothing(
    table: pa.Table, recipe: CombineRecipe, mean: bool, data: st.DataObject
) -> None:
    recipe = recipe.model_copy(update={"z_from": "mean"}) if mean else recipe
    order = data.draw(st.permutations(range(table.num_rows)))
    assert marked(table.take(pa.array(order)), recipe) == marked(table, recipe)


@given(table=hard_rows(), recipe=recipes(), turn=st.sampled_from([0.25, 90.0, 180.0, 359.5]))
def test_turning_the_sky_in_right_ascension_changes_nothing(
    table: pa.Table, recipe: CombineRecipe, turn: float
) -> None:
    _assume_nothing_at_a_limit(table, recipe)
    turned = pa.array((table["ra"].to_numpy() + turn) % 360)
    place = table.schema.get_field_index("ra")
    assert marked(table.set_column(place, table.schema.field("ra"), turned), recipe) == marked(table, recipe)


def _assume_nothing_at_a_limit(table: pa.Table, recipe: CombineRecipe) -> None:
    """A right ascension that is turned is rounded anew, which moves a row by up to 1e-9 arcsec."""
    places = positions(table["ra"].to_numpy(), table["dec"].to_numpy())
    separations = np.unique(brute_force(places, places))
    limits = [0.5, 0.75, 2.0, recipe.max_diameter_arcsec or 1.0]
    assume(all(np.abs(separations - limit).min() > 1e-5 for limit in limits))
    # Separations that are nearly equal may be taken in another order where chains are broken.
    apart = np.diff(separations[separations > 1e-5])
    assume(recipe.max_diameter_arcsec is None or not ((apart < 1e-5) & (apart > 1e-9)).any())


@given(table=hard_rows(most=14), recipe=recipes(), data=st.data())
def test_any_union_of_whole_components_has_the_same_marks_alone(
    table: pa.Table, recipe: CombineRecipe, data: st.DataObject
) -> None:
    whole = marked(table, recipe)
    components = _components(table)
    chosen = data.draw(st.sets(st.sampled_from(sorted(set(components)))))
    rows = np.flatnonzero(np.isin(components, sorted(chosen)))
    alone = marked(table.take(pa.array(rows)), recipe)
    assert alone == {key: whole[key] for key in table["redshift_key"].take(pa.array(rows)).to_pylist()}


def _components(table: pa.Table) -> list[int]:
    """Components of near rows, stars included."""
    places = positions(table["ra"].to_numpy(), table["dec"].to_numpy())
    radius = table["match_radius_arcsec"].to_numpy()
    near = np.round(brute_force(places, places), 6) <= np.maximum(radius[:, np.newaxis], radius)
    labels = list(range(table.num_rows))
    for one, other in np.argwhere(near):
        labels = [labels[one] if label == labels[other] else label for label in labels]
    return labels


@given(table=hard_rows(), recipe=recipes())
def test_rows_of_one_group_share_a_number_and_no_two_groups_do(table: pa.Table, recipe: CombineRecipe) -> None:
    numbers = marks_by_key(mark_duplicates(table, recipe), "group_id")
    groups = {key: mark.group for key, mark in plain_marks(table, recipe).items() if mark.tie_result != 3}
    assert all(number >= 0 for number in numbers.values())
    of_group = {group: {numbers[key] for key in group} for group in groups.values()}
    assert all(len(found) == 1 for found in of_group.values())
    assert len(set.union(set(), *of_group.values())) == len(of_group)


def test_a_group_keeps_its_number_when_a_row_with_a_larger_key_joins_it() -> None:
    table = homogenized(keys=["S:1", "S:2", "S:3"])
    numbers = mark_duplicates(table, a_recipe())["group_id"]
    assert mark_duplicates(table.slice(0, 1), a_recipe())["group_id"][0] == numbers[0] == numbers[2]


def test_a_star_next_to_grouped_galaxies_borrows_their_number_and_is_no_measurement_of_them() -> None:
    table = homogenized(keys=["S:1", "S:2", "S:3", "S:4"], dec=[0, 0.1 * ARCSEC, 0.2 * ARCSEC, 9], quality=[4, 4, 6, 6])
    marks = marks_by_key(mark_duplicates(table, a_recipe()), "group_id", "n_measurements", "z_scatter")
    assert marks["S:3"] == (marks["S:1"][0], 1, None)
    assert marks["S:1"][1:] == (2, 0.0)
    assert marks["S:4"][0] != marks["S:3"][0]


def test_a_star_next_to_a_lonely_galaxy_has_a_number_of_its_own() -> None:
    numbers = mark_duplicates(homogenized(keys=["S:1", "S:2"], quality=[4, 6]), a_recipe())["group_id"].to_pylist()
    assert numbers[0] != numbers[1]


def test_neighbors_are_listed_by_key_from_both_sides_stars_included() -> None:
    table = homogenized(keys=["S:9", "S:10", "S:1", "S:2"], quality=[4, 4, 6, 4], dec=[0, 0, 0, 1])
    assert marks_by_key(mark_duplicates(table, a_recipe()), "compared_to") == {
        "S:9": "S:1, S:10",
        "S:10": "S:1, S:9",
        "S:1": "S:10, S:9",
        "S:2": None,
    }


@pytest.mark.parametrize(
    ("z", "scatter"),
    [
        ([0.5, 0.51, 0.7], (0.7 - 0.5) / 1.51),
        ([0.5, 0.7, None], (0.7 - 0.5) / 1.6),
        ([0.5, None, None], None),
        ([-9.0, -9.0, -9.0], None),
    ],
)
def test_the_scatter_is_the_range_over_one_plus_the_median(z: list[float | None], scatter: float | None) -> None:
    found = mark_duplicates(homogenized(keys=["S:1", "S:2", "S:3"], z=z), a_recipe())["z_scatter"].to_pylist()
    assert found == ([None] * 3 if scatter is None else pytest.approx([scatter] * 3))


class TestEarlierCompilations:
    def test_what_they_found_stays_where_nothing_is_near_now(self) -> None:
        table = homogenized(keys=[f"S:{row}" for row in range(5)], dec=range(5), tie_result=[0, 1, 2, None, 3])
        assert marks_by_key(mark_duplicates(table, a_recipe()), "tie_result", "resolved_by") == {
            "S:0": (0, "earlier"),
            "S:1": (1, "only"),
            "S:2": (2, "earlier"),
            "S:3": (1, "only"),
            "S:4": (1, "only"),
        }

    def test_it_stays_where_only_stars_are_near(self) -> None:
        table = homogenized(keys=["S:0", "S:1"], quality=[4, 6], tie_result=[2, 1])
        assert mark_duplicates(table, a_recipe())["tie_result"].to_pylist() == [2, 3]

    def test_rows_that_have_company_are_decided_anew_and_old_marks_are_gone(self) -> None:
        table = mark_duplicates(homogenized(keys=["S:0", "S:1"], quality=[3, 4]), a_recipe())
        again = mark_duplicates(table, a_recipe())
        assert again.equals(table)
        assert again.schema.names == table.schema.names


class TestMean:
    def test_the_winner_has_the_mean_weighted_by_errors_and_keeps_its_own_aside(self) -> None:
        table = homogenized(
            keys=["S:1", "S:2", "S:3"], z=[0.5, 0.5006, 0.9], z_err=[1e-4, 2e-4, 1e-4], quality=[4, 4, 3]
        )
        rows = mark_duplicates(table, a_recipe(z_from="mean"))
        assert rows["z"].to_pylist() == pytest.approx([(0.5 / 1 + 0.5006 / 4) / 1.25, 0.5006, 0.9])
        assert rows["z_err"].to_pylist() == pytest.approx([1e-4 / 1.25**0.5, 2e-4, 1e-4])
        assert rows[Z_BEST].to_pylist() == [0.5, 0.5006, 0.9]

    @pytest.mark.parametrize("error", [None, 0.0])
    def test_it_is_plain_where_an_error_is_missing(self, error: float | None) -> None:
        table = homogenized(keys=["S:1", "S:2"], z=[0.5, 0.5008], z_err=[1e-4, error])
        rows = mark_duplicates(table, a_recipe(z_from="mean"))
        assert rows["z"].to_pylist() == pytest.approx([0.5004, 0.5008])
        assert rows["z_err"].to_pylist() == [None, error]

    def test_errors_of_any_size_make_no_infinite_weights(self) -> None:
        table = homogenized(keys=["S:1", "S:2"], z=[0.5, 0.5008], z_err=[1e-200, 1e-3])
        assert mark_duplicates(table, a_recipe(z_from="mean"))["z"].to_pylist() == [0.5, 0.5008]

    def test_a_row_that_agrees_with_none_is_as_it_was(self) -> None:
        table = homogenized(keys=["S:1", "S:2", "S:3"], z=[0.5, 0.7, None], dec=[0, 0, 1])
        rows = mark_duplicates(table, a_recipe(z_from="mean"))
        assert rows["z"].equals(table["z"])


def a_sky_of_ties() -> pa.Table:
    """Two hundred galaxies, each with two ties and a loser, a lonely row and a star."""
    n = 200
    return homogenized(
        keys=[f"S:{row}" for row in range(5 * n)],
        ra=np.repeat(np.arange(n), 5) * 1.0,
        dec=np.tile([0, 0.1 * ARCSEC, 0.2 * ARCSEC, 5, 6], n),
        z=np.tile([0.5, 0.7, 0.5, 0.5, 0.0], n),
        quality=np.tile([4.0, 4, 3, 4, 6], n),
    )


class TestKeptRows:
    @pytest.mark.parametrize("mode", ["mark", "concatenate"])
    def test_all_stay_unless_repeats_are_to_be_removed(self, mode: str) -> None:
        table = mark_duplicates(a_sky_of_ties(), a_recipe())
        assert keep_rows(table, a_recipe(mode=mode)) is table

    @pytest.mark.parametrize(("ties", "kept"), [("remove_all", [1]), ("keep_all", [1, 2]), ("draw_one", [1])])
    @pytest.mark.parametrize(("preset", "stars"), [("reference", []), ("complete", [3]), ("training", [])])
    def test_ties_and_stars_stay_as_the_recipe_says(
        self, ties: str, kept: list[int], preset: str, stars: list[int]
    ) -> None:
        recipe = a_recipe(preset=preset, mode="remove", ties=ties)
        rows = keep_rows(mark_duplicates(a_sky_of_ties(), recipe), recipe)
        assert set(rows["tie_result"].to_pylist()) == {*kept, *stars}
        assert rows.num_rows == 200 * (1 + {"remove_all": 0, "keep_all": 2, "draw_one": 1}[ties] + len(stars))

    def test_of_each_tie_one_is_drawn_by_the_seed(self) -> None:
        table = mark_duplicates(a_sky_of_ties(), a_recipe())
        drawn = keep_rows(table, a_recipe(mode="remove", ties="draw_one"))
        chosen = drawn.filter(pc.equal(drawn["resolved_by"], "seed"))
        assert chosen.num_rows == len(pc.unique(chosen["group_id"])) == 200
        assert chosen["kept_instead"].null_count == 200
        # Fair to either: 200 draws are beyond 60 and 140 with a probability of 1e-8.
        assert 60 < sum(int(key.removeprefix("S:")) % 5 == 0 for key in chosen["redshift_key"].to_pylist()) < 140

    @given(seed=st.integers(0, 2**32 - 1), data=st.data())
    @settings(max_examples=20)
    def test_draws_depend_on_the_seed_and_on_nothing_else(self, seed: int, data: st.DataObject) -> None:
        recipe = a_recipe(mode="remove", ties="draw_one", seed=seed)
        table = mark_duplicates(a_sky_of_ties(), recipe)
        order = np.random.default_rng(data.draw(st.integers(0, 99))).permutation(table.num_rows)
        straight = set(keep_rows(table, recipe)["redshift_key"].to_pylist())
        assert set(keep_rows(table.take(pa.array(order)), recipe)["redshift_key"].to_pylist()) == straight
        half = keep_rows(table.slice(0, 500), recipe)["redshift_key"].to_pylist()
        assert set(half) == straight & set(table["redshift_key"].slice(0, 500).to_pylist())
        other = keep_rows(table, a_recipe(mode="remove", ties="draw_one", seed=(seed + 1) % 2**32))
        assert set(other["redshift_key"].to_pylist()) != straight


def test_an_empty_table_has_all_columns() -> None:
    rows = keep_rows(mark_duplicates(homogenized(keys=[]), a_recipe()), a_recipe(mode="remove", ties="draw_one"))
    assert rows.num_rows == 0
    assert rows.schema.names[-len(MARKS) :] == MARKS.names
    assert rows.schema.field("tie_result").metadata == MARKS.field("tie_result").metadata
