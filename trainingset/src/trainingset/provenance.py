"""The provenance record: everything needed to say where a training set comes from and to make it again."""

import json
import platform
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError

from trainingset.capped_cell import CappedCell
from trainingset.corrections import Corrections
from trainingset.presets import PresetUsed
from trainingset.registry import Citation
from trainingset.specz.input_report import InputReport

__all__ = [
    "CatalogUsed",
    "InputUsed",
    "OutputMade",
    "Provenance",
    "StageCount",
    "SurveyRulesUsed",
    "read_provenance",
    "read_stored_record",
    "software_versions",
    "write_provenance",
]

_DISTRIBUTIONS = (
    "pz-trainingset",
    "lsdb",
    "hats",
    "nested-pandas",
    "dask",
    "numpy",
    "pandas",
    "pyarrow",
    "astropy",
    "scipy",
    "sqlglot",
)
"""What takes part in a computation; a change of one of these may change a result."""


class InputUsed(BaseModel):
    """A table of redshifts that went in."""

    model_config = ConfigDict(frozen=True)

    source: str
    """As the recipe spells it: ``upload:ID``, ``mine``."""
    name: str
    sha256: str
    size: int
    rows: int
    """Rows in the file, before any was dropped."""
    table_format: str | None = None
    roles: dict[str, str] = Field(default_factory=dict)
    """Column by role, as it was used."""


class CatalogUsed(BaseModel):
    """An object catalog that was matched against."""

    model_config = ConfigDict(frozen=True)

    id: str
    release: str
    path: str
    fingerprint: str
    """SHA-256 over the registry entry and the catalog's metadata files."""
    rows: int
    margin_arcsec: float | None


class StageCount(BaseModel):
    """What went into a stage of the computation and what came out."""

    model_config = ConfigDict(frozen=True)

    stage: str
    rows_in: int
    rows_out: int
    details: dict[str, int] = Field(default_factory=dict)
    """Further counts, such as rows dropped by reason."""


class OutputMade(BaseModel):
    """A file that came out."""

    model_config = ConfigDict(frozen=True)

    id: str
    filename: str
    mime_type: str
    size: int
    sha256: str


class SurveyRulesUsed(BaseModel):
    """Rules that turned the flags of a survey into the common scale."""

    model_config = ConfigDict(frozen=True)

    survey: str
    release: str | None = None
    version: int
    source: str
    """Where flags and numbers are from."""
    is_given: bool = False
    """Whether they are in the recipe's ``survey_rules``, rather than in the package."""


def _citation_from_text(value: object) -> object:
    """Read a citation of the first records, which were texts alone."""
    return {"text": value} if isinstance(value, str) else value


