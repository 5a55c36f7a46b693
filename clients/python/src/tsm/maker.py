"""The service as a user handles it."""

import os
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from tsm.connection import Connection
from tsm.documents import JobState, UploadedTable
from tsm.errors import RequestRefusedError
from tsm.job import Job

__all__ = ["TrainingSetMaker"]

_WAIT_SECONDS = 30


class TrainingSetMaker:
    """A PZ Training Set Maker service.

    Parameters
    ----------
    url
        Its address, with the prefix: ``https://data.example.org/tsm``.
    token
        A Gafaelfawr token with the scope that the service asks for. It is sent to this service alone.

    Notes
    -----
    Use it as a context manager, or call `close`.
    """

    def __init__(self, url: str, token: str) -> None:
        self._connection = Connection(url, token)

    def __repr__(self) -> str:
        return f"TrainingSetMaker({self._connection.url!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; jobs go on."""
        self._connection.close()

    def upload(self, path: str | os.PathLike[str]) -> UploadedTable:
        """Send a table of redshifts (VOTable, Parquet, FITS, CSV or ECSV) and wait until it was looked at.

        Raises
        ------
        RequestRefusedError
            If no redshifts can be read from it; the problems say why.
        """
        with Path(path).open("rb") as file:
            answer = self._connection.request(
                "POST", "/uploads", files={"file": (Path(path).name, file)}, params={"wait": _WAIT_SECONDS}
            )
        table = UploadedTable.model_validate_json(answer.content)
        while table.state == "inspecting":
            answer = self._connection.request("GET", f"/uploads/{table.id}", params={"wait": _WAIT_SECONDS})
            table = UploadedTable.model_validate_json(answer.content)
        if table.error is not None:
            raise RequestRefusedError(table.error.message, status=answer.status_code, problems=table.error.problems)
        return table

    def crossmatch(
        self, *, catalog: str, redshifts: UploadedTable | str, run_id: str | None = None, **recipe: Any
    ) -> Job:
        """Start a cross-match.

        Parameters
        ----------
        catalog
            Id of a registered object catalog.
        redshifts
            An uploaded table, or a source in words: ``job:ID``, ``catalog:ID``.
        run_id
            A name of your own for the job.
        **recipe
            Further fields of `trainingset.recipe.CrossmatchRecipe`: ``radius_arcsec=1.0``, ``split={"train": 0.8,
            "test": 0.2}``.

        Raises
        ------
        RequestRefusedError
            With everything that is wrong with the request.
        """
        source = redshifts.source if isinstance(redshifts, UploadedTable) else redshifts
        body = {"recipe": {"catalog": catalog, "redshifts": source, **recipe}, "run_id": run_id}
        answer = self._connection.request("POST", "/jobs", json=body)
        return Job(self._connection, JobState.model_validate_json(answer.content))

    def job(self, job_id: str) -> Job:
        """A job that was started earlier."""
        answer = self._connection.request("GET", f"/jobs/{job_id}")
        return Job(self._connection, JobState.model_validate_json(answer.content))
