"""Publishing and destroying survive a kill before every single effect that they have."""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest

from tests.conftest import execute
from tests.faults.killed_steps import Death, deaths
from tests.uws.builders import LONG_AGO, OWNER, a_job, pieces, take
from trainingset.order import MadeFile, TrainingSetFiles
from uws.assembly import JobLife, open_job_life
from uws.config import StoreSettings
from uws.errors import UnknownJobError
from uws.job import Job, JobId
from uws.phase import ExecutionPhase
from uws.tables import JobRow
from worker.publication import publish, store_results

pytestmark = pytest.mark.xdist_group("faults")

Answer = TypeVar("Answer")

CONTENTS = {"result": b"rows as VOTable", "parquet": b"rows as Parquet"}


@pytest.fixture
def settings(postgres_url: str, queue_url: str, blob_root: str) -> StoreSettings:
    return StoreSettings(database_url=postgres_url, queue_url=queue_url, blob_root=blob_root)


@pytest.fixture
def postgres_url(session_database: str) -> str:
    """An empty database; no event loop runs in these tests, since their processes fork."""
    asyncio.run(
        execute(session_database, "TRUNCATE jobs, uploads, workers, publications, publication_tags, job_shares CASCADE")
    )
    return session_database


def with_life(settings: StoreSettings, do: Callable[[JobLife], Awaitable[Answer]]) -> Answer:
    """Do something as a process of its own would: with its own connections."""
    return asyncio.run(connected(settings, do))


async def connected(settings: StoreSettings, do: Callable[[JobLife], Awaitable[Answer]]) -> Answer:
    async with open_job_life(settings) as life:
        return await do(life)


