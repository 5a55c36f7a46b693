"""Combinations over JSON: checked against what is known of their inputs, before any work."""

from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.app.catalogs import OPEN_CATALOG
from tests.app.workbench import Workbench, a_profile
from trainingset.errors import Problem

JOBS = "/api/v1/jobs"
UPLOADS = "/api/v1/uploads"


@pytest.fixture
async def tables(app_client: httpx.AsyncClient, worker: Workbench) -> tuple[str, str, str]:
    """A good table, one whose roles nobody found, and one that cannot be read."""
    sources = []
    for name in ("good.csv", "odd.csv", "broken.fits"):
        upload = (await app_client.post(UPLOADS, params={"name": name}, content=name.encode())).json()
        sources.append(str(upload["source"]))
        if name == "broken.fits":
            await worker.reject(Problem(parameter="UPLOAD broken.fits", message="ends in the middle of a row"))
        else:
            bad = Problem(parameter="ROLES", message="no column is known as redshift", value="z")
            rows = Problem(parameter="UPLOAD odd.csv", message="row 3 has no position")
            odd = {"roles": {}, "role_problems": (bad,), "coordinate_problems": (rows,)} if name == "odd.csv" else {}
            await worker.inspect(a_profile(name=name, sha256=upload["sha256"], **odd))
    good, odd_one, broken = sources
    return good, odd_one, broken


def a_combination(*sources: str, **changes: Any) -> dict[str, Any]:
    return {"recipe": {"kind": "combine", "inputs": [{"source": source} for source in sources], **changes}}


