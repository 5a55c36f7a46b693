"""The provenance record of a saved training set: in the footer of its Parquet file, or in a file beside it."""

from collections.abc import Iterable
from pathlib import Path

from trainingset.provenance import Provenance
from trainingset.record_names import RECORD_KEY
from trainingset.reproduction import RecordError
from trainingset.reproduction import read_record as known_record
from tsm.errors import DiskError, NotATrainingSetError
from tsm.sets.saved_table import SavedTable

__all__ = ["find_table", "footer_texts", "fuller_record", "read_record", "record_of"]

_SUBSET_KEY = "pz-tsm.subset"
_PROVENANCE_NAME = "provenance.json"
_CANONICAL_NAME = "training_set.parquet"


def footer_texts(provenance: Provenance, subset: str | None) -> dict[str, str]:
    """What the footer of a Parquet file keeps of a training set, besides its columns."""
    texts = {RECORD_KEY: provenance.to_line()}
    return texts if subset is None else texts | {_SUBSET_KEY: subset}


def find_table(path: Path) -> Path:
    """The Parquet file that is meant: the file itself, or the one in a folder.

    Raises
    ------
    NotATrainingSetError
        If there is none, or several of which none has the usual name.
    """
    if not path.is_dir():
        if not path.exists():
            raise NotATrainingSetError(f"there is no file {path}")
        return path
    if (path / _CANONICAL_NAME).exists():
        return path / _CANONICAL_NAME
    found = sorted(path.glob("*.parquet"))
    if len(found) == 1:
        return found[0]
    if not found:
        raise NotATrainingSetError(f"the folder {path} holds no Parquet file; name a training set that was saved")
    names = ", ".join(file.name for file in found[:5])
    raise NotATrainingSetError(f"the folder {path} holds {len(found)} Parquet files ({names}); name one of them")


def read_record(path: Path) -> tuple[Provenance, str | None]:
    """The record of a Parquet file, and the subset that its rows are (None for all).

    Raises
    ------
    NotATrainingSetError
        If there is no record in the file nor beside it.
    """
    footer = SavedTable(path).footer
    beside = [path.with_name(f"{path.stem}.{_PROVENANCE_NAME}"), path.with_name(_PROVENANCE_NAME)]
    if (content := footer.get(RECORD_KEY.encode())) is not None:
        subset = footer.get(_SUBSET_KEY.encode())
        record = fuller_record(record_of(content, str(path)), beside)
        return record, None if subset is None else subset.decode()
    for place in beside:
        if place.exists():
            return _read_file(place), None
    raise NotATrainingSetError(
        f"{path} has no provenance record, neither in its footer nor as {_PROVENANCE_NAME} beside it; put the record "
        f"of its job there (job.download('provenance', {str(path.parent)!r}))"
    )


def fuller_record(record: Provenance, beside: Iterable[Path]) -> Provenance:
    """The record inside a file, or one beside it if that is of the same rows: it tells of the other files as well."""
    for place in beside:
        try:
            other = _read_file(place)
        except (DiskError, NotATrainingSetError):
            continue
        if other.row_checksum == record.row_checksum:
            return other
    return record


def record_of(content: bytes, where: str) -> Provenance:
    """A record that was read.

    Raises
    ------
    NotATrainingSetError
        If it is no provenance record of this version.
    """
    try:
        return known_record(content)
    except RecordError as error:
        message = f"the provenance record of {where} cannot be understood: {error}"
        raise NotATrainingSetError(message) from error


def _read_file(path: Path) -> Provenance:
    try:
        return record_of(path.read_bytes(), str(path))
    except OSError as error:
        raise DiskError(f"the provenance record {path} cannot be read: {error.strerror}") from error
