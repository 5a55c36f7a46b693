"""The catalog registry: which object catalogs exist and how their columns are to be understood.

The file is written by operators (YAML); `CatalogCard` is what a worker found when it opened the catalog, so that
the web process can answer and check without opening anything.
"""

from collections.abc import Iterator
from datetime import date
from enum import StrEnum
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError, field_validator, model_validator

from trainingset.columns import ColumnDescription
from trainingset.errors import TrainingSetError
from trainingset.partitions import PartitionList
from trainingset.profile import TableProfile

__all__ = [
    "CARD_VERSION",
    "BandNumbers",
    "CatalogCard",
    "CatalogContent",
    "CatalogEntry",
    "Citation",
    "ColumnNote",
    "Extinction",
    "FluxKind",
    "NamedFootprint",
    "Registry",
    "RegistryError",
    "SkyField",
    "card_key",
]


class RegistryError(TrainingSetError):
    """The registry file cannot be used; the message names file and line or field."""


class FluxKind(BaseModel):
    """One way of measuring flux; ``{band}`` in a name stands for each band."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    flux: str
    error: str
    flags: tuple[str, ...] = ()
    unit: str = "nJy"


class ColumnNote(BaseModel):
    """Unit, UCD or description that the catalog's own files do not tell."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    unit: str | None = None
    ucd: str | None = None
    description: str | None = None

    def filled(self, *, band: str, em: str) -> "ColumnNote":
        """The note for one band; a UCD whose band has no word of its own ends before it."""
        ucd = self.ucd.replace("{em}", em).rstrip(";") if self.ucd else None
        description = self.description.replace("{band}", band) if self.description else None
        return ColumnNote(unit=self.unit, ucd=ucd, description=description)


class Citation(BaseModel):
    """A paper or data set to cite."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    """As in a list of references."""
    doi: str | None = None
    bibcode: str | None = None
    """As the Astrophysics Data System spells it."""
    bibtex: str | None = None
    """A whole BibTeX entry."""


class Extinction(BaseModel):
    """Coefficients A(band)/E(B-V) of dust in the Milky Way."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    coefficients: dict[str, float]
    """By band."""
    source: str
    """Where the numbers come from, with the dust map and R_V that they go with."""


class BandNumbers(BaseModel):
    """A published number for each band."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    values: dict[str, float]
    """By band, in magnitudes."""
    source: str
    """Where the numbers come from."""


class SkyField(BaseModel):
    """A field of a catalog, as a circle."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    ra: float = Field(ge=0, lt=360)
    """ICRS degrees."""
    dec: float = Field(ge=-90, le=90)
    radius_deg: float = Field(gt=0, le=180)


class CatalogContent(StrEnum):
    """What the rows of a registered catalog are."""

    OBJECTS = "objects"
    """Photometry: what redshifts are matched with."""
    REDSHIFTS = "redshifts"
    """Redshifts: a compilation or a survey that a recipe names as ``catalog:ID``."""


_OF_OBJECTS = frozenset(
    {
        *("bands", "has_lsst_bands", "fluxes", "reference_band", "detection_snr", "default_radius_arcsec", "band_ucds"),
        *("ebv_column", "extinctions", "is_dereddened", "zero_points", "magnitude_limits"),
    }
)
"""Fields that tell of photometry."""
_OF_REDSHIFTS = frozenset({"surveys"})
"""Fields that tell of redshifts."""


def _default(field: str) -> object:
    return CatalogEntry.model_fields[field].get_default(call_default_factory=True)


