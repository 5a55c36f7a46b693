"""Official training sets: published by officials alone, in versions that stay, and shown to whoever may see them."""

import hashlib
import json
from typing import Any

import httpx
import pytest

from app.config import AppConfig
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.reproduce_test import CSV
from tests.app.workbench import Workbench
from tests.trainingset.provenance_test import a_record

SETS = "/api/v1/sets"
CONTENT = b"PAR1"


@pytest.fixture
def app_config(app_config: AppConfig) -> AppConfig:
    """Who has data rights for dp2 is an official here."""
    return app_config.model_copy(update={"official_right": "dp2"})


async def job_of(client: httpx.AsyncClient, worker: Workbench, *, catalog: str = OPEN_CATALOG) -> str:
    """A completed cross-match with a record."""
    upload = (await client.post("/api/v1/uploads", params={"name": "zspec.csv"}, content=CSV)).json()
    await worker.inspect()
    recipe = {"catalog": catalog, "redshifts": upload["source"], "preset": "dp1-training"}
    job = await client.post("/api/v1/jobs", json={"recipe": {**recipe, **PLAIN}})
    assert job.status_code == 201, job.text
    record = json.loads(a_record().to_json())
    record["preset"] = {"name": "dp1-training", "version": "1", "changed": ["where"]}
    await worker.complete(record=record)
    return str(job.json()["id"])


PLAIN = {"redshifts_where": None, "where": None}


def an_order(job: str, **changes: Any) -> dict[str, Any]:
    return {"job": job, "name": "dp1-training", "version": "2026.1", "title": "For DP1", "latest": True, **changes}


async def test_an_official_publishes_a_set_that_everybody_sees(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench
) -> None:
    job = await job_of(other_client, worker)
    answer = await other_client.post(SETS, json=an_order(job))

    assert answer.status_code == 201, answer.text
    (shown,) = (await app_client.get(SETS)).json()
    assert shown == answer.json()
    assert (shown["name"], shown["version"], shown["publisher"]) == ("dp1-training", "2026.1", "other")
    assert shown["preset"] == "dp1-training@1"
    assert shown["latest_for"] == [shown["release"]]
    assert (await app_client.get(f"{SETS}/dp1-training")).json() == shown
    assert (await app_client.get(f"{SETS}/dp1-training/2026.1")).json() == shown
    file = await app_client.get(f"{SETS}/dp1-training/2026.1/file")
    assert (file.content, hashlib.sha256(file.content).hexdigest()) == (CONTENT, shown["sha256"])
    record = (await app_client.get(f"{SETS}/dp1-training/2026.1/provenance")).json()
    assert record["row_checksum"] == shown["row_checksum"]


async def test_the_set_stays_when_its_job_is_gone(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench
) -> None:
    job = await job_of(other_client, worker)
    await other_client.post(SETS, json=an_order(job))
    assert (await other_client.delete(f"/api/v1/jobs/{job}")).status_code < 300
    assert (await app_client.get(f"{SETS}/dp1-training/2026.1/file")).content == CONTENT


async def test_nobody_else_publishes(app_client: httpx.AsyncClient, worker: Workbench) -> None:
    answer = await app_client.post(SETS, json=an_order(await job_of(app_client, worker)))
    assert (answer.status_code, "the data right dp2" in answer.text) == (403, True)
    assert (await app_client.get(SETS)).json() == []


async def test_a_version_is_published_once(other_client: httpx.AsyncClient, worker: Workbench) -> None:
    job = await job_of(other_client, worker)
    assert (await other_client.post(SETS, json=an_order(job))).status_code == 201
    again = await other_client.post(SETS, json=an_order(job, title="Another"))
    assert (again.status_code, "versions never change" in again.text) == (409, True)
    assert (await other_client.post(SETS, json=an_order(job, version="2026.2", latest=False))).status_code == 201
    shown = (await other_client.get(SETS)).json()
    assert [found["version"] for found in shown] == ["2026.2", "2026.1"]
    assert [found["version"] for found in (await other_client.get(SETS, params={"latest": True})).json()] == ["2026.1"]


async def test_a_set_of_a_restricted_catalog_is_hidden_from_who_lacks_the_right(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench
) -> None:
    job = await job_of(other_client, worker, catalog=RESTRICTED_CATALOG)
    assert (await other_client.post(SETS, json=an_order(job))).status_code == 201
    assert len((await other_client.get(SETS)).json()) == 1
    assert (await app_client.get(SETS)).json() == []
    for path in ("", "/2026.1", "/2026.1/file", "/2026.1/provenance"):
        assert (await app_client.get(f"{SETS}/dp1-training{path}")).status_code == 404


async def test_what_is_no_set_or_has_no_name_is_refused(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench
) -> None:
    foreign = await job_of(app_client, worker)
    assert (await other_client.post(SETS, json=an_order(foreign))).status_code == 404
    mine = await job_of(other_client, worker)
    odd = await other_client.post(SETS, json=an_order(mine, name="../x"))
    assert (odd.status_code, "letters, digits, dot" in odd.text) == (422, True)
    upload = (await other_client.post("/api/v1/uploads", params={"name": "zspec.csv"}, content=CSV)).json()
    await worker.inspect()
    recipe = {"catalog": OPEN_CATALOG, "redshifts": upload["source"]}
    waiting = (await other_client.post("/api/v1/jobs", json={"recipe": recipe})).json()["id"]
    unfinished = await other_client.post(SETS, json=an_order(waiting))
    assert (unfinished.status_code, "name a COMPLETED cross-match" in unfinished.text) == (422, True)


async def test_presets_are_listed_with_all_that_they_set(app_client: httpx.AsyncClient) -> None:
    presets = {
        f"{found['name']}@{found['version']}": found for found in (await app_client.get("/api/v1/presets")).json()
    }
    assert presets["dp1-training@1"]["parameters"]["radius_arcsec"] == 0.75


@pytest.mark.parametrize("path", ["/api/v1/presets", SETS, f"{SETS}/a/1/file"])
async def test_nobody_gets_in_without_signing_in(anonymous_client: httpx.AsyncClient, path: str) -> None:
    assert (await anonymous_client.get(path)).status_code == 401
