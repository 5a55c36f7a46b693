"""Sharing: readers see a job, its results and provenance, change nothing, and lose it at once with share or right."""

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.config import AppConfig
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG, an_entry, write_registry
from tests.app.conftest import BASE_URL
from tests.app.gafaelfawr import FakeGafaelfawr
from tests.app.workbench import VOTABLE, Workbench
from tests.trainingset.provenance_test import a_record

ASYNC = "/crossmatch/async"
JOBS = "/api/v1/jobs"
CSV = b"ra,dec,z\n150.1,2.2,0.5\n"
GROUP = {"reader": "group:g_users"}
EVERYONE = {"reader": "everyone"}


@pytest.fixture
def app_config(app_config: AppConfig) -> AppConfig:
    """Nobody's groups are remembered."""
    identity = app_config.identity.model_copy(update={"cache_seconds": 0})
    return app_config.model_copy(update={"identity": identity})


@pytest.fixture
async def job_id(app_client: httpx.AsyncClient, worker: Workbench) -> str:
    """A finished match of ``mlima`` with the open catalog, of a table that came with it."""
    return await a_match(app_client, worker, OPEN_CATALOG)


async def a_match(client: httpx.AsyncClient, worker: Workbench, catalog: str) -> str:
    form = {"CATALOG": catalog, "REDSHIFTS": "mine", "UPLOAD": "mine,param:table", "PHASE": "RUN"}
    made = await client.post(ASYNC, data=form, files={"table": ("z.csv", CSV)})
    assert made.status_code == 303, made.text
    await worker.complete(record=json.loads(a_record().to_json()))
    return made.headers["Location"].rsplit("/", 1)[1]


async def share(client: httpx.AsyncClient, job_id: str, reader: dict[str, str] = GROUP) -> None:
    answer = await client.post(f"{JOBS}/{job_id}/shares", json=reader)
    assert answer.status_code == 201, answer.text


def reading(job_id: str) -> list[str]:
    """All that a reader may see."""
    return [
        f"{JOBS}/{job_id}",
        f"{JOBS}/{job_id}?wait=1",
        f"{JOBS}/{job_id}/results",
        f"{JOBS}/{job_id}/results/result",
        f"{JOBS}/{job_id}/provenance",
        f"{JOBS}/{job_id}/provenance?format=html",
        f"{ASYNC}/{job_id}",
        f"{ASYNC}/{job_id}/phase",
        f"{ASYNC}/{job_id}/owner",
        f"{ASYNC}/{job_id}/results",
        f"{ASYNC}/{job_id}/results/result",
    ]


async def statuses(client: httpx.AsyncClient, job_id: str) -> set[int]:
    return {(await client.get(address)).status_code for address in reading(job_id)}


def leave(gafaelfawr: FakeGafaelfawr, username: str, group: str) -> None:
    for token in gafaelfawr.tokens.values():
        if token.username == username:
            token.groups = [name for name in token.groups if name != group]


@pytest.mark.parametrize("reader", [GROUP, EVERYONE], ids=["group", "everyone"])
async def test_readers_see_job_results_and_provenance_until_the_share_ends(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, job_id: str, reader: dict[str, str]
) -> None:
    assert await statuses(other_client, job_id) == {404}
    await share(app_client, job_id, reader)
    await share(app_client, job_id, reader)

    assert await statuses(other_client, job_id) == {200}
    assert (await other_client.get(f"{ASYNC}/{job_id}/results/result")).content == VOTABLE
    listed = (await app_client.get(f"{JOBS}/{job_id}/shares")).json()
    assert [item["reader"] for item in listed] == [reader["reader"]]
    shared = (await other_client.get("/api/v1/shared")).json()
    assert [(job["id"], job["owner"]) for job in shared] == [(job_id, "mlima")]
    assert (await app_client.get("/api/v1/shared")).json() == []
    assert (await other_client.get(JOBS)).json() == []

    ended = await app_client.delete(f"{JOBS}/{job_id}/shares/{reader['reader']}")

    assert ended.status_code == 204
    assert await statuses(other_client, job_id) == {404}
    assert (await other_client.get("/api/v1/shared")).json() == []
    assert (await app_client.delete(f"{JOBS}/{job_id}/shares/{reader['reader']}")).status_code == 404


async def test_who_is_in_another_group_sees_nothing(
    app: FastAPI, app_client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr, job_id: str
) -> None:
    await share(app_client, job_id)
    headers = {"Authorization": f"Bearer {gafaelfawr.issue('third', groups=['g_users2', 'users', 'everyone'])}"}
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as third:
        assert await statuses(third, job_id) == {404}
        assert (await third.get("/api/v1/shared")).json() == []


