"""A job of the service, as its owner handles it."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from tsm.connection import Connection
from tsm.documents import JobState, Result
from tsm.errors import ChecksumError, JobFailedError, ServiceUnavailableError, UnknownResultError

__all__ = ["Job"]

_CHUNK_BYTES = 1 << 20
_RECONNECTIONS = 5
"""Broken event streams in a row without any event between, after which waiting gives up."""


class Job:
    """One cross-match; made by `tsm.TrainingSetMaker`.

    Parameters
    ----------
    connection
        To the service that runs it.
    state
        The job as last seen.
    """

    def __init__(self, connection: Connection, state: JobState) -> None:
        self._connection = connection
        self.state = state
        """The job as last seen; `refresh` and `wait` bring it up to date."""

    def __repr__(self) -> str:
        return f"Job({self.id!r}, phase={self.state.phase!r})"

    @property
    def id(self) -> str:
        """Id of the job."""
        return self.state.id

    @property
    def url(self) -> str:
        """Address of the job's UWS document."""
        return self.state.url

    @property
    def results(self) -> dict[str, Result]:
        """Files of the finished job by name: ``result``, ``parquet``, ``provenance`` and what else was asked for."""
        return {result.id: result for result in self.state.results}

    def refresh(self) -> JobState:
        """Ask for the job's present state."""
        answer = self._connection.request("GET", f"/jobs/{self.id}")
        self.state = JobState.model_validate_json(answer.content)
        return self.state

    def abort(self) -> JobState:
        """End the job, if it has not ended."""
        answer = self._connection.request("POST", f"/jobs/{self.id}/abort")
        self.state = JobState.model_validate_json(answer.content)
        return self.state

    def delete(self) -> None:
        """Remove the job and its results."""
        self._connection.request("DELETE", f"/jobs/{self.id}")

    def wait(self, on_change: Callable[[JobState], None] = lambda state: None) -> "Job":
        """Follow the job to its end.

        Parameters
        ----------
        on_change
            Called with the state now and at each change of phase or progress.

        Raises
        ------
        JobFailedError
            If it ends without a result; the message says why.
        ServiceUnavailableError
            If the service stays away.
        """
        attempts = _RECONNECTIONS
        while not self.state.is_final:
            try:
                for state in self._events():
                    attempts = _RECONNECTIONS
                    self.state = state
                    on_change(state)
            except ServiceUnavailableError:
                attempts -= 1
                if not attempts:
                    raise
        if self.state.phase != "COMPLETED":
            raise _failure(self.state)
        return self

    def _events(self) -> Iterator[JobState]:
        """States from the service's event stream, until it ends."""
        with self._connection.stream(f"{self._connection.url}/api/v1/jobs/{self.id}/events") as answer:
            for line in answer.iter_lines():
                name, _, data = line.partition(":")
                if name == "data":
                    yield JobState.model_validate_json(data)

    def download(self, result_id: str, path: str | os.PathLike[str]) -> Path:
        """Fetch one result and check it.

        Parameters
        ----------
        result_id
            Name of the result, see `results`.
        path
            File to write, or a folder for a file of the service's name. Nothing is there before all is complete.

        Returns
        -------
        Path
            The file.

        Raises
        ------
        UnknownResultError
            If the job has no such result.
        ChecksumError
            If what arrived differs from what the service has.
        """
        if result_id not in self.results:
            known = ", ".join(self.results) or "none yet"
            raise UnknownResultError(f"job {self.id} has no result {result_id!r}; it has: {known}")
        result = self.results[result_id]
        target = Path(path)
        if target.is_dir():
            target /= Path(result.filename).name
        partial = target.with_name(f".{target.name}.part")
        try:
            self._fetch(result, partial)
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return target

    def _fetch(self, result: Result, path: Path) -> None:
        digest = hashlib.sha256()
        # As it lies in the store: compressing on the way would cost more than it saves.
        with (
            self._connection.stream(result.url, headers={"Accept-Encoding": "identity"}) as answer,
            path.open("wb") as file,
        ):
            for chunk in answer.iter_bytes(_CHUNK_BYTES):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != result.sha256:
            raise ChecksumError(f"{result.url}: SHA-256 is {digest.hexdigest()}, the service says {result.sha256}")


def _failure(state: JobState) -> JobFailedError:
    if state.error is None:
        notes = f": {' '.join(state.notes)}" if state.notes else ""
        return JobFailedError(f"job {state.id} ended as {state.phase}{notes}")
    return JobFailedError(
        f"job {state.id} failed ({state.error.type}): {state.error.message}", problems=state.error.problems
    )
