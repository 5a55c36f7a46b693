"""Flags for being within a footprint, as columns of a compilation."""

from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from trainingset.footprint import Footprint
from trainingset.positions import BoolArray, FloatArray
from trainingset.sky_index import sky_pixels

__all__ = ["is_within", "with_footprints"]


def with_footprints(table: pa.Table, footprints: Iterable[Footprint]) -> pa.Table:
    """Append a flag for each footprint to a table with ``ra`` and ``dec`` in degrees."""
    ra, dec = table["ra"].to_numpy(), table["dec"].to_numpy()
    for footprint in footprints:
        metadata = {"description": f"Whether the position is within the footprint {footprint.name}", "ucd": "meta.code"}
        field = pa.field(footprint.column_name, pa.bool_(), metadata=metadata)
        table = table.append_column(field, pa.array(is_within(footprint, ra, dec)))
    return table


def is_within(footprint: Footprint, ra: FloatArray, dec: FloatArray) -> BoolArray:
    """Whether each position is within a footprint.

    Parameters
    ----------
    ra, dec
        ICRS degrees, shape (n,).
    """
    inside = np.zeros(len(ra), bool)
    for circle in footprint.circles:
        inside |= _separation_deg(ra, dec, circle.ra, circle.dec) <= circle.radius_deg
    if footprint.northern_limit:
        nodes = np.array(sorted(footprint.northern_limit))
        inside |= dec <= np.interp(ra, nodes[:, 0], nodes[:, 1], period=360.0)
    if footprint.order is not None:
        inside |= np.isin(sky_pixels(ra, dec, order=footprint.order), np.array(footprint.pixels, np.int64))
    return inside


def _separation_deg(ra: FloatArray, dec: FloatArray, center_ra: float, center_dec: float) -> FloatArray:
    """Haversine form, accurate at all separations but the antipode's, where it does not matter."""
    half_ra, half_dec = np.radians(ra - center_ra) / 2, np.radians(dec - center_dec) / 2
    square = np.sin(half_dec) ** 2 + np.cos(np.radians(dec)) * np.cos(np.radians(center_dec)) * np.sin(half_ra) ** 2
    separation: FloatArray = np.degrees(2 * np.arcsin(np.sqrt(np.clip(square, 0, 1))))
    return separation
