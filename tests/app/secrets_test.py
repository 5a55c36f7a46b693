"""Passwords of stores that are away: neither an answer nor a line of the log tells them."""

from pathlib import Path

import httpx
import pytest

from app.config import AppConfig
from app.main import create_app
from tests.app.conftest import BASE_URL

SECRET = "hunter2hunter2"
PATHS = (
    "/health/live",
    "/health/ready",
    "/availability",
    "/metrics",
    "/capabilities",
    "/api/v1/openapi.json",
    "/api/v1/me",
    "/api/v1/jobs",
    "/api/v1/catalogs",
    "/crossmatch/async",
)


async def test_no_answer_and_no_log_tells_the_password_of_a_store(
    app_config: AppConfig, token: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    away = {
        "database_url": f"postgresql+asyncpg://tsm:{SECRET}@127.0.0.1:9/tsm",
        "queue_url": f"redis://:{SECRET}@127.0.0.1:9",
        "blob_options": {"secret": SECRET},
        "log_level": "debug",
    }
    app = create_app(app_config.model_copy(update=away))
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"}

    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=headers) as client,
    ):
        answers = [await client.get(path) for path in PATHS]
        answers.append(await client.post("/crossmatch/async", data={"CATALOG": "mock.object", "PHASE": "RUN"}))

    assert {answer.status_code for answer in answers} >= {200, 503}
    said = "".join(f"{answer.headers} {answer.text}" for answer in answers) + capsys.readouterr().err
    assert SECRET not in said
    assert token.partition(".")[2] not in said