async def test_readers_change_nothing_and_do_not_see_what_was_sent(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, job_id: str
) -> None:
    await share(app_client, job_id)
    before = (await app_client.get(f"{JOBS}/{job_id}")).json()
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("DELETE", f"{JOBS}/{job_id}", {}),
        ("PATCH", f"{JOBS}/{job_id}", {"json": {"execution_duration": 1}}),
        ("POST", f"{JOBS}/{job_id}/abort", {}),
        ("POST", f"{JOBS}/{job_id}/run", {}),
        ("GET", f"{JOBS}/{job_id}/events", {}),
        ("GET", f"{JOBS}/{job_id}/shares", {}),
        ("POST", f"{JOBS}/{job_id}/shares", {"json": EVERYONE}),
        ("DELETE", f"{JOBS}/{job_id}/shares/group:g_users", {}),
        ("DELETE", f"{ASYNC}/{job_id}", {}),
        ("POST", f"{ASYNC}/{job_id}", {"data": {"ACTION": "DELETE"}}),
        ("POST", f"{ASYNC}/{job_id}/phase", {"data": {"PHASE": "ABORT"}}),
        ("POST", f"{ASYNC}/{job_id}/destruction", {"data": {"DESTRUCTION": "2026-01-01T00:00:00Z"}}),
        ("POST", f"{ASYNC}/{job_id}/parameters", {"data": {"RADIUS": "1"}}),
        ("GET", f"{ASYNC}/{job_id}/parameters", {}),
        ("GET", f"{ASYNC}/{job_id}/parameters/mine", {}),
    ]

    for method, address, body in asked:
        assert (await other_client.request(method, address, **body)).status_code == 404, (method, address)

    assert (await app_client.get(f"{JOBS}/{job_id}")).json() == before


async def test_a_share_is_no_source_of_a_job(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, job_id: str
) -> None:
    await share(app_client, job_id)
    recipe = {"catalog": OPEN_CATALOG, "redshifts": f"job:{job_id}"}

    assert (await other_client.post(JOBS, json={"recipe": recipe})).status_code == 422


async def test_who_leaves_the_group_loses_the_job(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr, job_id: str
) -> None:
    await share(app_client, job_id)
    leave(gafaelfawr, "other", "g_users")

    assert await statuses(other_client, job_id) == {404}


async def test_rights_of_the_catalog_still_apply(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench, gafaelfawr: FakeGafaelfawr
) -> None:
    restricted = await a_match(other_client, worker, RESTRICTED_CATALOG)
    await share(other_client, restricted, EVERYONE)
    assert await statuses(app_client, restricted) == {404}
    assert (await app_client.get("/api/v1/shared")).json() == []

    for token in gafaelfawr.tokens.values():
        token.groups = [*token.groups, "g_rubin"]
    assert await statuses(app_client, restricted) == {200}
    leave(gafaelfawr, "mlima", "g_rubin")
    assert await statuses(app_client, restricted) == {404}


async def test_a_catalog_that_is_closed_later_closes_what_was_made_from_it(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, job_id: str, registry_path: Path
) -> None:
    await share(app_client, job_id)
    assert await statuses(other_client, job_id) == {200}

    write_registry(registry_path, an_entry(OPEN_CATALOG, required_right="dp99"))

    assert await statuses(other_client, job_id) == {404}
    assert (await other_client.get("/api/v1/shared")).json() == []


async def test_what_tells_of_the_catalogs_of_its_owner_is_read_by_who_sees_them_all(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench
) -> None:
    query = {"QUERY": "SELECT table_name FROM TAP_SCHEMA.tables", "LANG": "ADQL", "PHASE": "RUN"}
    for owner, reader, seen in ((other_client, app_client, {404}), (app_client, other_client, {200})):
        made = await owner.post(ASYNC, data=query)
        await worker.complete(record=json.loads(a_record().to_json()))
        listing = made.headers["Location"].rsplit("/", 1)[1]
        await share(owner, listing, EVERYONE)
        assert await statuses(reader, listing) == seen


async def test_a_share_ends_with_the_results(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench, job_id: str
) -> None:
    await share(app_client, job_id)
    past = {"destruction": "2020-01-01T00:00:00Z"}
    assert (await app_client.patch(f"{JOBS}/{job_id}", json=past)).status_code == 200
    await worker.destroy_expired()

    assert (await app_client.get(f"{JOBS}/{job_id}")).json()["phase"] == "ARCHIVED"
    assert await statuses(other_client, job_id) == {404}
    assert (await app_client.post(f"{JOBS}/{job_id}/shares", json=EVERYONE)).status_code == 404


async def test_a_share_goes_with_its_job(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, job_id: str
) -> None:
    await share(app_client, job_id)
    assert (await app_client.delete(f"{JOBS}/{job_id}")).status_code == 204

    assert await statuses(other_client, job_id) == {404}


async def test_what_is_not_started_yet_is_read_by_nobody_else(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    made = await app_client.post(ASYNC, data={"CATALOG": OPEN_CATALOG})
    pending = made.headers["Location"].rsplit("/", 1)[1]
    await share(app_client, pending)

    assert (await other_client.get(f"{JOBS}/{pending}")).status_code == 404


@pytest.mark.parametrize("reader", ["group:g_rubin", "group:mistyped", "group:", "all", "user:other", "everyone\n", ""])
async def test_a_reader_that_is_no_group_of_the_owner_is_refused_in_words(
    app_client: httpx.AsyncClient, job_id: str, reader: str
) -> None:
    answer = await app_client.post(f"{JOBS}/{job_id}/shares", json={"reader": reader})

    assert answer.status_code == 422
    assert "reader" in answer.json()["problems"][0]["parameter"]
    assert (await app_client.get(f"{JOBS}/{job_id}/shares")).json() == []
