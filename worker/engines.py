"""Where a computation's tasks run: in threads of its own process, or on a Dask cluster."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from trainingset.errors import Problem, RecipeError, SourceUnavailableError

if TYPE_CHECKING:
    from distributed import Client, Security

__all__ = [
    "DaskEngine",
    "Engine",
    "KeptEngine",
    "LocalEngine",
    "SchedulerEngine",
    "SlurmEngine",
    "StartedEngine",
    "ThreadsEngine",
    "UnfitClusterError",
    "engine_at_work",
    "read_engine",
]

_LOOK_SECONDS = 0.1
"""Between looks for a cluster that is being started."""

_DISTRIBUTIONS = (
    "dask",
    "distributed",
    "hats",
    "lsdb",
    "nested-pandas",
    "numpy",
    "pandas",
    "pyarrow",
    "pz-trainingset",
)
"""What decides the bytes of a result, or crosses between us and the cluster."""


class ThreadsEngine(BaseModel):
    """Threads of the process that computes; ending it ends the computation."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["threads"] = "threads"


class SchedulerEngine(BaseModel):
    """A Dask cluster whose scheduler has an address.

    Its workers have the service's own installation and see the work folder under the same path.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["scheduler"] = "scheduler"
    address: str = Field(pattern=r"^(tcp|tls)://.+:[0-9]+$")
    """Such as ``tls://scheduler.dask:8786``. Who reaches a ``tcp://`` one can run code on its workers."""
    tls_ca_file: Path | None = None
    tls_cert_file: Path | None = None
    tls_key_file: Path | None = None
    connect_seconds: float = Field(10, gt=0)
    """Longest wait for the scheduler, and then for a first worker of it."""

    @model_validator(mode="after")
    def _certificates_fit_the_address(self) -> Self:
        files = (self.tls_ca_file, self.tls_cert_file, self.tls_key_file)
        if self.address.startswith("tls://") != all(files) or any(files) != all(files):
            raise ValueError(
                f"{self.address}: tls:// needs tls_ca_file, tls_cert_file and tls_key_file; tcp:// takes none of them"
            )
        return self


class LocalEngine(BaseModel):
    """Processes of this machine, started with the worker and kept warm: its jobs share them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["local"] = "local"
    workers: int = Field(2, ge=1)
    """Processes."""
    threads_per_worker: int = Field(1, ge=1)
    memory_bytes_per_worker: int = Field(4 * 2**30, ge=0)
    """A process that holds nearly as much is ended and started again; 0 = no limit."""
    connect_seconds: float = Field(60, gt=0)
    """Longest wait of a job for the cluster to be started."""


class SlurmEngine(BaseModel):
    """Jobs of a Slurm cluster, each of them a Dask worker; they are started with the worker, whose jobs share them.

    The nodes have the service's own installation and see the work folder, both under the same paths.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["slurm"] = "slurm"
    workers: int = Field(4, ge=1)
    """Most Slurm jobs at once."""
    least_workers: int = Field(1, ge=1)
    """Slurm jobs that are kept where there is nothing to do, so that the next match does not wait in Slurm's queue."""
    threads_per_worker: int = Field(1, ge=1)
    memory_bytes_per_worker: int = Field(4 * 2**30, ge=2**28)
    """Asked of Slurm; a worker that holds nearly as much is ended and started again."""
    minutes: int = Field(24 * 60, ge=5)
    """Time limit of a Slurm job. A worker ends by itself before, after its tasks, and another one is started."""
    partition: str | None = Field(None, pattern=r"^[\w.,+-]+$")
    account: str | None = Field(None, pattern=r"^[\w.+-]+$")
    directives: tuple[Annotated[str, Field(pattern=r"^--[a-z][\w-]*(=[^\s]+)?$")], ...] = ()
    """Further options of ``sbatch``, such as ``--constraint=avx2``."""
    host: str | None = Field(None, pattern=r"^[\w.:-]+$")
    """Name or address of this machine as the nodes reach it; Dask's guess unless set."""
    connect_seconds: float = Field(300, gt=0)
    """Longest wait of a job for a first worker, which may wait in Slurm's queue."""


