"""Positions are inside footprints as the published description and its check values say."""

import csv

import numpy as np
import pyarrow.compute as pc
import pytest
from pydantic import TypeAdapter, ValidationError

from tests.shared_data import shared_data
from tests.trainingset.crossmatch.skies import brute_force, positions
from tests.trainingset.specz.sample_rows import SAMPLES, sample_rows
from trainingset.specz.footprint import (
    DP1,
    CoverageFootprint,
    DeclinationFootprint,
    Footprint,
    LimitNode,
    footprint_column,
    inside,
)

PUBLISHED = {
    "2DFGRS": (1000, 23),
    "2DFLENS": (1000, 16),
    "2MRS": (707, 4),
    "3D-HST": (652, 239),
    "6DFGS": (1000, 3),
    "ASTRODEEP": (1000, 1000),
    "ASTRODEEP-JWST": (742, 167),
    "DESI": (1000, 1000),
    "ELAISS1OID": (478, 0),
    "JADES": (632, 632),
    "MOSDEF": (400, 31),
    "VANDELS": (1000, 496),
    "VIMOS": (1000, 1000),
    "CANDELS": (1000, 1000),
}
"""Rows of each sample inside the Rubin footprint and the DP1 fields."""


@pytest.fixture(scope="module")
def rubin() -> DeclinationFootprint:
    with shared_data("specz", "rubin_footprint_dec_limit.csv").open(encoding="utf-8") as file:
        nodes = [LimitNode(ra=float(row["ra_center"]), dec=float(row["dec_limit"])) for row in csv.DictReader(file)]
    return DeclinationFootprint(name="rubin", nodes=tuple(nodes))


@pytest.mark.parametrize("survey", SAMPLES)
def test_samples_have_the_published_numbers_inside(survey: str, rubin: DeclinationFootprint) -> None:
    table = sample_rows().filter(pc.equal(sample_rows()["survey"], survey))
    ra, dec = table["ra"].to_numpy(), table["dec"].to_numpy()
    assert (inside(rubin, ra, dec).sum(), inside(DP1, ra, dec).sum()) == PUBLISHED[survey]


@pytest.mark.parametrize(
    ("ra", "limit"),
    [
        (0, 11.0485),
        (60, 31.3458),
        (90, 33.2668),
        (150, 23.3470),
        (180, 18.4265),
        (210, 15.1697),
        (305, 3.8361),
        (345, 4.8824),
    ],
)
def test_the_limit_has_the_published_values(ra: float, limit: float, rubin: DeclinationFootprint) -> None:
    assert rubin.limit(np.array([ra]))[0] == pytest.approx(limit, abs=1e-4)


def test_the_border_goes_around_the_sky_and_belongs_to_the_inside() -> None:
    border = DeclinationFootprint(name="b", nodes=(LimitNode(ra=10, dec=0), LimitNode(ra=350, dec=20)))
    assert inside(border, np.array([0.0, 0, 355, 180]), np.array([10, 10.001, 15, 10])).tolist() == [
        True,
        False,
        True,
        True,
    ]


def test_fields_are_circles_on_the_sphere() -> None:
    random = np.random.default_rng(3)
    ra, dec = random.uniform(0, 120, 4000), np.degrees(np.arcsin(random.uniform(-1, 0.2, 4000)))
    centers = positions([circle.ra for circle in DP1.circles], [circle.dec for circle in DP1.circles])
    expected = (brute_force(positions(ra, dec), centers) <= 2.5 * 3600).any(axis=1)
    assert 5 < expected.sum() < 400
    assert inside(DP1, ra, dec).tolist() == expected.tolist()


def test_coverage_is_made_of_pixels() -> None:
    covered = CoverageFootprint(name="catalog", order=0, pixels=(4,))
    # Base pixel 4 lies on the equator around ra 0.
    assert inside(covered, np.array([0.0, 359.9, 45.0, 0.0]), np.array([0.0, 0.1, 0.0, 80.0])).tolist() == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("dp1", "is_in_DP1_fields"),
        ("DP1", "is_in_DP1_fields"),
        ("rubin", "is_in_rubin_footprint"),
        ("dp2_object", "is_in_dp2_object"),
        ("euclid-q1.south", "is_in_euclid_q1_south"),
    ],
)
def test_columns_have_names_that_every_format_can_hold(name: str, column: str) -> None:
    assert footprint_column(name) == column


def test_an_operator_writes_a_footprint_as_fields_of_a_file() -> None:
    read = TypeAdapter(Footprint).validate_python(
        {"kind": "declination", "name": "wide", "nodes": [{"ra": 0, "dec": 5}, {"ra": 180, "dec": 10}]}
    )
    assert inside(read, np.array([90.0]), np.array([7.5])).all()
    with pytest.raises(ValidationError, match=r"must ascend in ra, but 180\.0 is before 0\.0"):
        DeclinationFootprint(name="wide", nodes=(LimitNode(ra=180, dec=0), LimitNode(ra=0, dec=0)))
