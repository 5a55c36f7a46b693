"""Each mock survey, in its own format, goes through a whole match; only a velocity must be pointed out."""

import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
import pytest
from astropy.coordinates import SkyCoord

from tests.sky import entry_of
from trainingset.make import make_training_set
from trainingset.mock.place import CATALOG_ID, SURVEY_FILES, MockSky
from trainingset.order import InputFile, Order

ROLES = {"NEARBYCZ": {"z": "cz"}}
"""Roles that cannot be told by UCD or name: no one should guess that a velocity is meant."""


@pytest.fixture(scope="module", params=list(SURVEY_FILES))
def survey(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def made(survey: str, mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> pa.Table:
    """The training set of one survey at 1 arcsec, every redshift with its nearest object."""
    folder = tmp_path_factory.mktemp(survey)
    request = {"catalog": CATALOG_ID, "redshifts": "mine", "radius_arcsec": 1.0, "unique": "none"}
    order = Order(
        request=request | {"roles": ROLES.get(survey, {})},
        catalogs=(entry_of(mock_sky),),
        inputs={"mine": InputFile(name="mine", path=str(mock_sky.surveys[survey]))},
        folder=str(folder),
    )
    files = make_training_set(order, lambda progress: None).files
    return pq.read_table(next(file.path for file in files if file.id == "parquet"))


@pytest.fixture(scope="module")
def expected(survey: str, mock_sky: MockSky) -> tuple[np.ndarray, np.ndarray]:
    """Redshifts and objects of the pairs that astropy finds, sorted."""
    truth = pq.read_table(mock_sky.redshifts, filters=[("survey", "=", survey)])
    objects = ds.dataset(mock_sky.collection / "object" / "dataset", exclude_invalid_files=True).to_table(
        columns=["objectId", "coord_ra", "coord_dec"]
    )
    left = SkyCoord(truth["ra"].to_numpy(), truth["dec"].to_numpy(), unit="deg")
    right = SkyCoord(objects["coord_ra"].to_numpy(), objects["coord_dec"].to_numpy(), unit="deg")
    nearest, separation, _ = left.match_to_catalog_sky(right)
    within = separation.arcsec <= 1.0
    return truth["redshift"].to_numpy()[within], objects["objectId"].to_numpy()[nearest][within]


def test_its_redshifts_meet_the_objects_that_astropy_finds(
    made: pa.Table, expected: tuple[np.ndarray, np.ndarray]
) -> None:
    assert np.sort(made["objectId"].to_numpy()).tolist() == np.sort(expected[1]).tolist()


def test_its_redshifts_are_redshifts_whatever_was_published(
    made: pa.Table, expected: tuple[np.ndarray, np.ndarray]
) -> None:
    found = made["redshift"].drop_null().to_numpy()
    found = found[np.isfinite(found)]
    published = expected[0]
    # Velocities were published to 0.1 km/s.
    near = np.abs(found[:, None] - published[None, :]).min(axis=1)
    assert len(found) > 0.9 * len(published)
    assert near.max() < 1e-6


def test_its_keys_are_unique(made: pa.Table) -> None:
    keys = made["redshift_key"].to_pylist()
    assert len(set(keys)) == len(keys)
