"""Engines: a cluster answers as threads do, and one that is not fit is refused before anything is computed."""

import multiprocessing
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from distributed import LocalCluster
from pydantic import ValidationError

from tests.trainingset.catalogs import object_table, write_catalog
from trainingset.errors import SourceUnavailableError
from trainingset.make import make_training_set
from trainingset.order import InputFile, Order, StageProgress
from trainingset.registry import CatalogEntry
from worker import engines
from worker.config import WorkerConfig
from worker.engines import Engine, SchedulerEngine, ThreadsEngine, UnfitClusterError, engine_at_work


@pytest.fixture(scope="module")
def cluster() -> Iterator[SchedulerEngine]:
    """A cluster of one worker, a process of its own."""
    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=True, dashboard_address=None, protocol="tcp://"
    ) as running:
        yield SchedulerEngine(address=running.scheduler_address)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> CatalogEntry:
    return write_catalog(object_table(), tmp_path_factory.mktemp("objects") / "objects", partition_rows=400)


@pytest.fixture(scope="module")
def redshifts(tmp_path_factory: pytest.TempPathFactory) -> InputFile:
    return redshifts_of(object_table().slice(0, 200), tmp_path_factory.mktemp("redshifts") / "mine.parquet")


def redshifts_of(objects: pa.Table, path: Path) -> InputFile:
    table = pa.table(
        {
            "id": pa.array(range(len(objects))),
            "ra": objects["coord_ra"],
            "dec": objects["coord_dec"],
            "z": pa.array([0.5] * len(objects)),
            "survey": pa.array(["ALPHA"] * len(objects)),
            "ebv": pa.array([0.0] * len(objects)),
        }
    )
    pq.write_table(table, path)
    return InputFile(name="mine.parquet", path=str(path), sha256="0" * 64, size=path.stat().st_size)


def made_by(
    engine: Engine,
    catalog: CatalogEntry,
    redshifts: InputFile,
    folder: Path,
    report: Callable[[StageProgress], None] = lambda _: None,
) -> dict[str, bytes]:
    folder.mkdir()
    request = {"catalog": "objects", "redshifts": "mine", "flux": ["psf"], "radius_arcsec": 1.5}
    order = Order(request=request, catalogs=(catalog,), inputs={"mine": redshifts}, folder=str(folder))
    with engine_at_work(engine, folder):
        made = make_training_set(order, report)
    assert made.rows > 0
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith("provenance")}


@pytest.mark.long
@pytest.mark.xdist_group("cluster")
def test_a_cluster_writes_the_same_bytes_as_threads(
    cluster: SchedulerEngine, catalog: CatalogEntry, redshifts: InputFile, tmp_path: Path
) -> None:
    by_threads = made_by(ThreadsEngine(), catalog, redshifts, tmp_path / "threads")
    assert made_by(cluster, catalog, redshifts, tmp_path / "cluster") == by_threads


@pytest.mark.long
@pytest.mark.xdist_group("cluster")
def test_a_cluster_tells_of_partitions_as_threads_do(
    cluster: SchedulerEngine, catalog: CatalogEntry, redshifts: InputFile, tmp_path: Path
) -> None:
    told: list[list[StageProgress]] = [[], []]
    for steps, engine in zip(told, (ThreadsEngine(), cluster), strict=True):
        made_by(engine, catalog, redshifts, tmp_path / engine.kind, steps.append)
    by_threads, by_cluster = ([step for step in steps if step.stage == "matching"] for steps in told)
    assert len(by_cluster) == len(by_threads) > 2
    assert by_cluster[0] == by_threads[0]
    assert by_cluster[-1] == by_threads[-1]


@pytest.mark.long
@pytest.mark.xdist_group("cluster")
def test_a_worker_that_does_not_see_the_folder_of_jobs_is_named(
    cluster: SchedulerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_can_read", lambda path, content: False)
    with (
        pytest.raises(UnfitClusterError, match=r"worker tcp://\S+ does not see .*TSM_WORK_FOLDER"),
        engine_at_work(cluster, tmp_path),
    ):
        pytest.fail("the cluster was taken")
    assert not list(tmp_path.iterdir())


@pytest.mark.long
@pytest.mark.xdist_group("cluster")
def test_a_worker_of_another_release_is_named_with_both_versions(
    cluster: SchedulerEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = engines._versions()
    monkeypatch.setattr(engines, "_DISTRIBUTIONS", ("lsdb",))
    monkeypatch.setattr(engines, "_versions", _AnotherRelease())
    with (
        pytest.raises(UnfitClusterError, match=rf"has lsdb 0\.0\.1 instead of {ours['lsdb']}"),
        engine_at_work(cluster, tmp_path),
    ):
        pytest.fail("the cluster was taken")


class _AnotherRelease:
    """Answers here as it is, and on the cluster as an old release."""

    def __call__(self) -> dict[str, str | None]:
        is_here = multiprocessing.parent_process() is None
        return {"lsdb": engines._version("lsdb") if is_here else "0.0.1"}


def test_a_scheduler_that_is_not_there_is_told_with_its_address(tmp_path: Path) -> None:
    away = SchedulerEngine(address="tcp://127.0.0.1:1", connect_seconds=0.5)
    with (
        pytest.raises(SourceUnavailableError, match=r"tcp://127\.0\.0\.1:1 cannot be reached"),
        engine_at_work(away, tmp_path),
    ):
        pytest.fail("the cluster was taken")


@pytest.mark.parametrize("address", ["tls://scheduler:8786", "tcp://scheduler:8786"])
def test_certificates_and_encryption_come_together(address: str) -> None:
    files = {"tls_ca_file": "ca.pem"} if address.startswith("tcp") else {}
    with pytest.raises(ValidationError, match="tls_key_file"):
        SchedulerEngine.model_validate({"address": address, **files})


def test_the_environment_chooses_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"registry_path": "r.yaml", "database_url": "postgresql+asyncpg://x/y", "queue_url": "redis://x"}
    monkeypatch.setenv("TSM_DASK__KIND", "scheduler")
    monkeypatch.setenv("TSM_DASK__ADDRESS", "tcp://scheduler:8786")
    chosen = WorkerConfig.model_validate({**settings, "blob_root": "b"}).dask
    assert chosen == SchedulerEngine(address="tcp://scheduler:8786")
