"""Plans: the checks of a job and an estimate, without a job."""

import asyncio
from datetime import datetime
from typing import Any

import httpx
import pytest

from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG, a_card
from tests.app.workbench import Workbench, a_profile, in_chunks
from trainingset.partitions import PartitionList
from trainingset.plan import Plan
from trainingset.registry import card_key
from uws.assembly import JobLife

PLAN = "/api/v1/plan"
JOBS = "/api/v1/jobs"
UPLOADS = "/api/v1/uploads"
CSV = b"ra,dec,z\n150.1,2.2,0.5\n"


@pytest.fixture
async def source(app_client: httpx.AsyncClient, worker: Workbench) -> str:
    """An inspected upload of three redshifts, two of them in the catalog's coverage."""
    upload = (await app_client.post(UPLOADS, params={"name": "zspec.csv"}, content=CSV)).json()
    await worker.inspect(a_profile(coverage_order=2, coverage_pixels=(5, 150), coverage_counts=(2, 1)))
    return str(upload["source"])


@pytest.fixture
async def card_with_partitions(app: object, job_life: JobLife) -> None:
    """The catalog's card, as a worker of this release writes it."""
    partitions = PartitionList(
        orders=(2, 2), pixels=(5, 6), rows=(600, 400), row_group_rows=1000, bytes_per_row={"coord_ra": 8.0}
    )
    card = a_card().model_copy(update={"partitions": partitions})
    await job_life.blobs.write(card_key(OPEN_CATALOG), in_chunks(card.model_dump_json().encode()))


async def plan(client: httpx.AsyncClient, **recipe: Any) -> dict[str, Any]:
    answer = await client.post(PLAN, json={"recipe": {"catalog": OPEN_CATALOG, **recipe}})
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_plan_tells_what_would_be_read_and_given(
    app_client: httpx.AsyncClient, source: str, card_with_partitions: None
) -> None:
    planned = await plan(app_client, redshifts=source)

    assert (planned["n_redshifts"], planned["n_redshifts_in_footprint"], planned["expected_rows"]) == (3, 2, 2)
    assert (planned["n_partitions"], planned["bytes_to_read"]) == (1, 4800)
    assert planned["problems"] == []
    assert planned["recipe"]["radius_arcsec"] == 0.75
    assert any("upper bound" in note for note in planned["notes"])


async def test_seconds_are_those_that_jobs_took_here_and_say_how_sure_they_are(
    app_client: httpx.AsyncClient, source: str, card_with_partitions: None, worker: Workbench
) -> None:
    first = await plan(app_client, redshifts=source)
    job = (await app_client.post(JOBS, json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": source}})).json()
    claim = await worker.claim()
    await asyncio.sleep(1.0)
    await worker.complete(claim)

    learned = await plan(app_client, redshifts=source)

    done = (await app_client.get(f"{JOBS}/{job['id']}")).json()
    took = instant(done["end_time"]) - instant(done["start_time"])
    assert first["seconds"] < 0.5
    assert learned["seconds"] == pytest.approx(took.total_seconds(), abs=0.02)
    assert not any("calibrated" in note for note in first["notes"])
    assert any("the last job took 1 to 1 times" in note for note in learned["notes"])
    assert done["quote"] is not None


async def test_plan_makes_no_job(app_client: httpx.AsyncClient, source: str) -> None:
    await plan(app_client, redshifts=source)

    assert (await app_client.get(JOBS)).json() == []


async def test_card_of_an_older_release_gives_a_plan_without_partitions(
    app_client: httpx.AsyncClient, source: str
) -> None:
    planned = await plan(app_client, redshifts=source)

    assert (planned["expected_rows"], planned["n_partitions"], planned["bytes_to_read"]) == (2, None, None)


@pytest.mark.parametrize(
    "wrong",
    [
        {"radius_arcsec": 9, "columns": "nothing", "split": {"train": 0.4}, "neighbors": 0},
        {"catalog": RESTRICTED_CATALOG},
        {"redshifts": "upload:nobodys"},
        {"frobnicate": 1},
    ],
)
async def test_problems_are_those_that_making_a_job_would_tell(
    wrong: dict[str, Any], app_client: httpx.AsyncClient, source: str
) -> None:
    recipe = {"catalog": OPEN_CATALOG, "redshifts": source, **wrong}

    planned = (await app_client.post(PLAN, json={"recipe": recipe})).json()
    refused = await app_client.post(JOBS, json={"recipe": recipe})

    assert refused.status_code == 422
    assert [without_nulls(problem) for problem in planned["problems"]] == [
        without_nulls(problem) for problem in refused.json()["problems"]
    ]
    assert planned["recipe"] is None
    assert planned["expected_rows"] is None


async def test_upload_of_somebody_else_is_like_one_that_is_not_there(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, source: str
) -> None:
    absent = "upload:" + source.removeprefix("upload:")[::-1]

    of_other = await plan(other_client, redshifts=source)
    of_nobody = await plan(other_client, redshifts=absent)

    assert (await plan(app_client, redshifts=source))["problems"] == []
    assert of_other["n_redshifts"] is None
    assert of_other["problems"]
    told, expected = (
        str(planned["problems"]).replace(named.removeprefix("upload:"), "ID")
        for planned, named in ((of_other, source), (of_nobody, absent))
    )
    assert told == expected


async def test_result_of_a_job_is_planned_without_numbers(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    job = (await app_client.post(JOBS, json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": source}})).json()
    await worker.complete()

    planned = await plan(app_client, redshifts=f"job:{job['id']}")

    assert (planned["problems"], planned["n_redshifts"]) == ([], None)
    assert "read only when the job runs" in planned["notes"][0]


@pytest.mark.parametrize("body", [{}, {"recipe": 3}, {"recipe": {}, "start": True}])
async def test_body_without_a_recipe_is_refused(body: dict[str, Any], app_client: httpx.AsyncClient) -> None:
    answer = await app_client.post(PLAN, json=body)

    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_upload_that_is_not_inspected_yet_is_a_matter_of_time(app_client: httpx.AsyncClient) -> None:
    upload = (await app_client.post(UPLOADS, content=CSV)).json()

    answer = await app_client.post(PLAN, json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": upload["source"]}})

    assert (answer.status_code, "Retry-After" in answer.headers) == (503, True)


async def test_plan_must_be_signed_in_for(anonymous_client: httpx.AsyncClient) -> None:
    assert (await anonymous_client.post(PLAN, json={"recipe": {}})).status_code == 401


def test_example_of_the_document_is_a_plan() -> None:
    example = Plan.model_json_schema()["example"]

    assert Plan.model_validate(example).n_partitions == 17


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def without_nulls(problem: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in problem.items() if value is not None}
