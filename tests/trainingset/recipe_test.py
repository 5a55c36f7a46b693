"""The recipe: what it accepts, how texts are read, and how refusals are said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trainingset.combine_recipe import validate_combine
from trainingset.recipe import CrossmatchRecipe, Match, validate_recipe
from trainingset.wire import ResponseFormat

GOOD = {"catalog": "lsst_dp1", "redshifts": "upload:abc"}


def problems_of(**values: object) -> dict[str, str]:
    draft = validate_recipe({**GOOD, **values})
    return {problem.parameter: problem.message for problem in draft.problems}


def test_texts_are_read_as_on_the_wire() -> None:
    recipe = CrossmatchRecipe.model_validate(
        {
            **GOOD,
            "radius_arcsec": "1.5",
            "match": "all",
            "columns": ["ebv,tract", "ebv"],
            "roles": "ra=RAJ2000, dec=DEJ2000",
            "split": "train=0.7,test=0.3",
            "split_exact": "1",
            "responseformat": "text/csv",
            "formats": "fits,application/vnd.apache.parquet",
        }
    )
    assert recipe.radius_arcsec == 1.5
    assert recipe.match is Match.ALL
    assert recipe.columns == ("ebv", "tract")
    assert recipe.roles == {"ra": "RAJ2000", "dec": "DEJ2000"}
    assert recipe.split == {"train": 0.7, "test": 0.3}
    assert recipe.split_exact is True
    assert recipe.responseformat is ResponseFormat.CSV
    assert recipe.formats == (ResponseFormat.FITS, ResponseFormat.PARQUET)


def test_every_wrong_field_is_reported_at_once() -> None:
    found = problems_of(
        radius_arcsec="-1", match="nearst", split="a=0.5,b=0.4", seed="99999999999", roles="color=x", colums="ebv"
    )
    assert set(found) == {"RADIUS", "MATCH", "SPLIT", "SEED", "ROLES", "colums"}


def test_missing_fields_are_named_with_what_they_mean() -> None:
    draft = validate_recipe({})
    assert [problem.parameter for problem in draft.problems] == ["CATALOG", "REDSHIFTS"]
    assert "registered object catalog" in draft.problems[0].message


@pytest.mark.parametrize("text", ["0", "-2", "nan", "inf", "wide", ""])
def test_a_radius_that_is_no_positive_number_is_refused(text: str) -> None:
    assert set(problems_of(radius_arcsec=text)) == {"RADIUS"}


def test_a_bound_is_said_with_value_limit_and_unit() -> None:
    (problem,) = validate_recipe({**GOOD, "radius_arcsec": "-1"}).problems
    assert problem.message == "'-1' is refused: it must be above 0 arcsec"
    assert problem.limit == "above 0 arcsec"


@pytest.mark.parametrize("text", ["-1", "4294967296", "1.5", "x"])
def test_a_seed_out_of_range_is_refused(text: str) -> None:
    assert set(problems_of(seed=text)) == {"SEED"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("train=0.7,test=0.2", "add to 0.9"),
        ("train=0.7,train=0.3", "given twice"),
        ("train=0.5,Train=0.5", "case alone"),
        ("train=1.2,test=-0.2", "above 0 and at most 1"),
        ("train", "name=value"),
        ("1st=0.5,other=0.5", "no name of a subset"),
        ("train=lots,test=0.3", "number"),
        ("train=nan,test=0.3", "above 0 and at most 1"),
    ],
)
def test_a_split_that_cannot_be_is_refused_with_the_reason(text: str, said: str) -> None:
    assert said in problems_of(split=text)["SPLIT"]


@pytest.mark.parametrize("source", ["file:///etc/passwd", "upload:../x", "upload:", "a b", "https://example.org/x"])
def test_a_source_is_one_of_the_known_forms(source: str) -> None:
    assert set(problems_of(redshifts=source)) == {"REDSHIFTS"}


def test_a_wrong_field_does_not_take_the_right_ones_with_it() -> None:
    draft = validate_recipe({**GOOD, "radius_arcsec": "x", "where": "ebv < 1"})
    assert draft.refused == {"radius_arcsec"}
    assert draft.recipe.where == "ebv < 1"
    assert draft.recipe.radius_arcsec is None


recipes = st.builds(
    CrossmatchRecipe,
    catalog=st.just("lsst_dp1"),
    redshifts=st.just("mine"),
    radius_arcsec=st.none() | st.floats(0.001, 60),
    split=st.sampled_from([{}, {"train": 0.7, "test": 0.3}]),
    seed=st.integers(0, 2**32 - 1),
    columns=st.lists(st.text("abc_", min_size=1), unique=True).map(tuple),
    match=st.sampled_from(Match),
    formats=st.lists(st.sampled_from(ResponseFormat), unique=True).map(tuple),
)


@given(recipe=recipes)
def test_a_recipe_survives_json(recipe: CrossmatchRecipe) -> None:
    assert CrossmatchRecipe.model_validate_json(recipe.model_dump_json()) == recipe


def test_a_large_bound_is_said_to_its_last_digit() -> None:
    (problem,) = validate_recipe({**GOOD, "seed": "4294967296"}).problems

    assert problem.limit == "below 4294967296"


def test_a_list_that_names_nothing_is_told_in_words() -> None:
    (problem,) = validate_recipe({**GOOD, "flux": ","}).problems

    assert (problem.parameter, "at least one" in problem.message) == ("FLUX", True)


def test_a_list_that_is_too_long_is_told_with_both_numbers() -> None:
    columns = ",".join(f"c{n}" for n in range(2001))

    (problem,) = validate_recipe({**GOOD, "columns": columns}).problems

    assert problem.message == "names 2001; it may name 2000 at most"


def test_an_input_that_is_refused_is_not_called_missing_as_well() -> None:
    draft = validate_combine({"inputs": "upload:a;zz=COLUMN"})
    assert [problem.parameter for problem in draft.problems] == ["INPUT"]
    assert "zz: no such role" in draft.problems[0].message


def test_the_flag_of_a_survey_may_be_called_as_in_rules_and_results() -> None:
    (given,) = validate_combine({"inputs": "upload:a;z_flag=nQ"}).recipe.inputs
    assert given.roles == {"quality_flag": "nQ"}
