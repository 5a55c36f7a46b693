"""The parent's side of a cluster that is kept warm across jobs: started with the worker, and again when it ends."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog

from worker.child import Child, ChildDiedError, child_environment
from worker.cluster import CLUSTER_FOLDER_VARIABLE, CLUSTER_VARIABLE, ENGINE_FILE
from worker.engines import KeptEngine, SlurmEngine, StartedEngine
from worker.slurm import cancel_slurm_jobs

__all__ = ["kept_cluster"]

_log = structlog.get_logger("worker.cluster")

_PROGRAM = ("-m", "worker.cluster")

_BACK_OFF_SECONDS = 5.0
"""Between attempts when a cluster cannot even be started: the installation is broken, and the log says how."""


@asynccontextmanager
async def kept_cluster(engine: StartedEngine, folder: Path) -> AsyncIterator[KeptEngine]:
    """What children are told to compute on, with the cluster behind it running until the end of the block.

    Parameters
    ----------
    folder
        Private folder for the cluster's files, as long as it runs.
    """
    keeping = asyncio.create_task(_keep(engine, folder), name="cluster")
    try:
        yield KeptEngine(file=folder / ENGINE_FILE, connect_seconds=engine.connect_seconds)
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def _keep(engine: StartedEngine, folder: Path) -> None:
    environment = child_environment() | {
        CLUSTER_VARIABLE: engine.model_dump_json(),
        CLUSTER_FOLDER_VARIABLE: str(folder),
        # The cluster's workers find our packages as this process does, whatever folder they are started in.
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
    }
    while True:
        (folder / ENGINE_FILE).unlink(missing_ok=True)
        cluster = await Child.start(_PROGRAM, environment=environment)
        try:
            await cluster.ready()
            _log.info("cluster is ready", workers=engine.workers, threads_per_worker=engine.threads_per_worker)
            code = await cluster.gone()
            _log.error("cluster ended and is started again", returncode=code)
        except ChildDiedError as error:
            _log.error("cluster cannot be started", reason=str(error), retry_seconds=_BACK_OFF_SECONDS)
            await asyncio.sleep(_BACK_OFF_SECONDS)
        finally:
            # Workers of a scheduler that was killed alone end with it; this ends what hesitates.
            await cluster.close()
            if isinstance(engine, SlurmEngine):
                await _cancel(folder)


async def _cancel(folder: Path) -> None:
    try:
        await asyncio.to_thread(cancel_slurm_jobs, folder)
    except (OSError, subprocess.SubprocessError) as error:
        _log.error("Slurm jobs of the cluster cannot be cancelled and end by themselves", reason=str(error))
