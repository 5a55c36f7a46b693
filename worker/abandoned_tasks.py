"""Frees a Dask worker from a task that nobody waits for any more: threads cannot be interrupted, processes can."""

import os
from typing import TYPE_CHECKING, Any

from distributed.diagnostics.plugin import WorkerPlugin

if TYPE_CHECKING:
    from distributed import Worker

__all__ = ["EndAbandonedTasks"]


class EndAbandonedTasks(WorkerPlugin):
    """Ends a worker's process when a task goes on after its job has ended; the worker's nanny starts another.

    Tasks of other jobs that the process was at are given to other workers by the scheduler, or to the new process.
    A worker without a nanny is left alone: nobody would start it again.

    Parameters
    ----------
    seconds
        Time that a task has to end by itself.
    """

    name = "tsm-end-abandoned-tasks"
    idempotent = True

    def __init__(self, seconds: float = 2.0) -> None:
        self._seconds = seconds

    def setup(self, worker: "Worker") -> None:
        """Take the worker that this is registered at."""
        self._worker = worker

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        """Look again later at a task that is to be released while it runs."""
        if start == "executing" and finish == "released" and self._worker.nanny is not None:
            self._worker.loop.call_later(self._seconds, self._end_if_it_runs, key)

    def _end_if_it_runs(self, key: Any) -> None:
        task = self._worker.state.tasks.get(key)
        # The worker keeps a task that it cannot stop in this state until it ends or somebody asks for it again.
        if task is not None and task.state == "cancelled":
            os._exit(1)