def problems_of(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 422, answer.text
    return [(problem["parameter"], problem["message"]) for problem in answer.json()["problems"]]


async def test_a_good_combination_is_queued_with_its_preset_resolved(
    app_client: httpx.AsyncClient, worker: Workbench, tables: tuple[str, str, str]
) -> None:
    good, odd, _ = tables

    made = (await app_client.post(JOBS, json=a_combination(good, odd))).json()

    assert (made["kind"], made["phase"]) == ("combine", "QUEUED")
    assert made["url"] == f"http://tsm.example/tsm/combine/async/{made['id']}"
    assert (made["recipe"]["mode"], made["recipe"]["stars"]) == ("remove", "drop")
    job = (await worker.claim()).job
    assert job.request["recipe"] == a_combination(good, odd)["recipe"]
    assert set(job.request["inputs"]) == {good, odd}
    assert len(job.inputs) == 2


async def test_jobs_are_listed_by_kind(app_client: httpx.AsyncClient, tables: tuple[str, str, str]) -> None:
    good, odd, _ = tables
    combined = (await app_client.post(JOBS, json=a_combination(good, odd))).json()["id"]
    matched = (await app_client.post(JOBS, json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": good}})).json()["id"]

    listed = {
        kind: [job["id"] for job in (await app_client.get(JOBS, params={"kind": kind})).json()]
        for kind in ("combine", "crossmatch")
    }

    assert listed == {"combine": [combined], "crossmatch": [matched]}
    assert len((await app_client.get(JOBS)).json()) == 2


async def test_only_what_cannot_be_read_is_refused_and_the_bad_input_is_named(
    app_client: httpx.AsyncClient, tables: tuple[str, str, str]
) -> None:
    good, odd, broken = tables

    (problem,) = problems_of(await app_client.post(JOBS, json=a_combination(good, odd, broken)))

    assert problem == ("INPUT", f"input 3, {broken}: ends in the middle of a row")


async def test_all_problems_come_at_once(app_client: httpx.AsyncClient, tables: tuple[str, str, str]) -> None:
    good, _, broken = tables
    recipe = a_combination(
        good,
        "upload:nothing",
        broken,
        "compilation:specz",
        preset="best",
        radius_arcsec=-1,
        priority=["quality"],
        footprints=["dp9"],
        survey_rules="name: MINE\nx: [",
        formats=["hdf5"],
    )
    recipe["recipe"]["inputs"][0] |= {"survey": "VIPRS_PDR2", "roles": {"z": "zz"}}

    problems = problems_of(await app_client.post(JOBS, json=recipe))

    named = [parameter for parameter, _ in problems]
    assert set(named) == {"INPUT", "PRESET", "RADIUS", "PRIORITY", "FOOTPRINTS", "SURVEY_RULES", "FORMATS"}
    told = "\n".join(message for _, message in problems)
    for words in ("zz", "upload 'nothing'", "middle of a row", "'specz'", "did you mean quality_flag", "dp9", "line 3"):
        assert words in told
    assert (await app_client.get(JOBS)).json() == []


async def test_an_unknown_survey_is_told_with_close_ones(
    app_client: httpx.AsyncClient, tables: tuple[str, str, str]
) -> None:
    recipe = a_combination(tables[0])
    recipe["recipe"]["inputs"][0]["survey"] = "vipers_pdr1"

    ((parameter, message),) = problems_of(await app_client.post(JOBS, json=recipe))

    assert parameter == "INPUT"
    assert "did you mean VIPERS_PDR2" in message


async def test_a_file_given_twice_is_refused_unless_allowed(
    app_client: httpx.AsyncClient, tables: tuple[str, str, str]
) -> None:
    good = tables[0]

    ((_, message),) = problems_of(await app_client.post(JOBS, json=a_combination(good, good)))
    allowed = await app_client.post(JOBS, json=a_combination(good, good, repeats="allow"))

    assert "input 2, good.csv, is the same file as input 1" in message
    assert allowed.status_code == 201


async def test_an_unknown_kind_is_told(app_client: httpx.AsyncClient) -> None:
    ((parameter, message),) = problems_of(await app_client.post(JOBS, json={"recipe": {"kind": "join"}}))

    assert parameter == "kind"
    assert "crossmatch, combine" in message


async def test_a_chain_is_checked_with_all_its_inputs(
    app_client: httpx.AsyncClient, worker: Workbench, tables: tuple[str, str, str]
) -> None:
    good, odd, broken = tables
    chain = {"catalog": OPEN_CATALOG, "redshifts": a_combination(good, odd)["recipe"]}

    made = (await app_client.post(JOBS, json={"recipe": chain})).json()
    wrong = {**chain, "radius_arcsec": 8, "redshifts": a_combination(good, broken, footprints=["dp9"])["recipe"]}
    problems = problems_of(await app_client.post(JOBS, json={"recipe": wrong}))
    planned = (await app_client.post("/api/v1/plan", json={"recipe": chain})).json()

    assert (made["kind"], made["recipe"]["redshifts"]["kind"]) == ("crossmatch", "combine")
    assert set((await worker.claim()).job.request["inputs"]) == {good, odd}
    assert {parameter for parameter, _ in problems} == {"INPUT", "RADIUS", "FOOTPRINTS"}
    assert (planned["problems"], planned["n_redshifts"]) == ([], None)


async def test_there_is_nothing_to_plan_of_a_combination(
    app_client: httpx.AsyncClient, tables: tuple[str, str, str]
) -> None:
    ((_, message),) = problems_of(await app_client.post("/api/v1/plan", json=a_combination(tables[0])))

    assert "nothing to plan" in message


async def test_a_pending_combination_runs_as_it_was_given(
    app_client: httpx.AsyncClient, worker: Workbench, tables: tuple[str, str, str]
) -> None:
    # No parameter can say "no type is unwanted", and commas part inputs.
    creation = {**a_combination(tables[0], instrument_types=[]), "start": False}
    creation["recipe"]["inputs"][0]["roles"] = {"ra": "ra"}
    made = (await app_client.post(JOBS, json=creation)).json()

    answer = await app_client.post(f"{JOBS}/{made['id']}/run")

    assert answer.status_code == 200
    assert (await worker.claim()).job.request["recipe"] == creation["recipe"]


async def test_an_input_is_another_job_of_either_kind(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    made = (await app_client.post(JOBS, json=a_combination(f"catalog:{OPEN_CATALOG}"))).json()
    await worker.complete()

    second = await app_client.post(JOBS, json=a_combination(f"job:{made['id']}"))

    assert second.status_code == 201
    assert list((await worker.claim()).job.request["inputs"]) == [f"job:{made['id']}"]


async def test_a_footprint_that_the_operator_named_is_known(
    app_client: httpx.AsyncClient, registry_path: Path, tables: tuple[str, str, str]
) -> None:
    content = yaml.safe_load(registry_path.read_text())
    circle = {"ra": 1, "dec": 2, "radius_deg": 3}
    content["footprints"] = [{"name": "deep", "kind": "circles", "circles": [circle]}]
    registry_path.write_text(yaml.safe_dump(content))
    footprints = ["dp1", "Deep", f"catalog:{OPEN_CATALOG}"]

    answer = await app_client.post(JOBS, json=a_combination(tables[0], footprints=footprints))

    assert answer.status_code == 201, answer.text