def make_files(folder: Path) -> TrainingSetFiles:
    """What a computation leaves."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, content in CONTENTS.items():
        (folder / name).write_bytes(content)
        files.append(
            MadeFile(
                id=name,
                filename=name,
                mime_type="application/octet-stream",
                path=str(folder / name),
                size=len(content),
                sha256=hashlib.sha256(content).hexdigest(),
            )
        )
    return TrainingSetFiles(files=tuple(files), provenance={"rows": 3}, recipe={}, rows=3)


async def run_once(life: JobLife, folder: Path) -> None:
    """Take a job and publish what it made, as the worker does."""
    made = make_files(folder)
    claim = await take(life)
    await publish(life.claims, claim, made, await store_results(claim, made, folder, life.blobs))


def stored_files(root: str) -> set[str]:
    return {path.relative_to(root).as_posix() for path in Path(root).rglob("*") if path.is_file()}


async def contents(life: JobLife, job: Job) -> dict[str, bytes]:
    return {result.id: await life.blobs.read(result.blob) for result in job.results}


async def is_known(life: JobLife, job_id: JobId) -> bool:
    """Whether a row knows of the job, deleted or not."""
    async with life.database.reading() as session:
        return await session.get(JobRow, job_id) is not None


def kill_at_every_step(
    settings: StoreSettings,
    *,
    prepare: Callable[[JobLife], Awaitable[JobId]],
    work: Callable[[JobLife, JobId], Awaitable[None]],
    mend: Callable[[JobLife, JobId], Awaitable[None]],
) -> None:
    """Let a process die before each effect of its work; look at what is left, mend it, and prepare the next."""

    async def mend_and_prepare(life: JobLife) -> JobId:
        await mend(life, job_id)
        return await prepare(life)

    job_id = with_life(settings, prepare)
    seen: list[Death] = []
    steps = deaths(lambda: connected(settings, lambda life: work(life, job_id)), below=settings.blob_root)
    for death in steps:
        seen.append(death)
        job_id = with_life(settings, mend_and_prepare)
    with_life(settings, lambda life: mend(life, job_id))
    # The deaths fell between effects of both kinds.
    assert any(death.effect == "COMMIT" for death in seen), seen
    assert any(death.effect.startswith("os.") for death in seen), seen


def test_a_worker_killed_at_any_step_of_publishing_leaves_all_of_the_results_or_none(
    settings: StoreSettings, tmp_path: Path
) -> None:
    async def prepare(life: JobLife) -> JobId:
        return (await a_job(life, ExecutionPhase.QUEUED)).id

    async def look(life: JobLife, job_id: JobId) -> Job:
        job = await life.jobs.get(job_id, owner=OWNER)
        # Never something in between: either nothing is seen of it, or everything, whole.
        assert await contents(life, job) == (CONTENTS if job.phase is ExecutionPhase.COMPLETED else {})
        return job

    async def mend(life: JobLife, job_id: JobId) -> None:
        job = await look(life, job_id)
        await execute(settings.database_url, "UPDATE jobs SET lease_end = now() WHERE phase = 'EXECUTING'")
        if job.phase is not ExecutionPhase.COMPLETED:
            await run_once(life, tmp_path / "mended")
        await life.disposal.sweep()
        healed = await look(life, job_id)
        assert healed.phase is ExecutionPhase.COMPLETED
        left = {key for key in stored_files(settings.blob_root) if key.startswith("jobs/")}
        assert left == {result.blob for result in healed.results}
        await life.jobs.delete(job_id, owner=OWNER)

    async def work(life: JobLife, job_id: JobId) -> None:
        await run_once(life, tmp_path / "work")

    kill_at_every_step(settings, prepare=prepare, work=work, mend=mend)


@pytest.mark.slow
def test_a_process_killed_at_any_step_of_destroying_offers_no_result_without_its_file(
    settings: StoreSettings, tmp_path: Path
) -> None:
    async def prepare(life: JobLife) -> JobId:
        job = await a_job(life, ExecutionPhase.QUEUED)
        await run_once(life, tmp_path / "work")
        await life.blobs.write(f"jobs/{job.id}/inputs/table", pieces(b"ra,dec"))
        await life.jobs.set_destruction(job.id, owner=OWNER, when=LONG_AGO)
        return job.id

    async def mend(life: JobLife, job_id: JobId) -> None:
        job = await life.jobs.get(job_id, owner=OWNER)
        assert await contents(life, job) == (CONTENTS if job.phase is ExecutionPhase.COMPLETED else {})
        await life.reconciler.do_duties()
        await life.disposal.sweep()
        job = await life.jobs.get(job_id, owner=OWNER)
        assert (job.phase, job.results, job.record) == (ExecutionPhase.ARCHIVED, (), {"rows": 3})
        assert stored_files(settings.blob_root) == set()

    async def work(life: JobLife, job_id: JobId) -> None:
        await life.reconciler.do_duties()

    kill_at_every_step(settings, prepare=prepare, work=work, mend=mend)


@pytest.mark.slow
def test_a_process_killed_at_any_step_of_deleting_forgets_the_job_only_after_its_files(
    settings: StoreSettings, tmp_path: Path
) -> None:
    async def prepare(life: JobLife) -> JobId:
        job = await a_job(life, ExecutionPhase.QUEUED)
        await run_once(life, tmp_path / "work")
        return job.id

    async def mend(life: JobLife, job_id: JobId) -> None:
        # While a file is there, a row knows of it.
        assert await is_known(life, job_id) or stored_files(settings.blob_root) == set()
        await execute(settings.database_url, "UPDATE jobs SET deletion_time = deletion_time - interval '1 minute'")
        await life.reconciler.do_duties()
        try:
            job = await life.jobs.get(job_id, owner=OWNER)
        except UnknownJobError:
            assert stored_files(settings.blob_root) == set()
            assert not await is_known(life, job_id)
        else:
            assert await contents(life, job) == CONTENTS  # it was killed before it had marked anything
            await life.jobs.delete(job_id, owner=OWNER)

    async def work(life: JobLife, job_id: JobId) -> None:
        await life.jobs.delete(job_id, owner=OWNER)

    kill_at_every_step(settings, prepare=prepare, work=work, mend=mend)
