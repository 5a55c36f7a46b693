"""Redshifts for the examples, and the rows that each of them has to come home with."""

from pathlib import Path

import pytest

import tsm
from service.stack import Stack
from tests.examples.answer import Rows, answer_of
from tests.system.sky_files import nearest_objects, write_redshifts
from trainingset.mock.place import MockSky

RECIPE = {"catalog": "mock_object", "radius_arcsec": 1.0, "split": {"train": 0.7, "test": 0.3}, "seed": 1}
"""What every example asks for, in the words of the JSON interface."""


@pytest.fixture(scope="session")
def redshifts(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 redshifts of the mock sky as a VOTable."""
    return write_redshifts(mock_sky, tmp_path_factory.mktemp("examples") / "specz.vot", n_rows=300)


@pytest.fixture(scope="session")
def environment(stack: Stack) -> dict[str, str]:
    """What the examples read from the environment."""
    return {"TSM_URL": stack.url, "TSM_TOKEN": stack.connection.token}


@pytest.fixture(scope="session")
def expected(stack: Stack, mock_sky: MockSky, redshifts: Path, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    """The rows that the JSON interface gives; their objects are the nearest ones by brute force."""
    with tsm.TrainingSetMaker(stack.url, stack.connection.token) as maker:
        job = maker.crossmatch(redshifts=maker.upload(redshifts), **RECIPE).wait()
        rows = answer_of(job.download("result", tmp_path_factory.mktemp("expected")))
    nearest = nearest_objects(mock_sky, redshifts, radius_arcsec=1.0)
    assert 100 < len(rows) <= len(nearest)
    assert [nearest[redshift][0] for redshift, _, _ in rows] == [object_id for _, object_id, _ in rows]
    return rows