class Provenance(BaseModel):
    """The record that lies beside every training set; it reads no clock, so equal work gives equal records."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        json_schema_extra={
            "example": {
                "schema_version": 1,
                "kind": "crossmatch",
                "request": {"catalog": "mock.object", "redshifts": "mine", "radius_arcsec": 1.0},
                "recipe": {"catalog": "mock.object", "redshifts": "mine", "radius_arcsec": 1.0, "match": "nearest"},
                "seed": 0,
                "inputs": [{"source": "mine", "name": "widez.vot", "sha256": "9f86d081...", "size": 12038, "rows": 9}],
                "catalogs": [
                    {
                        "id": "mock.object",
                        "release": "mock",
                        "path": "s3://catalogs/mock",
                        "fingerprint": "a3bf4f1b...",
                        "rows": 300000,
                        "margin_arcsec": 5.0,
                    }
                ],
                "stages": [{"stage": "redshifts", "rows_in": 9, "rows_out": 9, "details": {}}],
                "rows": 8,
                "row_checksum": "1d1c7f0a...",
                "citations": [{"text": "Scodeggio et al. 2018, A&A 609, A84", "bibcode": "2018A&A...609A..84S"}],
                "software": {"pz-trainingset": "0.1.0"},
            }
        },
    )

    schema_version: Literal[1] = 1
    kind: Literal["crossmatch", "combine", "query"] = "crossmatch"
    request: dict[str, JsonValue]
    """Recipe fields as the user gave them."""
    recipe: dict[str, JsonValue]
    """The recipe with every default resolved; running it again is reproducing."""
    preset: PresetUsed | None = None
    """The preset of a standardized set that the recipe started from."""
    seed: int
    inputs: tuple[InputUsed, ...]
    catalogs: tuple[CatalogUsed, ...] = ()
    """Object catalogs; a compilation has none."""
    stages: tuple[StageCount, ...]
    """In the order in which they ran."""
    capped_cells: tuple[CappedCell, ...] = ()
    """Cells of survey, magnitude and redshift that had more rows than the cap; the others lost none."""
    corrections: Corrections | None = None
    """What the magnitudes are corrected for, by which numbers; None without magnitudes."""
    survey_rules: tuple[SurveyRulesUsed, ...] = ()
    """Of a compilation, whether it is the result or on the way to it."""
    input_reports: tuple[InputReport, ...] = ()
    """What became of the rows of each input of a compilation."""
    rows: int
    rows_by_survey: dict[str, int] = Field(default_factory=dict)
    rows_by_subset: dict[str, int] = Field(default_factory=dict)
    row_checksum: str
    """`trainingset.checksum.checksum_rows` of the rows, which all formats share; of a query in its own order."""
    outputs: tuple[OutputMade, ...] = ()
    citations: tuple[Annotated[Citation, BeforeValidator(_citation_from_text)], ...] = ()
    """Papers and data sets to cite: of the catalogs, then of the surveys whose redshifts are in the rows."""
    notes: tuple[str, ...] = ()
    software: dict[str, str]
    facts: dict[str, str] = Field(default_factory=dict)
    """Given from outside: job id and URL, run id, owner, times."""

    def to_json(self) -> str:
        """The record as JSON text; equal records give equal bytes."""
        content = self.model_dump(mode="json")
        return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"

    def to_line(self) -> str:
        """The record as one line of printable ASCII; equal records give equal lines."""
        return json.dumps(self.model_dump(mode="json"), separators=(",", ":"), sort_keys=True, allow_nan=False)


_UNTOLD: Mapping[str, Any] = MappingProxyType(
    {
        "request": {},
        "recipe": {},
        "seed": 0,
        "inputs": (),
        "stages": (),
        "rows": 0,
        "row_checksum": "not recorded",
        "software": {},
    }
)
"""In the place of what a record does not tell."""


@cache
def software_versions() -> Mapping[str, str]:
    """Versions of Python and of the installed packages that take part in a computation.

    Read once in a process: what is loaded does not change, and reading takes a thirtieth of a second.
    """
    versions = {"python": platform.python_version()}
    for name in _DISTRIBUTIONS:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            continue
    return MappingProxyType(versions)


def read_stored_record(stored: Mapping[str, Any]) -> Provenance:
    """Read a record that a service stored, whatever release wrote it.

    Fields that were not written then are empty, and those that are no longer known are left out: a record is shown
    with what it tells, since it may be all that is left of a result.
    """
    known = {name: value for name, value in stored.items() if name in Provenance.model_fields}
    try:
        return Provenance.model_validate({**_UNTOLD, **known})
    except ValidationError as error:
        unread = {str(found["loc"][0]) for found in error.errors(include_url=False)}
        readable = {name: value for name, value in known.items() if name not in unread}
        return Provenance.model_validate({**_UNTOLD, **readable})


def write_provenance(record: Provenance, path: Path) -> None:
    """Write the record as a JSON file in UTF-8."""
    path.write_text(record.to_json(), encoding="utf-8")


def read_provenance(path: Path) -> Provenance:
    """Read a record that `write_provenance` wrote.

    Raises
    ------
    pydantic.ValidationError
        If the file is no provenance record of this version.
    """
    return Provenance.model_validate_json(path.read_bytes())
