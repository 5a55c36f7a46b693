"""Jobs of a real Slurm cluster answer as threads do; losses are borne, and what is not needed is given back."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.slurm.slurm_cluster import SlurmCluster
from tests.trainingset.catalogs import object_table, write_catalog
from tests.worker.children import is_running, until_gone
from tests.worker.engines_test import made_by, redshifts_of
from tests.worker.kept_cluster_test import compute, die, pids_of_worker, tell_and_sleep
from trainingset.errors import RecipeError, SourceUnavailableError
from worker.engines import KeptEngine, SlurmEngine, ThreadsEngine
from worker.kept_cluster import kept_cluster

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

_TWO = SlurmEngine(workers=2, host="127.0.0.1", memory_bytes_per_worker=2**30, connect_seconds=60)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(slurm: SlurmCluster, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KeptEngine]:
    async with kept_cluster(_TWO, tmp_path_factory.mktemp("cluster")) as engine:
        yield engine


def sleep_in_two(folder: Path) -> None:
    """Two tasks that never end: each of them is a worker's."""
    import dask

    both = [dask.delayed(tell_and_sleep)(str(folder / name)) for name in ("one", "two")]  # type: ignore[attr-defined]
    dask.compute(*both)  # type: ignore[attr-defined, no-untyped-call]


async def pid_in(file: Path) -> int:
    """The worker that came to a task; a Slurm job takes longer to be there than a process does."""
    async with asyncio.timeout(60):
        while not file.exists() or not file.read_text():
            await asyncio.sleep(0.05)
    return int(file.read_text())


async def jobs_become(slurm: SlurmCluster, count: int, *, seconds: float) -> dict[str, str]:
    """Wait for so many Slurm jobs."""
    jobs: dict[str, str] = {}
    try:
        async with asyncio.timeout(seconds):
            while len(jobs := await asyncio.to_thread(slurm.jobs)) != count:
                await asyncio.sleep(0.1)
    except TimeoutError:
        pytest.fail(f"{count} Slurm jobs were waited for {seconds} s: {jobs}")
    return jobs


async def test_it_writes_the_same_bytes_as_threads(cluster: KeptEngine, tmp_path: Path) -> None:
    catalog = write_catalog(object_table(), tmp_path / "objects", partition_rows=400)
    redshifts = redshifts_of(object_table().slice(0, 200), tmp_path / "mine.parquet")
    by_threads = made_by(ThreadsEngine(), catalog, redshifts, tmp_path / "threads")
    by_slurm = await asyncio.to_thread(made_by, cluster, catalog, redshifts, tmp_path / "slurm")
    assert by_slurm == by_threads


async def test_a_script_has_no_secret(cluster: KeptEngine, slurm: SlurmCluster, tmp_path: Path) -> None:
    await asyncio.to_thread(compute, cluster, tmp_path / "a", pids_of_worker)
    scripts = [slurm.script(job) for job in slurm.jobs()]
    assert scripts
    for script in scripts:
        assert "tls://127.0.0.1:" in script
        assert "-----BEGIN" not in script
    for file in cluster.file.parent.iterdir():
        assert "KEY-----" not in file.read_text() or file.stat().st_mode & 0o077 == 0


async def test_a_job_that_is_killed_gives_its_slurm_jobs_back_within_five_seconds(
    cluster: KeptEngine, slurm: SlurmCluster, tmp_path: Path
) -> None:
    script = (
        "import sys; from pathlib import Path; from worker.engines import engine_at_work, read_engine;"
        "from tests.slurm.kept_slurm_test import sleep_in_two; folder = Path(sys.argv[2]);\n"
        "with engine_at_work(read_engine(sys.argv[1]), folder): sleep_in_two(folder)"
    )
    job = await asyncio.create_subprocess_exec(sys.executable, "-c", script, cluster.model_dump_json(), str(tmp_path))
    try:
        busy = [await pid_in(tmp_path / name) for name in ("one", "two")]
        await jobs_become(slurm, 2, seconds=5)
    finally:
        job.kill()
        await job.wait()
    _, least = await asyncio.gather(until_gone(*busy, seconds=5), jobs_become(slurm, 1, seconds=5))
    assert len(least) == _TWO.least_workers
    assert await asyncio.to_thread(compute, cluster, tmp_path / "next", pids_of_worker)


async def test_a_lost_slurm_job_is_replaced_and_its_part_made_again(
    cluster: KeptEngine, slurm: SlurmCluster, tmp_path: Path
) -> None:
    running = asyncio.create_task(
        asyncio.to_thread(compute, cluster, tmp_path / "a", sleep_first, str(tmp_path / "pid"))
    )
    lost = await pid_in(tmp_path / "pid")
    before = slurm.jobs()
    for number in before:
        slurm.cancel(number)
    assert await asyncio.wait_for(running, 90) == "done"
    assert not is_running(lost)
    assert not before.keys() & slurm.jobs().keys()


def sleep_first(file: str) -> str:
    """The first who comes here never ends, the next one does at once."""
    if not Path(file).exists():
        tell_and_sleep(file)
    return "done"


async def test_a_part_that_ends_every_worker_is_told_once_and_leaves_the_cluster_usable(
    cluster: KeptEngine, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="Workers of the Dask cluster ended again and again"):
        await asyncio.to_thread(compute, cluster, tmp_path / "a", die)
    assert await asyncio.to_thread(compute, cluster, tmp_path / "b", pids_of_worker)


async def test_a_lost_scheduler_ends_the_job_and_is_started_again_for_the_next(
    cluster: KeptEngine, slurm: SlurmCluster, tmp_path: Path
) -> None:
    running = asyncio.create_task(
        asyncio.to_thread(compute, cluster, tmp_path / "a", tell_and_sleep, str(tmp_path / "pid"))
    )
    worker = await pid_in(tmp_path / "pid")
    before = slurm.jobs()
    os.kill(scheduler_of(cluster), 9)
    with pytest.raises(SourceUnavailableError, match="was lost during the match"):
        await running
    await until_gone(worker, seconds=10)
    assert await asyncio.to_thread(compute, cluster, tmp_path / "b", pids_of_worker)
    assert not before.keys() & slurm.jobs().keys()


def scheduler_of(cluster: KeptEngine) -> int:
    """The process that started the Slurm jobs: it has the folder in its environment."""
    wanted = f"WORKER_CLUSTER_FOLDER={cluster.file.parent}".encode()
    found = [
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if wanted in _read(process / "environ").split(b"\0") and b"worker.cluster" in _read(process / "cmdline")
    ]
    (pid,) = found
    return pid


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError:
        return b""


async def test_nothing_remains_after_its_keeper(slurm: SlurmCluster, tmp_path: Path) -> None:
    before = slurm.jobs().keys()
    async with kept_cluster(_TWO, tmp_path) as engine:
        pid, _ = await asyncio.to_thread(compute, engine, tmp_path / "a", pids_of_worker)
        assert slurm.jobs().keys() - before
    await until_gone(pid, seconds=5)
    assert not slurm.jobs().keys() - before
