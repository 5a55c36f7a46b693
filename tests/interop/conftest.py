"""Clients of others against the whole service (`tests.conftest.stack`): ``make test-interop``."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from astropy.table import Table

from service.stack import Stack
from tests.interop.signing_proxy import signed
from tests.system.sky_files import all_objects, write_redshifts
from trainingset.mock.place import MockSky


@pytest.fixture(scope="session")
def signed_url(stack: Stack) -> Iterator[str]:
    """Address under which every request is signed: Debian's STILTS cannot sign in before it sends a table."""
    with signed(stack.url, stack.connection.token) as url:
        yield url


@pytest.fixture(scope="session")
def stilts() -> str:
    path = shutil.which("stilts")
    if path is None:
        pytest.skip("STILTS is not installed")
    return path


@pytest.fixture(scope="session")
def redshift_table(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 redshifts of the mock sky as a VOTable."""
    return write_redshifts(mock_sky, tmp_path_factory.mktemp("tables") / "redshifts.vot", n_rows=300)


@pytest.fixture(scope="session")
def local_objects(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The objects of the catalog as a file that STILTS reads."""
    path = tmp_path_factory.mktemp("objects") / "objects.fits"
    rows = all_objects(mock_sky)
    Table({name: rows[name].to_numpy() for name in rows.column_names}).write(path)
    return path
