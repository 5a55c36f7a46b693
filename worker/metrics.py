"""What operators measure of a worker: how runs of jobs end, how long they and their stages take."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, start_http_server

from trainingset.order import StageProgress

__all__ = ["RunEnd", "StageClock", "WorkerMetrics"]

# From a small table to a job of a day.
_SECONDS = (0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 3600, 14_400, 86_400)


class RunEnd(StrEnum):
    """How one run of a job ended."""

    COMPLETED = "completed"
    REFUSED = "refused"
    """It cannot be done as it was asked for."""
    UNAVAILABLE = "unavailable"
    """Something was away or full; asking again may help."""
    FAILED = "failed"
    """Its memory did not suffice, or a fault of ours: the log has an ``internal error`` then."""
    OUT_OF_TIME = "out_of_time"
    HANDED_BACK = "handed_back"
    """The worker stopped; another takes the job up."""
    LOST = "lost"
    """Its owner aborted or deleted it, or its lease ran out."""
    UNTOLD = "untold"
    """The job store was away when it ended; another worker takes the job up."""


class WorkerMetrics:
    """Prometheus metrics of one worker, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._ended = Counter(
            "tsm_worker_runs", "Runs of jobs that ended, by how", ("kind", "end"), registry=self.registry
        )
        self._seconds = Histogram(
            "tsm_worker_run_seconds", "Time that a run took", ("kind",), buckets=_SECONDS, registry=self.registry
        )
        self._stages = Histogram(
            "tsm_worker_stage_seconds", "Time between the first words of a stage and of the next", ("stage",),
            buckets=_SECONDS, registry=self.registry,
        )  # fmt: skip
        self._running = Gauge("tsm_worker_running", "Jobs that run now", registry=self.registry)
        self._slots = Gauge("tsm_worker_slots", "Jobs that may run at once", registry=self.registry)
        build = Gauge("tsm_worker_build_info", "Version that runs; always 1", ("version",), registry=self.registry)
        build.labels(version("tsm-service")).set(1)

    def show_slots(self, slots: int) -> None:
        """Take over how many jobs may run at once."""
        self._slots.set(slots)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count a job as running while the block does."""
        with self._running.track_inprogress():
            yield

    def count_run(self, kind: str, end: RunEnd, *, seconds: float) -> None:
        """Count one run that ended."""
        self._ended.labels(kind, end.value).inc()
        self._seconds.labels(kind).observe(seconds)

    def observe_stage(self, stage: str, seconds: float) -> None:
        """Count one stage of a computation."""
        self._stages.labels(stage).observe(seconds)

    @contextmanager
    def served(self, port: int) -> Iterator[None]:
        """Answer scrapes on this port while the block runs; 0 = on none."""
        if not port:
            yield
            return
        server, thread = start_http_server(port, registry=self.registry)
        try:
            yield
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


class StageClock:
    """Measures the stages of one computation by what it reports.

    Parameters
    ----------
    report
        To whom each report goes on.
    """

    def __init__(self, metrics: WorkerMetrics, report: Callable[[StageProgress], None]) -> None:
        self._metrics = metrics
        self._report = report
        self._stage: str | None = None
        self._since = time.monotonic()

    def __call__(self, step: StageProgress) -> None:
        """Take one report."""
        if step.stage != self._stage:
            self.close()
            self._stage = step.stage
        self._report(step)

    def close(self) -> None:
        """The present stage has ended."""
        now = time.monotonic()
        if self._stage is not None:
            self._metrics.observe_stage(self._stage, now - self._since)
        self._stage, self._since = None, now
