"""Presets of standardized sets: data that every recipe can start from, whose versions stay as they are."""

import hashlib
import json
from importlib.resources import files

import pyarrow as pa
import pytest

from tests.trainingset.builders import a_card, a_table, an_entry
from trainingset.check import check_recipe
from trainingset.presets import preset_names, standard_presets
from trainingset.recipe import CrossmatchRecipe, validate_recipe
from trainingset.redshifts import prepare_redshifts

SOURCES = {"catalog": "mock.object", "redshifts": "mine"}
PUBLISHED = {
    "dp1-holdout@1": "1a185aba3bb660ccf6ee679b6d9364f1cdf9f44a6f4414908d5c9d5bff150036",
    "dp1-training@1": "6436fe8d3267315f5861eded0d3bdf79102bda467db6e2ad4e95964aada6715f",
    "dp2-training@1": "e0df7b7aa6c6b650e574c0e923cd03a1797dfeba0272e36b6a01f9136cdd9bba",
}
"""SHA-256 of the parameters of each version. A version never changes: add the next one instead."""


def digest_of(reference: str) -> str:
    return hashlib.sha256(json.dumps(standard_presets()[reference].parameters, sort_keys=True).encode()).hexdigest()


def test_versions_that_were_published_are_as_they_were() -> None:
    assert {reference: digest_of(reference) for reference in standard_presets()} == PUBLISHED


def test_each_file_is_named_as_its_preset() -> None:
    named = {file.name for file in (files("trainingset") / "standard_presets").iterdir() if file.name[0] != "_"}
    assert named == {f"{reference.replace('@', '-')}.json" for reference in standard_presets()}


@pytest.mark.parametrize("reference", standard_presets())
def test_a_preset_is_a_recipe_that_a_catalog_like_lsst_can_carry_out(reference: str) -> None:
    card = a_card(an_entry(bands=tuple("ugrizy")))
    draft = validate_recipe({**SOURCES, "preset": reference})
    recipe = check_recipe(draft, card_of=lambda _: card, catalog_ids=[card.entry.id], table=None)
    assert recipe.model_dump(mode="json", include={*standard_presets()[reference].parameters}) == (
        standard_presets()[reference].parameters
    )
    assert recipe.preset == reference
    assert recipe.preset_used is not None
    assert recipe.preset_used.changed == ()


@pytest.mark.parametrize("name", preset_names())
def test_a_name_alone_is_its_latest_version(name: str) -> None:
    recipe = CrossmatchRecipe(**SOURCES, preset=name)
    assert recipe.preset == max(
        (r for r in standard_presets() if r.startswith(f"{name}@")), key=lambda r: int(r.split("@")[1])
    )


def test_what_the_recipe_says_itself_holds_and_is_told() -> None:
    recipe = CrossmatchRecipe(**SOURCES, preset="dp1-training", radius_arcsec=0.3, where=None, seed=0)
    assert (recipe.radius_arcsec, recipe.where, recipe.split) == (0.3, None, {"train": 0.7, "test": 0.3})
    assert recipe.preset_used is not None
    assert recipe.preset_used.changed == ("radius_arcsec", "where")


def test_a_recipe_survives_being_saved() -> None:
    recipe = CrossmatchRecipe(**SOURCES, preset="dp2-training", cap=None, cap_subsets=())
    assert CrossmatchRecipe.model_validate_json(recipe.model_dump_json()) == recipe


@pytest.mark.parametrize("name", ["dp9", "dp1-training@2", "", "DP1-training", "@1"])
def test_a_preset_that_is_not_there_is_told_with_those_that_are(name: str) -> None:
    draft = validate_recipe({**SOURCES, "preset": name, "radius_arcsec": -1})
    problems = {problem.parameter: str(problem) for problem in draft.problems}
    assert problems.keys() == {"PRESET", "RADIUS"}
    assert "dp1-holdout@1, dp1-training@1, dp2-training@1" in problems["PRESET"]


def test_one_constraint_is_good_for_many_tables() -> None:
    table = a_table({"z_flag_homogenized": [4.0, 2.0, None, 6.0], "Survey": ["A", "A", "B", "A"]})
    kept = prepare_redshifts(table, name="mine", where="quality_flag >= 2 AND survey = 'A' AND redshift < 0.3")
    assert kept.table["redshift"].to_pylist() == [0.1, 0.2]


def test_a_column_of_the_name_comes_before_its_meaning() -> None:
    table = a_table({"z_flag_homogenized": [4.0] * 4, "quality_flag": pa.array([1, 1, 9, 9])})
    kept = prepare_redshifts(table, name="mine", where="quality_flag > 5", roles={"quality_flag": "z_flag_homogenized"})
    assert kept.table["redshift"].to_pylist() == [0.3, 0.4]
