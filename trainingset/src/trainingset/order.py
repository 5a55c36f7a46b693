"""The order a computation gets and what it gives back: plain values that cross a process boundary as JSON."""

from collections.abc import Callable
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from trainingset.errors import Problem
from trainingset.registry import CatalogEntry
from trainingset.reproduction import RowDifferences

__all__ = ["InputFile", "MadeFile", "Order", "RecordedRows", "Report", "StageProgress", "TrainingSetFiles"]


class InputFile(BaseModel):
    """A table of redshifts that lies ready in a local file."""

    model_config = ConfigDict(frozen=True)

    name: str
    """Name by which the user knows it: the upload's name, the file's name."""
    path: str
    """A file; or a folder, if it is a HATS catalog that was sent."""
    media_type: str | None = None
    """As the sender declared it; what the bytes say wins."""
    roles: dict[str, str] = Field(default_factory=dict)
    """Column by role, as whoever registered the table told; a recipe's own come first."""
    sha256: str = ""
    size: int = 0


class RecordedRows(BaseModel):
    """Rows that were made before by the same recipe."""

    model_config = ConfigDict(frozen=True)

    row_checksum: str
    path: str
    """Their canonical table."""


class Order(BaseModel):
    """Everything the computation needs to know; it has no database, queue, token or clock beside it."""

    model_config = ConfigDict(frozen=True)

    request: dict[str, Any]
    """Recipe fields as they were given: by their ``kind`` `trainingset.recipe.validate_recipe`,
    `trainingset.combine_recipe.validate_combine` or `trainingset.query_recipe.validate_query` reads them."""
    problems: tuple[Problem, ...] = ()
    """What the face that took the request already found wrong; reported together with the rest."""
    catalogs: tuple[CatalogEntry, ...]
    """Registered catalogs that the owner may use."""
    inputs: dict[str, InputFile] = Field(default_factory=dict)
    """Tables by source, spelled as the recipe spells it (``upload:ID``, ``job:ID``, ``mine``); for plain queries also
    the cards of catalogs (``card:ID``)."""
    footprints: tuple[dict[str, Any], ...] = ()
    """Footprints that the operator named, for compilations: each a `trainingset.specz.footprint.Footprint` as JSON,
    since its model stands on libraries that who makes orders need not load."""
    folder: str
    """Empty folder to work and leave the files in."""
    compilations: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Published compilations by the names that they have in queries, for those of ``TAP_SCHEMA``: each a
    `trainingset.published.PublishedCompilation` as JSON."""
    most_bytes: int | None = None
    """Most bytes of a catalog that a plain query may read; None without a limit."""
    most_rows: int | None = None
    """Rows from which a table that a user sent is refused; None without a limit."""
    recorded: RecordedRows | None = None
    """What the rows are compared with, if they are made again."""
    facts: dict[str, str] = Field(default_factory=dict)
    """Recorded in provenance and tables: job id and URL, run id, owner, time of the request."""


class StageProgress(BaseModel):
    """How far the computation has come."""

    model_config = ConfigDict(frozen=True)

    stage: str
    done: int | None = None
    total: int | None = None
    rows: int | None = None


Report = Callable[[StageProgress], None]
"""Told how far the computation is; may be called from several threads, but never by two at once."""


class MadeFile(BaseModel):
    """One file of the finished training set."""

    model_config = ConfigDict(frozen=True)

    id: str
    filename: str
    mime_type: str
    path: str
    size: int
    sha256: str


class TrainingSetFiles(BaseModel):
    """The finished training set: files, provenance and what its owner should know."""

    model_config = ConfigDict(frozen=True)

    files: tuple[MadeFile, ...]
    """``result`` (in the format of the answer), ``parquet`` (canonical), further formats, subsets, ``report`` (of a
    compilation), ``provenance``. Several ids may name one path."""
    provenance: dict[str, Any]
    recipe: dict[str, Any]
    """The recipe with every default resolved."""
    rows: int
    notes: tuple[str, ...] = ()
    row_differences: RowDifferences | None = None
    """Which rows differ from the recorded ones; None if none do, or where there are none to compare with."""
