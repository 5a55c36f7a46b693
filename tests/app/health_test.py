"""Health and metrics: what operators and orchestrators are told, also when parts are away."""

import httpx
import pytest
from fastapi import FastAPI

from app.config import AppConfig
from app.main import create_app
from tests.app.workbench import Workbench
from uws.config import LifeLimits

UPLOADS = "/api/v1/uploads"


async def get(config: AppConfig, *paths: str, **headers: str) -> list[httpx.Response]:
    """Answers of an application with these settings."""
    app = create_app(config)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://tsm.example/tsm", headers=headers) as client,
    ):
        return [await client.get(path) for path in paths]


async def test_service_with_a_worker_is_ready(anonymous_client: httpx.AsyncClient, worker: Workbench) -> None:
    await worker.report_alive()

    answer = await anonymous_client.get("/health/ready")

    assert (answer.status_code, answer.json()) == (200, {"status": "ready", "faults": {}})


async def test_service_without_worker_is_alive_and_says_that_jobs_wait(anonymous_client: httpx.AsyncClient) -> None:
    alive = await anonymous_client.get("/health/live")
    ready = await anonymous_client.get("/health/ready")

    assert (alive.status_code, ready.status_code) == (200, 503)
    assert list(ready.json()["faults"]) == ["workers"]


async def test_missing_queue_is_named(app_config: AppConfig, worker: Workbench) -> None:
    await worker.report_alive()

    (ready,) = await get(app_config.model_copy(update={"queue_url": "redis://127.0.0.1:1"}), "/health/ready")

    assert (ready.status_code, list(ready.json()["faults"])) == (503, ["queue"])


async def test_unreadable_registry_is_named(app_config: AppConfig, worker: Workbench) -> None:
    await worker.report_alive()
    app_config.registry_path.unlink()

    (ready,) = await get(app_config, "/health/ready")

    assert (ready.status_code, list(ready.json()["faults"])) == (503, ["catalogs"])


async def test_missing_store_is_a_503_and_no_fault_of_the_user(
    app_config: AppConfig, gafaelfawr: object, token: str
) -> None:
    config = app_config.model_copy(update={"database_url": "postgresql+asyncpg://tsm@127.0.0.1:1/tsm"})

    live, ready, metrics, jobs = await get(
        config, "/health/live", "/health/ready", "/metrics", "/api/v1/jobs", Authorization=f"Bearer {token}"
    )

    assert (live.status_code, ready.status_code, metrics.status_code, jobs.status_code) == (200, 503, 200, 503)
    assert "store" in ready.json()["faults"]
    assert "tsm_store_up 0.0" in metrics.text
    assert "Retry-After" in jobs.headers


async def test_unmigrated_store_is_named(app_config: AppConfig, database_url: str) -> None:
    name = database_url.partition("?")[0].rsplit("/", 1)[-1]
    config = app_config.model_copy(update={"database_url": database_url.replace(f"/{name}?", "/postgres?")})

    (ready,) = await get(config, "/health/ready")

    assert (ready.status_code, "store" in ready.json()["faults"]) == (503, True)


async def test_metrics_count_jobs_by_phase_workers_and_the_age_of_the_queue(
    app_client: httpx.AsyncClient, worker: Workbench
) -> None:
    await worker.report_alive()
    for _ in range(2):
        await app_client.post(UPLOADS, content=b"ra,dec\n")
    await worker.claim()

    lines = (await app_client.get("/metrics")).text.splitlines()

    assert {
        'tsm_jobs{phase="QUEUED"} 1.0',
        'tsm_jobs{phase="EXECUTING"} 1.0',
        'tsm_jobs{phase="ERROR"} 0.0',
        "tsm_workers 1.0",
        "tsm_lost_runs 0.0",
        "tsm_store_up 1.0",
        "tsm_queue_up 1.0",
    } <= set(lines)
    assert all(float(line.split()[1]) > 0 for line in lines if line.startswith(("tsm_free_bytes", "tsm_least_free")))
    (age,) = [float(line.split()[1]) for line in lines if line.startswith("tsm_queue_age_seconds ")]
    assert 0 < age < 60


async def test_full_disk_is_named_and_what_it_refuses_is_counted(
    app_config: AppConfig, worker: Workbench, token: str
) -> None:
    await worker.report_alive()
    full = app_config.model_copy(update={"limits": LifeLimits(min_free_bytes=2**62)})
    app = create_app(full)
    transport = httpx.ASGITransport(app)
    headers = {"Authorization": f"Bearer {token}"}
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://tsm.example/tsm", headers=headers) as client,
    ):
        ready = await client.get("/health/ready")
        refused = await client.post(UPLOADS, content=b"ra,dec\n")
        metrics = await client.get("/metrics")

    assert (ready.status_code, list(ready.json()["faults"]), refused.status_code) == (503, ["files"], 503)
    assert 'tsm_request_faults_total{fault="StorageFullError",status="503"} 1.0' in metrics.text


async def test_requests_are_counted_by_route_and_never_by_address(app_client: httpx.AsyncClient) -> None:
    for path in ("/api/v1/jobs/one", "/api/v1/jobs/two", "/nothing/here", "/nothing/there"):
        await app_client.get(path)

    text = (await app_client.get("/metrics")).text

    assert 'tsm_requests_total{method="GET",route="/jobs/{job_id}",status="404"} 2.0' in text
    assert 'tsm_requests_total{method="GET",route="unmatched",status="404"} 2.0' in text
    assert 'tsm_request_seconds_count{method="GET",route="/jobs/{job_id}"} 2.0' in text
    assert "nothing" not in text


async def test_two_applications_in_one_process_count_apart(app_config: AppConfig) -> None:
    await get(app_config, "/health/live", "/health/live")

    (metrics,) = await get(app_config, "/metrics")

    assert 'route="/health/live"' not in metrics.text


@pytest.mark.parametrize(("given", "kept"), [("abc-1", True), ("x" * 65, False), ("a b", False)])
async def test_request_id_of_a_proxy_is_kept_if_it_is_one(
    given: str, kept: bool, anonymous_client: httpx.AsyncClient
) -> None:
    answer = await anonymous_client.get("/health/live", headers={"X-Request-ID": given})

    assert (answer.headers["X-Request-ID"] == given) == kept


async def test_unexpected_error_is_a_500_without_a_trace_and_is_counted(
    app: FastAPI, app_client: httpx.AsyncClient
) -> None:
    async def breaks() -> None:
        raise ZeroDivisionError("secret of the house")

    app.add_api_route("/tsm/api/breaks", breaks)

    answer = await app_client.get("/api/breaks")

    assert (answer.status_code, "secret" in answer.text) == (500, False)
    assert 'status="500"} 1.0' in (await app_client.get("/metrics")).text


async def test_prefix_may_be_the_root(app_config: AppConfig) -> None:
    app = create_app(app_config.model_copy(update={"prefix": ""}))

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://tsm.example") as client,
    ):
        answer = await client.get("/health/live")

    assert answer.status_code == 200
