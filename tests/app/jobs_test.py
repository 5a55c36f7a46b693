"""Jobs over JSON: checked, made, followed, changed and removed; the same jobs as on the UWS face."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.workbench import VOTABLE, Workbench, a_profile
from tests.trainingset.provenance_test import a_record
from trainingset.errors import Problem
from uws.job import NewJob, Parameter
from uws.life import JobService

JOBS = "/api/v1/jobs"
UPLOADS = "/api/v1/uploads"
CSV = b"ra,dec,z\n150.1,2.2,0.5\n"


@pytest.fixture
async def source(app_client: httpx.AsyncClient, worker: Workbench) -> str:
    """An inspected upload of the user."""
    upload = (await app_client.post(UPLOADS, params={"name": "zspec.csv"}, content=CSV)).json()
    await worker.inspect()
    return str(upload["source"])


def a_recipe(source: str, **changes: Any) -> dict[str, Any]:
    return {"catalog": OPEN_CATALOG, "redshifts": source, **changes}


async def create(client: httpx.AsyncClient, source: str, **changes: Any) -> dict[str, Any]:
    answer = await client.post(JOBS, json={"recipe": a_recipe(source), **changes})
    assert answer.status_code == 201, answer.text
    job: dict[str, Any] = answer.json()
    return job


async def test_good_recipe_is_queued_at_once_with_its_defaults_resolved(
    app_client: httpx.AsyncClient, source: str
) -> None:
    answer = await app_client.post(JOBS, json={"recipe": a_recipe(source), "run_id": "pilot"})

    assert answer.status_code == 201
    job = answer.json()
    assert answer.headers["Location"] == f"http://tsm.example/tsm/api/v1/jobs/{job['id']}"
    assert job["url"] == f"http://tsm.example/tsm/crossmatch/async/{job['id']}"
    assert (job["phase"], job["owner"], job["run_id"], job["kind"]) == ("QUEUED", "mlima", "pilot", "crossmatch")
    assert (job["recipe"]["radius_arcsec"], job["recipe"]["redshifts"]) == (0.75, source)
    assert "i_gaap1p0Flux" in job["recipe"]["columns"]


async def test_worker_gets_recipe_input_and_the_catalogs_that_the_owner_may_use(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    await create(app_client, source)

    job = (await worker.claim()).job

    stored = job.request["inputs"][source]
    assert (job.request["kind"], job.request["problems"], job.request["catalogs"]) == ("crossmatch", [], [OPEN_CATALOG])
    assert job.request["recipe"]["catalog"] == OPEN_CATALOG
    assert (stored["name"], stored["size"]) == ("zspec.csv", len(CSV))
    assert job.inputs == (stored["blob"],)


async def test_every_problem_of_a_recipe_comes_back_at_once(app_client: httpx.AsyncClient, source: str) -> None:
    wrong = a_recipe(
        source,
        catalog=OPEN_CATALOG,
        radius_arcsec=8,
        colums=["x"],
        columns=["i_ixxx"],
        where="i_gaap1p0SNR >",
        flux=["gap1p0"],
        split={"train": 0.7, "test": 0.2},
        seed=-1,
        formats=["exel"],
    )

    answer = await app_client.post(JOBS, json={"recipe": wrong})

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    problems = answer.json()["problems"]
    named = {problem["parameter"] for problem in problems}
    assert named == {"RADIUS", "colums", "COLUMNS", "WHERE", "FLUX", "SPLIT", "SEED", "FORMATS"}
    radius = next(problem for problem in problems if problem["parameter"] == "RADIUS")
    assert "8 arcsec" in radius["message"]
    assert "5 arcsec" in radius["limit"]
    assert (await app_client.get(JOBS)).json() == []


async def test_missing_fields_are_named(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(JOBS, json={"recipe": {}})

    assert answer.status_code == 422
    assert [problem["parameter"] for problem in answer.json()["problems"]] == ["CATALOG", "REDSHIFTS"]


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        ({"catalog": "mock.objekt"}, "did you mean mock.object"),
        ({"catalog": RESTRICTED_CATALOG}, RESTRICTED_CATALOG),
        ({"redshifts": "upload:nothing"}, "send the table again"),
        ({"redshifts": "job:nothing"}, "no job 'nothing'"),
        ({"redshifts": "catalog:nothing"}, "catalog 'nothing'"),
        ({"redshifts": f"catalog:{RESTRICTED_CATALOG}"}, RESTRICTED_CATALOG),
        ({"redshifts": "mine"}, "UPLOAD=mine,param:FIELD"),
        ({"redshifts": "pz:12"}, "knows no PZ Server"),
        ({"roles": {"z": "zspec"}}, "no column 'zspec'"),
        ({"redshifts_where": "quality = 4"}, "quality"),
    ],
)
async def test_thing_that_is_not_there_is_named(
    recipe: dict[str, Any], said: str, app_client: httpx.AsyncClient, source: str
) -> None:
    answer = await app_client.post(JOBS, json={"recipe": a_recipe(source) | recipe})

    assert answer.status_code == 422
    assert said in answer.json()["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"recipe": []}', b'{"recipe": {}, "colour": 1}', b'{"recipe": {}, "run_id": 7}'],
)
async def test_body_that_is_no_job_is_refused(body: bytes, app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(JOBS, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 422
    assert answer.json()["problems"]


async def test_place_of_a_mistake_in_json_is_told(app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(JOBS, content=b'{"recipe" 1}', headers={"Content-Type": "application/json"})

    (problem,) = answer.json()["problems"]
    assert problem["parameter"] == "body"
    assert "character 11" in problem["message"]


@pytest.mark.parametrize(
    ("recipe", "said"),
    [
        (rb'{"catalog": "\ud800"}', "surrogate"),
        (rb'{"roles": {"ra": "\udfff"}}', "surrogate"),
        (rb'{"\ud800": 1}', "surrogate"),
        (rb'{"where": "patch < \u0000"}', "U+0000"),
        (b"[" * 100_000 + b"]" * 100_000, "nests"),
        (b'{"seed": ' + b"9" * 5000 + b"}", "digits"),
    ],
)
async def test_json_that_cannot_be_kept_is_refused(recipe: bytes, said: str, app_client: httpx.AsyncClient) -> None:
    body = b'{"recipe": ' + recipe + b"}"

    answer = await app_client.post(JOBS, content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
async def test_time_outside_the_calendar_is_refused(time: str, app_client: httpx.AsyncClient, source: str) -> None:
    created = await app_client.post(JOBS, json={"recipe": a_recipe(source), "destruction": time})
    listed = await app_client.get(JOBS, params={"after": time})

    assert (created.status_code, listed.status_code) == (422, 422)
    assert "9999" in created.json()["detail"]


async def test_huge_body_is_refused(app_client: httpx.AsyncClient, source: str) -> None:
    answer = await app_client.post(JOBS, json={"recipe": a_recipe(source, where="x" * 2_000_000)})

    assert answer.status_code == 413
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_upload_that_is_inspected_meanwhile_is_waited_for(
    app_client: httpx.AsyncClient, worker: Workbench
) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()
    creating = asyncio.create_task(app_client.post(JOBS, json={"recipe": a_recipe(upload["source"])}))
    await asyncio.sleep(0.05)

    await worker.inspect()

    assert (await creating).status_code == 201


async def test_upload_whose_inspection_takes_long_says_try_again(app_client: httpx.AsyncClient) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()

    answer = await app_client.post(JOBS, json={"recipe": a_recipe(upload["source"])})

    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)
    assert "still being inspected" in answer.json()["detail"]
    assert (await app_client.get(JOBS)).json() == []


async def test_rejected_upload_is_told_together_with_the_rest(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()
    await worker.reject(
        Problem(parameter="UPLOAD", message="is cut off"), Problem(parameter="UPLOAD", message="is odd")
    )

    answer = await app_client.post(JOBS, json={"recipe": a_recipe(upload["source"], radius_arcsec=9)})

    assert answer.status_code == 422
    assert {problem["parameter"] for problem in answer.json()["problems"]} == {"UPLOAD", "RADIUS"}
    assert "is cut off" in answer.json()["detail"]
    assert "is odd" in answer.json()["detail"]


async def test_profile_decides_what_is_wrong_with_the_table(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()
    bad = Problem(parameter="REDSHIFTS", column="ra", rows=(2,), message="1 row has no valid coordinates")
    await worker.inspect(a_profile(bad_coordinate_rows=1, coordinate_problems=(bad,)))

    refused = await app_client.post(JOBS, json={"recipe": a_recipe(upload["source"])})
    accepted = await app_client.post(JOBS, json={"recipe": a_recipe(upload["source"], bad_rows="drop")})

    assert (refused.status_code, refused.json()["problems"][0]["rows"]) == (422, [2])
    assert accepted.status_code == 201


async def test_upload_of_somebody_else_cannot_be_matched(other_client: httpx.AsyncClient, source: str) -> None:
    answer = await other_client.post(JOBS, json={"recipe": a_recipe(source)})

    assert answer.status_code == 422
    assert "you have no upload" in answer.json()["detail"]


async def test_result_of_a_job_is_a_source_of_the_next(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    first = await create(app_client, source)
    unfinished = await app_client.post(JOBS, json={"recipe": a_recipe(f"job:{first['id']}")})
    await worker.complete()

    second = await create(app_client, f"job:{first['id']}")

    assert unfinished.status_code == 422
    assert "wait until it is COMPLETED" in unfinished.json()["detail"]
    stored = (await worker.claim()).job.request["inputs"][f"job:{first['id']}"]
    assert (second["phase"], stored["name"]) == ("QUEUED", "result.parquet")


async def test_registered_catalog_is_a_source_without_a_file(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    answer = await app_client.post(JOBS, json={"recipe": a_recipe(f"catalog:{OPEN_CATALOG}", roles={"z": "ebv"})})
    assert answer.status_code == 201, answer.text

    job = (await worker.claim()).job

    assert (job.request["inputs"], job.inputs) == ({}, ())


async def test_duration_and_destruction_are_kept_within_the_limits(app_client: httpx.AsyncClient, source: str) -> None:
    job = await create(app_client, source, execution_duration=10**9, destruction="2026-11-30T12:00:00+02:00")

    assert job["execution_duration"] == 86_400
    assert job["destruction"] == "2026-11-30T10:00:00Z"


async def test_job_can_wait_to_be_run(app_client: httpx.AsyncClient, source: str) -> None:
    job = await create(app_client, source, start=False)
    assert job["phase"] == "PENDING"

    ran = await app_client.post(f"{JOBS}/{job['id']}/run")
    again = await app_client.post(f"{JOBS}/{job['id']}/run")

    assert (ran.status_code, ran.json()["phase"]) == (200, "QUEUED")
    assert again.status_code == 409
    assert again.headers["Content-Type"] == "application/problem+json"


async def test_pending_job_is_checked_again_when_it_is_run(app_client: httpx.AsyncClient, source: str) -> None:
    job = await create(app_client, source, start=False)
    await app_client.delete(f"{UPLOADS}/{source.removeprefix('upload:')}")

    answer = await app_client.post(f"{JOBS}/{job['id']}/run")

    assert answer.status_code == 422
    assert (await app_client.get(f"{JOBS}/{job['id']}")).json()["phase"] == "PENDING"


async def test_job_made_over_uws_is_checked_and_run_over_json(
    app_client: httpx.AsyncClient, job_service: JobService, source: str
) -> None:
    parameters = (Parameter("CATALOG", OPEN_CATALOG), Parameter("REDSHIFTS", source), Parameter("RADIUS", "9"))
    made = await job_service.create(NewJob(kind="crossmatch", owner="mlima", parameters=parameters))

    refused = await app_client.post(f"{JOBS}/{made.id}/run")
    await job_service.replace_parameters(made.id, owner="mlima", parameters=parameters[:2])
    ran = await app_client.post(f"{JOBS}/{made.id}/run")

    assert (refused.status_code, refused.json()["problems"][0]["parameter"]) == (422, "RADIUS")
    assert (ran.json()["phase"], ran.json()["recipe"]["radius_arcsec"]) == ("QUEUED", 0.75)


async def test_job_made_over_json_shows_what_was_given_as_uws_parameters(
    app_client: httpx.AsyncClient, job_service: JobService, source: str
) -> None:
    recipe = a_recipe(source, split={"train": 0.8, "test": 0.2}, magnitudes=False, formats=["fits", "csv"])

    job = (await app_client.post(JOBS, json={"recipe": recipe})).json()

    stored = await job_service.get(job["id"], owner="mlima")
    assert {parameter.name: parameter.value for parameter in stored.parameters} == {
        "CATALOG": OPEN_CATALOG,
        "REDSHIFTS": source,
        "SPLIT": "train=0.8,test=0.2",
        "MAGNITUDES": "false",
        "FORMATS": "fits,csv",
    }


async def test_waiting_request_is_answered_at_the_change_of_phase(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    job = await create(app_client, source)
    waiting = asyncio.create_task(app_client.get(f"{JOBS}/{job['id']}", params={"wait": 20}))
    await asyncio.sleep(0.2)
    assert not waiting.done()

    await worker.claim()

    async with asyncio.timeout(5):
        assert (await waiting).json()["phase"] == "EXECUTING"


async def test_waiting_for_a_phase_that_has_passed_is_answered_at_once(
    app_client: httpx.AsyncClient, source: str
) -> None:
    job = await create(app_client, source)

    async with asyncio.timeout(5):
        answer = await app_client.get(f"{JOBS}/{job['id']}", params={"wait": 20, "phase": "PENDING"})

    assert answer.json()["phase"] == "QUEUED"


async def test_progress_is_shown(app_client: httpx.AsyncClient, source: str, worker: Workbench) -> None:
    job = await create(app_client, source)
    await worker.progress(await worker.claim(), "match", 3, 12)

    shown = (await app_client.get(f"{JOBS}/{job['id']}")).json()

    assert shown["progress"] == {"stage": "match", "done": 3, "total": 12, "unit": "partitions", "rows": 7}


async def test_failed_job_lists_its_problems(app_client: httpx.AsyncClient, source: str, worker: Workbench) -> None:
    job = await create(app_client, source)
    await worker.fail(None, Problem(parameter="WHERE", message="is wrong", column="x"))

    shown = (await app_client.get(f"{JOBS}/{job['id']}")).json()

    assert (shown["phase"], shown["error"]["type"]) == ("ERROR", "fatal")
    assert shown["error"]["problems"][0]["column"] == "x"


async def test_list_is_filtered_by_phase_time_and_number(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    jobs = [await create(app_client, source) for _ in range(3)]
    await worker.complete()

    async def listed(**filters: Any) -> list[str]:
        return [job["id"] for job in (await app_client.get(JOBS, params=filters)).json()]

    ids = [job["id"] for job in jobs]
    assert await listed() == ids[::-1]
    assert await listed(last=2) == ids[:0:-1]
    assert await listed(phase=["COMPLETED", "ERROR"]) == ids[:1]
    assert await listed(after=jobs[0]["creation_time"]) == ids[:0:-1]
    assert await listed(after=jobs[0]["creation_time"], phase="COMPLETED") == []
    assert await listed(kind="crossmatch", last=1) == ids[2:]


@pytest.mark.parametrize(
    "filters", [{"phase": "DONE"}, {"last": 0}, {"last": "x"}, {"after": "yesterday"}, {"kind": "inspect"}]
)
async def test_impossible_filter_is_refused(filters: dict[str, Any], app_client: httpx.AsyncClient) -> None:
    answer = await app_client.get(JOBS, params=filters)

    assert answer.status_code == 422


async def test_job_is_changed_within_the_limits(app_client: httpx.AsyncClient, source: str) -> None:
    job = await create(app_client, source, start=False)
    change = {"run_id": "second", "execution_duration": 60, "destruction": "2126-01-01T00:00:00Z"}

    changed = (await app_client.patch(f"{JOBS}/{job['id']}", json=change)).json()

    assert (changed["run_id"], changed["execution_duration"]) == ("second", 60)
    assert changed["destruction"] < "2028"


async def test_refused_change_changes_nothing(app_client: httpx.AsyncClient, source: str) -> None:
    job = await create(app_client, source)

    answer = await app_client.patch(f"{JOBS}/{job['id']}", json={"run_id": "late", "execution_duration": 60})

    assert answer.status_code == 409
    assert (await app_client.get(f"{JOBS}/{job['id']}")).json()["execution_duration"] == job["execution_duration"]


@pytest.mark.parametrize("change", [{"run_id": "x" * 65}, {"destruction": "2027-01-01"}, {"phase": "ABORTED"}])
async def test_impossible_change_is_refused(change: dict[str, Any], app_client: httpx.AsyncClient, source: str) -> None:
    job = await create(app_client, source, start=False)

    answer = await app_client.patch(f"{JOBS}/{job['id']}", json=change)

    assert answer.status_code == 422


async def test_abort_stops_a_running_job_and_leaves_an_ended_one(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    running, ended = await create(app_client, source), await create(app_client, source)
    await worker.claim()
    await worker.complete()

    aborted = (await app_client.post(f"{JOBS}/{running['id']}/abort")).json()
    untouched = (await app_client.post(f"{JOBS}/{ended['id']}/abort")).json()

    assert (aborted["phase"], untouched["phase"]) == ("ABORTED", "COMPLETED")


async def test_deleted_job_is_gone_on_both_faces(app_client: httpx.AsyncClient, source: str, worker: Workbench) -> None:
    job = await create(app_client, source)
    await worker.complete()

    answer = await app_client.delete(f"{JOBS}/{job['id']}")

    assert answer.status_code == 204
    gone = [f"{JOBS}/{job['id']}", f"{JOBS}/{job['id']}/results/result", f"/crossmatch/async/{job['id']}"]
    assert [(await app_client.get(address)).status_code for address in gone] == [404, 404, 404]


async def test_job_of_somebody_else_looks_like_none(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    job = await create(app_client, source)
    await worker.complete()
    address = f"{JOBS}/{job['id']}"

    answers = [
        await other_client.get(address),
        await other_client.get(address, params={"wait": 1}),
        await other_client.patch(address, json={"run_id": "mine"}),
        await other_client.post(f"{address}/run"),
        await other_client.post(f"{address}/abort"),
        await other_client.delete(address),
        await other_client.get(f"{address}/results"),
        await other_client.get(f"{address}/results/result"),
        await other_client.get(f"{address}/provenance"),
        await other_client.get(f"{address}/events"),
        await other_client.post(JOBS, json={"recipe": a_recipe(f"job:{job['id']}")}),
    ]

    assert [answer.status_code for answer in answers] == [404] * 10 + [422]
    assert (await other_client.get(JOBS)).json() == []
    assert (await app_client.get(address)).json()["phase"] == "COMPLETED"


async def test_inspection_of_an_upload_is_no_job_of_anybody(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    await app_client.post(UPLOADS, content=CSV)
    inspection = (await worker.claim()).job

    answer = await app_client.get(f"{JOBS}/{inspection.id}")

    assert answer.status_code == 404
    assert (await app_client.get(JOBS)).json() == []


async def test_results_are_listed_and_downloaded_whole_and_in_part(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    job = await create(app_client, source)
    assert (await app_client.get(f"{JOBS}/{job['id']}/results")).json() == []
    await worker.complete()

    results = (await app_client.get(f"{JOBS}/{job['id']}/results")).json()
    whole = await app_client.get(f"{JOBS}/{job['id']}/results/result")
    part = await app_client.get(f"{JOBS}/{job['id']}/results/result", headers={"Range": "bytes=1-7"})
    by_url = await app_client.get(results[0]["url"])

    assert [result["id"] for result in results] == ["result", "parquet"]
    assert (whole.content, by_url.content) == (VOTABLE, VOTABLE)
    assert (whole.headers["Content-Type"], results[0]["size"]) == ("application/x-votable+xml", len(VOTABLE))
    assert (part.status_code, part.content) == (206, VOTABLE[1:8])
    assert (await app_client.get(f"{JOBS}/{job['id']}/results/nothing")).status_code == 404


async def test_provenance_is_shown_without_integers_that_readers_get_wrong(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    job = await create(app_client, source)
    address = f"{JOBS}/{job['id']}/provenance"
    before = await app_client.get(address)
    await worker.complete(record={"first": 2**60 + 1, "rows": 12})

    answer = await app_client.get(address)

    assert before.status_code == 404
    assert answer.json() == {"first": str(2**60 + 1), "rows": 12}


async def test_provenance_is_given_as_prov_and_as_a_page(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    job = await create(app_client, source)
    address = f"{JOBS}/{job['id']}/provenance"
    record = a_record()
    await worker.complete(record=json.loads(record.to_json()))

    prov = await app_client.get(address, params={"format": "prov"})
    shown = await app_client.get(address, params={"format": "html"})

    assert {"entity", "activity", "agent"} <= set(prov.json())
    assert record.row_checksum in prov.text
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert record.row_checksum in shown.text
    assert (await app_client.get(address, params={"format": "xml"})).status_code == 422
    assert (await other_client.get(address, params={"format": "html"})).status_code == 404
