"""What a command that works on something finished is given: a file here, or a job of the service."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from trainingset.provenance import Provenance
    from tsm import Job
    from tsm.sets.training_set import TrainingSet

__all__ = ["FileOrJob", "ReleaseOption", "is_published", "record_named", "training_set_named"]

FileOrJob = Annotated[
    str, typer.Argument(metavar="FILE_OR_JOB", help="A training set or its provenance record, or the id of a job.")
]

ReleaseOption = Annotated[
    str | None,
    typer.Option(
        "--release", help="Of compilation:NAME, the latest version for this data release.", show_default=False
    ),
]


def is_published(name: str) -> bool:
    """Whether a published compilation is meant: ``compilation:NAME``, or with ``@VERSION``."""
    return name.startswith("compilation:")


def record_named(name: str, url: str | None) -> "Provenance":
    """The provenance record of a saved training set, or of a job."""
    from tsm.sets.reproduction import record_of_file

    if _is_file(name):
        return record_of_file(name)
    with _job(name, url) as job:
        return job.provenance()


def training_set_named(name: str, url: str | None) -> "TrainingSet":
    """A saved training set, or that of a job, whose rows are fetched first."""
    from tsm.sets.training_set import TrainingSet

    if _is_file(name):
        return TrainingSet.open(name)
    with _job(name, url) as job:
        return job.result()


def _is_file(name: str) -> bool:
    """Whether a file is meant; ids of jobs have neither dots nor slashes, and addresses say what they are."""
    is_address = name.startswith(("http://", "https://"))
    return Path(name).exists() or (not is_address and ("." in name or "/" in name or "\\" in name))


@contextmanager
def _job(name: str, url: str | None) -> Iterator["Job"]:
    import tsm

    with tsm.TrainingSetMaker(url) as maker:
        yield maker.job(name)
