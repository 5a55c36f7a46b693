"""A shell in which ``tsm`` knows the running service, and a job that was made from it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from service.stack import Stack
from tests.clients.cli.shell import Shell
from tests.system.sky_files import CATALOG, write_redshifts
from trainingset.mock.place import MockSky


@pytest.fixture(scope="session")
def signed_in(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A shell whose environment names the service and the demo user's token."""
    folder = tmp_path_factory.mktemp("settings")
    return Shell(folder, {"TSM_URL": stack.url, "TSM_TOKEN": stack.connection.token})


@pytest.fixture
def stranger(tmp_path: Path) -> Shell:
    """A shell that knows no service."""
    return Shell(tmp_path / "settings")


@pytest.fixture(scope="session")
def table(mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 redshifts of the mock sky as a VOTable."""
    return write_redshifts(mock_sky, tmp_path_factory.mktemp("tables") / "specz.vot", n_rows=300)


@pytest.fixture(scope="session")
def made(signed_in: Shell, table: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A training set that one command made, split in two; its record lies beside it."""
    path = tmp_path_factory.mktemp("made") / "set.parquet"
    options = ("--catalog", CATALOG, "--radius", 1, "--split", "train=0.7,test=0.3", "--seed", 1)
    made = signed_in("crossmatch", table, *options, "-o", path)
    assert made.code == 0, made.err
    return path


@pytest.fixture(scope="session")
def job_id(signed_in: Shell, table: Path, made: Path) -> str:
    """Id of the job that made it."""
    from tsm.sets.reproduction import record_of_file

    return record_of_file(made).facts["job_id"]


@pytest.fixture(scope="session")
def long_source(signed_in: Shell, mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory) -> str:
    """So many redshifts that matching them takes many seconds anywhere, sent."""
    path = write_redshifts(mock_sky, tmp_path_factory.mktemp("tables") / "large.parquet", n_rows=150_000)
    return signed_in("upload", path).out.strip()


@pytest.fixture
def long_job(signed_in: Shell, long_source: str) -> Iterator[str]:
    """Id of a job that computes for many seconds."""
    options = ("--catalog", CATALOG, "--match", "all", "--radius", 5, "--unique", "none", "--neighbors", 100)
    run = signed_in("crossmatch", long_source, *options, "--no-wait")
    assert run.code == 0, run.err
    yield run.out.strip()
    signed_in("delete", run.out.strip())
