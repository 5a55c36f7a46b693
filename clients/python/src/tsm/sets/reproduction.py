"""Making a training set again from its provenance record alone, and saying whether the rows are the same."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from trainingset.combine_recipe import CombineRecipe
from trainingset.errors import Problem
from trainingset.provenance import InputUsed, Provenance
from trainingset.readers.record import find_record
from trainingset.reproduction import BY_NAME, Difference, RecordError, RowDifferences, differences_of, recipe_of
from tsm.errors import DiskError, InputsMissingError, NotATrainingSetError, RequestRefusedError
from tsm.sets.saved_record import find_table, fuller_record, read_record, record_of

if TYPE_CHECKING:
    from tsm import Job, TrainingSetMaker
    from tsm.api.models.upload import Upload
    from tsm.sets.training_set import TrainingSet

__all__ = ["Difference", "Reproduction", "provenance", "record_of_file", "reproduce"]

_PARQUET = (".parquet", ".parq")


class Reproduction(BaseModel):
    """What came of making a training set again."""

    model_config = ConfigDict(frozen=True)

    is_same: bool
    """Whether the rows are the same, bit by bit."""
    job_id: str
    """The job that made them again; its results stay until it is deleted or destroyed."""
    job_url: str
    recorded_checksum: str
    found_checksum: str
    differences: tuple[Difference, ...]
    """All that differs. Rows may be the same although software or an unused part of a catalog changed."""
    rows: RowDifferences | None = None
    """Which rows differ; None if they are the same, or where the recorded rows are neither here nor at the service."""

    def __str__(self) -> str:
        head = f"The rows are the same ({self.found_checksum})."
        if not self.is_same:
            head = f"The rows differ: {self.recorded_checksum} was recorded, {self.found_checksum} was found."
        rows = [] if self.rows is None else str(self.rows).splitlines()
        return "\n".join([head, *(f"  {line}" for line in (*map(str, self.differences), *rows))])


def reproduce(
    provenance: "Provenance | TrainingSet | str | os.PathLike[str]",
    inputs: "Mapping[str, str | os.PathLike[str]] | None" = None,
    *,
    maker: "TrainingSetMaker | None" = None,
    timeout: float | None = None,
) -> Reproduction:
    """Make a training set again from its provenance record, and compare the rows.

    Parameters
    ----------
    provenance
        The record, a training set, or a file: ``provenance.json``, or a saved training set with its record.
    inputs
        Files by the name of the input in the record, where the service no longer has what was sent. Each must have the
        recorded SHA-256.
    maker
        The service; that of the module's functions unless given.
    timeout
        Seconds to wait for the job.

    Returns
    -------
    Reproduction
        Whether the rows are the same, and what differs.

    Raises
    ------
    InputsMissingError
        If an input is neither at the service nor given, or if a given file is another one.
    RequestRefusedError, JobFailedError
        If the recipe can no longer be run: the catalog is gone, say.

    Examples
    --------
    >>> outcome = tsm.reproduce("provenance.json", {"zcosmos.fits": "old/zcosmos.fits"})    # doctest: +SKIP
    >>> outcome.is_same                                                                     # doctest: +SKIP
    True
    """
    record = _record(provenance)
    if maker is None:
        from tsm import TrainingSetMaker

        with TrainingSetMaker() as made:
            return _reproduce(record, dict(inputs or {}), made, timeout, _file_at_hand(provenance))
    return _reproduce(record, dict(inputs or {}), maker, timeout, _file_at_hand(provenance))


def provenance(path: str | os.PathLike[str]) -> Provenance:
    """How a saved training set or compilation was made: its provenance record, whatever the format of the file.

    Parameters
    ----------
    path
        A result, a saved training set, or the record itself (``provenance.json``).

    Raises
    ------
    NotATrainingSetError
        If there is no record, or none that can be understood.
    DiskError
        If the file cannot be read.
    """
    return record_of_file(path)


def record_of_file(path: str | os.PathLike[str]) -> Provenance:
    """The provenance record in a file, or that of a training set, in its file whatever its format is, or beside it.

    Raises
    ------
    NotATrainingSetError
        If there is none.
    DiskError
        If the file cannot be read.
    """
    place = Path(path)
    if place.is_dir() or place.name.lower().endswith(_PARQUET):
        return read_record(find_table(place))[0]
    if not place.exists():
        raise DiskError(f"there is no file {place}")
    try:
        embedded = None if place.suffix == ".json" else find_record(place)
    except OSError as error:
        raise DiskError(f"{place} cannot be read: {error.strerror}") from error
    beside = place if place.suffix == ".json" else place.with_name(f"{place.name.partition('.')[0]}.provenance.json")
    if embedded is not None:
        return fuller_record(record_of(embedded, str(place)), [beside])
    if not beside.exists():
        raise NotATrainingSetError(
            f"{place} has no provenance record, neither inside nor beside it: {beside.name} is missing"
        )
    try:
        return record_of(beside.read_bytes(), str(beside))
    except OSError as error:
        raise DiskError(f"{beside} cannot be read: {error.strerror}") from error


def _record(provenance: "Provenance | TrainingSet | str | os.PathLike[str]") -> Provenance:
    if isinstance(provenance, Provenance):
        return provenance
    if isinstance(provenance, str | os.PathLike):
        return record_of_file(provenance)
    return provenance.provenance


def _file_at_hand(provenance: "Provenance | TrainingSet | str | os.PathLike[str]") -> Path | None:
    """The Parquet file that was given, if one was."""
    if isinstance(provenance, Provenance):
        return None
    if isinstance(provenance, str | os.PathLike):
        place = Path(provenance)
        return find_table(place) if place.is_dir() or place.name.lower().endswith(_PARQUET) else None
    return provenance.path


def _reproduce(
    record: Provenance,
    given: dict[str, str | os.PathLike[str]],
    maker: "TrainingSetMaker",
    timeout: float | None,
    at_hand: Path | None,
) -> Reproduction:
    try:
        recipe_of(record)
    except RecordError as error:
        raise NotATrainingSetError(f"the provenance record cannot be run again: {error}") from error
    combination = record.recipe if record.kind == "combine" else record.recipe["redshifts"]
    entries = _found_inputs(record, combination, given, maker) if isinstance(combination, dict) else []
    fields: dict[str, Any] = {
        name: value
        for name, value in record.recipe.items()
        if name not in ("kind", "redshifts", "inputs") and value is not None
    }
    run_id = f"reproduces {record.facts.get('job_id', 'a record')}"
    job: Job
    if record.kind == "combine":
        job = maker.combine(entries, run_id=run_id[:64], **fields)
    elif isinstance(combination, dict):
        recipe = CombineRecipe.model_validate({**combination, "inputs": entries})
        job = maker.crossmatch(recipe, run_id=run_id[:64], **fields)
    else:
        job = maker.crossmatch(_find_source(record, given, maker), run_id=run_id[:64], **fields)
    job.wait(timeout=timeout)
    found = job.provenance()
    is_same = found.row_checksum == record.row_checksum
    return Reproduction(
        is_same=is_same,
        rows=None if is_same else _differing_rows(record, at_hand, job, maker),
        job_id=job.id,
        job_url=job.url,
        recorded_checksum=record.row_checksum,
        found_checksum=found.row_checksum,
        differences=tuple(differences_of(record, found)),
    )


def _differing_rows(
    record: Provenance, at_hand: Path | None, job: "Job", maker: "TrainingSetMaker"
) -> RowDifferences | None:
    """Which rows differ, if the recorded ones are here or still at the service."""
    from tempfile import TemporaryDirectory

    from trainingset.row_differences import compare_rows

    with TemporaryDirectory() as folder:
        is_here = at_hand is not None and _holds_rows(at_hand, record)
        recorded = at_hand if is_here else _recorded_rows(record, maker, Path(folder) / "recorded.parquet")
        if recorded is None:
            return None
        return compare_rows(recorded, job.download("parquet", Path(folder) / "found.parquet"))


def _holds_rows(path: Path, record: Provenance) -> bool:
    """Whether a file holds all recorded rows and no others, by their checksum: one saved anew has other bytes."""
    from trainingset.checksum import checksum_rows

    try:
        return checksum_rows(path, key="redshift_key" if record.kind == "combine" else "row_key") == record.row_checksum
    except (OSError, ValueError):  # without the key
        return False


def _recorded_rows(record: Provenance, maker: "TrainingSetMaker", path: Path) -> Path | None:
    """The Parquet file of the recorded job, if the service still has it under the recorded checksum."""
    made = {output.sha256 for output in record.outputs if output.id == "parquet"}
    job_id = record.facts.get("job_id")
    if job_id is None:
        return None
    try:
        job = maker.job(job_id)
    except RequestRefusedError:  # deleted, or of another service or user
        return None
    result = job.results.get("parquet")
    return job.download("parquet", path) if result is not None and result.sha256 in made else None


def _found_inputs(
    record: Provenance,
    combination: Mapping[str, Any],
    given: dict[str, str | os.PathLike[str]],
    maker: "TrainingSetMaker",
) -> list[dict[str, Any]]:
    """Inputs of a compilation as the new recipe names them."""
    used = {item.source: item for item in record.inputs}
    names = {name for item in record.inputs for name in (item.name, item.source)}
    problems = [
        Problem(parameter=name, message=f"the record has no such input; it has {', '.join(sorted(names))}")
        for name in given
        if name not in names
    ]
    entries: list[dict[str, Any]] = []
    for entry in combination["inputs"]:
        source: str | None = entry["source"]
        wanted = used[entry["source"]]
        path = given.get(wanted.name, given.get(wanted.source))
        if path is not None or not entry["source"].startswith(BY_NAME):
            source = _stored(wanted, maker) if path is None else _send(path, wanted, maker)
            if source is None:
                problems.append(_missing(wanted))
        entries.append({**entry, "source": source})
    if problems:
        raise InputsMissingError(problems)
    return entries


def _find_source(record: Provenance, given: dict[str, str | os.PathLike[str]], maker: "TrainingSetMaker") -> str:
    """How the new recipe names the redshifts of the record."""
    redshifts = str(record.recipe["redshifts"])
    wanted = record.inputs[0]
    names = {wanted.name, wanted.source}
    if unknown := [name for name in given if name not in names]:
        raise InputsMissingError(
            Problem(parameter=name, message=f"the record has no such input; it has {wanted.name!r} ({wanted.source})")
            for name in unknown
        )
    if given:
        return _send(next(iter(given.values())), wanted, maker)
    if redshifts.startswith(BY_NAME):
        return redshifts
    found = _stored(wanted, maker)
    if found is None:
        raise InputsMissingError([_missing(wanted)])
    return found


def _send(path: str | os.PathLike[str], wanted: InputUsed, maker: "TrainingSetMaker") -> str:
    """Send the file, if it is the recorded one."""
    from trainingset.checksum import sha256_of

    try:
        found = sha256_of(Path(path))
    except OSError as error:
        raise DiskError(f"{path} cannot be read: {error.strerror}") from error
    if found != wanted.sha256:
        message = f"{path} is another file: its SHA-256 is {found}, recorded is {wanted.sha256} ({wanted.size} bytes)"
        raise InputsMissingError([Problem(parameter=wanted.name, message=message)])
    return maker.upload(Path(path), name=wanted.name).source


def _stored(wanted: InputUsed, maker: "TrainingSetMaker") -> str | None:
    """The same bytes, under any name, if the service still has them."""
    if wanted.source.startswith("job:") and (source := _result_of_job(wanted, maker)) is not None:
        return source

    def is_it(upload: "Upload") -> bool:
        return upload.sha256 == wanted.sha256 and upload.state == "ready"

    return next((upload.source for upload in maker.uploads() if is_it(upload)), None)


def _result_of_job(wanted: InputUsed, maker: "TrainingSetMaker") -> str | None:
    try:
        job = maker.job(wanted.source.removeprefix("job:"))
    except RequestRefusedError:  # it was deleted
        return None
    is_there = any(result.sha256 == wanted.sha256 for result in job.results.values())
    return wanted.source if is_there else None


def _missing(wanted: InputUsed) -> Problem:
    return Problem(
        parameter=wanted.name,
        message=(
            f"the service no longer has this table (SHA-256 {wanted.sha256}, {wanted.size} bytes); give the file: "
            f"--input {wanted.name}=FILE, or inputs={{{wanted.name!r}: path}}"
        ),
    )
