"""Small object catalogs on disk, cut into partitions in several ways, for tests of matching."""

from pathlib import Path

import lsdb
import numpy as np
import pandas as pd
import pyarrow as pa
from astropy.coordinates import Latitude, Longitude
from cdshealpix.nested import lonlat_to_healpix, vertices

from trainingset.card import read_card
from trainingset.registry import CatalogCard, CatalogEntry, FluxKind

__all__ = ["MARGIN_ARCSEC", "card_of", "object_table", "write_catalog"]

CENTERS = ((0.0, 90.0), (200.0, -90.0), (0.0, 0.3), (45.0, 41.8103), (53.1, -28.1))
"""Poles, the meridian where right ascension starts again, a corner where three base pixels meet, an ordinary place."""

MARGIN_ARCSEC = 20.0
"""Wider than any radius here; a margin of few arcseconds takes LSDB several times as long to make."""
CORNER_ORDER = 8
"""HEALPix order of the finest partitions, 13.7 arcmin. Aligning them takes LSDB four times as long an order finer."""
FIELD_ARCSEC = 2400
"""Side of a field: some three of the finest partitions."""


def object_table(*, seed: int = 1, clumps: int = 40, members: int = 12) -> pa.Table:
    """Clumps of objects within some arcseconds in fields of 40 arcmin around hard places.

    Half of the clumps sit on corners of HEALPix pixels, where partitions meet, and some objects share one spot.
    """
    rng = np.random.default_rng(seed)
    ra, dec = np.concatenate([_around(rng, *center, clumps, FIELD_ARCSEC) for center in CENTERS], axis=1)
    snapped = rng.random(len(ra)) < 0.5
    ra[snapped], dec[snapped] = _corners(ra[snapped], dec[snapped])
    ra, dec = np.concatenate([_around(rng, *spot, members, 6) for spot in zip(ra, dec, strict=True)], axis=1)
    twice = rng.choice(len(ra), len(ra) // 50, replace=False)
    ra, dec = np.append(ra, ra[twice]), np.append(dec, dec[twice])
    flux = 10 ** rng.normal(3, 1, len(ra))
    flux[rng.random(len(ra)) < 0.1] = np.nan
    return pa.table(
        {
            "objectId": 611_253_698_252_788_430 + rng.permutation(len(ra)),
            "coord_ra": ra,
            "coord_dec": dec,
            "ebv": rng.uniform(0, 0.1, len(ra)).astype(np.float32),
            "i_psfFlux": flux.astype(np.float32),
            "i_psfFluxErr": np.full(len(ra), 100, np.float32),
            "i_psfFlux_flag": rng.random(len(ra)) < 0.1,
        }
    )


def _around(rng: np.random.Generator, ra: float, dec: float, n_places: int, side_arcsec: float) -> np.ndarray:
    """Places on a square, by its tangent plane, which at poles is as good as anywhere."""
    x, y = np.radians(rng.uniform(-side_arcsec / 2, side_arcsec / 2, (2, n_places)) / 3600)
    ra_radians, dec_radians = np.radians((ra, dec))
    toward = np.cos(dec_radians) - y * np.sin(dec_radians)
    north = np.sin(dec_radians) + y * np.cos(dec_radians)
    there = np.degrees(ra_radians + np.arctan2(x, toward)) % 360
    return np.stack([there, np.degrees(np.arctan2(north, np.hypot(x, toward)))])


def _corners(ra: np.ndarray, dec: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The southern corner of the HEALPix pixel of each place."""
    pixels = lonlat_to_healpix(Longitude(ra, "deg"), Latitude(dec, "deg"), CORNER_ORDER)
    corners = vertices(pixels, CORNER_ORDER)
    return corners[0].deg[:, 0], corners[1].deg[:, 0]


def write_catalog(
    table: pa.Table, folder: Path, *, partition_rows: int, margin_arcsec: float = MARGIN_ARCSEC
) -> CatalogEntry:
    """Write a table as a HATS collection, and describe it as a registry does."""
    catalog = lsdb.from_dataframe(
        table.to_pandas(types_mapper=pd.ArrowDtype),
        ra_column="coord_ra",
        dec_column="coord_dec",
        catalog_name="object",
        partition_rows=partition_rows,
        highest_order=CORNER_ORDER,
        margin_threshold=margin_arcsec,
    )
    catalog.write_catalog(folder, catalog_name="object", as_collection=True, progress_bar=False)
    return CatalogEntry(
        id="objects",
        title="Objects",
        release="test",
        path=str(folder),
        ra_column="coord_ra",
        dec_column="coord_dec",
        object_id_column="objectId",
        bands=("i",),
        reference_band="i",
        fluxes={"psf": FluxKind(flux="{band}_psfFlux", error="{band}_psfFluxErr", flags=("{band}_psfFlux_flag",))},
        default_columns=("ebv",),
    )


def card_of(entry: CatalogEntry) -> CatalogCard:
    """The card of a catalog that was written here."""
    return read_card(entry)
