"""What ``tsm-service doctor`` finds in a production installation: everything in order, and each part broken."""

import asyncio
import json
import os
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.config import AppConfig
from pz.config import PzServerConfig
from service.cli import cli
from service.finding import Finding
from service.installation import examine_installation
from tests.app.catalogs import OPEN_CATALOG, a_card, an_entry, write_registry
from tests.app.conftest import app_config, gafaelfawr, gafaelfawr_server, gafaelfawr_socket  # noqa: F401  (fixtures)
from tests.app.gafaelfawr import FakeGafaelfawr, lost_redis
from tests.app.workbench import in_chunks
from tests.uws.builders import a_job
from trainingset.registry import card_key
from uws.assembly import JobLife
from uws.phase import ExecutionPhase

SECRET = "unspeakable"


@pytest.fixture
def registry_path(tmp_path: Path) -> Path:
    """A registry of one catalog, whose folder is there."""
    (tmp_path / "object").mkdir()
    path = tmp_path / "catalogs.yaml"
    write_registry(path, an_entry())
    return path


@pytest.fixture
async def installation(
    app_config: AppConfig,  # noqa: F811
    gafaelfawr: FakeGafaelfawr,  # noqa: F811
    job_life: JobLife,
    monkeypatch: pytest.MonkeyPatch,
) -> AppConfig:
    """Everything in order, as the environment describes it."""
    for name in [name for name in os.environ if name.startswith("TSM_")]:
        monkeypatch.delenv(name)
    settings = {
        "DATABASE_URL": app_config.database_url,
        "QUEUE_URL": app_config.queue_url,
        "BLOB_ROOT": app_config.blob_root,
        "REGISTRY_PATH": str(app_config.registry_path),
        "IDENTITY__URL": app_config.identity.url,
        "IDENTITY__SOCKET": str(app_config.identity.socket),
    }
    for name, value in settings.items():
        monkeypatch.setenv(f"TSM_{name}", value)
    await job_life.claims.report_alive("workbench", slots=3)
    await job_life.blobs.write(card_key(OPEN_CATALOG), in_chunks(a_card().model_dump_json().encode()))
    return app_config


async def bad(**options: bool) -> dict[str, Finding]:
    """What is wrong, by subject."""
    return {finding.subject: finding for finding in await examine_installation(**options) if finding.is_bad}


@pytest.mark.usefixtures("installation")
async def test_everything_in_order_is_found_so() -> None:
    found = {finding.subject: finding for finding in await examine_installation()}

    assert [finding for finding in found.values() if finding.is_bad or finding.advice] == []
    assert {"Database", "Migrations", "Queue", "Files", "Workers", "Identity", "Packages"} < set(found)
    assert "margin 5 arcsec" in found[f"Catalog {OPEN_CATALOG}"].text
    assert "1 alive with 3 places" in found["Workers"].text


@pytest.mark.parametrize(
    ("variable", "value", "subject", "advice"),
    [
        ("DATABASE_URL", f"postgresql+asyncpg://tsm:{SECRET}@127.0.0.1:1/tsm", "Database", "TSM_DATABASE_URL"),
        ("QUEUE_URL", f"redis://:{SECRET}@127.0.0.1:1", "Queue", "TSM_QUEUE_URL"),
        ("BLOB_ROOT", "/proc/nowhere", "Files", "TSM_BLOB_ROOT"),
        ("LIMITS__MIN_FREE_BYTES", str(2**62), "Files", "larger"),
        ("REGISTRY_PATH", "/nowhere.yaml", "Catalogs", "TSM_REGISTRY_PATH"),
        ("IDENTITY__SOCKET", "/nowhere.sock", "Identity", "TSM_IDENTITY__URL"),
        ("LIMITS__MAX_QUEUED", SECRET, "Settings", "environment"),
    ],
)
async def test_each_broken_part_is_named_with_what_to_do_and_without_secrets(
    installation: AppConfig, variable: str, value: str, subject: str, advice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(f"TSM_{variable}", value)

    found = await bad()

    # A store of files that is away has the cards with it.
    assert {name for name in found if not name.startswith("Catalog ")} == {subject}
    assert advice in found[subject].advice
    assert SECRET not in repr(found)


@pytest.mark.usefixtures("installation")
async def test_the_pz_server_of_the_settings_is_asked(
    pz_config: PzServerConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pz_config.token is not None
    monkeypatch.setenv("TSM_PZ__URL", pz_config.url)
    monkeypatch.setenv("TSM_PZ__TOKEN", pz_config.token.get_secret_value())

    found = {finding.subject: finding for finding in await examine_installation()}

    assert f"{pz_config.url} answers" in found["PZ Server"].text


async def test_broken_catalogs_workers_and_identity_are_named(
    installation: AppConfig,
    job_life: JobLife,
    gafaelfawr: FakeGafaelfawr,  # noqa: F811
) -> None:
    narrow = a_card(margin_arcsec=None).model_dump_json().encode()
    await job_life.blobs.write(card_key(OPEN_CATALOG), in_chunks(narrow))
    await job_life.claims.report_stopped("workbench")
    gafaelfawr.trouble = lost_redis

    broken = await bad()
    shutil.rmtree(installation.registry_path.parent / "object")
    gone = await bad()
    await job_life.blobs.delete(card_key(OPEN_CATALOG))
    unseen = await bad(has_catalog_files=False)

    assert set(broken) == {"Workers", "Identity", f"Catalog {OPEN_CATALOG}"}
    assert "no margin" in broken[f"Catalog {OPEN_CATALOG}"].text
    assert "no files" in gone[f"Catalog {OPEN_CATALOG}"].text
    assert "no card" in unseen[f"Catalog {OPEN_CATALOG}"].text


@pytest.mark.usefixtures("installation")
async def test_missing_and_damaged_files_of_results_are_told(job_life: JobLife) -> None:
    job, other = [await a_job(job_life, phase=ExecutionPhase.COMPLETED) for _ in range(2)]
    good = {finding.subject: finding for finding in await examine_installation()}
    await job_life.blobs.write(job.results[0].blob, in_chunks(b"?"))
    await job_life.blobs.delete(other.results[0].blob)

    broken = await bad()

    assert "the newest 2 are there" in good["Stored files"].text
    assert set(broken) == {"Stored files"}
    assert "2 of the newest 2 are missing or damaged" in broken["Stored files"].text
    assert f"of job {other.id}" in broken["Stored files"].text
    assert "check-files" in broken["Stored files"].advice


async def test_unmigrated_database_is_told_to_be_migrated(
    installation: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = installation.database_url.partition("?")[0].rsplit("/", 1)[-1]
    monkeypatch.setenv("TSM_DATABASE_URL", installation.database_url.replace(f"/{name}?", "/postgres?"))

    found = await bad()

    assert "tsm-service migrate" in found["Migrations"].advice


@pytest.mark.usefixtures("installation")
async def test_the_command_prints_json_and_exits_with_1_only_for_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    good = await run_doctor()
    monkeypatch.setenv("TSM_QUEUE_URL", f"redis://:{SECRET}@127.0.0.1:1")
    broken = await run_doctor()

    assert (good.exit_code, broken.exit_code) == (0, 1)
    assert [finding["subject"] for finding in json.loads(broken.stdout) if finding["is_bad"]] == ["Queue"]
    assert SECRET not in broken.output


async def run_doctor() -> Result:
    """What ``tsm-service doctor --json`` does, in a thread: it has an event loop of its own."""
    return await asyncio.to_thread(lambda: CliRunner().invoke(cli, ["doctor", "--json"]))