class KeptEngine(BaseModel):
    """The cluster that the parent process keeps; it may be started again, and is elsewhere then."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["kept"] = "kept"
    file: Path
    """Has a `SchedulerEngine` as JSON as soon as the cluster takes tasks."""
    connect_seconds: float


class UnfitClusterError(Exception):
    """The cluster would fail, or answer otherwise than threads do, until the operator mends it."""


StartedEngine = LocalEngine | SlurmEngine
"""Clusters that the parent process starts and keeps."""
DaskEngine = Annotated[ThreadsEngine | SchedulerEngine | StartedEngine, Field(discriminator="kind")]
"""What the operator chooses from."""
Engine = ThreadsEngine | SchedulerEngine | StartedEngine | KeptEngine

_ENGINES: TypeAdapter[Engine] = TypeAdapter(Annotated[Engine, Field(discriminator="kind")])


def read_engine(document: str | None) -> Engine:
    """Read an engine from JSON; threads if there is none."""
    return ThreadsEngine() if document is None else _ENGINES.validate_json(document)


@contextmanager
def engine_at_work(engine: Engine, folder: Path) -> Iterator[None]:
    """Let what is computed inside the block run on an engine.

    Parameters
    ----------
    engine
        Not a `StartedEngine`: its cluster is the parent's, which hands down a `KeptEngine`.
    folder
        Folder of the job, in which tasks leave rows of objects: one that the cluster's workers share.

    Raises
    ------
    SourceUnavailableError
        If the cluster cannot be reached or is lost.
    UnfitClusterError
        If its workers have other releases than we, or do not see the folder.
    RecipeError
        If workers ended again and again at the same task.
    """
    if isinstance(engine, ThreadsEngine):
        yield
        return
    assert not isinstance(engine, StartedEngine), engine
    # Late imports: they take long, and threads do not need them.
    from distributed.client import FutureCancelledError
    from distributed.comm.core import CommClosedError
    from distributed.scheduler import KilledWorker

    from worker.abandoned_tasks import EndAbandonedTasks

    client, scheduler = _connect(engine)
    with client:
        _check_cluster(client, scheduler, folder)
        client.register_plugin(EndAbandonedTasks())
        try:
            yield
        except KilledWorker as error:
            raise RecipeError([_KILLED_AGAIN]) from error
        except (FutureCancelledError, CommClosedError) as error:
            message = f"The Dask scheduler {scheduler.address} was lost during the match."
            raise SourceUnavailableError(message) from error


_KILLED_AGAIN = Problem(
    parameter="COLUMNS",
    message=(
        "Workers of the Dask cluster ended again and again at the same part of the sky, most likely because memory ran "
        "out. Ask for fewer columns, or ask the operator to give them more memory."
    ),
)


def _connect(engine: SchedulerEngine | KeptEngine) -> "tuple[Client, SchedulerEngine]":
    """Connect to a scheduler, waiting for one that is being started again."""
    from distributed import Client

    deadline = time.monotonic() + engine.connect_seconds
    while True:
        try:
            scheduler = _scheduler_of(engine)
            options = {"timeout": scheduler.connect_seconds, "security": _security(scheduler), "name": "tsm"}
            return Client(scheduler.address, **options), scheduler  # type: ignore[no-untyped-call]
        except OSError as error:  # also of time, and of a file that is not there yet
            if time.monotonic() > deadline or isinstance(engine, SchedulerEngine):
                what = f"scheduler {engine.address}" if isinstance(engine, SchedulerEngine) else "cluster"
                raise SourceUnavailableError(f"The Dask {what} cannot be reached.") from error
        time.sleep(_LOOK_SECONDS)


def _scheduler_of(engine: SchedulerEngine | KeptEngine) -> SchedulerEngine:
    if isinstance(engine, SchedulerEngine):
        return engine
    return SchedulerEngine.model_validate_json(engine.file.read_text(encoding="utf-8"))


def _security(engine: SchedulerEngine) -> "Security | None":
    from distributed import Security

    if engine.tls_ca_file is None:
        return None
    return Security(  # type: ignore[no-untyped-call]
        tls_ca_file=str(engine.tls_ca_file),
        tls_client_cert=str(engine.tls_cert_file),
        tls_client_key=str(engine.tls_key_file),
        require_encryption=True,
    )


def _check_cluster(client: "Client", engine: SchedulerEngine, folder: Path) -> None:
    """Refuse a cluster that would fail in the middle, or answer otherwise than threads do."""
    try:
        client.wait_for_workers(1, timeout=engine.connect_seconds)
    except TimeoutError as error:
        raise SourceUnavailableError(f"The Dask cluster {engine.address} has no workers.") from error
    problems = [*_different_versions(client), *_blind_workers(client, folder)]
    if problems:
        raise UnfitClusterError(f"The Dask cluster {engine.address} cannot be used: {'; '.join(problems)}.")


def _different_versions(client: "Client") -> Iterator[str]:
    ours = _versions()
    for worker, theirs in _answers(client, _versions).items():
        differences = [
            f"{name} {theirs.get(name)} instead of {ours[name]}" for name in ours if theirs[name] != ours[name]
        ]
        if differences:
            yield f"worker {worker} has {', '.join(differences)} (start it from the image of this service)"


def _blind_workers(client: "Client", folder: Path) -> Iterator[str]:
    probe = folder / "probe"
    probe.write_text(folder.name, encoding="utf-8")
    try:
        for worker, seen in _answers(client, _can_read, str(probe), folder.name).items():
            if not seen:
                yield f"worker {worker} does not see {folder} (share the work folder, TSM_WORK_FOLDER, with it)"
    finally:
        probe.unlink()


def _answers(client: "Client", function: Callable[..., Any], *arguments: str) -> dict[str, Any]:
    """What the workers answer, without those that left while they were asked: a cluster that adapts has such."""
    found = client.run(function, *arguments, on_error="return")
    for answer in found.values():
        if isinstance(answer, Exception) and not isinstance(answer, OSError):
            raise answer
    return {worker: answer for worker, answer in found.items() if not isinstance(answer, OSError)}


def _versions() -> dict[str, str | None]:
    return {name: _version(name) for name in _DISTRIBUTIONS}


def _version(distribution: str) -> str | None:
    try:
        return version(distribution)
    except PackageNotFoundError:
        return None


def _can_read(path: str, content: str) -> bool:
    try:
        return Path(path).read_text(encoding="utf-8") == content
    except OSError:
        return False
