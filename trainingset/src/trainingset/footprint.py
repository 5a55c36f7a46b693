"""Footprints that compilations flag: circles, a northern limit, or HEALPix pixels. Models alone; light."""

import re
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field

from trainingset.registry import SkyField

__all__ = ["DP1", "Footprint", "find_footprint"]


class Footprint(BaseModel):
    """A part of the sky: everything that one of its descriptions holds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_.:-]{0,127}$")
    """As ``FOOTPRINTS`` gives it."""
    column: str | None = None
    """Name of its flag; without it ``is_in_NAME_footprint``."""
    circles: tuple[SkyField, ...] = ()
    northern_limit: tuple[tuple[float, float], ...] = ()
    """Nodes (right ascension, largest declination) in degrees by right ascension; linear between them, all around."""
    order: int | None = None
    """HEALPix order of `pixels`."""
    pixels: tuple[int, ...] = ()
    """NESTED, ascending."""

    @property
    def column_name(self) -> str:
        """Name of its flag in a compilation."""
        return self.column or f"is_in_{re.sub(r'[^A-Za-z0-9]', '_', self.name)}_footprint"


_RADIUS_DEG = 2.5
_CENTERS = (
    (6.02, -72.08),  # 47 Tuc
    (37.86, 6.98),  # Rubin SV 38 7
    (40.00, -34.45),  # Fornax dSph
    (53.13, -28.10),  # ECDFS
    (59.10, -48.73),  # EDFS
    (95.00, -25.00),  # Rubin SV 95 -25
    (106.23, -10.51),  # Seagull
)

DP1 = Footprint(
    name="dp1",
    column="is_in_DP1_fields",
    circles=tuple(SkyField(ra=ra, dec=dec, radius_deg=_RADIUS_DEG) for ra, dec in _CENTERS),
)
"""The seven fields of Rubin's Data Preview 1, as the PZ Server's pipeline draws them."""


def find_footprint(name: str, named: Iterable[Footprint] = ()) -> Footprint | None:
    """The footprint of this name in any case of letters, or None.

    Parameters
    ----------
    named
        Footprints that the operator named.
    """
    known = {footprint.name.casefold(): footprint for footprint in (DP1, *named)}
    return known.get(name.casefold())
