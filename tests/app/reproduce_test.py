"""A provenance record over JSON: checked whole, run again, and answered with what differs."""

import hashlib
import json
from typing import Any

import httpx
import pytest

from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.workbench import Workbench
from tests.trainingset.provenance_test import a_record
from trainingset.reproduction import ColumnDifference, RowDifferences

REPRODUCE = "/api/v1/reproduce"
JOBS = "/api/v1/jobs"
CSV = b"ra,dec,z\n150.1,2.2,0.5\n"
SHA256 = hashlib.sha256(CSV).hexdigest()


def a_document(source: str = "upload:of-another-service", **changes: Any) -> dict[str, Any]:
    """A record of ``CSV`` matched with the open catalog, as JSON."""
    record: dict[str, Any] = json.loads(a_record().to_json())
    used = {**record["inputs"][0], "source": source, "sha256": SHA256, "size": len(CSV)}
    recipe = {**record["recipe"], "catalog": OPEN_CATALOG, "redshifts": source}
    catalogs = [{**record["catalogs"][0], "id": OPEN_CATALOG}]
    return {**record, "inputs": [used], "recipe": recipe, "catalogs": catalogs, **changes}


@pytest.fixture
async def source(app_client: httpx.AsyncClient, worker: Workbench) -> str:
    """The recorded table, sent here under an id of its own."""
    upload = (await app_client.post("/api/v1/uploads", params={"name": "zspec.csv"}, content=CSV)).json()
    await worker.inspect()
    return str(upload["source"])


async def problems_of(client: httpx.AsyncClient, document: object) -> dict[str, str]:
    answer = await client.post(REPRODUCE, json=document)
    assert answer.status_code == 422, answer.text
    assert (await client.get(JOBS)).json() == []
    return {problem["parameter"]: problem["message"] for problem in answer.json()["problems"]}


