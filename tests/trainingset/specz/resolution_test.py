"""What is decided between measurements of one galaxy, and the edge cases of the published description one by one."""

from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings

from tests.trainingset.specz.hard_rows import hard_rows, recipes
from tests.trainingset.specz.measurements import a_recipe, homogenized, marks_by_key
from tests.trainingset.specz.plain_marks import plain_marks
from trainingset.combine_recipe import CombineRecipe
from trainingset.errors import RecipeError
from trainingset.specz.duplicates import mark_duplicates

ARCSEC = 1 / 3600


def resolved(recipe: CombineRecipe | None = None, **rows: Any) -> dict[str, tuple[int, str]]:
    """``tie_result`` and ``resolved_by`` of rows named A, B, C, ..., all at one place unless said otherwise."""
    n = max(len(values) for values in rows.values() if isinstance(values, list))
    keys = rows.pop("keys", [f"S:{'ABCDEFGH'[row]}" for row in range(n)])
    marked = mark_duplicates(homogenized(keys=keys, **rows), recipe or a_recipe())
    marks = marks_by_key(marked, "tie_result", "resolved_by")
    return {key.removeprefix("S:"): value for key, value in marks.items()}


@settings(max_examples=150)
@given(table=hard_rows(), recipe=recipes())
def test_all_groups_at_once_are_resolved_as_one_after_the_other(table: pa.Table, recipe: CombineRecipe) -> None:
    marked = mark_duplicates(table, recipe)

    found = marks_by_key(marked, "tie_result", "resolved_by", "kept_instead", "compared_to", "n_measurements")
    expected = {
        key: (mark.tie_result, mark.resolved_by, mark.kept_instead, mark.compared_to, len(mark.group))
        for key, mark in plain_marks(table, recipe).items()
    }
    assert found == expected


class TestPublishedEdgeCases:
    """The rows of the description's table that concern repeats, in its order, under the preset ``reference``."""

    def test_repeats_inside_one_survey_are_treated_as_those_between_two(self) -> None:
        alone = resolved(quality=[3, 4], survey="DESI")
        assert (
            alone
            == resolved(quality=[3, 4], survey=["DESI", "VVDS"])
            == {
                "A": (0, "quality_flag"),
                "B": (1, "quality_flag"),
            }
        )

    def test_all_best_rows_of_a_larger_group_with_different_redshifts_are_ties(self) -> None:
        assert resolved(z=[0.1, 0.2, 0.3]) == dict.fromkeys("ABC", (2, "tie"))

    def test_the_ends_of_a_chain_contradict_each_other_though_they_never_met(self) -> None:
        ends = resolved(dec=[0, 0.4 * ARCSEC, 0.8 * ARCSEC], quality=[4, 3, 4], z=[0.1, 0.2, 0.3])
        assert ends == {"A": (2, "tie"), "B": (0, "quality_flag"), "C": (2, "tie")}

    def test_a_redshift_and_none_are_a_tie(self) -> None:
        assert resolved(z=[0.1, None]) == dict.fromkeys("AB", (2, "tie"))

    def test_no_redshift_with_a_higher_flag_wins(self) -> None:
        assert resolved(z=[0.1, None], quality=[3, 4])["B"] == (1, "quality_flag")

    def test_without_flags_the_type_decides_then_the_redshift(self) -> None:
        no_flags = {"quality": [None, None]}
        assert resolved(**no_flags, instrument=["p", "g"])["B"] == (1, "instrument_type")
        assert resolved(**no_flags, z=[0.5, 0.5]) == {"A": (1, "agreement"), "B": (0, "agreement")}

    def test_two_of_flag_zero_with_different_redshifts_are_a_tie(self) -> None:
        assert resolved(quality=[0, 0], z=[0.1, 0.2]) == dict.fromkeys("AB", (2, "tie"))

    def test_of_identical_rows_the_smallest_key_as_text_wins(self) -> None:
        assert resolved(keys=["S:9", "S:10"], z=[0.5, 0.5]) == {"9": (0, "agreement"), "10": (1, "agreement")}

    def test_a_threshold_of_zero_makes_equal_rows_ties(self) -> None:
        assert resolved(a_recipe(dz=0), z=[0.5, 0.5]) == dict.fromkeys("AB", (2, "tie"))

    def test_galaxies_on_both_sides_of_a_star_stay_separate(self) -> None:
        rows = resolved(dec=[0, 0.4 * ARCSEC, 0.8 * ARCSEC], quality=[4, 6, 4])
        assert rows == {"A": (1, "only"), "B": (3, "star"), "C": (1, "only")}

    def test_two_stars_are_two_stars(self) -> None:
        assert resolved(quality=[6, 6]) == dict.fromkeys("AB", (3, "star"))

    def test_one_survey_alone_is_compared_with_itself(self) -> None:
        assert resolved(quality=[1, 2])["A"] == (0, "quality_flag")

    def test_an_isolated_row_is_one_to_use_whatever_its_quality(self) -> None:
        assert resolved(dec=[0, 1], quality=[0, None]) == dict.fromkeys("AB", (1, "only"))


