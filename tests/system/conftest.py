"""The whole service with real processes, started once for all system tests of a test process."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import tsm
from service.service_folder import ServiceFolder
from service.stack import Stack
from tests.system.sky_files import register, write_redshifts
from trainingset.mock.place import MockSky

LEASE_SECONDS = 3
"""Short, so that a test need not wait long for a job to leave a killed worker."""


@pytest.fixture(scope="session")
def stack(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The running service, with the mock sky as its catalog."""
    folder = ServiceFolder(tmp_path_factory.mktemp("service"))
    register(mock_sky, folder)
    settings = {
        "TSM_LIMITS__LEASE_SECONDS": str(LEASE_SECONDS),
        "TSM_LIMITS__MAX_RUNNING_PER_OWNER": "8",
        "TSM_COMPUTE_THREADS": "1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        with Stack.start(folder.root, port=0, fsync=False) as stack:
            yield stack


@pytest.fixture(scope="session")
def http(stack: Stack) -> Iterator[httpx.Client]:
    """Signed in as the demo user; redirects are looked at, not followed."""
    auth = httpx.BasicAuth(stack.connection.token, "x-oauth-basic")
    with httpx.Client(base_url=stack.url, auth=auth, timeout=90) as client:
        yield client


@pytest.fixture(scope="session")
def maker(stack: Stack) -> Iterator[tsm.TrainingSetMaker]:
    """The Python client, signed in as the demo user."""
    with tsm.TrainingSetMaker(stack.url, stack.connection.token) as maker:
        yield maker


@pytest.fixture(scope="session")
def small_table(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 redshifts of the mock sky as a VOTable."""
    return write_redshifts(mock_sky, tmp_path_factory.mktemp("tables") / "redshifts.vot", n_rows=300)


@pytest.fixture(scope="session")
def large_table(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many redshifts that matching them takes many seconds anywhere."""
    return write_redshifts(mock_sky, tmp_path_factory.mktemp("tables") / "large.parquet", n_rows=150_000)
