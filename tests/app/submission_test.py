"""From what was asked to what a worker gets."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.identity import Identity
from app.job_kinds import JobKind
from app.parameters import recipe_values
from app.recipe_parameters import parameters_of
from app.services import Services
from app.sources import InputBlob
from app.submission import request_for_run
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.workbench import in_chunks
from trainingset.combine_recipe import CombineRecipe, validate_combine
from trainingset.errors import Problem
from trainingset.recipe import CrossmatchRecipe, validate_recipe

CROSSMATCH = JobKind.CROSSMATCH
_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,10}", fullmatch=True)
_SPLITS = st.sampled_from([{}, {"train": 1.0}, {"train": 0.7, "test": 0.3}, {"a": 0.1, "b": 0.2, "c": 0.7}])


@st.composite
def recipes(draw: st.DrawFn) -> CrossmatchRecipe:
    """Recipes with any of their fields given."""
    fields: dict[str, st.SearchStrategy[Any]] = {
        "roles": st.dictionaries(st.sampled_from(["ra", "dec", "z", "id"]), _NAMES),
        "radius_arcsec": st.floats(1e-6, 100, allow_subnormal=False) | st.none(),
        "match": st.sampled_from(["nearest", "mutual", "all"]),
        "neighbors": st.integers(1, 1000),
        "how": st.sampled_from(["inner", "left"]),
        "where": st.just("i_gaap1p0SNR > 10 AND g_name = 'a,b'"),
        "flux": st.lists(_NAMES, min_size=1, max_size=3, unique=True),
        "columns": st.lists(_NAMES, max_size=3, unique=True),
        "magnitudes": st.booleans(),
        "split": _SPLITS,
        "split_exact": st.booleans(),
        "seed": st.integers(0, 2**32 - 1),
        "responseformat": st.sampled_from(["votable", "votable/td", "csv"]),
        "formats": st.lists(st.sampled_from(["fits", "csv", "parquet"]), max_size=3, unique=True),
        "report": st.booleans(),
        "maxrec": st.integers(0, 2**40) | st.none(),
    }
    given_fields = draw(st.fixed_dictionaries({}, optional=fields))
    return CrossmatchRecipe.model_validate({"catalog": "a.b", "redshifts": "upload:1", **given_fields})


@given(recipes())
def test_recipe_survives_being_spelled_as_parameters(recipe: CrossmatchRecipe) -> None:
    read = recipe_values(JobKind.CROSSMATCH, parameters_of(recipe))

    assert read.problems == ()
    assert validate_recipe(read.values).recipe == recipe


@st.composite
def combinations(draw: st.DrawFn) -> CombineRecipe:
    """Combine recipes with any of their fields given."""
    an_input = st.fixed_dictionaries(
        {"source": _NAMES.filter(lambda name: name[0] != "_")},
        optional={"survey": _NAMES, "roles": st.dictionaries(st.sampled_from(["ra", "z", "quality_flag"]), _NAMES)},
    )
    fields: dict[str, st.SearchStrategy[Any]] = {
        "preset": st.sampled_from(["training", "reference", "complete"]),
        "mode": st.sampled_from(["concatenate", "mark", "remove"]) | st.none(),
        "survey_radius": st.dictionaries(st.sampled_from(["VVDS", "2MRS"]), st.floats(0.1, 30)),
        "priority": st.lists(st.sampled_from(["quality_flag", "z_err", "date"]), min_size=1, unique=True) | st.none(),
        "instrument_types": st.lists(st.sampled_from(["s", "g", "p"]), min_size=1, unique=True) | st.none(),
        "survey_rules": st.just("name: X\nrules: {a: 1}\n---\nname: Y\n"),
        "extra_columns": st.lists(_NAMES, max_size=3, unique=True),
        "wrap_ra": st.booleans(),
        "maxrec": st.integers(0, 2**40) | st.none(),
    }
    given_fields = draw(st.fixed_dictionaries({}, optional=fields))
    return CombineRecipe.model_validate({"inputs": draw(st.lists(an_input, min_size=1, max_size=4)), **given_fields})


@given(combinations())
def test_combination_survives_being_spelled_as_parameters(recipe: CombineRecipe) -> None:
    read = recipe_values(JobKind.COMBINE, parameters_of(recipe))

    assert read.problems == ()
    assert validate_combine(read.values).recipe == recipe


@given(combinations())
def test_chain_survives_being_spelled_as_parameters(combination: CombineRecipe) -> None:
    recipe = CrossmatchRecipe(catalog="a.b", redshifts=combination)

    read = recipe_values(CROSSMATCH, parameters_of(recipe))

    assert validate_recipe(read.values).recipe == recipe


@pytest.fixture
def identity() -> Identity:
    return Identity("mlima")


async def test_run_request_carries_every_problem_to_the_worker_instead_of_refusing(
    services: Services, identity: Identity
) -> None:
    misspelt = Problem(parameter="RADIUSS", message="is no parameter")
    values = {"catalog": "nothing", "redshifts": "upload:nothing", "radius_arcsec": "wide"}

    run = await request_for_run(services, identity, kind=CROSSMATCH, values=values, problems=[misspelt])

    assert run.request["recipe"] == values
    assert [problem["parameter"] for problem in run.request["problems"]] == ["RADIUSS", "REDSHIFTS"]
    assert (run.request["inputs"], run.inputs) == ({}, ())


@pytest.mark.parametrize("values", [{}, {"redshifts": ""}, {"redshifts": "zp:1"}, {"redshifts": 7}])
async def test_missing_or_malformed_source_is_left_to_the_recipe_to_complain_about(
    values: dict[str, object], services: Services, identity: Identity
) -> None:
    run = await request_for_run(services, identity, kind=CROSSMATCH, values=values)

    assert (run.request["problems"], run.request["inputs"]) == ([], {})


async def test_upload_that_is_still_inspected_runs_all_the_same(services: Services, identity: Identity) -> None:
    upload = await services.uploads.create("mlima", name="z.csv", media_type="text/csv", chunks=in_chunks(b"ra,dec\n"))

    run = await request_for_run(services, identity, kind=CROSSMATCH, values={"redshifts": f"upload:{upload.id}"})

    assert run.inputs == (upload.blob,)
    assert run.request["inputs"] == {
        f"upload:{upload.id}": {
            "blob": upload.blob,
            "name": "z.csv",
            "media_type": "text/csv",
            "sha256": upload.sha256,
            "size": 7,
        }
    }


async def test_table_of_the_request_itself_is_found_by_its_name(services: Services, identity: Identity) -> None:
    table = InputBlob(blob="jobs/a/inputs/b", name="mine", sha256="0" * 64, size=3)

    run = await request_for_run(
        services, identity, kind=CROSSMATCH, values={"redshifts": "mine"}, inline={"mine": table}
    )

    assert (run.inputs, run.request["problems"]) == (("jobs/a/inputs/b",), [])


async def test_worker_is_told_only_the_catalogs_that_the_owner_may_use(services: Services) -> None:
    requests = [
        (await request_for_run(services, Identity("mlima", frozenset(rights)), kind=CROSSMATCH, values={})).request
        for rights in ((), ("dp2",))
    ]

    assert [request["catalogs"] for request in requests] == [[OPEN_CATALOG], [OPEN_CATALOG, RESTRICTED_CATALOG]]


async def test_every_input_of_a_combination_is_found_and_pinned(services: Services, identity: Identity) -> None:
    upload = await services.uploads.create("mlima", name="z.csv", media_type="text/csv", chunks=in_chunks(b"ra,dec\n"))
    table = InputBlob(blob="jobs/a/inputs/b", name="mine", sha256="0" * 64, size=3)
    values = {"inputs": f"upload:{upload.id};survey_name=VVDS,mine,catalog:{OPEN_CATALOG},job:nothing"}

    run = await request_for_run(services, identity, kind=JobKind.COMBINE, values=values, inline={"mine": table})

    assert run.inputs == (upload.blob, "jobs/a/inputs/b")
    assert run.request["inputs"].keys() == {f"upload:{upload.id}", "mine"}
    (problem,) = run.request["problems"]
    assert (problem["parameter"], problem["value"]) == ("INPUT", "job:nothing")
    assert problem["message"].startswith("input 4, job:nothing: you have no job 'nothing'")


async def test_inputs_of_a_chain_are_found(services: Services, identity: Identity) -> None:
    table = InputBlob(blob="jobs/a/inputs/b", name="mine", sha256="0" * 64, size=3)
    values = {"catalog": OPEN_CATALOG, "redshifts": {"inputs": [{"source": "mine"}, {"source": "yours"}]}}

    run = await request_for_run(services, identity, kind=CROSSMATCH, values=values, inline={"mine": table})

    assert (run.inputs, list(run.request["inputs"])) == (("jobs/a/inputs/b",), ["mine"])
    assert [problem["parameter"] for problem in run.request["problems"]] == ["INPUT"]
