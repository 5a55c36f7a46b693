"""Footprints on the sky, and whether positions lie in them: circles, a limit in declination, a catalog's coverage."""

import re
from collections.abc import Iterable
from typing import Annotated, Literal, assert_never

import numpy as np
import numpy.typing as npt
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix
from pydantic import BaseModel, ConfigDict, Field, model_validator

from trainingset.crossmatch.separation import FloatArray, separations_arcsec
from trainingset.registry import CatalogCard, SkyField

__all__ = [
    "DP1",
    "CircleFootprint",
    "CoverageFootprint",
    "DeclinationFootprint",
    "Footprint",
    "coverage_footprint",
    "footprint_column",
    "inside",
]

BoolArray = npt.NDArray[np.bool_]

_FROZEN = ConfigDict(frozen=True, extra="forbid")
_COLUMNS = {"dp1": "is_in_DP1_fields", "rubin": "is_in_rubin_footprint"}
"""Names that users of the PZ Server know."""


class CircleFootprint(BaseModel):
    """Within any of some circles, their borders included."""

    model_config = _FROZEN

    kind: Literal["circles"] = "circles"
    name: str = Field(min_length=1)
    circles: tuple[SkyField, ...] = Field(min_length=1)


class LimitNode(BaseModel):
    """A place on the border."""

    model_config = _FROZEN

    ra: float = Field(ge=0, lt=360)
    """ICRS degrees."""
    dec: float = Field(ge=-90, le=90)


class DeclinationFootprint(BaseModel):
    """South of a border, the border included: linear between nodes, and around the sky from the last to the first."""

    model_config = _FROZEN

    kind: Literal["declination"] = "declination"
    name: str = Field(min_length=1)
    nodes: tuple[LimitNode, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _ascend(self) -> "DeclinationFootprint":
        for before, after in zip(self.nodes[:-1], self.nodes[1:], strict=True):
            if after.ra <= before.ra:
                raise ValueError(
                    f"nodes of footprint {self.name} must ascend in ra, but {before.ra} is before {after.ra}"
                )
        return self

    def limit(self, ra: FloatArray) -> FloatArray:
        """Declination of the border at these right ascensions in degrees, shape (n,)."""
        limits: FloatArray = np.interp(
            ra, [node.ra for node in self.nodes], [node.dec for node in self.nodes], period=360
        )
        return limits


class CoverageFootprint(BaseModel):
    """Pixels of a catalog's coverage."""

    model_config = _FROZEN

    kind: Literal["coverage"] = "coverage"
    name: str = Field(min_length=1)
    order: int = Field(ge=0, le=29)
    """HEALPix order."""
    pixels: tuple[int, ...]
    """NESTED."""


Footprint = Annotated[CircleFootprint | DeclinationFootprint | CoverageFootprint, Field(discriminator="kind")]

DP1 = CircleFootprint(
    name="dp1",
    circles=tuple(
        SkyField(ra=ra, dec=dec, radius_deg=2.5)
        for ra, dec in (
            (6.02, -72.08),  # 47 Tuc
            (37.86, 6.98),  # Rubin SV 38 7
            (40.00, -34.45),  # Fornax dSph
            (53.13, -28.10),  # ECDFS
            (59.10, -48.73),  # EDFS
            (95.00, -25.00),  # Rubin SV 95 -25
            (106.23, -10.51),  # Seagull
        )
    ),
)
"""The seven fields of Rubin's Data Preview 1, as the PZ Server's pipeline draws them."""


def coverage_footprint(card: CatalogCard) -> CoverageFootprint:
    """The footprint of a registered catalog."""
    return CoverageFootprint(name=card.entry.id, order=card.coverage_order, pixels=card.coverage_pixels)


def footprint_column(name: str) -> str:
    """Column that tells whether a row is in this footprint: ``is_in_`` and the name."""
    return _COLUMNS.get(name.casefold(), f"is_in_{re.sub(r'[^A-Za-z0-9_]', '_', name)}")


def inside(footprint: Footprint, ra: FloatArray, dec: FloatArray) -> BoolArray:
    """Whether positions lie in a footprint.

    Parameters
    ----------
    ra, dec
        ICRS degrees, finite, shape (n,) each.

    Returns
    -------
    BoolArray
        Shape (n,).
    """
    match footprint:
        case CircleFootprint(circles=circles):
            return _in_any_circle(circles, ra, dec)
        case DeclinationFootprint():
            below: BoolArray = dec <= footprint.limit(ra)
            return below
        case CoverageFootprint(order=order, pixels=pixels):
            found = lonlat_to_healpix(Longitude(ra, unit="deg"), Latitude(dec, unit="deg"), order)
            return np.isin(found.astype(np.int64), np.array(pixels, np.int64))
        case _:
            assert_never(footprint)


def _in_any_circle(circles: Iterable[SkyField], ra: FloatArray, dec: FloatArray) -> BoolArray:
    is_inside = np.zeros(len(ra), np.bool_)
    for circle in circles:
        # Most of the sky is too far north or south, which costs one subtraction to know.
        near = np.flatnonzero(np.abs(dec - circle.dec) <= circle.radius_deg + 1e-9)
        distance = separations_arcsec(ra[near], dec[near], np.array(circle.ra), np.array(circle.dec))
        is_inside[near[distance <= circle.radius_deg * 3600]] = True
    return is_inside
