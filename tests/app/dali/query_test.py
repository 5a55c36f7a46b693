"""ADQL at the cross-match endpoint: when a request is a query, and what becomes of it."""

import io

import pytest
from astropy.table import Table

from tests.app.dali.documents import JOBS, a_job, parameters_of
from tests.app.votables import job_path

QUERY = """SELECT TOP 9 db.*, tc.n FROM mock.object AS db JOIN TAP_UPLOAD.t1 AS tc
ON 1=CONTAINS(POINT('ICRS', db.coord_ra, db.coord_dec), CIRCLE('ICRS', tc.alpha, tc.delta, 1./3600.))"""


async def ask(client, query: str, **parameters: str) -> str:
    """Send a query with a table, as TAP clients do."""
    content = io.BytesIO()
    Table({"n": [1], "alpha": [53.1], "delta": [-28.1]}).write(content, format="votable")
    form = {"REQUEST": "doQuery", "LANG": "ADQL", "QUERY": query, "UPLOAD": "t1,param:file", "PHASE": "RUN"}
    return job_path(await client.post(JOBS, data=form | parameters, files={"file": ("t1", content.getvalue())}))


async def test_a_query_becomes_a_recipe_and_is_echoed_as_it_was_sent(app_client, worker):
    job = await ask(app_client, QUERY, MAXREC="5", RESPONSEFORMAT="csv")

    recipe = (await worker.claim_next()).job.request["recipe"]
    assert recipe["catalog"] == "mock.object"
    assert recipe["redshifts"] == "t1"
    assert recipe["roles"] == {"ra": "alpha", "dec": "delta"}
    assert recipe["select"] == "TOP 9 objects.*, redshifts.n"
    assert (recipe["maxrec"], recipe["responseformat"]) == ("5", "csv")
    assert (await parameters_of(app_client, job))["QUERY"] == QUERY


@pytest.mark.parametrize("query", [QUERY, "-", "", "no query at all"])
async def test_with_parameters_of_ours_a_query_is_only_echoed(app_client, worker, query):
    await a_job(app_client, QUERY=query, PHASE="RUN")

    request = (await worker.claim_next()).job.request
    assert "select" not in request["recipe"]
    assert "QUERY" not in {problem["parameter"] for problem in request["problems"]}


@pytest.mark.parametrize("query", ["-", " ", ""])
async def test_what_clients_send_that_have_no_query_is_none(app_client, worker, query):
    await ask(app_client, query)

    assert (await worker.claim_next()).job.request["problems"] == []


async def test_a_query_of_tap_schema_goes_to_the_worker_with_what_its_owner_may_see(app_client, worker):
    job = await ask(app_client, "SELECT * FROM tap_schema.tables", MAXREC="5")

    request = (await worker.claim_next()).job.request
    assert request["kind"] == "query"
    assert request["recipe"] == {"kind": "query", "query": "SELECT * FROM tap_schema.tables", "maxrec": "5"}
    assert {name.removeprefix("card:") for name in request["inputs"]} <= set(request["catalogs"])
    assert "card:mock.object" in request["inputs"]
    assert job.startswith(JOBS)


async def test_a_query_of_one_table_goes_to_the_worker_with_that_table_alone(app_client, worker):
    await ask(app_client, "SELECT TOP 5 * FROM mock.object")
    request = (await worker.claim_next()).job.request
    assert (request["recipe"]["catalog"], list(request["inputs"])) == ("mock.object", ["card:mock.object"])

    await ask(app_client, "SELECT n FROM TAP_UPLOAD.t1")
    request = (await worker.claim_next()).job.request
    assert (request["recipe"]["source"], list(request["inputs"])) == ("t1", ["t1"])


async def test_parameters_that_nobody_knows_do_not_break_a_query(app_client, worker):
    await ask(app_client, "SELECT TOP 5 * FROM mock.object", DUMMY="ignore-me")

    assert (await worker.claim_next()).job.request["problems"] == []


@pytest.mark.parametrize("language", ["ADQL", "adql-2.0", "ADQL-2.1", ""])
async def test_a_query_may_name_its_language(app_client, worker, language):
    await ask(app_client, "SELECT TOP 5 * FROM mock.object", LANG=language)

    assert (await worker.claim_next()).job.request["problems"] == []


@pytest.mark.parametrize("query", ["SELECT TOP 5 * FROM mock.object", "SELECT * FROM TAP_SCHEMA.tables", QUERY])
async def test_a_query_in_another_language_is_refused(app_client, worker, query):
    await ask(app_client, query, LANG="PQL")

    (problem,) = (await worker.claim_next()).job.request["problems"]
    assert (problem["parameter"], problem["value"]) == ("LANG", "PQL")
    assert "ADQL-2.1" in problem["message"]


async def test_what_is_wrong_with_a_query_goes_to_the_worker_with_its_place(app_client, worker):
    await ask(app_client, QUERY.replace("mock.object", "mock.objct").replace("TOP 9", "DISTINCT"))

    problems = (await worker.claim_next()).job.request["problems"]
    assert [(problem["parameter"], "character 8" in problem["message"]) for problem in problems] == [("QUERY", True)]
