"""What one user may do and keep, over HTTP: each limit says its name, and others go on."""

import asyncio
from typing import Any

import httpx
import pytest

from app.config import AppConfig
from app.traffic import TooManyHeldError, TooManyRequestsError, Traffic
from app.user_limits import GroupLimits, UserLimits, limits_of
from tests.app.catalogs import OPEN_CATALOG
from tests.app.gafaelfawr import FakeGafaelfawr
from tests.app.workbench import Workbench
from uws.config import LifeLimits

JOBS = "/api/v1/jobs"
ASYNC = "/crossmatch/async"
ME = "/api/v1/me"


@pytest.fixture
def app_config(app_config: AppConfig) -> AppConfig:
    """Limits that a test reaches; members of ``g_rubin`` may have more."""
    few = UserLimits(running_jobs=1, queued_jobs=2, stored_results_bytes=1000, requests_per_second=5, held_requests=2)
    more = GroupLimits(running_jobs=2, queued_jobs=3)
    return app_config.model_copy(
        update={"user_limits": few, "group_limits": {"g_rubin": more}, "limits": LifeLimits(max_queued=4)}
    )


async def start(client: httpx.AsyncClient) -> httpx.Response:
    parameters = {"CATALOG": OPEN_CATALOG, "REDSHIFTS": "upload:none", "PHASE": "RUN"}
    return await client.post(ASYNC, data=parameters)


async def jobs_of(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await client.get(JOBS)).json()
    return found


