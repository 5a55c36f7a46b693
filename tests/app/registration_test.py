"""Asking for a registration: who may, what must be agreed to, and what comes back."""

import asyncio
from typing import Any

import httpx
import pytest

from app.config import AppConfig
from pz.config import PzServerConfig
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG
from tests.app.workbench import Workbench
from tests.pz.fake_server import FakePzServer
from uws.assembly import JobLife

JOBS = "/api/v1/jobs"
CSV = b"ra,dec,z\n150.1,2.2,0.5\n"


@pytest.fixture
def app_config(app_config: AppConfig, pz_config: PzServerConfig) -> AppConfig:
    """With a PZ Server, of whose releases two are known here."""
    rights = {"DP1": "dp1", "DP2": "dp2"}
    return app_config.model_copy(update={"pz": pz_config.model_copy(update={"rights_by_release": rights})})


async def a_job(client: httpx.AsyncClient, source: str, catalog: str = OPEN_CATALOG) -> str:
    answer = await client.post(JOBS, json={"recipe": {"catalog": catalog, "redshifts": source}})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


async def an_upload(client: httpx.AsyncClient, worker: Workbench) -> str:
    upload = (await client.post("/api/v1/uploads", params={"name": "zspec.csv"}, content=CSV)).json()
    await worker.inspect()
    return str(upload["source"])


async def ask(client: httpx.AsyncClient, job_id: str, **wish: Any) -> httpx.Response:
    return await client.post(f"{JOBS}/{job_id}/registration", json=wish)


async def test_private_redshifts_need_consent_also_through_an_earlier_job(
    pz: FakePzServer, app_client: httpx.AsyncClient, worker: Workbench, job_life: JobLife
) -> None:
    source = await an_upload(app_client, worker)
    first = await a_job(app_client, source)
    await worker.complete()
    second = await a_job(app_client, f"job:{first}")
    await worker.complete()
    for job_id in (first, second):
        answer = await ask(app_client, job_id)
        assert answer.status_code == 422
        (problem,) = answer.json()["problems"]
        assert problem["parameter"] == "share_private"
        assert source in problem["message"]
        assert (await app_client.get(f"{JOBS}/{job_id}/registration")).status_code == 404
    assert await job_life.registrations.take() is None
    assert (await ask(app_client, second, share_private=True)).status_code == 202


async def test_products_of_the_service_need_no_consent_and_the_product_comes_back_with_its_access(
    pz: FakePzServer,
    app_client: httpx.AsyncClient,
    other_client: httpx.AsyncClient,
    worker: Workbench,
    job_life: JobLife,
) -> None:
    source = f"pz:{pz.add_product(b'x').id}"
    job_id = await a_job(app_client, source)
    assert (await ask(app_client, job_id)).status_code == 409
    await worker.complete()
    asked = (await ask(app_client, job_id, display_name="DP1 x ECDFS", description="Bright.")).json()
    assert (asked["state"], asked["product"]) == ("WAITING", None)
    assert asked["display_name"] == f"DP1 x ECDFS [job {job_id}]"
    assert (await ask(other_client, job_id)).status_code == 404
    conflict = await ask(app_client, job_id, display_name="another")
    assert (conflict.status_code, "keeps this name" in conflict.text) == (409, True)
    taken = await job_life.registrations.take()
    assert taken is not None
    description = taken.registration.wanted["description"]
    assert all(part in description for part in ("Bright.", source, job_id, "mlima"))
    made = pz.add_product(b"PAR1", name=asked["display_name"], filename="set.parquet", type="training_set")
    url = "https://pz.example.org/api/products/57/"
    outcome = {"id": 57, "internal_name": made.internal_name, "display_name": made.display_name, "url": url}
    await job_life.registrations.succeed(taken, outcome, note=f"Registered: {url}")
    told = (await app_client.get(f"{JOBS}/{job_id}/registration")).json()
    assert (told["state"], told["product"]["id"], told["product"]["url"]) == ("REGISTERED", 57, url)
    assert told["product"]["access"]["web_page"] == f"https://pz.example.org/product/{made.internal_name}"
    compile(told["product"]["access"]["python"], "access", "exec")
    assert f"Registered: {url}" in (await app_client.get(f"{JOBS}/{job_id}")).json()["notes"]


async def test_the_curl_line_fetches_the_table(
    pz: FakePzServer, pz_config: PzServerConfig, app_client: httpx.AsyncClient, worker: Workbench, job_life: JobLife
) -> None:
    made = pz.add_product(b"PAR1 the table", filename="set.parquet", type="training_set")
    job_id = await a_job(app_client, f"pz:{pz.add_product(b'x').id}")
    await worker.complete()
    await ask(app_client, job_id)
    taken = await job_life.registrations.take()
    assert taken is not None
    url = f"{pz_config.url}products/{made.id}/"
    outcome = {"id": made.id, "internal_name": made.internal_name, "display_name": made.display_name, "url": url}
    await job_life.registrations.succeed(taken, outcome, note="Registered.")
    told = (await app_client.get(f"{JOBS}/{job_id}/registration")).json()
    line = told["product"]["access"]["curl"].replace(f"-o product_{made.id}.parquet", "-o -")
    shell = await asyncio.create_subprocess_shell(
        line, stdout=asyncio.subprocess.PIPE, env={"PATH": "/usr/bin:/bin", "PZ_TOKEN": pz.service_token}
    )
    assert (await shell.communicate())[0] == b"PAR1 the table"


async def test_results_that_need_a_right_go_only_to_a_release_that_is_held_to_it(
    pz: FakePzServer, other_client: httpx.AsyncClient, worker: Workbench
) -> None:
    job_id = await a_job(other_client, f"pz:{pz.add_product(b'x').id}", RESTRICTED_CATALOG)
    await worker.complete()
    for release in (None, "DP1", "made up"):
        answer = await ask(other_client, job_id, release=release)
        assert answer.status_code == 422
        (problem,) = answer.json()["problems"]
        assert (problem["parameter"], "name the release DP2" in problem["message"]) == ("release", True)
    assert (await ask(other_client, job_id, release="DP2")).status_code == 202


async def test_everything_wrong_is_said_together(
    app_client: httpx.AsyncClient, worker: Workbench, app_config: AppConfig
) -> None:
    job_id = await a_job(app_client, await an_upload(app_client, worker))
    await worker.complete()
    answer = await ask(app_client, job_id, display_name="x" * 255)
    assert [problem["parameter"] for problem in answer.json()["problems"]] == ["display_name", "share_private"]
