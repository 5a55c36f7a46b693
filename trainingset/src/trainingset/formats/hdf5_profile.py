"""Naming profiles of HDF5 files: how photo-z codes name magnitudes, and what they want in place of missing ones."""

import math
from collections.abc import Callable
from dataclasses import dataclass

from trainingset.formats.canonical import CanonicalTable
from trainingset.layout import BandLayout, TableLayout, require_columns
from trainingset.recipe import Hdf5Profile

__all__ = ["ProfileConventions", "conventions_of", "photometric_layout"]


@dataclass(frozen=True, slots=True)
class ProfileConventions:
    """Names and stand-ins of one profile."""

    group: str
    """HDF5 group that holds the columns; empty for the top level."""
    magnitude: Callable[[str, BandLayout], str]
    """Name of a band's magnitudes."""
    magnitude_error: Callable[[str, BandLayout], str]
    object_id: str
    not_detected: float
    """Magnitude, and its error, of a band that was observed but shows nothing."""
    not_observed: float
    """Magnitude of a band without an observation."""
    error_not_observed: float
    redshift: str = "redshift"


_CONVENTIONS: dict[Hdf5Profile, ProfileConventions] = {
    # What rail.core.common_params.SHARED_PARAMS has by default. Its simulated errors carry the magnitudes' own mark,
    # and estimators that use errors replace negative ones.
    Hdf5Profile.RAIL: ProfileConventions(
        group="photometry",
        magnitude=lambda band, _: f"mag_{band}_lsst",
        magnitude_error=lambda band, _: f"mag_err_{band}_lsst",
        object_id="objectId",
        not_detected=99.0,
        not_observed=-99.0,
        error_not_observed=-99.0,
    ),
    # RAIL's CatalogTag by default, and its tags of LSST data. An infinite error would survive where NaN is replaced.
    Hdf5Profile.RUBIN: ProfileConventions(
        group="",
        magnitude=lambda _, layout: layout.magnitude,
        magnitude_error=lambda _, layout: layout.magnitude_error,
        object_id="objectId",
        not_detected=math.nan,
        not_observed=math.inf,
        error_not_observed=math.nan,
    ),
    Hdf5Profile.PZ_CHALLENGE: ProfileConventions(
        group="",
        magnitude=lambda band, _: f"mag_{band}_lsst",
        magnitude_error=lambda band, _: f"mag_{band}_lsst_err",
        object_id="object_id",
        not_detected=math.nan,
        not_observed=math.nan,
        error_not_observed=math.nan,
    ),
}


def conventions_of(profile: Hdf5Profile) -> ProfileConventions:
    """Names and stand-ins of a profile."""
    return _CONVENTIONS[profile]


def photometric_layout(source: CanonicalTable) -> TableLayout:
    """The layout of a table that photo-z codes can use.

    Raises
    ------
    ValueError
        If the table has none, no magnitudes, or lost columns that the layout names.
    """
    layout = source.layout
    if layout is None:
        raise ValueError("this table does not tell what its columns mean: only a training set can become HDF5")
    if not layout.bands:
        raise ValueError("this training set has no magnitudes, which HDF5 is for: make it with MAGNITUDES=true")
    of_bands = (name for band in layout.bands.values() for name in (band.magnitude, band.magnitude_error, band.state))
    require_columns((layout.object_id, layout.redshift, *of_bands), source.schema.names)
    return layout