async def test_a_record_of_another_service_runs_on_the_same_bytes_here(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    document = a_document()
    answer = await app_client.post(REPRODUCE, json=document)

    assert answer.status_code == 201, answer.text
    job = answer.json()
    assert answer.headers["Location"].endswith(f"{JOBS}/{job['id']}")
    assert (job["phase"], job["run_id"]) == ("QUEUED", "reproduces 7")
    assert (job["recipe"]["redshifts"], job["recipe"]["radius_arcsec"]) == (source, 0.75)
    early = await app_client.get(f"{JOBS}/{job['id']}/reproduction")
    assert (early.status_code, "QUEUED" in early.text) == (404, True)

    await worker.complete(record=document)
    told = (await app_client.get(f"{JOBS}/{job['id']}/reproduction")).json()
    assert (told["is_same"], told["differences"], told["rows"]) == (True, [], None)


async def test_what_differs_is_told_with_its_causes(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    document = a_document()
    job = (await app_client.post(REPRODUCE, json=document)).json()
    found = {**document, "row_checksum": "sha256:" + "9" * 64, "rows": 79}
    found["inputs"] = [{**document["inputs"][0], "sha256": "0" * 64}]
    found["software"] = {**document["software"], "numpy": "1.0"}
    await worker.complete(record=found)

    told = (await app_client.get(f"{JOBS}/{job['id']}/reproduction")).json()

    assert (told["is_same"], told["recorded_rows"], told["found_rows"]) == (False, 80, 79)
    assert [(item["what"], item["name"]) for item in told["differences"]] == [
        ("input", "1 SHA-256"),
        ("counts", "rows"),
        ("software", "numpy"),
    ]


async def test_the_worker_gets_the_recorded_rows_where_they_still_are(
    app_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    made = (await app_client.post(JOBS, json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": source}})).json()
    await worker.complete()
    results = (await app_client.get(f"{JOBS}/{made['id']}/results")).json()
    parquet = {key: results[1][key] for key in ("id", "filename", "mime_type", "size", "sha256")}
    document = a_document(outputs=[parquet], facts={"job_id": made["id"]})
    job = (await app_client.post(REPRODUCE, json=document)).json()

    claim = await worker.claim()
    rows = claim.job.request["reproduces"]["rows"]
    assert rows["sha256"] == parquet["sha256"]
    assert rows["blob"] in claim.job.inputs
    differences = RowDifferences(only_recorded=1, only_found=0, columns=(ColumnDifference(column="z", rows=2),))
    await worker.complete(claim, record={**document, "row_checksum": "other"}, row_differences=differences)

    told = (await app_client.get(f"{JOBS}/{job['id']}/reproduction")).json()
    assert (told["rows"]["only_recorded"], told["rows"]["columns"][0]["column"]) == (1, "z")


async def test_bytes_that_nobody_has_here_are_asked_for(app_client: httpx.AsyncClient) -> None:
    problems = await problems_of(app_client, a_document())

    assert list(problems) == ["input Núñez.fits"]
    assert SHA256 in problems["input Núñez.fits"]


async def test_tables_and_jobs_of_others_are_no_inputs(other_client: httpx.AsyncClient, source: str) -> None:
    assert list(await problems_of(other_client, a_document(source))) == ["input Núñez.fits"]
    assert list(await problems_of(other_client, a_document("job:somebodys"))) == ["input Núñez.fits"]


async def test_all_that_is_wrong_comes_at_once(app_client: httpx.AsyncClient) -> None:
    document = a_document("catalog:not_for_you")
    recipe = {**document["recipe"], "catalog": RESTRICTED_CATALOG, "radius_arcsec": 99, "columns": ["nonsense"]}
    problems = await problems_of(app_client, {**document, "recipe": recipe})

    assert {"catalogs", "CATALOG", "REDSHIFTS"} <= set(problems)
    assert RESTRICTED_CATALOG in problems["catalogs"]


@pytest.mark.parametrize(
    ("change", "parameter", "told"),
    [
        ({"schema_version": 7}, "schema_version", "of version 7"),
        ({"kind": "query"}, "kind", "plain query"),
        ({"inputs": []}, "inputs", "nothing is told of"),
        ({"rows": "many", "unheard_of": 1}, "rows", "integer"),
        ({"rows": "many", "unheard_of": 1}, "unheard_of", "not permitted"),
        ({"recipe": {}}, "CATALOG", "is missing"),
    ],
)
async def test_a_record_that_was_edited_or_is_of_the_future_is_refused(
    app_client: httpx.AsyncClient, change: dict[str, Any], parameter: str, told: str
) -> None:
    problems = await problems_of(app_client, {**a_document(), **change})

    assert told in problems[parameter]


async def test_a_truncated_record_is_refused(app_client: httpx.AsyncClient) -> None:
    whole = json.dumps(a_document()).encode()
    for body in (whole[: len(whole) // 2], b"[]", b"", b'"x"'):
        answer = await app_client.post(REPRODUCE, content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, answer.text
    half = {name: value for name, value in a_document().items() if name not in ("recipe", "rows", "software")}
    assert set(await problems_of(app_client, half)) == {"recipe", "rows", "software"}


async def test_a_job_that_reproduces_nothing_says_so(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, source: str, worker: Workbench
) -> None:
    job = (await app_client.post(JOBS, json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": source}})).json()
    await worker.complete()
    place = f"{JOBS}/{job['id']}/reproduction"

    answer = await app_client.get(place)

    assert (answer.status_code, "reproduces nothing" in answer.text) == (404, True)
    assert "reproduces" not in (await other_client.get(place)).text


@pytest.mark.parametrize("view", ["prov", "html"])
@pytest.mark.parametrize(
    "stored",
    [
        {"rows": 12, "row_checksum": "sha256:ab"},
        {"recipe": {}},
        {"recipe": {"catalog": "x"}, "citations": ["Some 2020"], "stages": "none", "once_known": 1},
    ],
    ids=["few fields", "recipe alone", "other fields"],
)
async def test_a_record_of_an_earlier_release_is_shown_with_what_it_tells(
    app_client: httpx.AsyncClient, source: str, worker: Workbench, stored: dict[str, Any], view: str
) -> None:
    job = (await app_client.post(JOBS, json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": source}})).json()
    await worker.complete(record=stored)

    answer = await app_client.get(f"{JOBS}/{job['id']}/provenance", params={"format": view})

    assert answer.status_code == 200, answer.text
    assert stored.get("row_checksum", "not recorded") in answer.text
