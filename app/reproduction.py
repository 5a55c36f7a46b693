"""Making a result again from its provenance record: it becomes a request, and later an answer of what differs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import JsonValue

from app.identity import Identity
from app.job_kinds import JobKind
from app.services import Services
from app.sources import InputBlob
from app.submission import RunRequest, Submission, check
from trainingset.errors import Problem, RecipeError
from trainingset.provenance import InputUsed, Provenance
from trainingset.reproduction import BY_NAME, RecordError, read_record, recipe_of
from uws.errors import UnknownJobError
from uws.job import Job, JobId, Result
from uws.uploads import Upload, UploadState

__all__ = ["REPRODUCES", "Repetition", "repetition_of"]

REPRODUCES = "reproduces"
"""Key in the request of a job: the record that it is compared with, and where the recorded rows lie."""

_CANONICAL = "parquet"


@dataclass(frozen=True, slots=True)
class Repetition:
    """A record that can be run again here and now."""

    record: Provenance
    submission: Submission


async def repetition_of(services: Services, identity: Identity, document: Mapping[str, Any]) -> Repetition:
    """Turn a provenance record into a checked request.

    Parameters
    ----------
    document
        As it was kept; inputs are found among what the user has here, by their checksums.

    Raises
    ------
    RecipeError
        With everything that is wrong: with the record, with its recipe, with inputs that are gone or that the user may
        not see.
    CatalogNotReadyError, SourceNotReadyError
        As `app.submission.check` does.
    """
    record = read_record(document)
    if record.kind == "query":
        recipe_of(record)  # says why not
    problems: list[Problem] = []
    places: dict[str, str] = {}
    missing: set[str] = set()
    try:
        recipe_of(record)
    except RecordError as error:
        problems += error.problems
    else:
        places = await _places(services, identity, record)
        lost = [item for item in record.inputs if item.source not in places]
        missing = {item.source for item in lost}
        problems += map(_missing, lost)
    submission = await _check(services, identity, record, places, problems, missing)
    rows = await _recorded_rows(services, identity, record)
    return Repetition(record, replace(submission, run=_with_record(submission.run, document, rows)))


async def _check(
    services: Services,
    identity: Identity,
    record: Provenance,
    places: Mapping[str, str],
    problems: Sequence[Problem],
    missing: set[str],
) -> Submission:
    values = _values(record, places)
    try:
        return await check(services, identity, values, kind=JobKind(record.kind), problems=problems)
    except RecipeError as error:
        # That nobody has a source of a recorded name tells less than what bytes are missing.
        told = set(problems)
        raise RecipeError(item for item in error.problems if item in told or item.value not in missing) from error


async def _places(services: Services, identity: Identity, record: Provenance) -> dict[str, str]:
    """Where each input is now, by how the record spells it; without those that are nowhere."""
    uploads = await services.uploads.list(identity.username)
    found: dict[str, str] = {}
    for used in record.inputs:
        if used.source.startswith(BY_NAME) or await _is_still_there(services, identity, used):
            found[used.source] = used.source
        elif (upload := _same_bytes(uploads, used.sha256)) is not None:
            found[used.source] = f"upload:{upload.id}"
    return found


async def _is_still_there(services: Services, identity: Identity, used: InputUsed) -> bool:
    if not used.source.startswith("job:"):
        return False
    result = await _result_of(services, identity, used.source.removeprefix("job:"))
    return result is not None and result.sha256 == used.sha256


async def _result_of(services: Services, identity: Identity, job_id: str) -> Result | None:
    """The canonical result of a job of the user."""
    try:
        job: Job = await services.jobs.get(JobId(job_id), owner=identity.username)
    except UnknownJobError:
        return None
    return next((result for result in job.results if result.id == _CANONICAL), None)


def _same_bytes(uploads: Iterable[Upload], sha256: str) -> Upload | None:
    same = [upload for upload in uploads if upload.sha256 == sha256 and upload.state is not UploadState.REJECTED]
    return next(iter(same), None)


def _missing(used: InputUsed) -> Problem:
    message = (
        f"you have no table with the SHA-256 {used.sha256} ({used.size} bytes) here: send the file as an upload, and "
        "then this record again"
    )
    return Problem(parameter=f"input {used.name}", message=message, value=used.source)


def _values(record: Provenance, places: Mapping[str, str]) -> dict[str, object]:
    """The fields of the recorded recipe with its sources where they are now."""
    values: dict[str, Any] = _without_none(record.recipe)
    if record.kind == "combine":
        return _moved(values, places)
    redshifts = values.get("redshifts")
    if isinstance(redshifts, dict):
        return {**values, "redshifts": _moved(_without_none(redshifts), places)}
    return {**values, "redshifts": places.get(redshifts, redshifts)} if isinstance(redshifts, str) else values


def _moved(combination: dict[str, Any], places: Mapping[str, str]) -> dict[str, Any]:
    inputs = combination.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(item, dict) for item in inputs):
        return combination
    moved = [
        {**_without_none(item), "source": places.get(str(item.get("source")), item.get("source"))} for item in inputs
    ]
    return {**combination, "inputs": moved}


def _without_none(values: Mapping[str, JsonValue]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


async def _recorded_rows(services: Services, identity: Identity, record: Provenance) -> InputBlob | None:
    """The recorded rows, if the user still has them here: as the result of the job, or sent as an upload."""
    made = next((output for output in record.outputs if output.id == _CANONICAL), None)
    if made is None:
        return None
    result = await _result_of(services, identity, record.facts.get("job_id", ""))
    if result is not None and result.sha256 == made.sha256:
        return InputBlob(blob=result.blob, name=result.filename, sha256=result.sha256, size=result.size)
    upload = next((item for item in await services.uploads.list(identity.username) if item.sha256 == made.sha256), None)
    if upload is None:
        return None
    return InputBlob(blob=upload.blob, name=upload.name, sha256=upload.sha256, size=upload.size)


def _with_record(run: RunRequest, document: Mapping[str, Any], rows: InputBlob | None) -> RunRequest:
    """The request with the record in it; the recorded rows stay until the job is destroyed."""
    told = {"record": dict(document), "rows": None if rows is None else rows.model_dump(mode="json")}
    kept = () if rows is None else (rows.blob,)
    return RunRequest({**run.request, REPRODUCES: told}, tuple(dict.fromkeys((*run.inputs, *kept))))
