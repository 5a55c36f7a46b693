"""Server-sent events: the job at once, at each change, to its end, and nothing left behind."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from app.config import AppConfig
from app.services import Services
from tests.app.catalogs import OPEN_CATALOG
from tests.app.workbench import Workbench
from uws.assembly import JobLife

JOBS = "/api/v1/jobs"


@pytest.fixture
def app_config(app_config: AppConfig) -> AppConfig:
    """Heartbeats quick enough to be seen."""
    return app_config.model_copy(update={"event_ping_seconds": 0.2})


@pytest.fixture
async def job_id(app: FastAPI, live_client: httpx.AsyncClient) -> str:
    """A queued job of the user."""
    recipe = {"catalog": OPEN_CATALOG, "redshifts": f"catalog:{OPEN_CATALOG}", "roles": {"z": "ebv"}}
    answer = await live_client.post(JOBS, json={"recipe": recipe})
    return str(answer.json()["id"])


async def events(answer: httpx.Response) -> AsyncIterator[dict[str, Any]]:
    """The documents of a stream, as they come."""
    name = None
    async for line in answer.aiter_lines():
        if line.startswith("event:"):
            name = line.removeprefix("event:").strip()
        elif line.startswith("data:"):
            assert name == "job"
            yield json.loads(line.removeprefix("data:"))


async def test_stream_tells_each_change_and_ends_with_the_job(
    live_client: httpx.AsyncClient, job_id: str, worker: Workbench
) -> None:
    async with asyncio.timeout(20), live_client.stream("GET", f"{JOBS}/{job_id}/events") as answer:
        stream = events(answer)
        seen = [await anext(stream)]
        claim = await worker.claim()
        seen.append(await anext(stream))
        await worker.progress(claim, "match", 3, 12)
        seen.append(await anext(stream))
        await worker.complete(claim)
        seen += [event async for event in stream]

    assert answer.headers["Content-Type"].startswith("text/event-stream")
    assert [event["phase"] for event in seen] == ["QUEUED", "EXECUTING", "EXECUTING", "COMPLETED"]
    assert seen[2]["progress"]["done"] == 3
    assert [result["id"] for result in seen[3]["results"]] == ["result", "parquet"]


async def test_event_is_the_whole_document_of_the_job(live_client: httpx.AsyncClient, job_id: str) -> None:
    async with asyncio.timeout(20), live_client.stream("GET", f"{JOBS}/{job_id}/events") as answer:
        event = await anext(events(answer))

    assert event == (await live_client.get(f"{JOBS}/{job_id}")).json()


async def test_stream_of_an_ended_job_is_one_event(
    live_client: httpx.AsyncClient, job_id: str, worker: Workbench
) -> None:
    await worker.complete()

    async with asyncio.timeout(20):
        answer = await live_client.get(f"{JOBS}/{job_id}/events")

    assert answer.text.count("event: job") == 1


async def test_stream_ends_when_the_job_is_deleted(live_client: httpx.AsyncClient, job_id: str) -> None:
    async with asyncio.timeout(20), live_client.stream("GET", f"{JOBS}/{job_id}/events") as answer:
        stream = events(answer)
        await anext(stream)
        await live_client.delete(f"{JOBS}/{job_id}")

        assert [event async for event in stream] == []


async def test_heartbeat_comes_while_nothing_happens(live_client: httpx.AsyncClient, job_id: str) -> None:
    async with asyncio.timeout(20), live_client.stream("GET", f"{JOBS}/{job_id}/events") as answer:
        async for line in answer.aiter_lines():
            if line.startswith(":"):
                break

    assert "ping" in line


async def test_client_that_leaves_frees_what_it_held(
    live_client: httpx.AsyncClient, job_id: str, services: Services
) -> None:
    async with live_client.stream("GET", f"{JOBS}/{job_id}/events") as answer:
        await anext(events(answer))
        assert b'tsm_held_requests{reason="events"} 1.0' in services.metrics.exposition()

    async with asyncio.timeout(10):
        while b'tsm_held_requests{reason="events"} 0.0' not in services.metrics.exposition():
            await asyncio.sleep(0.05)


async def test_many_streams_hold_no_connection_to_the_store(
    live_client: httpx.AsyncClient, job_id: str, worker: Workbench, job_life: JobLife
) -> None:
    async def follow() -> list[str]:
        async with live_client.stream("GET", f"{JOBS}/{job_id}/events") as answer:
            return [event["phase"] async for event in events(answer)]

    async with asyncio.timeout(60):
        following = [asyncio.create_task(follow()) for _ in range(60)]
        while (await live_client.get("/metrics")).text.find('tsm_held_requests{reason="events"} 60.0') < 0:
            await asyncio.sleep(0.1)
        await worker.complete()
        phases = await asyncio.gather(*following)

    assert {seen[-1] for seen in phases} == {"COMPLETED"}


async def test_waiting_client_that_leaves_frees_what_it_held(
    live_client: httpx.AsyncClient, job_id: str, services: Services
) -> None:
    with pytest.raises(httpx.ReadTimeout):
        await live_client.get(f"{JOBS}/{job_id}", params={"wait": 20}, timeout=0.3)

    async with asyncio.timeout(10):
        while b'tsm_held_requests{reason="wait"} 0.0' not in services.metrics.exposition():
            await asyncio.sleep(0.05)
