"""The commands of ``docs/operations/backup.md`` bring a service back, and what they could not bring back is told."""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from service.postgres import EmbeddedPostgres
from service.wheel_binaries import postgres_binaries
from tests.conftest import execute
from tests.docs.pages import blocks_of
from tests.uws.builders import OWNER, a_job, complete, pieces, take
from uws.assembly import JobLife, open_job_life
from uws.config import StoreSettings
from uws.job import new_job_id
from uws.phase import ExecutionPhase

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "backup.md"


@pytest.fixture
def environment(postgres: EmbeddedPostgres, store_settings: StoreSettings, tmp_path: Path) -> dict[str, str]:
    """What the page's commands find."""
    address = urlsplit(store_settings.database_url)
    commands = [str(postgres_binaries()[max(postgres_binaries())]), str(Path(sys.executable).parent)]
    return {
        "PATH": os.pathsep.join([*commands, os.environ["PATH"]]),
        "PGHOST": parse_qs(address.query)["host"][0],
        "PGUSER": "tsm",
        "PGDATABASE": address.path.removeprefix("/"),
        "BACKUP": str(tmp_path / "backup"),
        "TSM_BLOB_ROOT": store_settings.blob_root,
        "TSM_QUEUE_URL": store_settings.queue_url,
        "RESTORED_BLOB_ROOT": str(tmp_path / "restored"),
    }


def run(code: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-euc", code], env=environment, capture_output=True, text=True, check=False)


async def test_a_restored_service_goes_on_and_names_what_is_missing(
    job_life: JobLife, environment: dict[str, str], postgres: EmbeddedPostgres, store_settings: StoreSettings
) -> None:
    back_up, restore, check = (block.code for block in blocks_of(PAGE))
    kept = await a_job(job_life, ExecutionPhase.COMPLETED)
    spoiled = await a_job(job_life, ExecutionPhase.COMPLETED)
    executing = await a_job(job_life, ExecutionPhase.EXECUTING)
    queued = await a_job(job_life, ExecutionPhase.QUEUED)
    saved = run(back_up, environment)
    await complete(job_life, await take(job_life))  # the queued one, after the backup
    later = await a_job(job_life, ExecutionPhase.PENDING)
    copy = Path(environment["BACKUP"]) / "blobs"
    (copy / spoiled.results[0].blob).unlink()
    extra = copy / "jobs" / new_job_id() / "1" / "result.parquet"
    extra.parent.mkdir(parents=True)
    extra.write_bytes(b"nobody's")

    try:
        restored = run(restore, environment)
        checked = run(check, environment)
        settings = store_settings.model_copy(
            update={
                "database_url": store_settings.database_url.replace(environment["PGDATABASE"], "tsm_restored"),
                "blob_root": environment["RESTORED_BLOB_ROOT"],
            }
        )
        async with open_job_life(settings) as life:
            await execute(settings.database_url, "UPDATE jobs SET lease_end = now() WHERE phase = 'EXECUTING'")
            for _ in range(2):
                await complete(life, await take(life))
            phases = {job.id: job.phase for job in await life.jobs.list_jobs(owner=OWNER, kind=None)}
            rows = await life.blobs.read(kept.results[0].blob)
            orphan = Path(settings.blob_root) / extra.relative_to(copy)
            os.utime(orphan, (time.time() - 7 * 3600,) * 2)
            await life.disposal.sweep()
    finally:
        await execute(postgres.url, "DROP DATABASE IF EXISTS tsm_restored WITH (FORCE)")

    assert (saved.returncode, saved.stderr, restored.returncode, restored.stderr) == (0, "", 0, "")
    assert checked.returncode == 1, checked.stderr
    assert f"BAD  {spoiled.results[0].blob} (result result of job {spoiled.id} of {OWNER}" in checked.stdout
    assert "2 files are needed, 1 of them" in checked.stdout
    assert "1 files (8 bytes) belong to nothing" in checked.stdout
    assert phases == {job.id: ExecutionPhase.COMPLETED for job in (kept, spoiled, executing, queued)}
    assert later.id not in phases
    assert rows == b"rows"
    assert not orphan.exists()


async def test_check_files_finds_nothing_wrong_where_nothing_is(
    job_life: JobLife, environment: dict[str, str], store_settings: StoreSettings
) -> None:
    await a_job(job_life, ExecutionPhase.COMPLETED)
    await job_life.uploads.create(OWNER, name="mine", media_type=None, chunks=pieces(b"ra,dec"))

    checked = run("tsm-service check-files", environment | {"TSM_DATABASE_URL": store_settings.database_url})

    assert (checked.returncode, checked.stdout) == (0, "2 files are needed, 0 of them are missing or damaged.\n")
