"""Data rights: what opens catalogs, and what is lost with them."""

import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from app.config import AppConfig
from app.rights import RightsTable, RightsTableError
from tests.app.catalogs import OPEN_CATALOG, RESTRICTED_CATALOG, a_card, an_entry, write_registry
from tests.app.gafaelfawr import FakeGafaelfawr
from tests.app.workbench import Workbench, in_chunks
from trainingset.registry import card_key
from uws.assembly import JobLife

ASYNC = "/crossmatch/async"
CSV = b"ra,dec,z\n150.1,2.2,0.5\n"


@pytest.fixture
def app_config(app_config: AppConfig) -> AppConfig:
    """Results are had as long as the right is, and nobody's rights are remembered."""
    identity = app_config.identity.model_copy(update={"cache_seconds": 0})
    return app_config.model_copy(update={"results_need_rights": True, "identity": identity})


@pytest.fixture
async def finished(other_client: httpx.AsyncClient, worker: Workbench) -> str:
    """A finished match of ``other`` with the catalog that needs dp2; its id."""
    upload = (await other_client.post("/api/v1/uploads", content=CSV)).json()
    await worker.inspect()
    return await match(other_client, worker, upload["source"], RESTRICTED_CATALOG)


async def match(client: httpx.AsyncClient, worker: Workbench, source: str, catalog: str) -> str:
    parameters = {"CATALOG": catalog, "REDSHIFTS": source, "PHASE": "RUN"}
    answer = await client.post(ASYNC, data=parameters)
    assert answer.status_code == 303, answer.text
    await worker.complete()
    return answer.headers["Location"].rsplit("/", 1)[1]


def lose_dp2(gafaelfawr: FakeGafaelfawr) -> None:
    for token in gafaelfawr.tokens.values():
        token.groups = [name for name in token.groups if name != "g_rubin"]


async def results(client: httpx.AsyncClient, job_id: str) -> list[httpx.Response]:
    places = (f"{ASYNC}/{job_id}/results/result", f"/api/v1/jobs/{job_id}/results/result")
    return [await client.get(place) for place in places]


async def test_results_go_with_the_right_that_made_them(
    other_client: httpx.AsyncClient, finished: str, gafaelfawr: FakeGafaelfawr
) -> None:
    assert [answer.status_code for answer in await results(other_client, finished)] == [200, 200]

    lose_dp2(gafaelfawr)

    answers = await results(other_client, finished)
    assert [answer.status_code for answer in answers] == [403, 403]
    assert all("the data right dp2, which you no longer have" in answer.text for answer in answers)
    assert (await other_client.get(f"{ASYNC}/{finished}")).status_code == 200


async def test_results_made_from_such_results_go_as_well(
    other_client: httpx.AsyncClient, worker: Workbench, finished: str, gafaelfawr: FakeGafaelfawr
) -> None:
    again = await match(other_client, worker, f"job:{finished}", OPEN_CATALOG)
    lose_dp2(gafaelfawr)

    assert [answer.status_code for answer in await results(other_client, again)] == [403, 403]
    plan = await other_client.post(
        "/api/v1/jobs", json={"recipe": {"catalog": OPEN_CATALOG, "redshifts": f"job:{finished}"}}
    )
    assert plan.status_code == 422
    assert "you no longer have" in plan.text


async def test_results_of_open_catalogs_stay(
    other_client: httpx.AsyncClient, worker: Workbench, finished: str, gafaelfawr: FakeGafaelfawr
) -> None:
    upload = (await other_client.get("/api/v1/uploads")).json()[0]
    job_id = await match(other_client, worker, upload["source"], OPEN_CATALOG)
    lose_dp2(gafaelfawr)

    assert [answer.status_code for answer in await results(other_client, job_id)] == [200, 200]


async def test_a_group_opens_a_catalog_that_names_it(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, registry_path: Path, job_life: JobLife
) -> None:
    entry = an_entry("of.group", required_right="group:g_rubin")
    write_registry(registry_path, an_entry(), entry)
    await job_life.blobs.write(card_key(entry.id), in_chunks(a_card(entry).model_dump_json().encode()))

    mine, others = [(await client.get("/api/v1/catalogs")).json() for client in (app_client, other_client)]

    assert ("of.group" in str(mine), "of.group" in str(others)) == (False, True)
    assert (await app_client.get("/api/v1/catalogs/of.group")).status_code == 404
    tables = await app_client.get("/crossmatch/tables")
    assert "of.group" not in tables.text


def write(path: Path, text: str, *, at: int) -> Path:
    path.write_text(text)
    os.utime(path, (at, at))
    return path


def test_a_file_of_rights_is_read_again_when_it_changes_and_kept_when_it_breaks(tmp_path: Path) -> None:
    path = write(tmp_path / "rights.yaml", "g_users: [dp1]\n", at=1)
    table = RightsTable({"g_users": frozenset({"dp0"}), "g_old": frozenset({"dp0"})}, path)
    assert table.rights_of(["g_users", "g_old", "nobody"]) == {"dp1", "dp0"}

    write(path, "g_users: [dp1, dp2]\n", at=2)
    assert table.rights_of(["g_users"]) == {"dp1", "dp2"}

    write(path, "g_users: dp3\n", at=3)
    assert table.rights_of(["g_users"]) == {"dp1", "dp2"}

    path.unlink()
    assert table.rights_of(["g_users"]) == {"dp1", "dp2"}


@pytest.mark.parametrize(
    "text", ["g_users: dp1", "- dp1", "{g: [!!python/object:os.system x]}", "g_users: [1", "x: {a: b}"]
)
def test_a_file_that_is_no_table_stops_the_start_and_names_itself(text: str, tmp_path: Path) -> None:
    path = write(tmp_path / "rights.yaml", text, at=1)

    with pytest.raises(RightsTableError, match=r"rights\.yaml"):
        RightsTable({}, path)


@pytest.mark.parametrize("text", [None, "x" * 1_000_001])
def test_a_file_that_is_missing_or_huge_stops_the_start(text: Any, tmp_path: Path) -> None:
    path = tmp_path / "rights.yaml"
    if text is not None:
        path.write_text(text)

    with pytest.raises(RightsTableError, match=r"rights\.yaml"):
        RightsTable({}, path)
