"""Coefficients A(band)/E(B-V) of dust in the Milky Way for LSST's bands, as they were published.

Light, so that a recipe can be checked where nothing is computed.
"""

from collections.abc import Mapping
from types import MappingProxyType

from trainingset.recipe import Dereddening
from trainingset.registry import CatalogEntry, Extinction

__all__ = ["LSST_EXTINCTIONS", "extinction_of"]

LSST_EXTINCTIONS: Mapping[Dereddening, Extinction] = MappingProxyType(
    {
        Dereddening.RAIL: Extinction(
            coefficients={"u": 4.81, "g": 3.64, "r": 2.70, "i": 2.06, "z": 1.58, "y": 1.31},
            source=(
                "RAIL's defaults for LSST (lsst_def_a_env); E(B-V) of the map of Schlegel, Finkbeiner and Davis "
                "(1998, ApJ 500, 525), R_V = 3.1"
            ),
        ),
        Dereddening.SF11: Extinction(
            coefficients={"u": 4.145, "g": 3.237, "r": 2.273, "i": 1.684, "z": 1.323, "y": 1.088},
            source=(
                "Schlafly and Finkbeiner (2011, ApJ 737, 103), table 6, LSST, R_V = 3.1; they contain the "
                "recalibration of the map of Schlegel, Finkbeiner and Davis (1998), whose E(B-V) they take as it is"
            ),
        ),
    }
)
"""The two sets differ by 12 to 18 %: magnitudes corrected by one and by the other must not be mixed."""


def extinction_of(entry: CatalogEntry, dereddening: Dereddening) -> Extinction | None:
    """The set of coefficients for a catalog's bands, None for no correction.

    What the entry says of a band wins; the bands that it leaves out have LSST's coefficients, if the entry's bands
    are those of LSST.
    """
    if dereddening is Dereddening.NONE:
        return None
    given = entry.extinctions.get(dereddening, Extinction(coefficients={}, source=""))
    built_in = LSST_EXTINCTIONS[dereddening]
    known = built_in.coefficients | given.coefficients if entry.has_lsst_bands else given.coefficients
    coefficients = {band: known[band] for band in entry.bands if band in known}
    others = ", ".join(band for band in coefficients if band not in given.coefficients)
    if not given.coefficients:
        return Extinction(coefficients=coefficients, source=built_in.source if others else "")
    source = f"{given.source}; for {others}: {built_in.source}" if others else given.source
    return Extinction(coefficients=coefficients, source=source)
