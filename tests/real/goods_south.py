"""ASTRODEEP-GS43, real photometry of GOODS-South, as an object catalog; and real redshift samples to match with it."""

from pathlib import Path
from typing import NamedTuple

import pyarrow.parquet as pq

from tests.shared_data import shared_data
from trainingset.mock.collection import write_collection
from trainingset.registry import CatalogEntry, FluxKind

__all__ = ["CANDELS", "JADES", "SAMPLES", "VANDELS", "VIMOS", "RealSample", "import_goods_south"]

MARGIN_ARCSEC = 5.0


class RealSample(NamedTuple):
    """A real sample of redshifts and the columns that hold its roles."""

    filename: str
    ra: str
    dec: str
    z: str

    @property
    def path(self) -> Path:
        return shared_data("specz", self.filename)

    @property
    def roles(self) -> dict[str, str]:
        return {"ra": self.ra, "dec": self.dec, "z": self.z}


CANDELS = RealSample("z_cat_CANDELS_clean_sitcomtn-154_random_sample.parquet", "RA", "DEC", "redshift")
VANDELS = RealSample("vandels_dr4_random_sample.parquet", "alpha", "delta", "zspec")
VIMOS = RealSample("vlt_vimos_v2.0.1_random_sample.parquet", "RAJ2000_VIMOS", "DEJ2000_VIMOS", "SPEC_Z")
JADES = RealSample("jades_dr3_random_sample.parquet", "RA_NIRCam", "Dec_NIRCam", "z_Spec")
SAMPLES = {"CANDELS": CANDELS, "VANDELS": VANDELS, "VIMOS": VIMOS}


def import_goods_south(folder: Path) -> CatalogEntry:
    """Import the sample as a HATS collection of many small partitions and describe it."""
    table = pq.read_table(shared_data("specz", "astrodeep-gs43_random_sample.parquet"))
    write_collection(
        table,
        folder / "goods_south",
        name="astrodeep_gs43",
        ra_column="RA",
        dec_column="DEC",
        margin_arcsec=MARGIN_ARCSEC,
        partition_rows=100,
    )
    return CatalogEntry(
        id="goods_south",
        title="ASTRODEEP-GS43",
        release="2021",
        path=str(folder / "goods_south"),
        ra_column="RA",
        dec_column="DEC",
        object_id_column="ID",
        bands=("V606_HLF", "I775_HLF", "Z850_HLF", "f125w", "f160w"),
        fluxes={"total": FluxKind(flux="f_{band}", error="e_{band}", unit="uJy")},
        reference_band="f160w",
        default_radius_arcsec=0.5,
        default_columns=("Qflag_tau",),
    )
