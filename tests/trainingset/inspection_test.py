"""What one look at a table tells."""

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hats.pixel_math.spatial_index import compute_spatial_index

from tests.shared_data import shared_data
from tests.trainingset.builders import a_table
from trainingset.errors import TableError
from trainingset.inspection import inspect_file, profile_table
from trainingset.profile import TableProfile
from trainingset.redshifts import prepare_redshifts
from trainingset.tables import read_table


def test_profile_of_a_sound_table_has_roles_rows_and_coverage():
    profile = profile_table(a_table(), name="mine", sha256="ab")

    assert (profile.name, profile.table_format, profile.n_rows, profile.sha256) == ("mine", "csv", 4, "ab")
    assert profile.roles == {"ra": "ra", "dec": "dec", "z": "z"}
    assert profile.role_evidence["ra"] == "name ra"
    assert profile.role_problems == ()
    assert profile.coverage_order == 10
    assert 1 <= len(profile.coverage_pixels) <= 4


def test_profile_survives_json():
    profile = profile_table(a_table({"ra": [1.0, None, 400.0, 2.0]}), name="mine")

    assert TableProfile.model_validate_json(profile.model_dump_json()) == profile


def test_bad_rows_are_counted_and_told_apart_from_unfit_columns():
    profile = profile_table(a_table({"ra": [1.0, None, 400.0, 2.0]}), name="mine")

    assert profile.bad_coordinate_rows == 2
    assert [problem.rows for problem in profile.coordinate_problems] == [(2,), (3,)]
    assert profile.role_problems == ()


def test_unfit_columns_are_problems_of_their_roles():
    profile = profile_table(a_table({"ra": ["10:00:00"] * 4, "z": [9000.0] * 4}), name="mine")

    assert [problem.value for problem in profile.role_problems] == ["ra", "z"]
    assert profile.coverage_pixels == ()


def test_coverage_of_much_sky_is_told_in_coarser_pixels():
    rng = np.random.default_rng(0)
    sky = {
        "ra": rng.uniform(0, 360, 50_000),
        "dec": np.degrees(np.arcsin(rng.uniform(-1, 1, 50_000))),
        "z": pa.array(np.full(50_000, 0.1)),
    }

    profile = profile_table(a_table(sky), name="mine")

    assert profile.coverage_order is not None
    assert profile.coverage_order < 8
    assert 1000 < len(profile.coverage_pixels) <= 4096


def test_positions_where_radians_would_lie_are_noted():
    profile = profile_table(a_table({"ra": [0.92, 0.93, 0.94, 0.95], "dec": [-0.48, -0.49, -0.5, -0.5]}), name="mine")

    assert any("if they are radians, convert them" in note for note in profile.notes)


REAL_ROLES = {
    "2dfgrs_final_release": ("ra_j2000_deg", "dec_j2000_deg", "z"),
    "2dflens_final_release": ("RA", "Dec", "z"),
    "2mrs_v240": ("RA", "DEC", "redshift"),
    "3dhst_v4.1.5": ("ra", "dec", None),
    "6dfgs_dr3": ("RA_deg", "DEC_deg", "Z"),
    "astrodeep-gs43": ("RA", "DEC", "z_best"),
    "astrodeep_jwst": ("RA", "DEC", None),
    "desi_dr1_in_lsst_dp1_fields": ("TARGET_RA", "TARGET_DEC", "Z"),
    "jades_dr3": ("RA_TARG", "Dec_TARG", "z_Spec"),
    "mosdef_final_release": ("RA", "DEC", "Z_MOSFIRE"),
    "vandels_dr4": ("alpha", "delta", "zspec"),
    "vlt_vimos_v2.0.1": ("RAJ2000_WFI", "DEJ2000_WFI", "SPEC_Z"),
    "z_cat_CANDELS_clean_sitcomtn-154": ("RA", "DEC", "redshift"),
}
"""Columns that their READMEs name; None where two would do and the user is asked."""


def test_roles_of_real_surveys_are_found_or_asked_for():
    found = {}
    for name in REAL_ROLES:
        path = shared_data("specz", f"{name}_random_sample.parquet")
        roles = inspect_file(path, name=path.name).roles
        found[name] = (roles.get("ra"), roles.get("dec"), roles.get("z"))

    assert found == REAL_ROLES


def test_real_ids_and_padded_names_stay_exact():
    desi = read_table(shared_data("specz", "desi_dr1_in_lsst_dp1_fields_random_sample.parquet"), name="desi")
    vandels = read_table(shared_data("specz", "vandels_dr4_random_sample.parquet"), name="vandels")

    desi_keys = prepare_redshifts(desi, name="desi").table["redshift_key"].to_pylist()
    vandels_keys = prepare_redshifts(vandels, name="vandels").table["redshift_key"].to_pylist()

    assert desi_keys == [f"DESI:{target}" for target in desi["TARGETID"].to_pylist()]
    assert all(len(key) < 30 and key == key.strip() for key in vandels_keys)


def test_repeated_real_ids_get_keys_of_their_own():
    jades = read_table(shared_data("specz", "jades_dr3_random_sample.parquet"), name="jades")

    keys = prepare_redshifts(jades, name="jades").table["redshift_key"].to_pylist()

    assert len(set(keys)) == 1000
    assert sum("#" in key for key in keys) == 60


def test_redshifts_are_counted_in_each_pixel_of_the_coverage():
    rng = np.random.default_rng(1)
    ra, dec = rng.uniform(50, 54, 2000), rng.uniform(-30, -27, 2000)
    ra[:5] = np.nan
    profile = profile_table(a_table({"ra": ra, "dec": dec, "z": np.full(2000, 0.1)}), name="mine")

    assert profile.coverage_order is not None
    pixels = compute_spatial_index(ra[5:], dec[5:]) >> 2 * (29 - profile.coverage_order)
    expected, counts = np.unique(pixels, return_counts=True)
    assert profile.coverage_pixels == tuple(expected.tolist())
    assert profile.coverage_counts == tuple(counts.tolist())


def test_counts_of_much_sky_add_up_in_coarser_pixels():
    rng = np.random.default_rng(0)
    ra, dec = rng.uniform(0, 360, 50_000), np.degrees(np.arcsin(rng.uniform(-1, 1, 50_000)))
    profile = profile_table(a_table({"ra": ra, "dec": dec, "z": np.full(50_000, 0.1)}), name="mine")

    assert sum(profile.coverage_counts) == 50_000
    assert len(profile.coverage_counts) == len(profile.coverage_pixels)


def test_roles_that_are_known_are_not_looked_for():
    table = a_table({"lon": [1.0] * 4, "lat": [2.0] * 4})

    profile = profile_table(table, name="mine", roles={"ra": "lon", "dec": "lat"})

    assert (profile.roles["ra"], profile.roles["dec"], len(profile.coverage_pixels)) == ("lon", "lat", 1)


def test_more_rows_than_the_operator_wants_are_refused_with_advice(tmp_path: Path):
    path = tmp_path / "mine.csv"
    path.write_text("ra,dec,z\n" + "53.1,-28.1,0.4\n" * 11)

    with pytest.raises(TableError) as refusal:
        inspect_file(path, name="mine.csv", most_rows=10)

    (problem,) = refusal.value.problems
    assert (problem.value, problem.limit) == ("11", "10 rows")
    assert "ask the operator to register" in problem.message
    assert inspect_file(path, name="mine.csv", most_rows=11).n_rows == 11
