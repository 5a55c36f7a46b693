"""The cluster's main: a Dask cluster that outlives every job, of processes of this machine or of Slurm jobs.

``python -m worker.cluster`` starts it, writes where it is reached into the folder given, and ends with its parent.
"""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from worker.engines import LocalEngine, SchedulerEngine, SlurmEngine, read_engine
from worker.serving import Task, main
from worker.slurm import start_slurm_cluster

if TYPE_CHECKING:
    from distributed import Security, SpecCluster

__all__ = ["CLUSTER_FOLDER_VARIABLE", "CLUSTER_VARIABLE", "ENGINE_FILE"]

CLUSTER_VARIABLE = "WORKER_CLUSTER"
"""Environment variable with the cluster's settings, a `StartedEngine` as JSON."""

CLUSTER_FOLDER_VARIABLE = "WORKER_CLUSTER_FOLDER"
"""Environment variable with a private folder: certificates, what workers spill, and where the scheduler is."""

ENGINE_FILE = "engine.json"
"""File of that folder with a `SchedulerEngine`; there as soon as the cluster takes tasks."""

_NICENESS = 10
"""As computations: the web process and the stores on the same machine answer first."""


def _start() -> dict[str, Task]:
    # Late imports: every worker of the cluster imports this module again.
    from distributed import Security

    engine = read_engine(os.environ[CLUSTER_VARIABLE])
    folder = Path(os.environ[CLUSTER_FOLDER_VARIABLE])
    # Other users of the machine reach a port of it too, and whoever reaches a scheduler runs code.
    security = Security.temporary()  # type: ignore[no-untyped-call]  # distributed has no types
    if isinstance(engine, SlurmEngine):
        cluster = start_slurm_cluster(engine, folder, security)
    else:
        assert isinstance(engine, LocalEngine), engine
        cluster = _start_local_cluster(engine, folder, security)
    _running.append(cluster)
    private = security.get_tls_config_for_role("client")
    reached = SchedulerEngine(
        address=cluster.scheduler_address,
        tls_ca_file=_kept(folder / "ca.pem", private["ca_file"]),
        tls_cert_file=_kept(folder / "cert.pem", private["cert"]),
        tls_key_file=_kept(folder / "key.pem", private["key"]),
        connect_seconds=engine.connect_seconds,
    )
    _kept(folder / "engine.new", reached.model_dump_json()).rename(folder / ENGINE_FILE)
    return {}


_running: "list[SpecCluster]" = []
"""Holds the cluster: one that nobody refers to closes itself."""


def _start_local_cluster(engine: LocalEngine, folder: Path, security: "Security") -> "SpecCluster":
    import dask
    from distributed import LocalCluster
    from distributed.utils import get_mp_context

    # Workers are forked off a process that has imported what they need: the first job does not wait for that, nor does
    # anybody when a worker was lost.
    dask.config.set({"distributed.worker.multiprocessing-method": "forkserver"})
    processes = get_mp_context()  # type: ignore[no-untyped-call]
    processes.set_forkserver_preload(["distributed", "trainingset.make"])
    cluster = LocalCluster(  # type: ignore[no-untyped-call]
        host="127.0.0.1",
        protocol="tls://",
        security=security,
        n_workers=engine.workers,
        threads_per_worker=engine.threads_per_worker,
        memory_limit=engine.memory_bytes_per_worker or None,
        processes=True,
        dashboard_address=None,
        local_directory=str(folder),
    )
    cluster.wait_for_workers(engine.workers)
    return cluster


def _kept(path: Path, text: str) -> Path:
    path.touch(mode=0o600)  # before there is anything to read
    path.write_text(text, encoding="utf-8")
    return path


if __name__ == "__main__":
    os.nice(_NICENESS)
    main(_start)
