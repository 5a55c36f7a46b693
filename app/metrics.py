"""What operators measure: requests and why they fail, jobs, queue, workers, space, connections that are held open."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from uws.life import QueueNumbers
from uws.phase import ExecutionPhase

__all__ = ["Metrics"]

# From a cached answer to a WAIT of half a minute.
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 35, 70)


class Metrics:
    """Prometheus metrics of one application, in a registry of its own so that applications can share a process."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("tsm_requests", "Requests answered", labels, registry=self._registry)
        self._seconds = Histogram(
            "tsm_request_seconds", "Time to answer", labels[:2], buckets=_SECONDS, registry=self._registry
        )
        self._faults = Counter(
            "tsm_request_faults", "Requests that ended in a known error", ("fault", "status"), registry=self._registry
        )
        self._held = Gauge("tsm_held_requests", "Requests held open, by reason", ("reason",), registry=self._registry)
        self._jobs = Gauge("tsm_jobs", "Jobs by phase", ("phase",), registry=self._registry)
        self._queue_age = Gauge("tsm_queue_age_seconds", "Age of the oldest queued job", registry=self._registry)
        self._workers = Gauge("tsm_workers", "Workers alive", registry=self._registry)
        self._lost_runs = Gauge(
            "tsm_lost_runs", "Runs that ended with a silent worker, of all jobs", registry=self._registry
        )
        self._store_up = Gauge("tsm_store_up", "Whether the job store answered this scrape", registry=self._registry)
        self._queue_up = Gauge("tsm_queue_up", "Whether the queue answered this scrape", registry=self._registry)
        self._free = Gauge("tsm_free_bytes", "Space left for files; NaN for S3", registry=self._registry)
        self._least_free = Gauge(
            "tsm_least_free_bytes", "Space that must stay free (0: no limit)", registry=self._registry
        )
        build = Gauge("tsm_build_info", "Version that runs; always 1", ("version",), registry=self._registry)
        build.labels(version("tsm-service")).set(1)

    def count_request(self, *, method: str, route: str, status: int, seconds: float, fault: str | None = None) -> None:
        """Count one answered request under its route template, never under its address.

        Parameters
        ----------
        fault
            Name of the error that it ended in: which limit was reached, which part was away.
        """
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)
        if fault is not None:
            self._faults.labels(fault, str(status)).inc()

    @contextmanager
    def held(self, reason: str) -> Iterator[None]:
        """Count a request as held open (``wait``, ``events``, ``sync``) while the block runs."""
        gauge = self._held.labels(reason)
        gauge.inc()
        try:
            yield
        finally:
            gauge.dec()

    def show_queue(self, numbers: QueueNumbers | None) -> None:
        """Take over what the job store says; None when it does not answer."""
        self._store_up.set(numbers is not None)
        if numbers is None:
            return
        for phase in ExecutionPhase:
            self._jobs.labels(phase.value).set(numbers.jobs_by_phase.get(phase, 0))
        self._queue_age.set(numbers.oldest_queued_seconds or 0)
        self._workers.set(numbers.workers_alive)
        self._lost_runs.set(numbers.lost_runs)

    def show_parts(self, *, queue_answers: bool, free_bytes: int | None, least_free_bytes: int) -> None:
        """Take over what queue and file store say."""
        self._queue_up.set(queue_answers)
        self._free.set(math.nan if free_bytes is None else free_bytes)
        self._least_free.set(least_free_bytes)

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self._registry)
