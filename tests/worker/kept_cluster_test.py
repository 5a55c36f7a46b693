"""A cluster that outlives its jobs: the same processes serve one after another, and losses of any part are borne."""

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import dask
import pytest
import pytest_asyncio

from tests.trainingset.catalogs import object_table, write_catalog
from tests.worker.children import is_running, until_gone
from tests.worker.engines_test import made_by, redshifts_of
from trainingset.errors import RecipeError, SourceUnavailableError
from trainingset.order import StageProgress
from worker.engines import Engine, KeptEngine, LocalEngine, ThreadsEngine, engine_at_work
from worker.kept_cluster import kept_cluster

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.xdist_group("kept_cluster"),
    pytest.mark.long,
]

_ONE = LocalEngine(workers=1, threads_per_worker=1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[KeptEngine]:
    folder = tmp_path_factory.mktemp("cluster")
    async with kept_cluster(_ONE, folder) as engine:
        yield engine


def pids_of_worker() -> tuple[int, int]:
    """The process of the task, and the scheduler's, which leads the group of the cluster."""
    return os.getpid(), os.getpgrp()


def compute(engine: Engine, folder: Path, function: Any, *arguments: Any) -> Any:
    folder.mkdir(exist_ok=True)
    with engine_at_work(engine, folder):
        return dask.delayed(function)(*arguments).compute()  # type: ignore[attr-defined]


def tell_and_sleep(file: str) -> None:
    Path(file).write_text(str(os.getpid()))
    time.sleep(300)


def die_once(file: str) -> str:
    """The first who comes here ends, the next one does not."""
    if Path(file).exists():
        return "done"
    Path(file).touch()
    os.kill(os.getpid(), signal.SIGKILL)
    return "never"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def grow() -> None:
    """Hold more and more memory, without end."""
    held = []
    while True:
        held.append(b"x" * 20_000_000)
        time.sleep(0.01)


async def pid_in(file: Path) -> int:
    async with asyncio.timeout(20):
        while not file.exists() or not file.read_text():
            await asyncio.sleep(0.02)
    return int(file.read_text())


async def test_one_job_after_another_meets_the_same_warm_process(cluster: KeptEngine, tmp_path: Path) -> None:
    first = await asyncio.to_thread(compute, cluster, tmp_path / "a", pids_of_worker)
    second = await asyncio.to_thread(compute, cluster, tmp_path / "b", pids_of_worker)
    assert first == second


async def test_what_lets_somebody_run_code_is_for_its_owner_alone(cluster: KeptEngine, tmp_path: Path) -> None:
    await asyncio.to_thread(compute, cluster, tmp_path / "a", pids_of_worker)
    for name in ("ca.pem", "cert.pem", "key.pem"):
        assert cluster.file.with_name(name).stat().st_mode & 0o077 == 0
    assert '"address":"tls://127.0.0.1:' in cluster.file.read_text()


async def test_a_job_that_is_killed_frees_the_cluster_within_five_seconds(cluster: KeptEngine, tmp_path: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from worker.engines import read_engine;"
        "from tests.worker.kept_cluster_test import compute, tell_and_sleep;"
        "compute(read_engine(sys.argv[1]), Path(sys.argv[2]), tell_and_sleep, sys.argv[3])"
    )
    arguments = [cluster.model_dump_json(), str(tmp_path / "job"), str(tmp_path / "pid")]
    job = await asyncio.create_subprocess_exec(sys.executable, "-c", script, *arguments)
    busy = await pid_in(tmp_path / "pid")
    job.kill()
    await job.wait()
    await until_gone(busy, seconds=5)
    again, _ = await asyncio.to_thread(compute, cluster, tmp_path / "next", pids_of_worker)
    assert again != busy


async def test_a_part_whose_worker_is_lost_is_made_by_another(cluster: KeptEngine, tmp_path: Path) -> None:
    assert await asyncio.to_thread(compute, cluster, tmp_path / "a", die_once, str(tmp_path / "died")) == "done"


async def test_a_part_that_ends_every_worker_is_told_once_and_leaves_the_cluster_usable(
    cluster: KeptEngine, tmp_path: Path
) -> None:
    with pytest.raises(RecipeError, match="Workers of the Dask cluster ended again and again"):
        await asyncio.to_thread(compute, cluster, tmp_path / "a", die)
    assert await asyncio.to_thread(compute, cluster, tmp_path / "b", pids_of_worker)


async def test_a_part_that_takes_all_memory_is_told_once(tmp_path: Path) -> None:
    narrow = LocalEngine(workers=1, memory_bytes_per_worker=900_000_000)
    async with kept_cluster(narrow, tmp_path) as engine:
        with pytest.raises(RecipeError, match="most likely because memory ran out"):
            await asyncio.to_thread(compute, engine, tmp_path / "a", grow)


async def test_it_writes_the_same_bytes_as_threads(tmp_path: Path) -> None:
    catalog = write_catalog(object_table(), tmp_path / "objects", partition_rows=400)
    redshifts = redshifts_of(object_table().slice(0, 200), tmp_path / "mine.parquet")
    by_threads = made_by(ThreadsEngine(), catalog, redshifts, tmp_path / "threads")
    async with kept_cluster(LocalEngine(workers=2), tmp_path) as engine:
        by_cluster = await asyncio.to_thread(made_by, engine, catalog, redshifts, tmp_path / "cluster")
    assert by_cluster == by_threads


async def test_a_lost_scheduler_ends_the_job_and_is_started_again_for_the_next(
    cluster: KeptEngine, tmp_path: Path
) -> None:
    _, scheduler = await asyncio.to_thread(compute, cluster, tmp_path / "a", pids_of_worker)
    running = asyncio.create_task(
        asyncio.to_thread(compute, cluster, tmp_path / "b", tell_and_sleep, str(tmp_path / "pid"))
    )
    worker = await pid_in(tmp_path / "pid")
    os.kill(scheduler, signal.SIGKILL)
    with pytest.raises(SourceUnavailableError, match="was lost during the match"):
        await running
    await until_gone(worker, seconds=5)
    _, another = await asyncio.to_thread(compute, cluster, tmp_path / "c", pids_of_worker)
    assert another != scheduler


@pytest.mark.parametrize("done", [0, 1])
async def test_a_match_whose_scheduler_is_lost_ends_with_that(cluster: KeptEngine, tmp_path: Path, done: int) -> None:
    catalog = write_catalog(object_table(), tmp_path / "objects", partition_rows=400)
    redshifts = redshifts_of(object_table().slice(0, 200), tmp_path / "mine.parquet")
    _, scheduler = await asyncio.to_thread(compute, cluster, tmp_path / "a", pids_of_worker)

    def kill(step: StageProgress) -> None:
        if step.done is not None and step.done >= done:
            with contextlib.suppress(ProcessLookupError):
                os.kill(scheduler, signal.SIGKILL)

    with pytest.raises(SourceUnavailableError, match="was lost during the match"):
        await asyncio.to_thread(made_by, cluster, catalog, redshifts, tmp_path / "cluster", kill)


async def test_nothing_of_a_cluster_remains_after_its_keeper(tmp_path: Path) -> None:
    async with kept_cluster(_ONE, tmp_path) as engine:
        pids = await asyncio.to_thread(compute, engine, tmp_path / "a", pids_of_worker)
        assert all(map(is_running, pids))
    await until_gone(*pids, seconds=5)