class CatalogEntry(BaseModel):
    """One catalog as its operator describes it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,127}$")
    title: str
    description: str = ""
    content: CatalogContent = CatalogContent.OBJECTS
    release: str
    release_date: date | None = None
    series: str | None = None
    """Name that the releases of one catalog share; of these the latest is what users are shown first."""
    citations: tuple[Citation, ...] = ()
    """What users of the catalog are asked to cite."""
    surveys: tuple[str, ...] = ()
    """Surveys whose redshifts it holds, for ``content: redshifts``."""
    path: str
    """HATS collection: a folder, or an address that fsspec reads (``s3://``, ``https://``)."""
    ra_column: str
    dec_column: str
    object_id_column: str
    bands: tuple[str, ...] = ()
    has_lsst_bands: bool = True
    """Whether the bands are LSST's, for which extinction coefficients are built in; many cameras have g, r and i."""
    fluxes: dict[str, FluxKind] = Field(default_factory=dict)
    reference_band: str | None = None
    """Band that decides which of several objects is the brightest."""
    detection_snr: float = Field(5.0, gt=0)
    """Signal-to-noise ratio from which a band counts as detected."""
    default_radius_arcsec: float = Field(0.75, gt=0)
    default_columns: tuple[str, ...] = ()
    """Columns of every result besides object id, coordinates and the chosen fluxes."""
    groups: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Named lists of columns, for ``COLUMNS``; ``{band}`` stands for each band."""
    notes: dict[str, ColumnNote] = Field(default_factory=dict)
    """Metadata of columns by name; ``{band}`` stands for each band, also in a description."""
    band_ucds: dict[str, str] = Field(default_factory=dict)
    """UCD word of each band (``em.opt.R``), which ``{em}`` in a note's UCD stands for."""
    ebv_column: str | None = None
    """Column with E(B-V) in magnitudes."""
    extinctions: dict[str, Extinction] = Field(default_factory=dict)
    """Coefficients by the name that ``DEREDDEN`` gives (``rail``, ``sf11``); those of LSST's bands are built in."""
    is_dereddened: bool = False
    """Whether the fluxes are corrected for dust already; then nothing corrects them again."""
    zero_points: BandNumbers | None = None
    """Published zero-point offsets, observed minus true AB magnitude: taken off by ``ZEROPOINTS=release``."""
    magnitude_limits: BandNumbers | None = None
    """5-sigma depths of the release, which photo-z codes put in place of bands that were not detected."""
    fields: dict[str, SkyField] = Field(default_factory=dict)
    """Named fields, which ``SPLIT_BY=field`` keeps whole."""
    required_right: str | None = None
    """Data right a user needs to see and match this catalog."""

    @field_validator("reference_band")
    @classmethod
    def _trim(cls, value: str | None) -> str | None:
        return value or None

    @model_validator(mode="after")
    def _describes_its_content(self) -> "CatalogEntry":
        """Photometry belongs to objects and surveys to redshifts; what is described in vain is a mistake."""
        vain = _OF_REDSHIFTS if self.content is CatalogContent.OBJECTS else _OF_OBJECTS
        if described := sorted(name for name in vain if getattr(self, name) != _default(name)):
            raise ValueError(f"{self.id} has content: {self.content}, which has no {', '.join(described)}")
        return self

    @property
    def redshift_roles(self) -> dict[str, str]:
        """Columns by role in a table of redshifts, as far as the entry tells; the others are found."""
        return {"ra": self.ra_column, "dec": self.dec_column, "id": self.object_id_column}

    def flux_columns(self, kind: str, band: str) -> tuple[str, str, tuple[str, ...]]:
        """Names of flux, flux error and failure flags of one kind in one band."""
        names = self.fluxes[kind]
        flags = tuple(flag.format(band=band) for flag in names.flags)
        return names.flux.format(band=band), names.error.format(band=band), flags

    def note(self, column: str) -> ColumnNote:
        """What the entry tells of this column, with ``{band}`` and ``{em}`` filled in; an exact name wins."""
        if (note := self.notes.get(column)) is not None:
            return note
        for name, pattern in self.notes.items():
            for band in self.bands if "{band}" in name else ():
                if name.format(band=band) == column:
                    return pattern.filled(band=band, em=self.band_ucds.get(band, ""))
        return ColumnNote()

    def expand(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Replace ``{band}`` by each band, keeping the order and dropping repetitions."""
        expanded = [name.format(band=band) for name in names for band in (self.bands if "{band}" in name else ("",))]
        return tuple(dict.fromkeys(expanded))


CARD_VERSION = 2
"""Raised when cards hold more than before, so that workers write those of older releases anew."""


class CatalogCard(BaseModel):
    """What a worker found on opening a registered catalog."""

    model_config = ConfigDict(frozen=True)

    version: int = 1
    """`CARD_VERSION` of the release that wrote it; the first one did not tell."""
    entry: CatalogEntry
    columns: tuple[ColumnDescription, ...]
    """Every column of the main catalog but its HEALPix index, in file order, with file's and entry's metadata."""
    n_rows: int
    n_partitions: int
    margin_arcsec: float | None
    """Threshold of the widest margin, None without one: then nothing can be matched."""
    coverage_order: int
    coverage_pixels: tuple[int, ...]
    """NESTED HEALPix pixels at ``coverage_order`` that hold objects."""
    fingerprint: str
    """SHA-256 over the entry and the catalog's own metadata files; changes when the catalog does."""
    partitions: PartitionList | None = None
    """Partitions and sizes of columns; None where nobody plans, and in cards of older releases."""
    profile: TableProfile | None = None
    """What an inspection found, of a catalog of redshifts; None where nobody asked for it."""

    def column(self, name: str) -> ColumnDescription | None:
        """The column of this exact name, or None."""
        return next((column for column in self.columns if column.name == name), None)


def card_key(catalog_id: str) -> str:
    """Name under which workers leave a catalog's card for the web process."""
    return f"cards/{catalog_id}.json"


class NamedFootprint(BaseModel):
    """A part of the sky that the operator named, for compilations to flag; `trainingset.specz.footprint` reads it."""

    model_config = ConfigDict(frozen=True, extra="allow")

    # Said here, since pydantic cannot read its own annotation where Sphinx imports modules as type checkers do.
    __pydantic_extra__: dict[str, JsonValue] = Field(init=False)

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")


class _RegistryFile(BaseModel):
    model_config = ConfigDict(extra="forbid")
    catalogs: tuple[CatalogEntry, ...] = ()
    footprints: tuple[NamedFootprint, ...] = ()


class Registry:
    """Registered object catalogs by id.

    Parameters
    ----------
    entries
        Catalogs in the order in which users see them.
    footprints
        Named by the operator.
    """

    def __init__(self, entries: tuple[CatalogEntry, ...] = (), footprints: tuple[NamedFootprint, ...] = ()) -> None:
        self.footprints = footprints
        self._entries = {entry.id: entry for entry in entries}
        if len(self._entries) < len(entries):
            raise RegistryError("two catalogs of the registry share an id")

    def __iter__(self) -> Iterator[CatalogEntry]:
        return iter(self._entries.values())

    def get(self, catalog_id: str) -> CatalogEntry | None:
        """The entry with this id, or None."""
        return self._entries.get(catalog_id)

    @classmethod
    def load(cls, path: Path) -> "Registry":
        """Read a registry file; a relative catalog path counts from the file's folder.

        Raises
        ------
        RegistryError
            If the file is missing, no YAML, or describes a catalog wrongly.
        """
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
            registered = _RegistryFile.model_validate(content)
        except (OSError, yaml.YAMLError, ValidationError) as error:
            raise RegistryError(f"{path}: {error}") from error
        return cls(tuple(_anchored(entry, path.parent) for entry in registered.catalogs), registered.footprints)


def _anchored(entry: CatalogEntry, folder: Path) -> CatalogEntry:
    if "://" in entry.path or Path(entry.path).is_absolute():
        return entry
    return entry.model_copy(update={"path": str((folder / entry.path).resolve())})
