"""What operators measure: requests, jobs, queue, workers, and connections that are held open."""

from collections.abc import Iterator
from contextlib import contextmanager

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
        self._held = Gauge("tsm_held_requests", "Requests held open, by reason", ("reason",), registry=self._registry)
        self._jobs = Gauge("tsm_jobs", "Jobs by phase", ("phase",), registry=self._registry)
        self._queue_age = Gauge("tsm_queue_age_seconds", "Age of the oldest queued job", registry=self._registry)
        self._workers = Gauge("tsm_workers", "Workers alive", registry=self._registry)
        self._store_up = Gauge("tsm_store_up", "Whether the job store answered this scrape", registry=self._registry)

    def count_request(self, *, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request under its route template, never under its address."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

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

    def exposition(self) -> bytes:
        """All metrics in the Prometheus text format."""
        return generate_latest(self._registry)