def test_a_photometric_three_beats_a_spectroscopic_two_under_the_reference_and_not_under_training() -> None:
    rows = {"quality": [3, 2], "instrument": ["p", "s"]}
    assert resolved(**rows)["A"] == (1, "quality_flag")
    assert resolved(a_recipe(preset="training"), **rows)["B"] == (1, "instrument_type")


@pytest.mark.parametrize(
    ("z", "scale", "agree"),
    [
        ([0.5, 0.5009], "absolute", True),
        ([0.5, 0.501], "absolute", False),
        ([0.5, 0.5015], "one_plus_z", True),
        ([0.5, 0.5016], "one_plus_z", False),
        ([2.0, 2.0029], "one_plus_z", True),
        ([-9.999, -9.999], "one_plus_z", True),
        ([-9.999, -9.9], "one_plus_z", False),
        ([-1.0, 0.5], "one_plus_z", False),
    ],
)
def test_redshifts_agree_on_the_scale_that_is_asked_for(z: list[float], scale: str, agree: bool) -> None:
    assert resolved(a_recipe(dz_scale=scale), z=z)["A"][0] == (1 if agree else 2)


def test_agreement_is_handed_on_along_a_chain_of_redshifts() -> None:
    chain = resolved(z=[0.5018, 0.5009, 0.5])
    assert chain == {"A": (1, "agreement"), "B": (0, "agreement"), "C": (0, "agreement")}


def test_two_imprecise_redshifts_agree_across_a_precise_one_that_is_too_far_from_the_first() -> None:
    recipe = a_recipe(dz_scale="error", dz=1)
    across = resolved(recipe, z=[0.50, 0.57, 0.58], z_precision=[0.06, None, 0.06])
    assert across == {"A": (1, "agreement"), "B": (0, "agreement"), "C": (0, "agreement")}
    apart = resolved(recipe, z=[0.50, 0.57, 0.64], z_precision=[0.06, None, 0.06])
    assert apart == dict.fromkeys("ABC", (2, "tie"))


@pytest.mark.parametrize(
    ("entry", "values", "winner"),
    [
        ("z_err", {"z_err": [1e-3, 1e-4]}, "B"),
        ("z_err", {"z_err": [1e-3, 0.0]}, "A"),
        ("z_err", {"z_err": [1e-3, None]}, "A"),
        ("date", {"date": [1999.0, 2024.5]}, "B"),
        ("lines", {"lines": pa.array([1, 3])}, "B"),
        ("-lines", {"lines": pa.array([1, 3])}, "A"),
        ("-lines", {"lines": pa.array([None, 3])}, "B"),
        ("is_primary", {"is_primary": pa.array([False, True])}, "B"),
    ],
)
def test_every_criterion_prefers_its_better_end_and_puts_null_below(entry: str, values: dict, winner: str) -> None:
    rows = resolved(a_recipe(priority=(entry,)), z=[0.5, 0.9], **values)
    assert rows[winner] == (1, entry.removeprefix("-"))


def test_a_column_that_is_null_in_all_rows_decides_nothing() -> None:
    assert resolved(a_recipe(priority=("date", "z_err")), z_err=[0.1, 0.2], z=[1.0, 2.0])["A"] == (1, "z_err")


def test_the_winner_names_what_made_it_the_only_one() -> None:
    rows = resolved(a_recipe(priority=("quality_flag", "instrument_type", "date")), quality=[4, 4, 3], date=[1.0, 2, 9])
    assert rows == {"A": (0, "date"), "B": (1, "date"), "C": (0, "quality_flag")}


def test_all_columns_of_the_priority_that_cannot_be_compared_are_named() -> None:
    rows = homogenized(keys=["S:1"], comment=["good"])
    with pytest.raises(RecipeError) as refused:
        mark_duplicates(rows, a_recipe(priority=("qualty_flag", "comment", "nonsense")))
    told = [(problem.column, problem.message) for problem in refused.value.problems]
    assert [column for column, _ in told] == ["qualty_flag", "comment", "nonsense"]
    assert "quality_flag" in told[0][1]
    assert "string" in told[1][1]
