"""Real stores for the tests: one PostgreSQL and one Valkey a test process, a fresh database a test."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
import pytest
from pydantic import SecretStr

from migrations import upgrade
from pz.config import PzServerConfig
from service.postgres import EmbeddedPostgres
from service.service_folder import ServiceFolder
from service.stack import Stack
from service.valkey import EmbeddedValkey
from tests.sky import shared_mock_sky
from tests.troubled_s3 import TroubledS3, serving_s3
from trainingset.mock.place import MockSky
from uws.assembly import JobLife, open_job_life
from uws.blobs import BlobStore
from uws.claims import Claims
from uws.config import StoreSettings
from uws.life import JobService
from uws.uploads import UploadService

if TYPE_CHECKING:
    from tests.pz.fake_server import FakePzServer

# As in the worker's child: hats compiles its tree alignment in every process otherwise, which takes 30 s.
os.environ.setdefault("NUMBA_DISABLE_JIT", "1")

TEMPLATE = "tsm_template"
LEASE_SECONDS = 3
"""Of the whole service: short, so that a test need not wait long for a job to leave a killed worker."""
CUT_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Leave bytes out of names: an archive holds the second it was made in, and all test processes must agree."""
    return argname if isinstance(val, bytes) else None


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedPostgres]:
    """A PostgreSQL server for the whole run; its folder is closed to others, as many real ones are."""
    server = EmbeddedPostgres.start(tmp_path_factory.mktemp("postgres"), fsync=False)
    yield server
    server.stop()


@pytest.fixture(scope="session")
def template_database(postgres: EmbeddedPostgres) -> str:
    """Name of a migrated, empty database; copying it is much quicker than migrating."""
    asyncio.run(execute(postgres.url, f"CREATE DATABASE {TEMPLATE}"))
    upgrade(with_database(postgres.url, TEMPLATE))
    return TEMPLATE


@pytest.fixture(scope="session")
def session_database(postgres: EmbeddedPostgres, template_database: str) -> str:
    """Address of the database that the tests of this process use one after the other."""
    name = f"tsm_test_{os.getpid()}"
    asyncio.run(execute(postgres.url, f"CREATE DATABASE {name} TEMPLATE {template_database}"))
    return with_database(postgres.url, name)


@pytest.fixture
async def database_url(session_database: str) -> str:
    """Address of a migrated, empty database to which nothing that an earlier test left has a connection.

    Emptying is ten times as quick as a new database: dropping the old one waits for a checkpoint. A test that changes
    more than rows of jobs, uploads and workers undoes it.
    """
    await execute(session_database, CUT_OTHERS)
    await execute(
        session_database,
        "TRUNCATE jobs, uploads, workers, publications, publication_tags, api_tokens, job_shares CASCADE",
    )
    return session_database


@pytest.fixture(scope="session")
def s3() -> Iterator[TroubledS3]:
    """A real S3 API for the whole run, with one bucket, ``tsm``."""
    with serving_s3() as store:
        yield store


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """A Valkey server for the whole run."""
    server = EmbeddedValkey.start(tmp_path_factory.mktemp("valkey"))
    yield server
    server.stop()


@pytest.fixture
def queue_url(valkey: EmbeddedValkey) -> str:
    """Address of an empty queue."""
    valkey.flush()
    return valkey.url


@pytest.fixture
def blob_root(tmp_path: Path) -> str:
    """A folder for blobs."""
    return str(tmp_path / "blobs")


@pytest.fixture(scope="session")
def mock_sky(tmp_path_factory: pytest.TempPathFactory) -> MockSky:
    """A mock sky of 30 000 objects, one for all processes of the run; read it only."""
    return shared_mock_sky(tmp_path_factory)


@pytest.fixture(scope="session")
def pz_server() -> Iterator[tuple["FakePzServer", str]]:
    """The PZ Server of the test process, and the address of its API."""
    from tests.pz.fake_server import FakePzServer, serving_pz

    fake = FakePzServer()
    with serving_pz(fake) as url:
        yield fake, url


@pytest.fixture
def pz(pz_server: tuple["FakePzServer", str]) -> "FakePzServer":
    """A PZ Server that knows nothing but the account of the service."""
    fake, _ = pz_server
    fake.reset()
    return fake


@pytest.fixture
def pz_config(pz_server: tuple["FakePzServer", str], pz: "FakePzServer") -> PzServerConfig:
    """Settings with the account of the service."""
    return PzServerConfig(url=pz_server[1], token=SecretStr(pz.service_token), pause_seconds=0.01, read_seconds=5)


@pytest.fixture(scope="session")
def stack(
    mock_sky: MockSky, tmp_path_factory: pytest.TempPathFactory, pz_server: tuple["FakePzServer", str]
) -> Iterator[Stack]:
    """The whole service with real processes, and the mock sky as its catalog.

    Tests that use it carry ``pytest.mark.xdist_group("system")``, so that one process of the run starts one service.
    """
    # It brings astropy, which most tests can do without.
    from tests.system.leaks import assert_nothing_leaked
    from tests.system.sky_files import register

    folder = ServiceFolder(tmp_path_factory.mktemp("service"))
    register(mock_sky, folder)
    settings = {
        "TSM_LIMITS__LEASE_SECONDS": str(LEASE_SECONDS),
        "TSM_LIMITS__MAX_RUNNING_PER_OWNER": "8",
        "TSM_COMPUTE_THREADS": "1",
        # TAP wants tables fetched over HTTP where tables can be sent at all; it is declared where a host is named.
        "TSM_UPLOAD_HOSTS": '["data.example.org"]',
        "TSM_PZ__URL": pz_server[1],
        "TSM_PZ__TOKEN": pz_server[0].service_token,
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        with Stack.start(folder.root, port=0, fsync=False) as stack:
            yield stack
            # After the last test that uses it: what all of them made the service write.
            assert_nothing_leaked(stack)


@pytest.fixture
def store_settings(database_url: str, queue_url: str, blob_root: str) -> StoreSettings:
    """Addresses of fresh stores."""
    return StoreSettings(database_url=database_url, queue_url=queue_url, blob_root=blob_root)


@pytest.fixture
async def job_life(store_settings: StoreSettings) -> AsyncIterator[JobLife]:
    """The whole job life on fresh stores, as one process of the service has it."""
    async with open_job_life(store_settings) as life:
        yield life


@pytest.fixture
def job_service(job_life: JobLife) -> JobService:
    """Jobs on fresh stores."""
    return job_life.jobs


@pytest.fixture
def upload_service(job_life: JobLife) -> UploadService:
    """Uploads on fresh stores."""
    return job_life.uploads


@pytest.fixture
def claims(job_life: JobLife) -> Claims:
    """What a worker may do, on fresh stores."""
    return job_life.claims


@pytest.fixture
def blobs(job_life: JobLife) -> BlobStore:
    """Files on fresh stores."""
    return job_life.blobs


def with_database(url: str, name: str) -> str:
    """The address of another database of the same server."""
    return url.replace("/tsm?", f"/{name}?")


async def execute(url: str, sql: str) -> None:
    """Run one statement outside of any transaction."""
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await connection.execute(sql)
    finally:
        await connection.close()
