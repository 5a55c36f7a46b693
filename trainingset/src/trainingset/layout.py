"""What the columns of a training set or compilation mean, kept in its Parquet file for whoever makes other files of it.

Names alone do not tell which magnitudes a photo-z code is to take, what a band without one stands for, or how deep the
release is. A saved file is enough to make HDF5 and HATS of it, without the catalog and without the recipe.
"""

from collections.abc import Collection, Iterable, Mapping

from pydantic import BaseModel, ConfigDict, ValidationError

__all__ = ["LAYOUT_KEY", "BandLayout", "TableLayout", "layout_metadata", "read_layout", "require_columns"]

LAYOUT_KEY = "trainingset.layout"
"""Key of the layout, as JSON, in the metadata of a Parquet file."""


class BandLayout(BaseModel):
    """Columns of one band, and its depth."""

    model_config = ConfigDict(frozen=True)

    magnitude: str
    """Column of the magnitudes that photo-z codes are to take: dereddened, if the set is."""
    magnitude_error: str
    state: str
    """Column that tells ``not_observed``, ``not_detected`` and ``detected``."""
    flux_error: str | None = None
    """Column of the flux errors; None if the set does not have it."""
    magnitude_limit: float | None = None
    """5-sigma depth of the release as published; None if the registry does not tell it."""
    reddening: float | None = None
    """A(band)/E(B-V) that RAIL is to correct uncorrected magnitudes with."""


class TableLayout(BaseModel):
    """Which columns of a training set are what."""

    model_config = ConfigDict(frozen=True)

    catalog: str = ""
    """Id of the object catalog; empty in a compilation, which knows no objects."""
    release: str = ""
    ra: str
    """Column of the redshift's right ascension, ICRS degrees; it has no nulls."""
    dec: str
    redshift: str
    object_id: str
    """Column that names the rows: of objects, or in a compilation of redshifts."""
    bands: dict[str, BandLayout]
    """In the order of the catalog; empty if the set has no magnitudes."""
    reference_band: str | None = None
    flux_kind: str = ""
    """Kind of the magnitudes: the first that was asked for."""
    flux_zero_point: float = 0.0
    """AB magnitude of one unit of the flux errors."""
    dereddening: str | None = None
    """Name of the coefficients that the magnitudes are corrected with, ``catalog`` if the catalog's own fluxes are
    corrected already; None if nothing corrected them for dust."""
    limits_source: str | None = None
    """Where the magnitude limits come from."""


def layout_metadata(layout: TableLayout | None) -> dict[str, str]:
    """The layout as metadata of a Parquet file."""
    return {} if layout is None else {LAYOUT_KEY: layout.model_dump_json(exclude_none=True)}


def read_layout(metadata: Mapping[bytes, bytes] | None) -> TableLayout | None:
    """The layout that a Parquet file's metadata hold; None if they hold none.

    Raises
    ------
    ValueError
        If what they hold is no layout.
    """
    content = (metadata or {}).get(LAYOUT_KEY.encode())
    if content is None:
        return None
    try:
        return TableLayout.model_validate_json(content)
    except ValidationError as error:
        raise ValueError(f"the metadata {LAYOUT_KEY!r} of the table are damaged: {error}") from error


def require_columns(names: Iterable[str], available: Collection[str]) -> None:
    """Refuse a table that lost columns which its layout names: somebody took them out of the saved file.

    Raises
    ------
    ValueError
        With the columns that are gone.
    """
    if gone := [name for name in dict.fromkeys(names) if name not in available]:
        raise ValueError(
            f"this training set lost the columns {', '.join(map(repr, gone))}, which the format needs: write it from "
            "the file that the job made"
        )
