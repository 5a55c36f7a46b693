import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.job_kinds import JobKind
from app.parameters import TOLERATED, find_form_problems, join_values, listed_parameters, merge, recipe_values
from tests.app.jobs import a_job
from trainingset.recipe import CrossmatchRecipe, validate_recipe
from trainingset.wire import parameter_names
from uws.job import Parameter

CROSSMATCH = JobKind.CROSSMATCH


def values_of(**parameters: str) -> dict[str, object]:
    return recipe_values(CROSSMATCH, [Parameter(name, value) for name, value in parameters.items()]).values


@pytest.mark.parametrize("name", ["radius", "Radius", "RADIUS", "rAdIuS"])
def test_names_are_case_insensitive(name):
    assert merge(CROSSMATCH, [(name, "1.0")]) == {"RADIUS": ("1.0",)}


def test_values_are_case_sensitive():
    assert merge(CROSSMATCH, [("CATALOG", "dp1.Object")]) == {"CATALOG": ("dp1.Object",)}


def test_equal_repetitions_are_one_value():
    given_twice = merge(CROSSMATCH, [("FORMAT", "votable"), ("format", "votable")])

    assert join_values(given_twice) == (Parameter("FORMAT", "votable"),)
    assert list(find_form_problems(CROSSMATCH, given_twice)) == []


@pytest.mark.parametrize("name", ["RADIUS", "RESPONSEFORMAT", "MAXREC", "RUNID", "PHASE", "FORMAT", "DESTRUCTION"])
def test_different_values_for_a_single_valued_parameter_are_a_problem(name):
    (problem,) = find_form_problems(CROSSMATCH, merge(CROSSMATCH, [(name, "one"), (name.lower(), "two")]))

    assert str(problem) == f"{name}: is given as 'one' and 'two'; give it once"


@pytest.mark.parametrize("name", ["FLUX", "COLUMNS", "FORMATS"])
def test_what_may_repeat_is_listed_once_and_joined(name):
    given_twice = merge(CROSSMATCH, [(name, "one"), (name.lower(), "two"), (name, "one")])

    assert join_values(given_twice) == (Parameter(name, "one,two"),)
    assert list(find_form_problems(CROSSMATCH, given_twice)) == []


def test_uploads_are_joined_as_tap_joins_them():
    assert join_values(merge(CROSSMATCH, [("UPLOAD", "a,param:x"), ("upload", "b,param:y")])) == (
        Parameter("UPLOAD", "a,param:x;b,param:y"),
    )


def test_no_name_is_listed_twice_regardless_of_case():
    names = [parameter.name for parameter in join_values(merge(CROSSMATCH, [("Foo", "1"), ("foo", "2"), ("FOO", "3")]))]

    assert names == ["Foo"]


@pytest.mark.parametrize("name", ["EXECUTIONDURATION", "destruction"])
def test_controls_that_the_document_shows_elsewhere_are_not_listed(name):
    assert join_values(merge(CROSSMATCH, [(name, "600")])) == ()


@pytest.mark.parametrize("name", ["", "x" * 129, "a\x01b"])
def test_a_name_that_cannot_be_kept_is_a_problem(name):
    (problem,) = find_form_problems(CROSSMATCH, merge(CROSSMATCH, [(name, "1")]))

    assert "is no name of a parameter" in problem.message


def test_a_value_that_cannot_be_stored_is_a_problem():
    (problem,) = find_form_problems(CROSSMATCH, merge(CROSSMATCH, [("WHERE", "a\0b")]))

    assert problem.parameter == "WHERE"
    assert "U+0000" in problem.message


@pytest.mark.parametrize("name", [*TOLERATED, "RUNID", "PHASE", "UPLOAD"])
def test_what_only_vo_clients_need_is_kept_and_no_problem(name):
    (parameter,) = join_values(merge(CROSSMATCH, [(name, "x")]))

    assert parameter == Parameter(name, "x")
    assert recipe_values(CROSSMATCH, [parameter]).problems == ()


def test_an_unknown_name_is_a_problem_with_close_matches():
    (problem,) = recipe_values(CROSSMATCH, [Parameter("RADUIS", "1.0")]).problems

    assert str(problem) == "RADUIS: is no parameter. Did you mean RADIUS?"


def test_an_unlike_name_is_a_problem_without_guesses():
    (problem,) = recipe_values(CROSSMATCH, [Parameter("zzz", "1.0")]).problems

    assert str(problem) == "zzz: is no parameter."


@pytest.mark.parametrize("value", ["", "  "])
def test_a_field_left_empty_is_one_not_given(value):
    assert values_of(WHERE=value, CATALOG="mock.object") == {"catalog": "mock.object"}


def test_files_are_no_fields_of_the_recipe():
    assert recipe_values(CROSSMATCH, [Parameter("mine", "specz.vot", blob="jobs/abc/inputs/0")]) == ({}, ())


@pytest.mark.parametrize("name", sorted(parameter_names(CrossmatchRecipe)))
def test_every_parameter_of_the_recipe_is_read(name):
    assert recipe_values(CROSSMATCH, [Parameter(name, "x")]) == ({parameter_names(CrossmatchRecipe)[name][0]: "x"}, ())


@pytest.mark.parametrize(
    ("text", "expected"), [("0", False), ("1", True), ("true", True), ("false", False), ("yes", None)]
)
def test_booleans_are_those_of_dali(text, expected):
    draft = validate_recipe(values_of(CATALOG="c", REDSHIFTS="r", SPLIT_EXACT=text))

    assert (None if "split_exact" in draft.refused else draft.recipe.split_exact) == expected


def test_the_run_id_is_listed_as_it_is_now_and_not_without_one():
    given_first = (Parameter("RUNID", "first"),)

    assert listed_parameters(a_job(parameters=given_first, run_id="second")) == (Parameter("RUNID", "second"),)
    assert listed_parameters(a_job(parameters=given_first, run_id=None)) == ()


@given(st.lists(st.tuples(st.sampled_from(["RADIUS", "radius", "foo", "Foo", "FLUX"]), st.text(max_size=3))))
def test_merging_loses_no_value(pairs):
    merged = merge(CROSSMATCH, pairs)

    assert {(name.upper(), value) for name, value in pairs} == {
        (name.upper(), value) for name, values in merged.items() for value in values
    }


def test_each_kind_has_parameters_of_its_own():
    combined = recipe_values(JobKind.COMBINE, [Parameter("INPUT", "a,b"), Parameter("CATALOG", "mock.object")])

    assert combined.values == {"inputs": "a,b"}
    assert str(combined.problems[0]) == "CATALOG: is no parameter."


def test_inputs_may_repeat_and_are_joined():
    given_twice = merge(JobKind.COMBINE, [("input", "a;survey_name=VVDS"), ("INPUT", "b")])

    assert join_values(given_twice) == (Parameter("INPUT", "a;survey_name=VVDS,b"),)
    assert list(find_form_problems(JobKind.COMBINE, given_twice)) == []
