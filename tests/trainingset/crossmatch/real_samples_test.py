"""Redshifts of real surveys, matched as astropy matches them."""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from astropy import units
from astropy.coordinates import SkyCoord

from tests.shared_data import shared_data
from tests.trainingset.crossmatch.skies import positions
from trainingset.crossmatch.candidates import find_candidates
from trainingset.crossmatch.sky_positions import SkyPositions

SAMPLES = {
    "2mrs_v240": ("RA", "DEC"),
    "3dhst_v4.1.5": ("ra", "dec"),
    "6dfgs_dr3": ("RA_deg", "DEC_deg"),
    "astrodeep-gs43": ("RA", "DEC"),
    "desi_dr1_in_lsst_dp1_fields": ("TARGET_RA", "TARGET_DEC"),
    "jades_dr3": ("RA_TARG", "Dec_TARG"),
    "z_cat_CANDELS_clean_sitcomtn-154": ("RA", "DEC"),
}


@pytest.fixture(scope="module")
def galaxies() -> SkyPositions:
    """Positions of seven samples, thousands in the same deep fields and the rest all over the sky."""
    places = []
    for name, columns in SAMPLES.items():
        table = pq.read_table(shared_data("specz", f"{name}_random_sample.parquet"), columns=list(columns))
        places.append(np.stack([table[column].cast(pa.float64(), safe=False).to_numpy() for column in columns]))
    ra, dec = np.concatenate(places, axis=1)
    placed = np.isfinite(ra) & (np.abs(dec) <= 90)
    return positions(ra[placed] % 360, dec[placed])


@pytest.mark.parametrize("radius", [0.1, 0.75, 5.0, 60.0])
def test_real_redshifts_meet_the_objects_that_astropy_finds(galaxies: SkyPositions, radius: float) -> None:
    rng = np.random.default_rng(4)
    shift = rng.normal(0, radius, (2, len(galaxies))) / 3600
    east = np.clip(shift[0] / np.maximum(np.cos(np.radians(galaxies.dec)), 1e-3), -1, 1)
    objects = positions((galaxies.ra + east) % 360, np.clip(galaxies.dec + shift[1], -90, 90))

    found = find_candidates(galaxies, objects, radius_arcsec=radius)

    ours, theirs = (SkyCoord(sky.ra, sky.dec, unit="deg") for sky in (galaxies, objects))
    site, obj, separation, _ = theirs.search_around_sky(ours, radius * units.arcsec)
    is_clear = np.abs(separation.arcsec - radius) > 2e-6
    expected = set(zip(site[is_clear].tolist(), obj[is_clear].tolist(), strict=True))
    pairs = zip(found.site.tolist(), found.object.tolist(), found.separation_arcsec, strict=True)
    assert {(site, obj) for site, obj, apart in pairs if abs(apart - radius) > 2e-6} == expected
    assert len(expected) > 1000
