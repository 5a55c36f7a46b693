"""Two kinds of jobs beside each other: each has its own list, paths and parameters."""

import pytest

from tests.app.dali.documents import FIELDS, listed_ids, parameters_of, phase_of
from tests.app.votables import error_message, job_path

TABLES = {"x": ("vvds.csv", b"ra,dec,z\n"), "y": ("rules.csv", b"ra,dec\n")}
RULES = "name: MINE\ntitle: Mine\n---\nname: YOURS\n"


async def make(client, kind: str, **more: str) -> str:
    return job_path(await client.post(f"/{kind}/async", data={**FIELDS[kind], **more}))


def id_of(job: str) -> str:
    return job.rpartition("/")[2]


async def test_each_list_shows_its_own_kind(app_client):
    jobs = {kind: id_of(await make(app_client, kind)) for kind in FIELDS}

    listed = {kind: listed_ids(await app_client.get(f"/{kind}/async")) for kind in FIELDS}

    assert listed == {kind: [job] for kind, job in jobs.items()}


@pytest.mark.parametrize("child", ["", "/phase", "/parameters", "/results", "/owner", "/results/result"])
async def test_a_job_of_the_other_kind_is_not_found(app_client, child):
    for kind, other in (("crossmatch", "combine"), ("combine", "crossmatch")):
        job = id_of(await make(app_client, kind))

        assert (await app_client.get(f"/{other}/async/{job}{child}")).status_code == 404


async def test_a_job_of_the_other_kind_cannot_be_started_or_deleted(app_client):
    job = await make(app_client, "combine")
    elsewhere = f"/crossmatch/async/{id_of(job)}"

    statuses = [
        (await app_client.post(f"{elsewhere}/phase", data={"PHASE": "RUN"})).status_code,
        (await app_client.delete(elsewhere)).status_code,
        (await app_client.post(elsewhere, data={"ACTION": "DELETE"})).status_code,
    ]

    assert statuses == [404, 404, 404]
    assert await phase_of(app_client, job) == "PENDING"


async def test_a_third_kind_is_nothing(app_client):
    for path in ("inspect/async", "inspect/capabilities", "nothing/sync"):
        assert (await app_client.get(f"/{path}")).status_code == 404


async def test_several_inline_tables_are_the_inputs_of_one_combination(app_client, worker):
    fields = {
        "INPUT": ["a;survey_name=VVDS;z=Z", "b"],
        "UPLOAD": ["a,param:x", "b,param:y"],
        "PRESET": "complete",
        "SURVEY_RULES": RULES,
        "PHASE": "RUN",
    }

    job = job_path(await app_client.post("/combine/async", data=fields, files=TABLES))

    request = (await worker.claim()).job.request
    assert request["kind"] == "combine"
    assert request["recipe"] == {
        "inputs": "a;survey_name=VVDS;z=Z,b",
        "preset": "complete",
        "survey_rules": RULES,
    }
    assert {name: stored["size"] for name, stored in request["inputs"].items()} == {"a": 9, "b": 7}
    assert (await parameters_of(app_client, job))["INPUT"] == "a;survey_name=VVDS;z=Z,b"


async def test_rules_may_come_as_a_file_of_text(app_client, worker):
    files = {**TABLES, "SURVEY_RULES": ("mine.yaml", RULES.encode(), "application/yaml")}
    fields = {"INPUT": "a,b", "UPLOAD": "a,param:x;b,param:y", "PHASE": "RUN"}

    job = job_path(await app_client.post("/combine/async", data=fields, files=files))

    assert (await worker.claim()).job.request["recipe"]["survey_rules"] == RULES
    assert (await parameters_of(app_client, job))["SURVEY_RULES"] == RULES


async def test_sync_answers_a_compilation(app_client, worker):
    from tests.app.dali.sync_test import answered

    response = await answered(
        app_client.post("/combine/sync", data={"INPUT": "catalog:mock.object"}), worker, worker.complete
    )

    assert response.status_code == 200


async def test_the_parameters_of_the_other_kind_are_told_at_run(app_client, worker):
    await make(app_client, "combine", CATALOG="mock.object", PHASE="RUN")

    problems = (await worker.claim()).job.request["problems"]

    assert [problem["parameter"] for problem in problems] == ["CATALOG", "INPUT"]


async def test_a_single_valued_parameter_of_a_kind_is_given_once(app_client):
    response = await app_client.post("/combine/async", data={"INPUT": "mine", "PRESET": ["training", "complete"]})

    assert response.status_code == 400
    assert error_message(response) == "PRESET: is given as 'training' and 'complete'; give it once"