async def test_one_job_more_than_may_wait_is_refused_and_leaves_nothing(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    answers = [await start(app_client) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert "You have 2 jobs waiting; the limit is 2." in answers[2].text
    assert answers[2].headers["Retry-After"] == "5"
    assert len(await jobs_of(app_client)) == 2
    assert (await start(other_client)).status_code == 303


async def test_jobs_started_at_the_same_moment_are_counted_one_after_the_other(app_client: httpx.AsyncClient) -> None:
    answers = await asyncio.gather(*(start(app_client) for _ in range(6)))

    assert sorted(answer.status_code for answer in answers) == [303, 303, 429, 429, 429, 429]


async def test_a_pending_job_that_cannot_start_yet_stays_pending(
    app_client: httpx.AsyncClient, worker: Workbench
) -> None:
    await start(app_client)
    await start(app_client)
    made = await app_client.post(ASYNC, data={"CATALOG": OPEN_CATALOG})
    address = made.headers["Location"]

    refused = await app_client.post(f"{address}/phase", data={"PHASE": "RUN"})
    assert refused.status_code == 429
    assert (await app_client.get(f"{address}/phase")).text == "PENDING"

    await worker.claim()
    accepted = await app_client.post(f"{address}/phase", data={"PHASE": "RUN"})
    assert accepted.status_code == 303


async def test_a_group_may_have_more_and_says_so(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    mine, others = [(await client.get(ME)).json()["limits"] for client in (app_client, other_client)]

    assert (mine["running_jobs"], mine["queued_jobs"]) == (1, 2)
    assert (others["running_jobs"], others["queued_jobs"]) == (2, 3)
    assert mine["stored_results_bytes"] == others["stored_results_bytes"] == 1000


async def test_jobs_beyond_the_running_ones_wait_and_say_why(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient, worker: Workbench
) -> None:
    for client in (app_client, app_client, other_client, other_client):
        await start(client)
    claims = [await worker.claim() for _ in range(3)]

    assert sorted(claim.job.owner for claim in claims) == ["mlima", "other", "other"]
    waiting = [job for job in await jobs_of(app_client) if job["phase"] == "QUEUED"]
    job = (await app_client.get(f"{JOBS}/{waiting[0]['id']}")).json()
    assert job["notes"] == ["Waits for another job of yours to end: 1 are executing, the limit is 1."]


async def test_a_full_queue_is_no_fault_of_the_user(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    for client in (app_client, app_client, other_client, other_client):
        assert (await start(client)).status_code == 303

    answer = await start(other_client)

    assert answer.status_code == 503
    assert "4 jobs wait already, the most that this service takes" in answer.text
    assert "Retry-After" in answer.headers


async def test_results_that_take_all_space_stop_further_jobs_until_some_are_deleted(
    app_client: httpx.AsyncClient, worker: Workbench
) -> None:
    first = await start(app_client)
    await worker.complete(content=b"0" * 1000)

    refused = await start(app_client)
    assert refused.status_code == 413
    assert "The results of your jobs take 1004 bytes; the limit is 1000 bytes." in refused.text
    assert (await app_client.get(ME)).json()["stored"]["results_bytes"] == 1004

    await app_client.delete(first.headers["Location"])
    assert (await start(app_client)).status_code == 303


async def test_too_many_requests_are_turned_away_for_a_moment(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    answers = await asyncio.gather(*(app_client.get(ASYNC) for _ in range(120)))

    refused = [answer for answer in answers if answer.status_code == 429]
    assert refused
    assert "5 requests a second" in refused[0].text
    assert int(refused[0].headers["Retry-After"]) >= 1
    assert (await other_client.get(ASYNC)).status_code == 200


async def test_too_many_waiting_requests_are_refused_and_others_still_wait(
    app_client: httpx.AsyncClient, other_client: httpx.AsyncClient
) -> None:
    address = (await start(app_client)).headers["Location"]
    waiting = [asyncio.create_task(app_client.get(address, params={"WAIT": "20"})) for _ in range(2)]
    await asyncio.sleep(0.3)

    refused = await app_client.get(address, params={"WAIT": "20"})
    stream = await app_client.get(f"{JOBS}/{address.rsplit('/', 1)[1]}/events")

    assert (refused.status_code, stream.status_code) == (429, 429)
    assert "2 requests of yours are waiting already" in refused.text
    others = (await start(other_client)).headers["Location"]
    assert (await other_client.get(others, params={"WAIT": "1"})).status_code == 200
    await app_client.post(f"{address}/phase", data={"PHASE": "ABORT"})
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [200, 200]
    assert (await app_client.get(address, params={"WAIT": "1"})).status_code == 200


async def test_without_space_neither_tables_nor_jobs_are_taken(
    app_client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uws.file_folder.FileFolder.free_bytes", lambda folder: 2**20)

    answers = [await app_client.post("/api/v1/uploads", content=b"ra,dec,z\n1,2,3\n"), await start(app_client)]

    assert [answer.status_code for answer in answers] == [503, 503]
    assert all(f"{2**20} bytes of storage left" in answer.text for answer in answers)
    assert await jobs_of(app_client) == []


async def test_all_groups_and_limits_reach_the_store(app_client: httpx.AsyncClient, gafaelfawr: FakeGafaelfawr) -> None:
    token = gafaelfawr.issue("third", groups=["g_users", "g_rubin"])
    answer = await app_client.get(ME, headers={"Authorization": f"Bearer {token}"})

    assert answer.json()["limits"]["queued_jobs"] == 3


def test_of_several_groups_the_most_generous_holds_and_zero_is_no_limit() -> None:
    by_group = {
        "a": GroupLimits(queued_jobs=5, running_jobs=0),
        "b": GroupLimits(queued_jobs=7, running_jobs=9),
        "c": GroupLimits(queued_jobs=100),
    }

    found = limits_of(["a", "b", "nobody"], UserLimits(queued_jobs=10), by_group)

    assert (found.queued_jobs, found.running_jobs) == (7, 0)
    assert found.held_requests == UserLimits().held_requests


def test_a_bucket_fills_with_time_and_no_further() -> None:
    now = 0.0
    traffic = Traffic(clock=lambda: now)
    limits = UserLimits(requests_per_second=2)
    for _ in range(20):
        traffic.admit("mlima", limits)
    with pytest.raises(TooManyRequestsError):
        traffic.admit("mlima", limits)
    now = 1.0
    traffic.admit("mlima", limits)
    traffic.admit("mlima", limits)
    with pytest.raises(TooManyRequestsError):
        traffic.admit("mlima", limits)
    now = 1000.0
    for _ in range(20):
        traffic.admit("mlima", limits)
    with pytest.raises(TooManyRequestsError):
        traffic.admit("mlima", limits)


def test_a_place_is_free_again_when_the_request_has_ended() -> None:
    traffic = Traffic()
    traffic.admit("mlima", UserLimits(held_requests=1))
    with traffic.holding("mlima"), pytest.raises(TooManyHeldError), traffic.holding("mlima"):
        pass
    with traffic.holding("mlima"):
        pass
