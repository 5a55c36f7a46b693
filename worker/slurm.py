"""A Dask cluster whose workers are jobs of Slurm."""

import hashlib
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from worker.engines import SlurmEngine

if TYPE_CHECKING:
    from distributed import Security, SpecCluster

__all__ = ["cancel_slurm_jobs", "start_slurm_cluster"]

_LOST_SCHEDULER_SECONDS = 30
"""After which a worker ends that no scheduler answers."""

_LIFE_SHARE = 0.9
"""Of its time limit, after which a worker gives its tasks back instead of being killed at one."""

_CANCEL_SECONDS = 10


def start_slurm_cluster(engine: SlurmEngine, folder: Path, security: "Security") -> "SpecCluster":
    """Start a scheduler here, and as many Slurm jobs as there are tasks for.

    Parameters
    ----------
    folder
        Private folder that the nodes see under the same path: certificates, and what workers print.
    security
        Certificates that the workers get as files of the folder, never in the script of a job.
    """
    from dask_jobqueue.slurm import SLURMCluster, SLURMJob

    class Job(SLURMJob):
        # Dask has taken from a worker what it holds before this is called, or nobody wants it. Asked to end, a worker
        # that is at a task stays for Slurm's KillWait, 30 s unless set otherwise. The next one purges what it spilled.
        cancel_command = "scancel --signal=KILL --full"

    cluster = SLURMCluster(
        job_cls=Job,  # type: ignore[arg-type]  # declared as one of its objects
        cores=engine.threads_per_worker,
        processes=1,
        memory=f"{engine.memory_bytes_per_worker}B",
        walltime=f"{engine.minutes // 60:02}:{engine.minutes % 60:02}:00",
        queue=engine.partition,
        account=engine.account,
        job_extra_directives=list(engine.directives),
        job_name=_job_name(folder),
        # Nodes have the installation under the same path, and find our packages as this process does.
        python=shlex.quote(sys.executable),
        job_script_prologue=[
            *(f"export {name}={shlex.quote(os.environ[name])}" for name in _HANDED_DOWN),
            _PRELOAD,
        ],
        worker_extra_args=_worker_options(engine),
        death_timeout=_LOST_SCHEDULER_SECONDS,
        log_directory=str(folder),
        shared_temp_directory=str(folder),
        protocol="tls://",
        security=security,
        scheduler_options={"dashboard": False, "dashboard_address": "127.0.0.1:0"}
        | ({"host": engine.host} if engine.host else {}),
    )
    # Looks twice a second; three looks without work for a worker, and its Slurm job is given back. A task whose time
    # nobody knows counts as half a second: as many workers as tasks, up to the operator's limit.
    cluster.adapt(
        target_duration="500ms",
        minimum_jobs=engine.least_workers,
        maximum_jobs=max(engine.workers, engine.least_workers),
        interval="500ms",
        wait_count=3,
    )
    return cluster


_HANDED_DOWN = ("PYTHONPATH", "NUMBA_DISABLE_JIT", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")


_PRELOAD = "export DASK_DISTRIBUTED__WORKER__PRELOAD='[\"trainingset.make\"]'"
"""Imported before the first task comes; as an option of the command, the nanny would import it as well."""


def _worker_options(engine: SlurmEngine) -> list[str]:
    life = round(engine.minutes * 60 * _LIFE_SHARE)
    stagger = round(engine.minutes * 60 * (1 - _LIFE_SHARE) / 2)
    return [
        "--lifetime",
        f"{life}s",
        "--lifetime-stagger",
        f"{stagger}s",
        "--no-dashboard",
        "--dashboard-address",
        "127.0.0.1:0",
    ]


def cancel_slurm_jobs(folder: Path) -> None:
    """End the Slurm jobs of a cluster that has ended; workers end by themselves otherwise, but later.

    Raises
    ------
    OSError, subprocess.SubprocessError
        If Slurm cannot be asked.
    """
    command = ["scancel", f"--name={_job_name(folder)}", "--me"]
    subprocess.run(command, check=True, capture_output=True, timeout=_CANCEL_SECONDS)


def _job_name(folder: Path) -> str:
    """The name of a cluster's jobs: its folder is no other's."""
    return f"tsm-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
