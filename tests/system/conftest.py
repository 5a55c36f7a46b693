"""Clients and tables for the tests of the whole service (`tests.conftest.stack`)."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

import tsm
from service.stack import Stack
from tests.system.sky_files import write_redshifts
from trainingset.mock.place import MockSky


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
