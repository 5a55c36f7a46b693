"""What the operator sets for a worker; read in `worker.main` and handed down."""

import os
import tempfile
from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from pz.config import PzServerConfig
from uws.config import LifeLimits, StoreSettings
from worker.engines import DaskEngine, ThreadsEngine
from worker.machine import most_of_the_memory

__all__ = ["WorkerConfig"]

_GIB = 2**30


class WorkerConfig(StoreSettings):
    """Everything an operator can turn in a worker, from ``TSM_...`` (nested: ``TSM_LIMITS__LEASE_SECONDS``)."""

    model_config = SettingsConfigDict(env_prefix="TSM_", env_nested_delimiter="__", extra="ignore", frozen=True)

    registry_path: Path
    """YAML file of the registered object catalogs."""
    public_url: str | None = None
    """Address of the service as users see it; recorded in provenance."""
    pz: PzServerConfig | None = None
    """The PZ Server that redshifts may come from (``TSM_PZ__URL``); the web process needs the same settings."""
    limits: LifeLimits = LifeLimits()
    slots: int = Field(2, ge=1)
    """Jobs that run at once in this worker, each in a process of its own."""
    compute_threads: int = Field(default_factory=lambda: os.cpu_count() or 1, ge=1)
    """Threads of one job's computation."""
    dask: DaskEngine = ThreadsEngine()
    """Where computations run (``TSM_DASK__KIND``): ``threads`` of their own, ``local`` processes that are kept warm,
    jobs of ``slurm``, or the cluster of a ``scheduler``. Workers elsewhere must share the work folder."""
    memory_bytes: int = Field(default_factory=most_of_the_memory, ge=0)
    """Memory that one computation may use beyond its warm process (about 0.4 GB): four fifths of what machine or
    container have unless set, since a computation reads tables that users sent; 0 = no limit."""
    inspect_memory_bytes: int = Field(4 * _GIB, ge=0)
    """The same for the inspection of an uploaded table."""
    query_limit_bytes: int = Field(2 * _GIB, gt=0)
    """Most bytes of a catalog's files that a query of its rows may read."""
    upload_limit_rows: int = Field(5_000_000, gt=0)
    """Most rows of one uploaded table."""
    inspect_seconds: float = Field(120, gt=0)
    """Longest inspection of an uploaded table."""
    commands_per_child: int = Field(200, ge=1)
    """Jobs after which a process is replaced."""
    resident_bytes: int = Field(2 * _GIB, gt=0)
    """A process that holds more memory than this after a job is replaced."""
    grace_seconds: float = Field(20, ge=0)
    """After SIGTERM, jobs may finish for so long; the rest is handed to other workers. 0 = at once."""
    store_patience_seconds: float = Field(60, ge=0)
    """How long finished results wait for a store that is full or cannot be written; then the job fails."""
    registry_seconds: float = Field(2, gt=0)
    """How often the registry file is looked at for changes."""
    work_folder: Path | None = None
    """Where jobs work. Best on the file system of the blobs: results are then moved, not copied."""
    metrics_port: int = Field(0, ge=0, le=65_535)
    """Port on which Prometheus finds the metrics of this worker (``/metrics``); 0 = none."""
    log_format: Literal["json", "console"] = "json"
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @property
    def workplaces(self) -> Path:
        """The folder in which jobs work."""
        if self.work_folder is not None:
            return self.work_folder
        if "://" in self.blob_root:
            return Path(tempfile.gettempdir()) / "tsm-work"
        return Path(self.blob_root).absolute().with_name(f"{Path(self.blob_root).name}-work")
